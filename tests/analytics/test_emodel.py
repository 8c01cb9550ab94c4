"""The E-model's SQL functions against the vectors, over the whole space of inputs, and without evidence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runtime.store import Store
from tests.analytics.emodel import VECTORS

ACCURACY = Path(__file__).parents[2] / "docs" / "accuracy.md"
TOP = {"NB": (93.2, 95), "WB": (129, 95), "FB": (148, 132)}
STEP = 1e-9  # rounding of doubles, in R


def asked(store: Store, expressions: list[str]) -> list[float | None]:
    """Return the value of each expression, all asked in one statement."""
    named = ", ".join(f"{sql} AS v{number}" for number, sql in enumerate(expressions))
    return list(store.query(f"SELECT {named}").to_pylist()[0].values())


def differences(store: Store) -> dict[str, list[float]]:
    """Return how far each value is from what is expected, table by table."""
    found = {}
    for table in VECTORS:
        rows = list(table.each())
        values = asked(store, [sql for sql, _ in rows])
        found[table.name] = [
            abs(float("nan") if value is None else value - want) for value, (_, want) in zip(values, rows, strict=True)
        ]
    return found


def test_every_vector_comes_out_to_the_digits_given(either: Store) -> None:
    """On the engine inside the process and behind the wire."""
    found = differences(either)
    limits = {table.name: table.tolerance for table in VECTORS}
    wrong = {name: far for name, far in found.items() if not all(one <= limits[name] * 1.001 for one in far)}
    assert wrong == {}


def test_the_document_shows_what_comes_out(store: Store) -> None:
    """docs/accuracy.md has a row for each table: its values, the tolerance, the largest difference."""
    found = differences(store)
    rows = [
        f"| {table.name} | {len(found[table.name])} | {table.tolerance:.7f} | {max(found[table.name]):.7f} |"
        for table in VECTORS
    ]
    assert "\n".join(rows) in ACCURACY.read_text(), "\n".join(rows)


def test_the_default_rating_is_what_the_whole_formula_gives(store: Store) -> None:
    """G.107 section 7 with its Table 3: Ro - Is - Id + A = 93.206208, of which the Recommendation prints 93.2."""
    sql = """
    WITH
        8 AS slr, 2 AS rlr, 3 AS ds, 35 AS p, slr + rlr AS olr, p + 10 * log10(1 + pow(10, (10 - 18) / 10)) AS pre,
        p - slr - ds - 100 + 0.004 * pow(p - olr - ds - 14, 2) AS nos,
        rlr - 121 + pre + 0.008 * pow(pre - 35, 2) AS nor,
        10 * log10(pow(10, -7) + pow(10, nos / 10) + pow(10, nor / 10) + pow(10, (-64 + rlr) / 10)) AS no,
        15 - 1.5 * (slr + no) AS ro, (olr + 0.2 * (64 + no - rlr)) / 8 AS x,
        20 * (pow(1 + pow(x, 8), 1 / 8) - x) AS iolr,
        -10 * log10(pow(10, -15 / 10) + pow(10, -65 / 10)) AS stmr,
        12 * pow(1 + pow((stmr - 13) / 6, 8), 1 / 8) - 28 * pow(1 + pow((stmr + 1) / 19.4, 35), 1 / 35)
            - 13 * pow(1 + pow((stmr - 3) / 33, 13), 1 / 13) + 29 AS ist,
        1.07 + 0.258 * 37 + 0.0602 * 37 * 37 AS g,
        15 * log10(1 + pow(10, (ro - 100) / 15 + 46 / 8.4 - g / 9) + pow(10, 46 / 30 - g / 40)) AS iq,
        10.5 * (110 + 7) AS rle, (ro - rle) / 2 + sqrt(pow(ro - rle, 2) / 4 + 169) AS idle
    SELECT ro - iolr - ist - iq - idle AS r, rtc_r_v1('NB', 0, 0, 1, 0, 25.1) AS ours
    """
    (row,) = store.query(sql).to_pylist()
    assert row["r"] == pytest.approx(93.206208, abs=5e-7)
    assert row["ours"] == round(row["r"], 1)


LOSS = st.floats(0, 1)
MS = st.floats(0, 20_000)
POINTS = st.lists(
    st.tuples(LOSS, LOSS, MS, MS, MS, MS, st.floats(0.1, 20), st.floats(0, 1), st.floats(0.1, 100)),
    min_size=50, max_size=400,
)  # fmt: skip


@pytest.mark.parametrize("scale", TOP)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(points=POINTS)
def test_a_score_never_rises_with_what_is_worse(store: Store, scale: str, points: list[tuple[float, ...]]) -> None:
    """More loss, delay, jitter or burst never gives a better score, and no score leaves its scale."""
    top, worst = TOP[scale]
    columns = [list(column) for column in zip(*points, strict=True)]
    names = ("loss", "loss_2", "rtt", "rtt_2", "jitter", "jitter_2", "burst", "part", "bpl")
    tuples = ", ".join(f"{name} Float64" for name in names)
    values = ", ".join(f"({', '.join(map(repr, point))})" for point in zip(*columns, strict=True))

    def rating(loss: str, rtt: str, jitter: str, burst: str = "burst") -> str:
        delay = f"rtc_mouth_to_ear_v1({rtt}, NULL, {jitter}, NULL, 26.5)"
        return f"rtc_r_v1('{scale}', {loss}, {delay}, {burst}, part * {worst}, bpl)"

    lower, higher = "least({0}, {0}_2)".format, "greatest({0}, {0}_2)".format
    best = (lower("loss"), lower("rtt"), lower("jitter"))
    worse = {
        "loss": (higher("loss"), *best[1:]),
        "delay": (best[0], higher("rtt"), best[2]),
        "jitter": (*best[:2], higher("jitter")),
        "burst": (*best, "burst * 2"),
    }
    rises = ", ".join(
        f"max({rating(*one)} - r) AS r_{name}, max(rtc_mos_v1('{scale}', {rating(*one)}) - mos) AS mos_{name}"
        for name, one in worse.items()
    )
    sql = f"""
    SELECT {rises}, count(r) AS rated, count(mos) AS scored, min(r) AS r_low, max(r) AS r_high, min(mos) AS low,
        max(mos) AS high
    FROM (SELECT *, {rating(*best)} AS r, rtc_mos_v1('{scale}', r) AS mos FROM VALUES('{tuples}', {values}))
    """
    (row,) = store.query(sql).to_pylist()
    assert row["rated"] == row["scored"] == len(points)
    assert {name: rise for name, rise in row.items() if name.startswith(("r_", "mos_")) and name not in {
        "r_low", "r_high"} and rise > STEP} == {}  # fmt: skip
    assert 0 <= row["r_low"] <= row["r_high"] <= top
    assert 1 <= row["low"] <= row["high"] <= 4.5


@pytest.mark.parametrize("scale", TOP)
def test_a_fine_grid_falls_without_a_jump(store: Store, scale: str) -> None:
    """Each ms of delay to 1 s, at every loss, and each 0.01 % of loss to 10 %, at every delay."""
    sql = f"""
    SELECT max(mos - before) AS rise, max(before - mos) AS fall
    FROM (
        SELECT rtc_mos_v1('{scale}', rtc_r_v1('{scale}', loss, ms, 1, 0, 25.1)) AS mos,
            lagInFrame(mos, 1, mos) OVER (PARTITION BY {{0}} ORDER BY {{1}} ROWS BETWEEN UNBOUNDED PRECEDING
                AND UNBOUNDED FOLLOWING) AS before
        FROM (SELECT intDiv(number, 1001) * {{2}} AS loss, number % 1001 * {{3}} AS ms FROM numbers({{4}}))
    )
    """
    for one in (("loss", "ms", "0.05", "1", "21021"), ("ms", "loss", "0.0001", "100", "1001000")):
        (row,) = store.query(sql.format(*one)).to_pylist()
        assert row["rise"] <= STEP
        assert 0 < row["fall"] < 0.02


@pytest.mark.parametrize("scale", TOP)
@pytest.mark.parametrize("unknown", range(4))
def test_no_evidence_no_score(either: Store, scale: str, unknown: int) -> None:
    """Loss, delay, Ie or Bpl unknown; a burst that is unknown is random loss."""
    known = ["0.01", "50", "0", "25.1"]
    known[unknown] = "CAST(NULL AS Nullable(Float64))"
    loss, delay, ie, bpl = known
    rating = f"rtc_r_v1('{scale}', {loss}, {delay}, NULL, {ie}, {bpl})"
    whole = f"rtc_r_v1('{scale}', 0.01, 50, NULL, 0, 25.1)"
    random = whole.replace("NULL", "1")
    assert asked(either, [rating, f"rtc_mos_v1('{scale}', {rating})", f"{whole} = {random}"]) == [None, None, 1]


@pytest.mark.parametrize(
    "impossible",
    [
        "'nb', 0, 0, 1, 0, 10", "'', 0, 0, 1, 0, 10", "NULL, 0, 0, 1, 0, 10", "'NB', 5, 0, 1, 0, 10",
        "'NB', -0.1, 0, 1, 0, 10", "'NB', nan, 0, 1, 0, 10", "'NB', 0, -1, 1, 0, 10", "'NB', 0, inf, 1, 0, 10",
        "'NB', 0, nan, 1, 0, 10", "'NB', 0, 0, 1, 96, 10", "'NB', 0, 0, 1, -1, 10", "'NB', 0, 0, 1, 0, 0",
        "'NB', 0, 0, 1, 0, nan",
    ],
)  # fmt: skip
def test_what_cannot_be_has_no_rating(store: Store, impossible: str) -> None:
    """Also a loss in percent, which is over 1 from 2 % on where a ratio is asked for."""
    assert asked(store, [f"rtc_r_v1({impossible})"]) == [None]


def test_delay_and_burst_without_evidence(store: Store) -> None:
    """Half the round trip, the buffer or twice the jitter, playout where it is known, the sender."""
    assert asked(store, [
        "rtc_mouth_to_ear_v1(100, 60, 10, 15, 26.5)", "rtc_mouth_to_ear_v1(100, NULL, 10, NULL, 26.5)",
        "rtc_mouth_to_ear_v1(NULL, 60, 10, 15, 26.5)", "rtc_mouth_to_ear_v1(100, NULL, NULL, 15, 26.5)",
        "rtc_mouth_to_ear_v1(100, 60, 10, 15, NULL)", "rtc_burst_ratio_v1(NULL, 0.1)", "rtc_burst_ratio_v1(2, NULL)",
        "rtc_burst_ratio_v1(100, 0)", "rtc_burst_ratio_v1(0, 0)",
    ]) == [151.5, 96.5, None, None, None, None, None, 8, 1]  # fmt: skip


def test_the_codec_table(store: Store) -> None:
    """Of two rates the lower row counts, and a codec without a row has no scale, so no rating."""
    assert asked(store, [
        "rtc_codec_v1('opus', 33.9).kbps", "rtc_codec_v1('opus', 510).kbps", "rtc_codec_v1('opus', 13.9).scale",
        "rtc_codec_v1('opus', NULL).scale", "rtc_codec_v1('pcmu', NULL).bpl", "rtc_codec_v1('g722', 64).scale",
        "rtc_codec_v1(NULL, 64).scale", "rtc_r_v1(rtc_codec_v1('g722', 64).scale, 0, 0, 1, 0, 10)",
        "arrayCount(c -> NOT (c.scale IN ('NB', 'WB', 'FB') AND ifNull(c.bpl > 0, 1)), rtc_codecs_v1())",
    ]) == [31, 40, "", "", 25.1, "", "", None, 0]  # fmt: skip
