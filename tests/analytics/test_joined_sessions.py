"""What a client says of itself and what servers saw of it is one session, whatever came first."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from analytics.analyst import Analyst
from analytics.queries import Filters, Queries
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from schemas.rooms import SESSION
from tests.analytics.attended import Batch, Event, a_client, a_finish, a_presence, joined, left, measured
from tests.analytics.conftest import FOLLOWED
from tests.analytics.feed import Feed
from tests.analytics.modelled import START
from tests.analytics.test_recompute import settle

Row = dict[str, Any]
pytestmark = pytest.mark.timeout(600)
HOUR: Final = 3600
ROUNDS: Final = 3
HUNG_UP: Final = {"reason": "hung up"}


def presence(case: str, sid: str, *events: Event, **more: Any) -> list[Batch]:
    """Return what a server saw of the person of a case."""
    return a_presence(f"{case}-{sid}", *events, **{"identity": case, "room": f"room of {case}"} | more)


def client(case: str, session: str, *sids: tuple[int, str], **more: Any) -> list[Batch]:
    """Return what the person of a case sends."""
    told = [(second, sid and f"{case}-{sid}") for second, sid in sids]
    return a_client(f"{case}-{session}", *told, **{"identity": case, "room": f"room of {case}"} | more)


CASES: Final = {
    "seen by janus": [
        *measured("seen by janus-view", "carol", role="server", loss=0.3, events=[left(30, "leaving"), joined(40)]),
        *measured("seen by janus-one of two", "dan", role="server", loss=0.3),
        *measured("seen by janus-other of two", "dan", role="server", loss=0.3),
    ],
    "killed": [
        *client("killed", "c", (0, ""), (20, "PA_1"), until=50),
        *presence("killed", "PA_1", joined(2), (3, "track_published", {"track": "TR_1"})),
        *presence("killed", "PA_1", left(72, "connection_timeout"), first=2),
    ],
    "own word": [
        *client("own word", "c", (0, "PA_1"), until=50, events=[(1, "joined", {}), (40, "left", HUNG_UP)]),
        *presence("own word", "PA_1", joined(2), left(41, "client_initiated")),
    ],
    "silent": presence("silent", "PA_1", joined(0), left(600, "client_initiated")),
    "silent, killed": presence("silent, killed", "PA_1", joined(5), left(90, "connection_timeout")),
    "silent, untold": presence("silent, untold", "PA_1", joined(9)),
    "reconnect": [
        *client("reconnect", "c", (0, "PA_1"), (30, "PA_2")),
        *presence("reconnect", "PA_1", joined(2), left(25, "duplicate_identity")),
        *presence("reconnect", "PA_2", joined(25), left(58, "client_initiated")),
    ],
    "second sid untold": [
        *client("second sid untold", "c", (0, "PA_1"), until=40),
        *presence("second sid untold", "PA_1", joined(2), left(41, "duplicate_identity")),
        *presence("second sid untold", "PA_2", joined(41), left(80, "connection_timeout")),
    ],
    "first sid untold": [
        *client("first sid untold", "c", (0, ""), (30, "PA_2")),
        *presence("first sid untold", "PA_1", joined(2), left(20, "duplicate_identity")),
        *presence("first sid untold", "PA_2", joined(20)),
    ],
    "silent reconnects": [
        *presence("silent reconnects", "PA_2", joined(2), left(30, "duplicate_identity")),
        *presence("silent reconnects", "PA_1", joined(30), left(50, "connection_timeout")),
        *presence("silent reconnects", "PA_3", joined(75), left(99, "client_initiated")),
    ],
    "much later": [
        *presence("much later", "PA_1", joined(2), left(30, "connection_timeout")),
        *presence("much later", "PA_2", joined(65), left(90, "client_initiated")),
    ],
    "somebody else": [
        *presence("somebody else", "PA_1", joined(2), left(30, "connection_timeout")),
        *presence("somebody else", "PA_2", joined(35), left(90, "client_initiated"), identity="another"),
    ],
    "another room": [
        *presence("another room", "PA_1", joined(2), left(30, "connection_timeout")),
        *presence("another room", "PA_2", joined(35), left(90, "client_initiated"), room="elsewhere"),
    ],
    "another room of the name": [
        *presence("another room of the name", "PA_1", joined(2), left(30, "connection_timeout")),
        *presence("another room of the name", "PA_2", joined(35), left(90, "client_initiated"), room_sid="RM_2"),
    ],
    "goodbye": [
        *presence("goodbye", "PA_1", joined(2), left(30, "client_initiated")),
        *presence("goodbye", "PA_2", joined(32)),
    ],
    "reload": [
        *client("reload", "c1", (0, "PA_1"), until=20),
        *client("reload", "c2", (21, ""), (40, "PA_2")),
        *presence("reload", "PA_1", joined(1), left(23, "duplicate_identity")),
        *presence("reload", "PA_2", joined(23), left(60, "client_initiated")),
    ],
    "by name": [
        *client("by name", "c1", (0, ""), until=20),
        *client("by name", "c2", (200, ""), until=220),
        *presence("by name", "PA_1", joined(12), left(33, "connection_timeout")),
    ],
    "rejoined": [
        *presence("rejoined", "PA_1", joined(2)),
        *presence("rejoined", "PA_2", joined(5 * HOUR), left(5 * HOUR + 9, "room_closed")),
    ],
    "goodbye lost, own word": [
        *client("goodbye lost, own word", "c", (0, "PA_1"), events=[(50, "left", HUNG_UP)]),
        *presence("goodbye lost, own word", "PA_1", joined(1)),
    ],
    "room finished": [
        *presence("room finished", "PA_1", joined(2), room_sid="RM_9"),
        *presence("room finished", "PA_2", joined(4), left(90, "client_initiated"), identity="other", room_sid="RM_9"),
        *a_finish(100, "RM_9"),
    ],
    "never in": presence("never in", "PA_1", left(20, "connection_aborted")),
    "goodbye lost": [
        *client("goodbye lost", "c", (0, "PA_1")),
        *presence("goodbye lost", "PA_1", joined(4)),
    ],
    "janus": [
        *measured("janus-c", "carol", role="client", loss=0.3),
        *measured("janus-later", "carol", role="client", loss=0, begin=120),
    ],
}  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What the jobs made of all cases: every derived table, and how many links it had."""

    feed: Feed
    tables: dict[str, list[Row]]
    others: list[dict[str, list[Row]]] = field(default_factory=list)

    def session(self, case: str) -> Row:
        """Return the only session of a case."""
        (row,) = self.sessions(case)
        return row

    def sessions(self, case: str) -> list[Row]:
        """Return the sessions of a case, in order of their ids."""
        return [
            row for row in self.tables["sessions"] if row["session"].removeprefix("livekit:").startswith(f"{case}-")
        ]


