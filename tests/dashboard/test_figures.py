"""Figures show what the rows say: units, gaps, thresholds, marks."""

from collections.abc import Mapping
from typing import Any

import pytest

from dashboard import cards, figures, fleettiles, health, marks, timeline, times
from dashboard.pages import room
from schemas.metrics import BY_ID

SPAN = (0, 600_000)
MINUTE: dict[str, Any] = {"loss": [0.01, 0.06], "session_count": 9, "affected_count": 2}


def a_sample(t_ms: int, stream: str = "a", **more: Any) -> dict[str, Any]:
    """Return a row of `session_samples`."""
    unknown = dict.fromkeys(("bitrate", "loss", "jitter", "rtt", "frames_per_second"))
    return {"stream": stream, "t_ms": t_ms, "is_quiet": 0, "limitation": "", "longest_ms": 2000} | unknown | more


def an_event(t_ms: int, name: str = "joined", value: str = "null") -> dict[str, Any]:
    """Return a row of `session_events`."""
    return {"t_ms": t_ms, "event": name, "value": value, "pc": ""}


def test_percentiles_are_shown_in_the_catalogues_unit() -> None:
    """Percent for ratios, the outer percentile first; unknown stays unknown."""
    rows = [{**MINUTE, "t_ms": 0}, {"t_ms": 60_000, "loss": [None, None]}]
    drawn = figures.spread(rows, "loss", "loss_ratio", "95th percentile", SPAN)
    assert [trace["y"] for trace in drawn["data"]] == [[6.0, None], [1.0, None]]
    assert drawn["layout"]["xaxis"]["range"] == [0, 600_000]


@pytest.mark.parametrize(("highest", "lines"), [(2.0, 0), (2.6, 1), (90.0, 1), (None, 0)])
def test_the_threshold_shows_once_something_comes_near(highest: float | None, lines: int) -> None:
    """5 % loss is drawn from 2.5 % on."""
    assert len(figures.threshold(BY_ID["loss_ratio"], [[None, highest]])) == lines
    assert figures.threshold(BY_ID["bitrate_bps"], [[highest]]) == []


def test_a_line_is_broken_where_samples_are_missing() -> None:
    """Between reports values are joined, over a hole they are not, and quiet times have no loss."""
    rows = [a_sample(t, rtt=9.0 if t % 4000 == 0 else None) for t in range(0, 20_000, 2000)]
    rows += [a_sample(t, rtt=7.0) for t in range(60_000, 66_000, 2000)]
    moments, values = timeline.with_gaps(rows, "rtt", 1)
    assert values == [9.0] * 5 + [None] + [7.0] * 3
    assert moments[5] == 18_001
    quiet = [a_sample(0, loss=0.1, is_quiet=1), a_sample(2000, loss=0.1)]
    assert timeline.with_gaps(quiet, "loss", 100)[1] == [None, 10.0]


def test_a_rooms_minutes_are_all_there_and_its_sessions_stay_apart() -> None:
    """A minute without samples is nothing, one without evidence not good; two of one short name have a row each."""
    late = [{"t_ms": 240_000, "affected": 1, "known": 1, "participant": "alice"}]
    early = [{"t_ms": 60_000 * (1 + n), "affected": 0, "known": 1 - n, "participant": "alice"} for n in range(2)]
    both = {"1234-a": [*early, *late], "1234-b": late}
    drawn = room.timelines(both, SPAN)
    heat = drawn["data"][0]
    assert heat["x"] == [90_000, 150_000, 210_000, 270_000]
    assert heat["z"] == [[0, 0.5, None, 1], [None, None, None, 1]]
    assert heat["text"] == [["good", "not known", "", "poor"], ["", "", "", "poor"]]
    assert heat["y"] == drawn["layout"]["yaxis"]["tickvals"] == ["1234-a", "1234-b"]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["alice 1234", "alice 1234"]


def test_a_sessions_metrics_stand_over_one_axis_of_time() -> None:
    """One axis for each metric that somebody reports; each stream in the legend once, with one colour."""
    rows = [a_sample(t, "a", loss=0.0, rtt=9.0) for t in (0, 2000)] + [a_sample(t, "b", rtt=8.0) for t in (0, 2000)]
    drawn = timeline.session(rows, {"b": "the second", "a": "the first"}, [an_event(1000)], SPAN)
    axes = {name: axis for name, axis in drawn["layout"].items() if name.startswith("yaxis")}
    assert [axis["title"]["text"] for axis in axes.values()] == ["Loss<br>%", "Round-trip time<br>ms"]
    assert axes["yaxis"]["domain"][0] > axes["yaxis2"]["domain"][1] > axes["yaxis2"]["domain"][0] == 0
    assert drawn["layout"]["xaxis"]["anchor"] == "y2"
    assert "xaxis2" not in drawn["layout"]
    shown = [(trace["name"], trace["yaxis"], trace["showlegend"]) for trace in drawn["data"]]
    assert shown == [("the first", "y", True), ("the second", "y2", True), ("the first", "y2", False)]
    assert drawn["data"][0]["line"]["color"] == drawn["data"][2]["line"]["color"] == timeline.colour(1)


