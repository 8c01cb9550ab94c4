"""What a real LiveKit server (1.13.5) sent: a full reconnect, a client that was killed, one that never got in."""

from pathlib import Path
from typing import Final

import msgspec

from analytics.analyst import Analyst
from collector.sources.livekitwebhooks import translated
from runtime.instruments import Instruments
from runtime.store import Store
from schemas.batch import Batch, Event, Session
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst

WEBHOOKS: Final = Path(__file__).parent.parent / "fixtures" / "livekit" / "webhooks-1.13.5.jsonl"
RECEIVED_MS: Final = 1_795_356_000_000
TIMES: Final = ("first_t", "joined", "last_t", "left")


def test_people_of_a_real_server_are_sessions(either: Store, project: str) -> None:
    """The recorder's goodbye is not in it: it was over when the room was."""
    lines = [msgspec.json.decode(line) for line in WEBHOOKS.read_bytes().splitlines()]
    batches = [batch for line in lines for batch in translated(line["body"].encode(), "livekit/devkey")]
    feed = Feed(either, project)
    for some in (batches[::-2], batches[::2][::-1], batches[1::2]):
        feed.store_batches([msgspec.json.encode(batch) for batch in some], received_ms=RECEIVED_MS)
        settle(Analyst(either, Instruments()))
    told = {
        row["participant"]: (row["ending"], row["left_reason"], row["reconnects"], row["joined"] is not None)
        for row in feed.rows("sessions")
    }
    assert told == {
        "probe": ("left", "room_finished", 0, True),
        "alice": ("dropped", "connection_timeout", 0, True),
        "dave": ("left", "client_initiated", 1, True),
        "ghost": ("ice_failed", "connection_aborted", 0, False),
    }


def test_who_joined_is_known_where_an_outage_lost_that_they_did(store: Store, project: str) -> None:
    """A webhook of leaving says since when the person was there; of who is still there nothing does."""
    lines = [msgspec.json.decode(line) for line in WEBHOOKS.read_bytes().splitlines()]
    batches = [batch for line in lines for batch in translated(line["body"].encode(), "livekit/devkey")]
    ends = [batch for batch in batches if batch.events[-1].name == "left" and batch.session.participant != "ghost"]
    feed = Feed(store, project)
    feed.store_batches([msgspec.json.encode(batch) for batch in ends], received_ms=RECEIVED_MS)
    settle(an_analyst(store, feed.log_id))
    told = {
        row["participant"]: tuple(round(row[name].timestamp() * 1000) - 1_795_355_000_000 for name in TIMES)
        for row in feed.rows("sessions")
    }
    assert told == {"alice": (4817, 4817, 68_000, 68_000), "dave": (6129, 6129, 44_000, 44_000)}


def test_a_join_that_nobody_could_have_seen_is_none(store: Store, project: str) -> None:
    """Of the year before, or after the end: such a row would be looked for in all hours since."""
    feed = Feed(store, project)
    bodies = []
    for name, joined_ms in (("before", 1), ("after", RECEIVED_MS + 1), ("none", 0), ("odd", -(2**53))):
        left = Event(RECEIVED_MS - 1000.0, "left", value={"reason": "gone", "joined_ms": joined_ms})
        session = Session(f"livekit:{name}", "hall", name, "server")
        bodies.append(msgspec.json.encode(Batch(1, "livekit/k", session, origin_id=name, events=[left])))
    feed.store_batches(bodies, received_ms=RECEIVED_MS)
    settle(an_analyst(store, feed.log_id))
    found = feed.rows("sessions")
    assert len(found) == 4
    assert {(row["joined"], row["first_t"] == row["last_t"]) for row in found} == {(None, True)}