def computed(store: ChdbStore, batches: Sequence[Batch]) -> Feed:
    """Store batches in some parts, with a round after each; return the feed, which has a project of its own."""
    feed, analyst = Feed(store, f"p{secrets.token_hex(6)}"), Analyst(store, Instruments())
    step = -(-len(batches) // ROUNDS)
    for place in range(0, len(batches), step):
        feed.store_batches(batches[place : place + step], received_ms=int(START) + 9 * HOUR * 1000)
        settle(analyst)
    return feed


@pytest.fixture(scope="module")
def seen(store: ChdbStore) -> Seen:
    """All cases at once, in order, the other way round, shuffled, and made anew in one round."""
    store.execute(FOLLOWED)
    batches = [batch for case in CASES.values() for batch in case]
    shuffled = list(batches)
    random.Random(7).shuffle(shuffled)
    feed = computed(store, batches)
    found = Seen(feed, feed.derived())
    for order in (batches[::-1], shuffled):
        found.others.append(computed(store, order).derived())
    feed.forget()
    settle(Analyst(store, Instruments()))
    found.others.append(feed.derived())
    return found


def at(second: float) -> int:
    """Return a second of the calls, epoch ms."""
    return int(START + 1000 * second)


def ms(moment: Any) -> int | None:
    """Return a time, epoch ms."""
    return None if moment is None else round(moment.timestamp() * 1000)


def told(row: Row) -> tuple[str, str, int | None]:
    """Return how a session ended, why, and when (epoch ms)."""
    return row["ending"], row["left_reason"], ms(row["left"])


def test_whatever_came_first_the_tables_are_the_same(seen: Seen) -> None:
    """Two projects with the same ids and names stay apart, too."""
    for other in seen.others:
        for table, rows in other.items():
            assert [row | {"project": ""} for row in rows] == [row | {"project": ""} for row in seen.tables[table]]


def test_a_client_and_its_webhooks_are_one_session(seen: Seen) -> None:
    """The client's id stays; the server's joins and leaves tell how it ended, and when."""
    row = seen.session("killed")
    assert (row["session"], row["participant"], row["role"]) == ("killed-c", "killed", "client")
    assert told(row) == ("dropped", "connection_timeout", at(72))
    assert (ms(row["joined"]), ms(row["last_t"]), row["reconnects"]) == (at(2), at(72), 0)
    assert (row["app"], row["minutes"], row["streams_in"]) == ("acme/2.3", 1, 1)


def test_what_the_client_says_itself_counts_first(seen: Seen) -> None:
    """Its own goodbye, and its own time of joining."""
    row = seen.session("own word")
    assert (told(row), ms(row["joined"])) == (("left", "hung up", at(40)), at(1))


def test_who_sends_nothing_has_a_session_without_quality(seen: Seen) -> None:
    """Joined, left, ended; no minute, good or bad, and no telemetry that was lost."""
    names = ("silent", "silent, killed", "silent, untold")
    assert told(seen.session("never in")) == ("ice_failed", "connection_aborted", at(20))
    assert [told(seen.session(name)) for name in names] == [
        ("left", "client_initiated", at(600)), ("dropped", "connection_timeout", at(90)), ("unknown", "", None),
    ]  # fmt: skip
    for row in map(seen.session, names):
        assert (row["minutes"], row["known_minutes"], row["affected_minutes"], row["batches_missing"]) == (0, 0, 0, 0)
        assert row["joined"] is not None
    with_minutes = {row["session"] for row in seen.tables["session_minutes"]}
    assert with_minutes
    assert not any(session.startswith("livekit:") for session in with_minutes)


def test_a_full_reconnect_is_one_session_of_the_client(seen: Seen) -> None:
    """Another sid, the same client: one reconnect, and how the last presence ended."""
    row = seen.session("reconnect")
    assert (row["session"], row["reconnects"], told(row)) == ("reconnect-c", 1, ("left", "client_initiated", at(58)))


def test_a_sid_that_the_client_never_told_is_its_own_too(seen: Seen) -> None:
    """It died before it could say its second, or lived too short to say its first."""
    second, first = seen.session("second sid untold"), seen.session("first sid untold")
    assert (second["session"], second["reconnects"]) == ("second sid untold-c", 1)
    assert told(second) == ("dropped", "connection_timeout", at(80))
    assert (first["session"], first["reconnects"], told(first)) == (
        "first sid untold-c", 1, ("telemetry_lost", "", None),
    )  # fmt: skip


def test_a_full_reconnect_without_a_client_is_one_session(seen: Seen) -> None:
    """One presence replaced within the second in which the next begins; and one that was cut off for some seconds."""
    row = seen.session("silent reconnects")
    assert (row["session"], row["reconnects"]) == ("livekit:silent reconnects-PA_2", 2)
    assert told(row) == ("left", "client_initiated", at(99))
    assert (ms(row["joined"]), ms(row["first_t"]), ms(row["last_t"])) == (at(2), at(2), at(99))


@pytest.mark.parametrize("case", ["much later", "somebody else", "another room", "another room of the name"])
def test_others_are_sessions_of_their_own(seen: Seen, case: str) -> None:
    """One that was cut off, and one that is not it again."""
    rows = seen.sessions(case)
    assert [told(row) for row in rows] == [
        ("dropped", "connection_timeout", at(30)), ("left", "client_initiated", at(90)),
    ]  # fmt: skip
    assert [row["reconnects"] for row in rows] == [0, 0]


def test_who_said_goodbye_and_comes_back_begins_a_session(seen: Seen) -> None:
    """A reload of a page whose client sends nothing; and of one whose client does, with the old page replaced."""
    first, second = seen.sessions("goodbye")
    assert (told(first), told(second)) == (("left", "client_initiated", at(30)), ("unknown", "", None))
    old, new = seen.sessions("reload")
    assert (old["session"], told(old)) == ("reload-c1", ("left", "duplicate_identity", at(23)))
    assert (new["session"], new["reconnects"], told(new)) == ("reload-c2", 0, ("left", "client_initiated", at(60)))


def test_a_client_without_a_sid_is_found_by_its_name(seen: Seen) -> None:
    """It was trying when the server saw it; another, that came later, was not."""
    first, second = seen.sessions("by name")
    assert (first["session"], told(first)[:2]) == ("by name-c1", ("dropped", "connection_timeout"))
    assert (second["session"], told(second)[:2]) == ("by name-c2", ("telemetry_lost", ""))


def test_a_goodbye_that_was_lost_is_made_good(seen: Seen) -> None:
    """By a later join, hours after; by the end of the room; by the client's own word; else it is said to be unknown."""
    first, second = seen.sessions("rejoined")
    assert (told(first), told(second)) == (
        ("left", "rejoined", at(5 * HOUR)), ("left", "room_closed", at(5 * HOUR + 9)),
    )  # fmt: skip
    first, second = seen.sessions("room finished")
    assert (told(first), told(second)) == (("left", "room_finished", at(100)), ("left", "client_initiated", at(90)))
    assert not [row for row in seen.tables["sessions"] if row["session"] == SESSION]
    assert told(seen.session("goodbye lost, own word")) == ("left", "hung up", at(50))
    assert told(seen.session("goodbye lost")) == ("telemetry_lost", "", None)


def test_what_a_server_measured_of_a_client_is_counted_once(seen: Seen) -> None:
    """The client's session and minutes and trouble count; the server's streams stay under its own id."""
    assert [row["session"] for row in seen.sessions("janus")] == ["janus-c", "janus-later"]
    assert told(seen.sessions("janus")[0]) == ("telemetry_lost", "", None)
    counted = ("sessions", "session_minutes", "incidents")
    assert not [row for table in counted for row in seen.tables[table] if row["session"] == "seen by janus-view"]
    for session in ("janus-c", "seen by janus-one of two", "seen by janus-other of two"):
        assert all(any(row["session"] == session for row in seen.tables[table]) for table in counted)
    assert any(row["session"] == "seen by janus-view" for row in seen.tables["stream_minutes"])
    links = {row["session"]: row for row in seen.tables["session_links"]}
    link = links["seen by janus-view"]
    assert (link["canonical"], link["system"], link["field"]) == ("janus-c", "janus", "opaque_id")
    assert links["seen by janus-one of two"]["canonical"] == "seen by janus-one of two"


def test_minutes_of_the_fleet_are_of_sessions_that_count(seen: Seen) -> None:
    """A view that was counted before its client came is taken out."""
    fleet: dict[Any, int] = {}
    for row in seen.tables["session_minutes"]:
        fleet[row["minute"]] = fleet.get(row["minute"], 0) + 1
    told: dict[Any, int] = {}
    for row in seen.tables["fleet_minutes"]:
        told[row["minute"]] = told.get(row["minute"], 0) + row["sessions"]
    assert told == fleet


def test_a_room_counts_who_sends_nothing(seen: Seen, store: ChdbStore) -> None:
    """Also half an hour after the last that was heard of them, where nobody saw them go."""
    queries = Queries(store)
    counts = {}
    for case in ("silent", "silent, untold", "silent reconnects"):
        since = at(2000 if case == "silent, untold" else 0)
        filters = Filters(seen.feed.project, since, since + 1_800_000, room=f"room of {case}")
        facts = queries.room_facts(filters)
        assert facts is not None
        counts[case] = facts["participants"], facts["sessions"], facts["left_count"], facts["unknown_count"]
        assert (facts["known_minutes"], facts["telemetry_lost_count"]) == (0, 0)
        rows = queries.room_silent(filters)
        assert [(row["role"], row["has_joined"], row["participant"] != "") for row in rows] == [("server", 1, True)]
        row = rows[0]
        assert (row["left_ms"] is None) == (case == "silent, untold") == (row["ending"] == "unknown")
        assert row["reconnects"] == (2 if case == "silent reconnects" else 0)
    assert counts == {"silent": (1, 1, 1, 0), "silent, untold": (1, 1, 0, 1), "silent reconnects": (1, 1, 1, 0)}
    heard = Filters(seen.feed.project, at(0), at(0) + 1_800_000, room="room of own word")
    assert not queries.room_silent(heard)
    found = [row["session"] for row in queries.search(seen.feed.project, "silent reconnects-PA_3")]
    assert found == ["livekit:silent reconnects-PA_2"]
