"""The parts of Fleet, Room and Session without a browser: numbers, words, lines and strips."""

from typing import Any, Final

import pytest

from dashboard import (
    breakdown,
    burn,
    figures,
    fleettiles,
    fleettrends,
    lanes,
    measures,
    moments,
    rawrows,
    roomgrid,
    silent,
    why,
)
from dashboard.address import View

NOTHING: Final = dict.fromkeys(
    ("sessions", "affected", "minutes", "known", "bad", "attempts", "joined", "first_media_count", "drops", "paths",
     "first_media_affected", "one_way_count", "no_media_count", "relayed_count", "tcp_count", "sessions_now",
     "rooms_now", "affected_now"), 0,
) | {"first_media_p50_ms": None, "first_media_p95_ms": None}  # fmt: skip
SOME: Final = NOTHING | {
    "sessions": 40, "affected": 4, "minutes": 500, "known": 400, "bad": 8, "attempts": 40, "joined": 38, "drops": 3,
    "one_way_count": 1, "no_media_count": 2, "paths": 30, "relayed_count": 6, "tcp_count": 3, "first_media_count": 38,
    "first_media_p50_ms": 900, "first_media_p95_ms": 2400, "sessions_now": 5, "rooms_now": 2,
}  # fmt: skip
MINUTE: Final = 60_000


def said(component: Any) -> str:
    """Return the words of a component, in order."""
    if component is None or isinstance(component, str | int | float):
        return str(component or "")
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(said, component)))
    return said(getattr(component, "children", None))


def test_every_measure_says_what_it_is_of() -> None:
    """And without evidence it is unknown, which is not zero."""
    shown = {one.id: (one.shown(SOME), one.beside(SOME)) for one in measures.MEASURES}
    assert shown == {
        "bad": ("2.0 %", "8 of 400 minutes"),
        "join": ("95.0 %", "2 of 40 attempts failed"),
        "first_media": ("0.90 / 2.40 s", "0 of 38 over 10 s"),
        "drops": ("6", "3 of 40 sessions"),
        "media": ("7.5 %", "3 of 40 sessions"),
        "turn": ("20.0 / 10.0 %", "6 of 30 sessions relayed"),
    }
    assert {one.shown(NOTHING) for one in measures.MEASURES} == {"unknown"}
    assert {one.value(NOTHING) for one in measures.MEASURES} == {None}
    assert {one.shown({"value": "audio", "sessions": 0, "affected": 0, "bad": 0, "known": 0, "minutes": 0})
            for one in measures.MEASURES} == {"unknown"}  # fmt: skip
    assert [one.id for one in measures.MEASURES if one.notable(SOME)] == ["drops", "media"]


def test_shares_near_none_and_all_do_not_read_as_such() -> None:
    """A drop in a thousand sessions is one."""
    assert [measures.percent(value) for value in (None, 0, 0.04, 12.34, 99.96, 100)] == [
        "unknown", "0.0 %", "under 0.1 %", "12.3 %", "over 99.9 %", "100.0 %",
    ]  # fmt: skip


def test_tiles_are_links_that_say_before_and_after() -> None:
    """Eight; each leads to itself along time, and keeps the rest of the address."""
    view = View(range="6h", show="join", before="1d")
    tiles = fleettiles.tiles(SOME, SOME | {"joined": 40}, "burns 2.0 x in 1 h", view, MINUTE)
    assert len(tiles) == 8
    join = next(tile for tile in tiles if "Join success" in said(tile))
    assert said(join) == "Join success 95.0 % 2 of 40 attempts failed day before: 100.0 %"
    assert (join.href, "tile-here" in join.className) == ("/?range=6h&show=join&before=1d", True)
    assert "burns 2.0 x in 1 h" in said(tiles[2])
    assert tiles[2].href == "/?range=6h&before=1d"


BURNING: Final = [
    ({3600: 20.0, 300: 15.0, 21_600: 7.0, 1800: 8.0, 259_200: 2.0}, "page"),
    ({3600: 20.0, 300: 1.0, 21_600: 5.0, 1800: 8.0, 259_200: 0.5}, ""),
    ({3600: 2.0, 300: None, 21_600: 7.0, 1800: 8.0, 259_200: 2.0}, "page"),
    ({3600: 2.0, 300: 2.0, 21_600: 1.5, 1800: 1.0, 259_200: 1.1}, "ticket"),
    ({}, ""),
]


