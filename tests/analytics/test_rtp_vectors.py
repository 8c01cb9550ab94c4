"""Vectors of RFC 3550, RFC 3611 and of rates, asked of the SQL functions to the digits that are given.

Where they are from: the RFCs' own examples, the tests of libwebrtc and aiortc, and values worked out by hand.
"""

from typing import Final

import pytest

from runtime.store import Store

# Clock rate, timestamps, arrivals (ms), and the jitter in units of the last clock rate.
JITTER: Final = {
    "aiortc, 10 ms late": ([8000] * 2, [0, 160], [0, 30], 5.0),
    "aiortc, then in time": ([8000] * 3, [0, 160, 320], [0, 30, 50], 4.6875),
    "aiortc, even": ([8000] * 3, [0, 160, 320], [0, 20, 40], 0),
    "libwebrtc, 30 ms late": ([8000] * 2, [0, 160], [0, 50], 15.0),
    "libwebrtc, twice": ([8000] * 3, [0, 160, 320], [0, 50, 100], 29.0625),
    "libwebrtc, another clock rate": ([8000, 8000, 48000], [0, 160, 1120], [0, 50, 100], 174.375),
    "libwebrtc, one 100 ms late": ([48000] * 2, [0, 960], [0, 120], 300.0),
    "libwebrtc, a jump of half the range": ([90000] * 2, [0, 0x80000000], [0, 20], 0),
    "libwebrtc, packets of one frame": ([90000] * 3, [0, 0, 9000], [0, 40, 140], 0),
    "by hand": ([8000] * 6, [0, 160, 320, 480, 640, 800], [0, 20, 45, 60, 95, 100], 18.788452),
    "timestamps that wrap": ([8000] * 3, [2**32 - 160, 0, 160], [0, 30, 50], 4.6875),
    **{
        f"{n} times 160": ([8000] * (n + 1), [160 * k for k in range(n + 1)], [40 * k for k in range(n + 1)], jitter)
        for n, jitter in ((10, 76.086324), (16, 103.028139), (32, 139.713794), (64, 157.427937), (100, 159.748089))
    },
}
# Sequence numbers, the jump that restarts, received, expected, lost, highest.
LOSS: Final = {
    "aiortc, over the wrap": ([*range(65530, 65536), 0, 1, 2, 3], 3000, (10, 10, 0, 65539)),
    "libwebrtc, reordered": ([1, 3, 2, 5], 3000, (4, 5, 1, 5)),
    "libwebrtc, a repeat": ([1, 4, 4, 5], 3000, (4, 5, 1, 5)),
    "libwebrtc, reordered over the wrap": ([0xFFFD, 0, 0xFFFE, 1], 3000, (4, 5, 1, 0x10001)),
    "and then a gap": ([0xFFFD, 0, 0xFFFE, 1, 3], 3000, (5, 7, 2, 0x10003)),
    "libwebrtc, a restart": ([0, 1, 400, 401], 200, (4, 4, 0, 401)),
    "libwebrtc, a gap after it": ([0, 1, 400, 401, 403], 200, (5, 6, 1, 403)),
    "libwebrtc, highest": ([0xFFFF, 1], 3000, (2, 3, 1, 0x10001)),
    "a jump that nothing follows": ([0, 1, 400, 2, 3], 200, (4, 4, 0, 3)),
    "repeats only": ([7, 7, 7], 3000, (3, 1, -2, 7)),
    "one": ([7], 3000, (1, 1, 0, 7)),
    "none": ([], 3000, (0, 0, None, None)),
}
# Packets, Gmin, bursts (number, packets, lost), gaps (the same).
BURSTS: Final = {
    "RFC 3611 4.7.2": (
        "11110111111111111111111X111X1011110111111111111111111X1111111111", 16, (1, 12, 4), (2, 23 + 29, 2)
    ),
    "RFC 3611 A.2": ("111011100011X", 2, (1, 3, 3), (2, 10, 2)),
    "nothing lost": ("1" * 100, 16, (0, 0, 0), (1, 100, 0)),
    "one lost": ("1" * 20 + "0" + "1" * 20, 4, (0, 0, 0), (1, 41, 1)),
    "all lost": ("0X", 16, (1, 2, 2), (0, 0, 0)),
    "15 between": ("0" + "1" * 15 + "0", 16, (1, 17, 2), (0, 0, 0)),
    "16 between": ("0" + "1" * 16 + "0", 16, (0, 0, 0), (1, 18, 2)),
    "none": ("", 16, (0, 0, 0), (0, 0, 0)),
}  # fmt: skip


