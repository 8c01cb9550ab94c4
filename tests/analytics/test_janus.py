"""A recorded call over a real Janus, from its events to minutes, beside what the peer's own getStats() said meanwhile.

The call (tests/fixtures/janus) had 10 % loss to Janus from second 30 to 50 and from Janus from 65 to 85, 80 ms more on
the way to Janus from 100 to 120, and 0 to 60 ms of it from 120 to 133.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pytest

from collector.sources.janus import Janus
from collector.sources.source import Delivery
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0
from tests.collector.sources.janusevents import Json, an_event, stats_event, translated
from tests.ingest.playing import an_analyst

RECORDED: Final = Path(__file__).parents[1] / "fixtures" / "janus"
NAME: Final = "janus-1.1.2-echotest"
LOSSY_MINUTE: Final = 1_795_352_760
LATE_MINUTE: Final = LOSSY_MINUTE + 60
AUDIO_CLOCK: Final = 48
REPORTING_S: Final = 1.2
"""Janus's period and what a reading of the peer's may lie beside it."""


def recorded(what: str) -> list[Json]:
    """Return the lines of a recording."""
    with gzip.open(RECORDED / f"{NAME}.{what}.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def bodies(events: Sequence[Json]) -> list[bytes]:
    """Return the batches of deliveries, encoded as the collector does."""
    source = Janus(Instruments())
    deliveries = [Delivery(json.dumps(one["body"]).encode(), received_ms=round(one["t"] * 1000)) for one in events]
    return [msgspec.json.encode(batch) for delivery in deliveries for batch in source.batches(delivery)]


def settled(store: ChdbStore, project: str, batches: Sequence[bytes], received_ms: int) -> Feed:
    """Return a feed of which everything is computed."""
    feed = Feed(store, project)
    feed.store_batches(batches, received_ms=received_ms)
    settle(an_analyst(store, feed.log_id))
    return feed


@pytest.fixture
def call(store: ChdbStore, project: str) -> Feed:
    """The recorded call, delivered twice, as after a time-out."""
    batches = bodies(recorded("events"))
    return settled(store, project, batches + batches[100:300], 1_795_352_900_000)


def minutes(feed: Feed) -> dict[tuple[str, str, int], Json]:
    """Return the streams' minutes by direction, kind and second of the epoch."""
    return {(row["direction"], row["kind"], int(row["minute"])): row for row in feed.rows("stream_minutes")}


def of_peer(kind: str, medium: str, member: str, at_s: float) -> float:
    """Return what the peer's own stats said of its audio or video at a time, between its readings along a line."""
    known = [
        (line["t"], stats[member])
        for line in recorded("getstats")
        for stats in line["stats"]
        if (stats["type"], stats["kind"]) == (kind, medium) and stats.get(member) is not None
    ]
    before = max(one for one in known if one[0] <= at_s)
    after = min(one for one in known if one[0] > at_s)
    return float(before[1] + (after[1] - before[1]) * (at_s - before[0]) / (after[0] - before[0]))


def grown(kind: str, medium: str, member: str, minute: int) -> float:
    """Return by how much a counter of the peer's grew while Janus's minute did, whose readings are at .91."""
    return of_peer(kind, medium, member, minute + 59.91) - of_peer(kind, medium, member, minute - 0.09)


def test_the_minutes_are_what_the_peer_said_within_the_reporting_interval(call: Feed) -> None:
    """Each way: packets, loss, jitter, round trip; the repeats were dropped, and nothing is a dead letter."""
    found = minutes(call)
    for minute in (LOSSY_MINUTE, LATE_MINUTE):
        up, down = found["inbound", "audio", minute], found["outbound", "audio", minute]
        a_second = 50 * REPORTING_S
        assert up["packets_expected"] == pytest.approx(
            grown("outbound-rtp", "audio", "packetsSent", minute), abs=a_second
        )
        lost = grown("remote-inbound-rtp", "audio", "packetsLost", minute)
        assert up["packets_lost"] == pytest.approx(lost, abs=10)
        lost = grown("inbound-rtp", "audio", "packetsLost", minute)
        assert down["packets_lost"] == pytest.approx(lost, abs=10)
        received = grown("inbound-rtp", "audio", "packetsReceived", minute)
        assert down["packets_expected"] == pytest.approx(received + lost, abs=a_second + lost)
    video = found["inbound", "video", LOSSY_MINUTE]
    assert video["packets_lost"] == pytest.approx(
        grown("remote-inbound-rtp", "video", "packetsLost", LOSSY_MINUTE), abs=10
    )
    ledger = call.store.query(
        "SELECT outcome, count() AS n FROM batches WHERE project = {p:String} GROUP BY outcome ORDER BY outcome",
        {"p": call.project},
    ).to_pylist()
    assert ledger == [{"outcome": "duplicate", "n": 200}, {"outcome": "stored", "n": 408}]