@pytest.mark.parametrize(("found", "says"), BURNING)
def test_the_budget_alarms_where_both_windows_are_beyond(found: dict[int, float | None], says: str) -> None:
    """By the workbook's table: a long window says that it lasts, a short one that it still is."""
    assert burn.verdict(found) == says


def test_a_burn_rate_is_the_bad_share_over_the_budget() -> None:
    """Of known minutes; where none is known there is no rate."""
    rows: list[Any] = [
        {"window_s": 3600, "known_minutes": 1000, "bad_minutes": 50},
        {"window_s": 300, "known_minutes": 0, "bad_minutes": 0},
    ]
    rates = burn.rates(rows, 0.99)
    assert rates == {3600: pytest.approx(5.0), 300: None}
    assert burn.sentence(rates) == "burns 5.0 x in 1 h"
    assert burn.sentence({}) == "burn rate unknown"
    assert "5.00 x and unknown" in said(burn.table(rates, 0.99))


def test_marks_are_lines_with_names_and_many_incidents_a_triangle() -> None:
    """Marks that stand close share a label; where incidents go on from step to step only their begin is marked."""
    mark: dict[str, Any] = dict.fromkeys(
        ("version", "text", "app", "browser", "os", "network_type", "country", "region"), ""
    )
    marks = [mark | {"t_ms": t_ms, "name": "deploy", "version": str(t_ms)} for t_ms in (1000, 1010, 9000)]
    counted = [(0, "delay", 2), (MINUTE, "delay", 2), (MINUTE, "uplink_loss", 3), (2 * MINUTE, "delay", 9)]
    rows: list[Any] = [{"t_ms": t_ms, "cause": cause, "session_count": number} for t_ms, cause, number in counted]
    begins = moments.begins(rows)
    assert begins == [{"t_ms": MINUTE, "sessions": 5, "cause": "uplink_loss"}]
    drawn = moments.draw(figures.frame([], (0, 10_000), 100), marks, begins, (0, 10_000))["layout"]
    assert [shape["x0"] for shape in drawn["shapes"]] == [1000, 1010, 9000]
    assert [label["text"] for label in drawn["annotations"]] == ["deploy 1000 +1", "deploy 9000", "▲"]
    assert "loss on the way up" in drawn["annotations"][-1]["hovertext"]
    assert moments.told(marks[0] | {"text": "canary", "app": "a/1"}) == "deploy 1000. canary. for a/1"


def test_marks_that_share_a_label_are_named_after_the_narrowest() -> None:
    """A deploy of one app is what its trend is looked at for, though a server told of its start just before."""
    mark: dict[str, Any] = dict.fromkeys(("version", "text", *moments.FILTERS), "")
    started = mark | {"t_ms": 1000, "name": "janus started"}
    deployed = mark | {"t_ms": 1010, "name": "deploy", "app": "a/1"}
    drawn = moments.draw(figures.frame([], (0, 10_000), 100), [started, deployed], [], (0, 10_000))["layout"]
    assert [label["text"] for label in drawn["annotations"]] == ["deploy +1"]
    assert drawn["annotations"][0]["hovertext"] == "janus started<br>deploy. for a/1"


def test_steps_keep_a_trend_readable() -> None:
    """A minute for an hour, and never many more than a hundred points."""
    steps = [fleettrends.step_of(hours * 3_600_000) for hours in (1, 6, 24, 168, 10_000)]
    assert steps == [60, 300, 900, 7200, 86_400]


def test_a_breakdown_is_sorted_by_the_chosen_measure() -> None:
    """The worst first, also where less is worse; what is unknown comes last."""
    rows: list[Any] = [
        SOME | {"value": "a", "joined": 40}, NOTHING | {"value": "b"}, SOME | {"value": "c", "joined": 20},
        SOME | {"value": "d", "bad": 100},
    ]  # fmt: skip
    by = {name: [row["value"] for row in breakdown._sorted(rows, measures.BY_ID[name])] for name in ("join", "bad")}
    assert by == {"join": ["c", "d", "a", "b"], "bad": ["d", "a", "c", "b"]}
    words = said(
        breakdown.table(rows, [SOME | {"value": "c", "joined": 10}], measures.BY_ID["join"], View(before="7d"))
    )
    assert "Join success, week before" in words
    assert "25.0 %" in words


