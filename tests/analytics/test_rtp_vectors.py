"""RFC 3550 loss by rtc_ratio_v1: what an interval lost, as the standard's receiver report would say it."""

import pytest

from runtime.store import Store


@pytest.mark.parametrize(
    ("expected", "received", "byte"),
    [(10, 9, 25), (5, 4, 51), (4, 3, 64), (100, 95, 12), (256, 255, 1), (100, 110, 0), (250, 220, 30), (2, 1, 128)],
)
def test_fraction_lost(store: Store, expected: int, received: int, byte: int) -> None:
    """RFC 3550 A.3: the ratio in 1/256, rounded down; duplicates give less than nothing, which is none."""
    sql = f"SELECT toUInt8(floor(256 * rtc_ratio_v1({expected} - {received}, {expected}))) AS byte"
    assert store.query(sql).to_pylist() == [{"byte": byte}]


@pytest.mark.parametrize(
    ("part", "whole", "ratio"),
    [
        ("10 - 5", "(1095 - 1000) + (10 - 5)", 0.05),
        ("8 - 10", "(1197 - 1095) + (8 - 10)", 0),
        ("4800", "48000", 0.1),
        ("4800 - 1920", "48000", 0.06),
        ("1.85 - 1.50", "12 - 10", 0.175),
        ("2880", "48000", 0.06),
        ("1200", "30", 40),
        ("0.6", "300", 0.002),
        ("5 - 4", "4 + 0 + 1 + 0", 0.2),
        ("0", "0", None),
        ("NULL", "100", None),
        ("1", "NULL", None),
    ],
    ids=[
        "packets lost", "packets lost that came late", "concealed", "audibly concealed", "round trip, s",
        "jitter buffer, s", "QP", "send delay, s", "limited share", "nothing expected", "part unknown", "whole unknown",
    ],
)  # fmt: skip
def test_a_ratio_of_differences(store: Store, part: str, whole: str, ratio: float | None) -> None:
    """Differences of two samples of a counter over those of another, in the counters' units."""
    (row,) = store.query(f"SELECT rtc_ratio_v1({part}, {whole}) AS ratio").to_pylist()
    assert row["ratio"] == (None if ratio is None else pytest.approx(ratio, abs=1e-12))