def elements(store: Store, sql: str) -> list[object]:
    """Return the elements of a tuple."""
    return list(store.query(f"SELECT untuple({sql})").to_pylist()[0].values())


def asked(store: Store, sql: str) -> object:
    """Return the value of an expression."""
    return store.query(f"SELECT {sql} AS value").to_pylist()[0]["value"]


@pytest.mark.parametrize("vector", JITTER)
def test_interarrival_jitter(either: Store, vector: str) -> None:
    """RFC 3550 6.4.1 without its rounding; a report says the whole number below."""
    rates, timestamps, arrivals, ticks = JITTER[vector]
    jitter_ms = asked(either, f"rtc_jitter_v1({arrivals}, {timestamps}, {rates})")
    assert jitter_ms == pytest.approx(ticks * 1000 / rates[-1], abs=1e-7)


def test_the_jitter_of_one_packet_is_unknown(either: Store) -> None:
    """There is no distance yet."""
    assert asked(either, "rtc_jitter_v1([5], [160], [8000])") is None


@pytest.mark.parametrize("rates", ["[0, 0]", "[8000, 0]", "[8000, -1]"])
def test_the_jitter_without_a_clock_rate_is_unknown(either: Store, rates: str) -> None:
    """Timestamps say nothing of time then; it is not 0."""
    assert asked(either, f"rtc_jitter_v1([0, 30], [0, 160], {rates})") is None


@pytest.mark.parametrize("vector", LOSS)
def test_loss_by_sequence_numbers(either: Store, vector: str) -> None:
    """RFC 3550 A.1 and A.3."""
    sequence, dropout, counted = LOSS[vector]
    found = elements(either, f"rtc_packet_loss_v1(CAST({sequence}, 'Array(UInt16)'), {dropout})")
    assert found == list(counted)


@pytest.mark.parametrize("vector", BURSTS)
def test_bursts_and_gaps(either: Store, vector: str) -> None:
    """RFC 3611 4.7.2. Its A.2 counts one packet more than there is, so the mean gap that it gives is another."""
    packets, gmin, bursts, gaps = BURSTS[vector]
    assert elements(either, f"rtc_bursts_v1('{packets}', {gmin})") == [*bursts, *gaps]


@pytest.mark.parametrize(
    ("part", "whole", "byte"), [(4, 12, 84), (2, 52, 10), (3, 3, 255), (2, 10, 51), (4, 13, 78), (1, 13, 19)]
)
def test_the_bytes_of_a_voip_metrics_report(either: Store, part: int, whole: int, byte: int) -> None:
    """RFC 3611 4.7: densities and rates in 1/256; two of its examples are worked out from rounded ones."""
    found = asked(either, f"least(255, floor(256 * rtc_ratio_v1({part}, {whole})))")
    assert found == pytest.approx(byte, abs=1)


@pytest.mark.parametrize(
    ("arrival", "lsr", "dlsr", "rtt_ms"),
    [
        ("0xB7108000", "0xB7052000", "0x00054000", 6125),
        ("0x00000100", "0xFFFFFF00", "0x00000100", 256 * 1000 / 65536),
        ("100", "0", "0", None),
        ("100", "110", "0", 1),
        ("0x00018000", "0x00010000", "0", 500),
    ],
    ids=["RFC 3550 figure 2", "over the wrap", "no sender report", "clocks were set", "half a second"],
)
def test_round_trip_of_a_report(either: Store, arrival: str, lsr: str, dlsr: str, rtt_ms: float | None) -> None:
    """RFC 3550 6.4.1: arrival - LSR - DLSR."""
    assert asked(either, f"rtc_report_rtt_v1({arrival}, {lsr}, {dlsr})") == rtt_ms


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
        ("(1125000 - 1000000) * 8", "(2000 - 1000) / 1000", 1_000_000),
        ("(1125000 - 1000000) * 8", "1003.7 / 1000", 996_313.64),
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
        "bit/s", "bit/s over odd ms",
        "packets lost", "packets lost that came late", "concealed", "audibly concealed", "round trip, s",
        "jitter buffer, s", "QP", "send delay, s", "limited share", "nothing expected", "part unknown", "whole unknown",
    ],
)  # fmt: skip
def test_a_ratio_of_differences(store: Store, part: str, whole: str, ratio: float | None) -> None:
    """Differences of two samples of a counter over those of another, in the counters' units."""
    (row,) = store.query(f"SELECT rtc_ratio_v1({part}, {whole}) AS ratio").to_pylist()
    assert row["ratio"] == (None if ratio is None else pytest.approx(ratio, rel=1e-8))