def test_round_trip_and_jitter_are_those_that_were_made(call: Feed) -> None:
    """As Janus has them at each report: 80 ms more, then 0 to 60 ms of it; as the peer has them within a few ms."""
    sql = """
    SELECT toUnixTimestamp64Milli(t) / 1000 AS s, direction, rtt_ms, jitter_ms FROM stream_samples
    WHERE project = {p:String} AND kind = 'audio' ORDER BY t
    """
    rows = call.store.query(sql, {"p": call.project}).to_pylist()
    began = 1_795_352_740.6
    late = [row["rtt_ms"] for row in rows if row["direction"] == "outbound" and 102 < row["s"] - began < 120]
    assert min(late) >= 80
    assert max(late) <= 90
    varied = [row for row in rows if 122 < row["s"] - began < 132]
    for direction, kind in (("inbound", "remote-inbound-rtp"), ("outbound", "inbound-rtp")):
        ours = [row["jitter_ms"] for row in varied if row["direction"] == direction]
        theirs = [of_peer(kind, "audio", "jitter", row["s"]) / AUDIO_CLOCK for row in varied]
        assert sum(ours) / len(ours) == pytest.approx(sum(theirs) / len(theirs), abs=2)


def test_the_session_and_its_incident(call: Feed) -> None:
    """It was left; the loss on the way to the server is the person's uplink, whoever counted it."""
    (session,) = call.rows("sessions")
    told = (
        session["ending"],
        session["left_reason"],
        session["streams_in"],
        session["streams_out"],
        session["relayed"],
    )
    assert told == ("left", "destroyed", 2, 2, 0)
    causes = [(row["cause"], row["side"]) for row in call.rows("incidents")]
    assert causes == [("uplink_loss", "network"), ("unknown", "unknown")]


def test_any_order_of_delivery_gives_the_same(call: Feed, store: ChdbStore) -> None:
    """Minutes derive what the events do not bring from the rows before, whenever those came."""
    batches = bodies(recorded("events"))
    other = settled(store, f"{call.project}b", batches[::-1], 1_795_352_900_000)
    for table in ("stream_minutes", "session_minutes", "sessions"):
        assert other.rows(table) == [{**row, "project": other.project} for row in call.rows(table)]


def killed_client(session: int, *, hung_up: bool = False) -> list[Json]:
    """Return the events of a client that was killed after 30 s, or hung up after 20 s and said no more to Janus.

    Janus goes on for a minute with what it had counted, and sends on.
    """
    end = 20 if hung_up else 30
    ceased = {"media": "audio", "mid": "0", "receiving": False, "seconds": 2}
    events = [
        an_event(1, {"name": "created"}, handle_id=0),
        an_event(64, {"plugin": "janus.plugin.videoroom", "data": {"event": "joined", "room": 12, "display": "bob"}}),
        an_event(16, {"ice": "connected"}, after_s=0.2),
        *(stats_event(second, **_frozen(second, end)) for second in range(1, 90)),
        an_event(32, ceased, after_s=end + 2),
        an_event(1, {"name": "timeout"}, after_s=90, handle_id=0),
        an_event(2, {"name": "detached", "plugin": "janus.plugin.videoroom"}, after_s=90.01),
    ]
    if hung_up:
        events.append(an_event(16, {"connection": "hangup", "reason": "DTLS alert"}, after_s=end + 1))
    return [event | {"session_id": session} for event in events]


def _frozen(second: int, end: int) -> Json:
    until = min(second, end)
    return {"packets_received": 50 * until, "packets_sent": 50 * second, "rtt": 20 + until % 2}


def test_a_killed_client_is_dropped_when_its_media_ceased(store: ChdbStore, project: str) -> None:
    """Frozen counters are neither silence nor good: minutes after it are not known, though Janus goes on sending to it.

    A page that closes its connection and forgets its session of Janus is no dropped call.
    """
    events = killed_client(11) + killed_client(12, hung_up=True)
    feed = settled(store, project, [msgspec.json.encode(batch) for batch in translated(*events)], int(T0) + 95_000)
    killed, left = feed.rows("sessions")
    assert (killed["ending"], killed["left_reason"], left["ending"]) == ("dropped", "timeout", "left")
    assert (killed["room"], killed["participant"]) == ("12", "bob")
    assert killed["left"].timestamp() * 1000 == pytest.approx(T0 + 30_000, abs=1)
    known = {row["minute"]: row["known"] for row in feed.rows("session_minutes") if row["session"] == killed["session"]}
    assert [known[minute] for minute in sorted(known)] == [1, 1, 0]