def grid_row(minute: int, *, bad: int = 0, known: int = 1, sender: str = "alice") -> dict[str, Any]:
    """Return a row of the answer of `room_grid`."""
    return {
        "sender": sender, "sender_session": f"{sender}-1", "receiver": "bob", "receiver_session": "bob-1",
        "t_ms": minute * MINUTE, "bad": bad, "known": known, "kinds": ["audio"], "bad_kinds": ["audio"] if bad else [],
        "loss_most": 0.2 if bad else 0.0, "jitter_most": None, "freeze_most": None, "concealed_most": None,
    }  # fmt: skip


def test_who_sends_nothing_is_listed() -> None:
    """With when they came and went, as the server saw; who has not been seen to leave may be there."""
    row = {
        "session": "livekit:PA_1", "participant": "carol", "role": "server", "came_ms": 1000, "has_joined": 1,
        "left_ms": 61_000, "left_reason": "connection_timeout", "ending": "dropped", "reconnects": 1, "last_ms": 61_000,
    }  # fmt: skip
    untold = row | {"participant": "dan", "left_ms": None, "left_reason": "", "ending": "unknown"}
    failed = row | {"participant": "eve", "role": "client", "has_joined": 0, "left_reason": "", "ending": "ice_failed"}
    words = said(silent.table([row, untold, failed], View()))
    for piece in ("carol", "1 Jan 00:00:01", "1 Jan 00:01:01", "dropped: connection_timeout", "only the server tells"):
        assert piece in words
    for piece in (
        "not seen to leave",
        "tried 1 Jan 00:00:01",
        "never connected",
        "its client had no media",
        "3 sessions",
    ):
        assert piece in words
    assert silent.table([], View()) == []


def test_a_strip_has_a_colour_for_each_minute_and_nothing_where_there_is_none() -> None:
    """Hard stops, in parts of the span."""
    rows = [grid_row(0), grid_row(1, bad=1), grid_row(3, known=0)]
    assert roomgrid.strip_of(rows, (0, 4 * MINUTE)) == (
        f"linear-gradient(to right, {figures.GOOD} 0.00%, {figures.GOOD} 25.00%, {figures.POOR} 25.00%, "
        f"{figures.POOR} 50.00%, transparent 50.00%, transparent 75.00%, {figures.NOT_KNOWN} 75.00%, "
        f"{figures.NOT_KNOWN} 100.00%)"
    )


def test_the_grid_says_it_in_words_too() -> None:
    """How many of how many known minutes were bad; colours alone say nothing."""
    words = said(roomgrid.grid([grid_row(0), grid_row(1, bad=1), grid_row(2, known=0)], (0, 4 * MINUTE), View()))
    assert "1 of 2 bad" in words
    assert "alice" in words
    assert "Nobody of this room sent" in said(roomgrid.grid([], (0, MINUTE), View()))
    unseen = [grid_row(0) | {"sender_session": ""}]
    assert "alice (not seen sending)" in said(roomgrid.grid(unseen, (0, MINUTE), View()))


VERDICT: Final = {
    "affected_minutes": 3, "known_minutes": 20, "ending": "left", "tried": 1, "had_media": 1,
    "worst_ms": 5 * MINUTE, "worst_metric": "loss_ratio",
}  # fmt: skip
INCIDENT: Final = {
    "began_ms": 5 * MINUTE, "ended_ms": 7 * MINUTE, "degraded_ms": 60_000, "severity": "major", "cause": "uplink_loss",
    "side": "client", "evidence": ["reports said 9 % loss"],
}  # fmt: skip
BAD: Final = "3 of its 20 known minutes were bad, most of all at 00:05 UTC (loss)."
WELL: Final = "Of its 20 known minutes none was bad"
TROUBLE: Final = "Its longest trouble, 2 min 0 s from 00:05:00 UTC on,"
NONE: Final = "No incident stands in this range."
NO_CAUSE: Final = "No incident stands in this range, so no cause is known."
UNTOLD: Final = "Whether it was bad is unknown: nothing that says so was told."
NOT_BAD: Final = VERDICT | {"affected_minutes": 0}
UNEXPLAINED: Final = [INCIDENT | {"cause": "unknown", "evidence": []}, INCIDENT | {"degraded_ms": 1}]
WHY: Final = [
    (VERDICT, [INCIDENT], [BAD, f"{TROUBLE} was loss on the way up (side: this client): reports said 9 % loss."]),
    (NOT_BAD, [], [f"{WELL}.", NONE]),
    (NOT_BAD | {"known_minutes": 1}, [], ["Of its 1 known minute none was bad.", NONE]),
    (VERDICT | {"affected_minutes": 1, "worst_metric": ""}, [], ["1 of its 20 known minutes was bad.", NO_CAUSE]),
    (NOT_BAD | {"ending": "dropped"}, [], [f"{WELL}, but it was dropped.", NONE]),
    (VERDICT, [], [BAD, NO_CAUSE]),
    (NOT_BAD | {"known_minutes": 0}, [], [UNTOLD, NONE]),
    (
        VERDICT | {"had_media": 0, "ending": "ice_failed"},
        [],
        ["It was tried and no media came, it never connected.", NO_CAUSE],
    ),
    (VERDICT, UNEXPLAINED, [BAD, f"{TROUBLE} has no known cause (1 more incident below)."]),
]


