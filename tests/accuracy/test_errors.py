"""Errors of numbers that are made up, against errors by hand; real calls are in tests/e2e and in `make accuracy`."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.accuracy import errortable
from tests.accuracy.errors import Measured, error, errors, goal_of, missed
from tests.accuracy.impairing import Round
from tests.accuracy.links import audio, pages, video
from tests.accuracy.report import write

LOSS = Measured("n", "aiortc", "audio", "loss", "call", said=0.053, real=0.05)
JITTER = replace(LOSS, metric="jitter", said=9.0, real=10.0)
RTT = replace(LOSS, metric="rtt", said=96.0, real=100.0)
BITRATE = replace(LOSS, metric="sent_bitrate", said=41_600.0, real=40_000.0)


def test_each_metric_has_its_own_unit() -> None:
    """Points, percent of the truth, ms; signed."""
    assert [round(error(one), 6) for one in (LOSS, JITTER, RTT, BITRATE)] == [0.3, -10.0, -4.0, 4.0]


def test_little_jitter_is_told_in_ms_and_has_no_goal() -> None:
    """At 5 ms percent begin."""
    little = replace(JITTER, said=1.0, real=4.99)
    assert (round(error(little), 6), goal_of(little).most, missed([little])) == (-3.99, None, [])
    assert goal_of(replace(JITTER, real=5.0)).most == 10


@pytest.mark.parametrize(("one", "beyond"), [(LOSS, 0.0551), (JITTER, 8.99), (RTT, 94.99), (BITRATE, 38_799.0)])
def test_a_goal_holds_both_ways_and_not_further(one: Measured, beyond: float) -> None:
    """0.5 points, 10 %, 5 ms, 3 %."""
    far = replace(one, said=beyond)
    mirrored = replace(one, said=2 * one.real - beyond)
    within = replace(one, said=one.real + 0.9 * (beyond - one.real))
    assert missed([far, mirrored, within]) == [far, mirrored]


def test_the_worst_is_the_largest_either_way_and_the_median_is_of_sizes() -> None:
    """Of 20 errors of 0.1 to 2.0 points, 0.5 and less are met; 95 % are within 1.9."""
    some = [replace(LOSS, call=str(n), said=0.05 + (-1) ** n * n / 1000) for n in range(1, 21)]
    (it,) = errors(some)
    assert (it.count, it.met, it.worst_of.call) == (20, 5, "20")
    assert (it.median, it.most_of_95, it.worst) == pytest.approx((1.05, 1.9, 2.0))
    (odd,) = errors(some[:19])
    assert odd.worst == pytest.approx(-1.9)


def test_the_table_names_the_worst_and_what_is_beyond(tmp_path: Path) -> None:
    """Calls and samples apart, peers apart."""
    page = replace(RTT, call="m", how="Chromium")
    sample = replace(LOSS, grain="sample", said=0.07)
    made = [Round(("n",), 0.4, 1, (LOSS, BITRATE)), Round(("m",), 1.25, 2, (page, sample))]
    text = errortable.lines(made, "Made today.")
    assert text[0].startswith("Made today. 2 calls in 2 rounds, 1 of them made more than once.")
    assert "at most 1.2 ms late" in text[0]
    rows = [line for line in text if line.startswith("| ")]
    assert (
        rows[1] == "| aiortc | loss at the receiver | 1 | 0.30 points | +0.30 points | n, audio | 0.5 points | 1 of 1 |"
    )
    assert rows[3] == "| Chromium | round trip by RTCP | 1 | 4.00 ms | -4.00 ms | m, audio | 5 ms | 1 of 1 |"
    assert rows[5] == "| aiortc | loss at the receiver | 1 | 2.00 points | 2.00 points | +2.00 points | n, audio |"
    assert "* n (aiortc, audio): bitrate sent +4.00 %, 41.6 kbit/s instead of 40.0 kbit/s" in text
    path = tmp_path / "accuracy.md"
    path.write_text("<!-- errors -->\n<!-- /errors -->\n<!-- detection -->\nkept\n<!-- /detection -->\n")
    write(text, path, errortable.MARK)
    assert all(part in path.read_text() for part in (rows[1], "kept"))


def test_calls_have_names_of_their_own() -> None:
    """Among those of the same peers; all that the table promises is there."""
    links = [*audio(), *video(), *pages()]
    assert len({(link.how, link.name) for link in links}) == len(links)
    ways = [way for link in links for way in (link.there, link.back or link.there)]
    for member in ("loss", "burst", "jitter_ms", "reorder", "rate_bps"):
        assert any(getattr(way, member) for way in ways), member
    assert max(way.loss for way in ways) == 0.2