@pytest.mark.parametrize("samples", [[], [a_sample(0)], [a_sample(0, limitation="cpu")]])
def test_a_session_with_next_to_nothing_can_be_drawn(samples: list[Mapping[str, Any]]) -> None:
    """No metric, or a limitation alone."""
    drawn = timeline.session(samples, {}, [], SPAN)
    assert drawn["layout"]["height"] > 100
    assert all(trace["name"] == "limited by cpu" for trace in drawn["data"])


def test_events_that_stand_near_share_a_label() -> None:
    """The first is named, the others are counted and listed; a lone one says its value."""
    events = [
        an_event(1000),
        an_event(1500, "left", '"hangup"'),
        an_event(90_000, "ice_state", '{"state": "disconnected"}'),
    ]
    drawn = marks.labels(events, SPAN, 0.9)
    assert [label["text"] for label in drawn] == ["joined +1", "ice_state disconnec…"]
    assert drawn[0]["hovertext"] == "joined<br>left hangup"
    assert [line["x0"] for line in marks.lines(events, 0.9)] == [1000, 1500, 90_000]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("null", ""),
        ('"hangup"', "hangup"),
        ("3.5", "3.5"),
        ("true", "yes"),
        ('{"granted": false, "kind": "both"}', "granted: no, kind: both"),
        ("not json", "not json"),
    ],
)
def test_an_events_value_reads_as_words(value: str, said: str) -> None:
    """No braces and no quotes."""
    assert marks.said(value) == said


def test_limitations_are_runs_on_a_lane_for_each_stream() -> None:
    """A sample tells of the time before it; a change begins a run, unknown is none."""
    reasons = ["none", "none", "cpu", "cpu", "", "bandwidth"]
    lane = [a_sample(2000 * n, limitation=reason) for n, reason in enumerate(reasons)]
    drawn = {trace["name"]: (trace["x"], trace["y"]) for trace in marks.limitations([[], lane], "y2")}
    assert drawn == {
        "not limited": ([-2000, 2000, None], [1, 1, None]),
        "limited by cpu": ([2000, 6000, None], [1, 1, None]),
        "limited by bandwidth": ([8000, 10_000, None], [1, 1, None]),
    }


def test_tiles_are_of_the_last_minute_that_is_over() -> None:
    """The running minute knows a part of its sessions only; it stands in where there is no other."""
    rows = [{"t_ms": 0}, {"t_ms": 60_000}, {"t_ms": 120_000}]
    assert fleettiles.last_whole(rows, 150_000) == {"t_ms": 60_000}
    assert fleettiles.last_whole(rows, 180_000) == {"t_ms": 120_000}
    assert fleettiles.last_whole(rows[:1], 30_000) == {"t_ms": 0}
    assert fleettiles.last_whole([], 30_000) is None


def test_numbers_read_as_people_say_them() -> None:
    """One unit behind two values; a dash for what is unknown; limits without decimals."""
    assert cards.pair("loss_ratio", [0.004, 0.115]) == "0.40 / 11.5 %"
    assert cards.pair("loss_ratio", [None, None]) == "–"
    assert cards.round_limit("time_to_first_media_ms") == "10 s"
    assert cards.is_poor("loss_ratio", 0.051)
    assert not cards.is_poor("loss_ratio", None)
    assert not cards.is_poor("bitrate_bps", 1.0)


def test_times_are_utc_and_short() -> None:
    """Clock, day, range, length."""
    t_ms = 1_795_591_234_056
    assert (times.clock(t_ms), times.minute(t_ms)) == ("07:20:34.056", "07:20")
    assert times.day(t_ms) == "25 Nov 07:20:34"
    assert times.span(t_ms, t_ms + 3_600_000) == "25 Nov 07:20 – 08:20"
    assert times.span(t_ms - 86_400_000, t_ms) == "24 Nov 07:20 – 25 Nov 07:20"
    assert [times.length(ms) for ms in (900, 61_000, 3_720_000)] == ["0 s", "1 min 1 s", "1 h 2 min"]


def test_means_are_read_from_the_processs_own_metrics() -> None:
    """Steps of one block add up; pages are averaged; what was never observed has no mean."""
    page = (
        "# TYPE rtcpulse_ingest_block_seconds histogram\n"
        'rtcpulse_ingest_block_seconds_sum{step="rows"} 3\nrtcpulse_ingest_block_seconds_count{step="rows"} 10\n'
        'rtcpulse_ingest_block_seconds_sum{step="insert"} 2\nrtcpulse_ingest_block_seconds_count{step="insert"} 10\n'
        "# TYPE rtcpulse_dashboard_callback_seconds histogram\n"
        'rtcpulse_dashboard_callback_seconds_sum{page="fleet"} 1\n'
        'rtcpulse_dashboard_callback_seconds_count{page="fleet"} 3\n'
        'rtcpulse_dashboard_callback_seconds_sum{page="room"} 1\n'
        'rtcpulse_dashboard_callback_seconds_count{page="room"} 1\n'
        "# TYPE rtcpulse_analytics_cycle_seconds histogram\n"
        "rtcpulse_analytics_cycle_seconds_sum 0\nrtcpulse_analytics_cycle_seconds_count 0\n"
    )
    assert health.mean_seconds(page) == pytest.approx(
        {"rtcpulse_ingest_block_seconds": 0.5, "rtcpulse_dashboard_callback_seconds": 0.5}
    )
