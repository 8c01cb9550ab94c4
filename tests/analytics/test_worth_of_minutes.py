"""What a minute is worth where streams follow on each other, stand still, are not played, or are seen in part."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from analytics.queries import Filters, Queries
from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Along, Medium, a_person, always, during
from tests.analytics.modelled import store as put
from tests.analytics.test_incidents import cut
from tests.analytics.test_quality import SOUND, computed, heard, with_codec
from tests.analytics.test_recompute import settle
from tests.builders import a_batch, a_series, an_object
from tests.ingest.playing import an_analyst

A_SECOND = 125_000
"""Bytes: 1 Mbit/s."""
NEAR: dict[str, Along] = {"totalRoundTripTime": always(0.1)}


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def a_camera(ssrc: int, since: int, until: int) -> dict[str, Any]:
    """Return video of 1 Mbit/s that is there from one second to another of 60."""
    there = [since <= second <= until for second in range(61)]
    octets = [A_SECOND * (second - since) if here else None for second, here in enumerate(there)]
    packets = [None if value is None else value // 1250 for value in octets]
    lost = [0 if here else None for here in there]
    return an_object("inbound-rtp", f"I{ssrc}", {"kind": "video", "ssrc": ssrc, "mid": "0"}, bytesReceived=octets,
                     packetsReceived=packets, packetsLost=lost)  # fmt: skip


@pytest.mark.parametrize(
    ("lives", "megabits"),
    [([(0, 60)], 1), ([(0, 30), (30, 60)], 1), ([(0, 60), (0, 60)], 2), ([(0, 60), (0, 30)], 1 + 30 / 59)],
)
def test_a_minutes_bits_are_over_the_time_that_its_streams_cover(
    feed: Feed, lives: Sequence[tuple[int, int]], megabits: float
) -> None:
    """Whether one follows on the other or both are there at once."""
    objects = [a_camera(7 + place, *life) for place, life in enumerate(lives)]
    series = a_series([START + 1000.0 * second for second in range(61)], *objects, baseline=True)
    first, _ = computed(feed, "session_minutes", a_batch(session="s", series=[series]))
    assert first["bitrate_in_bps"] == pytest.approx(1e6 * megabits)
    assert (first["covered_in_ms"], first["covered_out_ms"], first["bitrate_out_bps"]) == (59_000, 0, 0)


def test_what_was_not_seen_is_no_time_without_bits(feed: Feed) -> None:
    """A batch of 20 s got lost: 39 s of 32 kbit/s are known."""
    person = a_person("s", 59, heard())
    [row] = computed(feed, "session_minutes", cut(person, 0, 20, seq=0), cut(person, 40, 59, seq=2))
    assert (row["bitrate_in_bps"], row["covered_in_ms"], row["bytes_in"]) == (32_000, 39_000, 39 * 4000)
    [stream] = feed.rows("stream_minutes")
    assert stream["covered_ms"] == [0, 20_000, 40_000, 59_000]


def spoken(until: int, silence: float) -> Medium:
    """Return Opus of 32 kbit/s until a second, then so many packets a second of 5 bytes."""
    return Medium(
        "inbound", "audio", "t", "p", 7, packets=during(1, 0, until, silence / 50), show={"jitter": always(0.005)},
        grow={"bytesReceived": during(4000, 0, until, 5 * silence)},
        says=[(0, {"muted": False}), *([(until, {"muted": True})] if not silence else [])],
    )  # fmt: skip


@pytest.mark.parametrize(("until", "silence"), [(60, 0), (30, 0), (15, 0), (30, 2), (10, 2)])
def test_silence_does_not_lower_the_score(feed: Feed, until: int, silence: float) -> None:
    """Opus at 31 kbit/s: Ie 16.829. R = 148 - 16.829 = 131.171, over 1.48 it is 88.629.

    MOS = 1 + 0.035 x 88.629 + 88.629 x 28.629 x 11.371 x 7e-6 = 4.3040.
    """
    [row] = computed(feed, "stream_quality", with_codec(a_person("s", 59, spoken(until, silence), pair=NEAR)))
    assert row["mos"] == pytest.approx(4.3040, abs=5e-5)


NO_SAMPLES = SOUND | {"totalSamplesReceived": NONE, "concealedSamples": NONE, "concealmentEvents": NONE}


@pytest.mark.parametrize("told", [NO_SAMPLES, {}, SOUND | {"concealedSamples": NONE}])
def test_audio_that_is_not_played_has_no_score(feed: Feed, told: dict[str, Along]) -> None:
    """What overflows is thrown away: that is no loss. Where samples come out, it has a score."""
    played = "concealedSamples" in told and told["totalSamplesReceived"](1) > 0
    grow = told | {"bytesReceived": always(4000), "packetsDiscarded": always(0 if played else 50)}
    medium = Medium("inbound", "audio", "t", "p", 7, grow=grow, show={"jitter": always(0.005)})
    [row] = computed(feed, "stream_quality", with_codec(a_person("s", 59, medium, pair=NEAR)))
    assert (row["loss_heard"], row["loss_from"], row["mos"] is None) == (
        (0, "concealed", False) if played else (None, "", True)
    )


def seen(freezes: Along, frames: Along | None, **more: Any) -> Medium:
    """Return received video."""
    grow = {"totalFreezesDuration": freezes} | ({"framesDecoded": frames} if frames else {})
    return Medium("inbound", "video", "t", "a", 21, grow=grow, **more)


def test_a_shared_screen_stands_still_by_nature(feed: Feed) -> None:
    """One frame a second."""
    still = seen(during(0.9, 5, 55), during(1, 5, 55, 30), says=[(0, {"source": "screen_share"})])
    [row] = computed(feed, "session_minutes", a_person("s", 59, still))
    assert (row["freeze_ratio"], row["affected"], row["known"]) == (None, 0, 1)
    [session] = feed.rows("sessions")
    assert (session["affected_minutes"], session["worst_metric"]) == (0, "")


COUNTED_AT_60 = during(40, 60, 61)
STILL = during(0, 20, 60, 30)


@pytest.mark.parametrize(
    ("freezes", "frames", "ratios"),
    [
        (COUNTED_AT_60, STILL, (40 / 59, 1 / 31)),
        (NONE, during(0, 20, 95, 30), (40 / 59, 1)),
        (NONE, during(0, 20, 40, 30), (20 / 59, 0)),
        (during(20, 40, 41), during(0, 20, 40, 30), (20 / 59, 0)),
        (during(50, 70, 71), None, (0, 10 / 31)),
        (during(0.5, 10, 12), always(30), (1 / 59, 0)),
    ],
)
def test_a_freeze_is_of_the_minute_it_was_in(
    feed: Feed, freezes: Along, frames: Along | None, ratios: tuple[float, float]
) -> None:
    """As far as frames say so; where they are not told, only what is over of the minute in which it ended."""
    rows = computed(feed, "session_minutes", a_person("s", 90, seen(freezes, frames)))
    assert [row["freeze_ratio"] for row in rows] == [pytest.approx(each) for each in ratios]
    assert [row["affected"] for row in rows] == [int(each > 0.05) for each in ratios]


def test_a_picture_that_never_came_or_has_no_payload_is_not_frozen(feed: Feed) -> None:
    """Packets that only probe the way have no payload."""
    waiting = seen(NONE, NONE)
    probed = replace(waiting, ssrc=22, track="u", grow={"totalFreezesDuration": NONE, "bytesReceived": NONE,
                                                        "framesDecoded": during(30, 0, 5)})  # fmt: skip
    [row] = computed(feed, "session_minutes", a_person("s", 59, waiting, probed))
    assert (row["freeze_ratio"], row["affected"]) == (0, 0)


def test_ratios_of_a_range_are_of_its_sums(feed: Feed) -> None:
    """5 of 2960 packets were lost, all in a minute of 10; 59 round trips took 100 ms and 2 took 300 ms."""
    person = a_person(
        "s", 61, Medium("inbound", "audio", "t", "p", 7), pair={"totalRoundTripTime": during(0.1, 0, 60, 0.3)}
    )
    counted = person["series"][0]["objects"][0]["f"]
    counted["packetsReceived"] = [50 * second for second in range(60)] + [2950, 2955]
    counted["packetsLost"] = [0] * 61 + [5]
    put(feed, person)
    settle(an_analyst(feed.store, feed.log_id))
    asked, hour = Queries(feed.store), Filters(feed.project, int(START) - 1_800_000, int(START) + 1_800_000)
    for [row] in (asked.worst_sessions(hour), asked.worst_rooms(hour)):
        assert (row["loss"], row["rtt"]) == (pytest.approx(5 / 2960), pytest.approx((59 * 100 + 2 * 300) / 61))
    assert [row["loss_in"] for row in feed.rows("session_minutes")] == [0, 0.5]
    fleet = asked.fleet_minutes(hour)
    assert [(row["loss_known"], row["loss_affected"], row["affected_count"]) for row in fleet] == [(1, 0, 0), (0, 0, 0)]


def test_the_worst_metric_is_one_that_made_the_minute_poor(feed: Feed) -> None:
    """One of three packets is no verdict; a round trip of 410 ms is."""
    person = a_person("s", 59, Medium("inbound", "audio", "t", "b", 7), pair={"totalRoundTripTime": always(0.41)})
    counted = person["series"][0]["objects"][0]["f"]
    counted["packetsReceived"] = [0] * 20 + [1] * 20 + [2] * 20
    counted["packetsLost"] = [0] * 30 + [1] * 30
    [row] = computed(feed, "sessions", person)
    assert (row["affected_minutes"], row["worst_metric"]) == (1, "rtt_ms")


@pytest.mark.parametrize(("playout_s", "delay_ms"), [(0.0, 136.5), (0.2, 336.5)])
def test_the_delay_of_the_playout_is_heard(feed: Feed, playout_s: float, delay_ms: float) -> None:
    """50 + 60 + 26.5 ms without it."""
    person = with_codec(a_person("s", 59, heard(), pair=NEAR))
    objects, seconds = person["series"][0]["objects"], range(60)
    objects[0]["s"]["playoutId"] = "AP"
    played = [48_000 * second for second in seconds]
    delay = [samples * playout_s for samples in played]
    objects.append(
        an_object("media-playout", "AP", {"kind": "audio"}, totalPlayoutDelay=delay, totalSamplesCount=played)
    )
    [row] = computed(feed, "stream_quality", person)
    assert row["delay_ms"] == pytest.approx(delay_ms)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("in_between", [True, False])
def test_a_minute_of_which_a_part_was_seen_says_so(feed: Feed, order: Sequence[int], *, in_between: bool) -> None:
    """Seen are 1 to 20, 71 to 80 and 201 to 230 s, whatever came first: 20 of 59 s, 10 of 60, 30 of 51."""
    person = a_person("s", 230, heard())
    parts = [cut(person, 0, 20, seq=0), cut(person, 70, 80, seq=2), cut(person, 200, 230, seq=5)]
    for place in order:
        put(feed, parts[place])
        if in_between:
            settle(an_analyst(feed.store, feed.log_id))
    settle(an_analyst(feed.store, feed.log_id))
    rows = feed.rows("stream_quality")
    assert [(row["samples"], row["samples_expected"]) for row in rows] == [(20, 59), (10, 60), (30, 51)]
    coverage = [row["coverage"] for row in feed.rows("session_minutes")]
    assert coverage == [pytest.approx(seen / whole) for seen, whole in ((20, 59), (10, 60), (30, 51))]


def test_a_slow_poll_that_was_away_is_missed_on_both_sides_of_the_minutes_end(feed: Feed) -> None:
    """Each 2 s but from 18 to 70 s: 9 samples of 29, then 25 of 30."""
    times = [*range(0, 20, 2), *range(70, 121, 2)]
    counted = [50 * second for second in times]
    item = an_object("inbound-rtp", "I", {"kind": "audio", "ssrc": 7}, packetsReceived=counted)
    series = a_series([START + 1000.0 * second for second in times], item, baseline=True)
    rows = computed(feed, "stream_quality", a_batch(session="s", every_ms=2000, series=[series]))
    assert [(row["samples"], row["samples_expected"]) for row in rows] == [(9, 29), (25, 30), (1, 1)]


def test_what_one_stream_has_too_many_is_not_taken_from_what_another_lost(feed: Feed) -> None:
    """295 of 2950 packets; the other stream's repeats are 295 too many of 2950."""
    media = [
        Medium("inbound", "audio", "t", "b", 7, always(0.1)),
        Medium("inbound", "audio", "u", "c", 8, always(-0.1)),
    ]
    [row] = computed(feed, "session_minutes", a_person("s", 59, *media))
    assert (row["loss_in"], row["packets_lost_in"], row["packets_expected_in"]) == (pytest.approx(0.05), 295, 5900)
    [session] = feed.rows("sessions")
    assert (session["packets_lost"], session["packets_expected"]) == (295, 5900)
