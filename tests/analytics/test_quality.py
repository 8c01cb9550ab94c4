"""What streams are worth per minute, how much of them was seen, and how sessions ended."""

from typing import Any

import pytest

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Along, Medium, a_person, always, during
from tests.analytics.modelled import store as put
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.builders import an_object

SOUND = {
    "totalSamplesReceived": always(48_000), "silentConcealedSamples": NONE, "concealmentEvents": always(2),
    "jitterBufferEmittedCount": always(48_000), "jitterBufferDelay": always(48_000 * 0.06),
}  # fmt: skip


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def heard(loss: Along = NONE, concealed: float = 0, **more: Any) -> Medium:
    """Return audio that is received at 50 packets a second."""
    grow = SOUND | {"concealedSamples": always(48_000 * concealed), "bytesReceived": always(4000)}
    return Medium("inbound", "audio", "t", "p", 7, loss, grow=grow, **more)


def with_codec(person: dict[str, Any]) -> dict[str, Any]:
    """Give the first stream of a person the codec Opus."""
    objects = person["series"][0]["objects"]
    objects[0]["s"]["codecId"] = "C"
    objects.append(an_object("codec", "C", {"mimeType": "audio/opus", "clockRate": 48_000}))
    return person


def computed(feed: Feed, table: str, *people: dict[str, Any]) -> list[dict[str, Any]]:
    """Store people and return a table's rows."""
    put(feed, *people)
    settle(Analyst(feed.store, Instruments()))
    return feed.rows(table)


def score(feed: Feed, loss: float, delay_ms: float, burst: float | None) -> float:
    """Return the score that the functions give for Opus at 32 kbit/s."""
    rated = f"rtc_r_v1(c.scale, {loss}, {delay_ms}, {'NULL' if burst is None else burst}, c.ie, c.bpl)"
    sql = f"SELECT rtc_codec_v1('opus', 32) AS c, rtc_mos_v1(c.scale, {rated}) AS mos"
    return float(feed.store.query(sql).to_pylist()[0]["mos"])


def test_a_minute_of_audio_has_a_score_of_what_was_heard(feed: Feed) -> None:
    """Concealment, half the round trip, the jitter buffer and the codec."""
    person = with_codec(a_person("s", 59, heard(concealed=0.03), pair={"totalRoundTripTime": always(0.1)}))
    [row] = computed(feed, "stream_quality", person)
    assert (row["loss_heard"], row["loss_from"]) == (pytest.approx(0.03), "concealed")
    assert row["delay_ms"] == pytest.approx(50 + 60 + 26.5)
    assert row["burst_ratio"] == pytest.approx(max(1, 0.03 * 48_000 / 2 / 960 * 0.97))
    assert row["mos"] == pytest.approx(score(feed, 0.03, 136.5, row["burst_ratio"]), rel=1e-6)
    assert (row["mos_scale"], row["mos_scope"], row["mos_version"]) == ("FB", "leg", "rtc_mos_v1")
    assert (row["samples"], row["samples_expected"]) == (59, 59)


@pytest.mark.parametrize("missing", ["codec", "round trip", "loss"])
def test_without_any_piece_of_evidence_there_is_no_score(feed: Feed, missing: str) -> None:
    """Unknown is not good."""
    medium = heard() if missing != "loss" else Medium("inbound", "audio", "t", "p", 7, packets=always(0.01))
    pair = None if missing == "round trip" else {"totalRoundTripTime": always(0.1)}
    person = a_person("s", 59, medium, pair=pair)
    [row] = computed(feed, "stream_quality", person if missing == "codec" else with_codec(person))
    assert (row["mos"], row["mos_scale"], row["mos_scope"]) == (None, "", "")


def test_video_has_no_score(feed: Feed) -> None:
    """It has facts and verdicts."""
    [row] = computed(feed, "stream_quality", a_person("s", 59, Medium("inbound", "video", "v", "p", 7)))
    assert (row["mos"], row["samples_expected"]) == (None, 59)


def test_what_was_missed_is_expected(feed: Feed) -> None:
    """A batch that got lost leaves a gap, in its minute or counted in the one after it."""
    person = a_person("s", 110, heard())
    parts = [cut(person, 0, 20, seq=0), cut(person, 40, 50, seq=2), cut(person, 70, 110, seq=3)]
    first, second = computed(feed, "stream_quality", *parts)
    assert (first["samples"], first["samples_expected"]) == (30, 50)
    assert first["samples"] + second["samples"] == 70
    assert first["samples_expected"] + second["samples_expected"] == 110


ENDINGS = {
    "left": [(1, "ice_state", {"state": "connected"}), (50, "left", {"reason": "hangup"})],
    "dropped": [(1, "ice_state", {"state": "connected"}), (50, "ice_state", {"state": "failed"})],
    "ice_failed": [(1, "ice_state", {"state": "checking"}), (20, "ice_state", {"state": "failed"})],
    "telemetry_lost": [(1, "ice_state", {"state": "connected"})],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_a_session_ended(feed: Feed, ending: str) -> None:
    """By its last state, and by whether it ever connected."""
    [row] = computed(feed, "sessions", a_person("s", 59, heard(), events=ENDINGS[ending]))
    assert row["ending"] == ending


def test_what_happened_to_a_session_is_counted(feed: Feed) -> None:
    """Repairs, changes, streams, and its worst minute."""
    events = [(5, "device", {"kind": "audioinput"}), (6, "network", {"type": "wifi"}), (7, "reconnecting", {}),
              (9, "reconnected", {}), (100, "left", {"reason": "hangup"})]  # fmt: skip
    sent = Medium("outbound", "audio", "u", "", 9)
    lossy = heard(lambda second: 0.06 if second < 60 else 0.3)
    [row] = computed(feed, "sessions", a_person("s", 119, lossy, sent, events=events))
    counted = (
        "reconnects",
        "network_changes",
        "device_changes",
        "streams_in",
        "streams_out",
        "minutes",
        "known_minutes",
    )
    assert [row[name] for name in counted] == [1, 1, 1, 1, 1, 2, 2]
    assert (row["affected_minutes"], row["worst_metric"]) == (2, "loss_ratio")
    assert row["worst_minute"] == START / 1000 + 60


def test_a_session_of_which_nothing_is_known_has_no_known_minute(feed: Feed) -> None:
    """Frames alone are no evidence of a good call."""
    person = a_person(
        "s", 30, Medium("inbound", "video", "v", "p", 7, packets=NONE, grow={"framesDecoded": during(1, 0, 5)})
    )
    [row] = computed(feed, "sessions", person)
    assert (row["minutes"], row["known_minutes"], row["worst_minute"], row["worst_metric"]) == (1, 0, None, "")