@pytest.mark.parametrize(("verdict", "incidents", "expected"), WHY)
def test_why_it_was_bad_in_two_sentences(verdict: Any, incidents: Any, expected: list[str]) -> None:
    """Of what is stored and nothing else: without evidence no cause is named."""
    assert why.sentences(verdict, incidents) == expected


def test_times_without_samples_are_gaps() -> None:
    """Much longer than usual, of all streams together; and a band behind the lines shows each."""
    samples = [{"t_ms": t * 1000} for t in (*range(0, 60, 2), *range(100, 160, 2))]
    span = (0, 160_000)
    holes = lanes.gaps(samples, span)
    assert holes == [(58_000, 100_000)]
    (band,) = lanes.bands([], holes, 1)
    assert (band["x0"], band["x1"], band["layer"]) == (58_000, 100_000, "below")
    assert lanes.gaps([], span) == lanes.gaps(samples[:1], span) == []


def test_a_definitions_lane_is_as_bad_as_its_worst_stream() -> None:
    """And unknown only where no stream is judged; the words name the streams that are poor."""
    row = {"rule": "rtc_affected_v1", "reason": "", "slice_ms": 0}
    rows: list[Any] = [
        row | {"stream": "a", "verdict": "not poor"}, row | {"stream": "b", "verdict": "poor"},
        row | {"stream": "a", "verdict": "not poor", "slice_ms": MINUTE},
        row | {"stream": "b", "verdict": "unknown", "slice_ms": MINUTE, "reason": "muted"},
        row | {"stream": "b", "verdict": "unknown", "slice_ms": 2 * MINUTE, "reason": "muted"},
    ]  # fmt: skip
    (lane,) = lanes.verdicts(rows, {"b": "the camera"}, MINUTE, (1000, 150_000))
    assert lane.name == "rtcpulse"
    assert [(bar.begin_ms, bar.end_ms) for bar in lane.bars] == [
        (1000, MINUTE), (MINUTE, 2 * MINUTE), (2 * MINUTE, 150_000)
    ]  # fmt: skip
    assert [bar.colour for bar in lane.bars] == [
        lanes.VERDICT_COLOURS[word] for word in ("poor", "not poor", "unknown")
    ]
    assert "the camera" in lane.bars[0].words
    assert "muted" in lane.bars[2].words
    assert lanes.slice_of((0, 3_600_000)) == 180_000
    assert lanes.slice_of((0, 1000)) == MINUTE


def test_raw_rows_show_the_columns_that_tell_anything() -> None:
    """Time first; what is NULL everywhere is left out, what is NULL somewhere is empty there."""
    rows: list[Any] = [{"project": "p", "rtt_ms": None, "t": 1500, "jitter_ms": 0.123456789, "mid": "", "packets": 5},
            {"project": "p", "rtt_ms": 4.0, "t": 500, "jitter_ms": None, "mid": "", "packets": 4}]  # fmt: skip
    words = said(rawrows.table(rows, "streams"))
    assert "t rtt_ms jitter_ms packets 00:00:01.500 0.123457 5 00:00:00.500 4 4" in words
    assert "No row of transport_samples" in said(rawrows.table([], "transports"))
