"""What a client says of itself and what servers saw of it is one session, whatever came first."""

import random
from collections.abc import Sequence
from typing import Any, Final

import pytest

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.attended import a_client, a_presence, joined, left
from tests.analytics.feed import Feed
from tests.analytics.modelled import START
from tests.analytics.test_recompute import settle

Batch = dict[str, Any]
HOUR: Final = 3600


def computed(store: ChdbStore, project: str, batches: Sequence[Batch], *, step: int = 1) -> Feed:
    """Store batches, some at a time, with a round after each; return the feed."""
    feed, analyst = Feed(store, project), Analyst(store, Instruments())
    for place in range(0, len(batches), step):
        feed.store_batches(batches[place : place + step], received_ms=int(START) + 9 * HOUR * 1000)
        settle(analyst)
    return feed


def in_every_order(store: ChdbStore, project: str, batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Return the sessions of batches, which are the same in order, the other way round, shuffled and made anew."""
    feed = computed(store, project, batches)
    whole = feed.derived()
    shuffled = list(batches)
    random.Random(7).shuffle(shuffled)
    for number, order in enumerate((batches[::-1], shuffled)):
        other = computed(store, f"{project}-{number}", order).derived()
        assert _of_any_project(other) == _of_any_project(whole)
    feed.forget()
    settle(Analyst(store, Instruments()))
    assert feed.derived() == whole
    return whole["sessions"]


def _of_any_project(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {table: [row | {"project": ""} for row in rows] for table, rows in tables.items()}


def at(second: float) -> int:
    """Return a second of the calls, epoch ms."""
    return int(START + 1000 * second)


def ms(moment: Any) -> int | None:
    """Return a time, epoch ms."""
    return None if moment is None else round(moment.timestamp() * 1000)


def test_a_client_and_its_webhooks_are_one_session(store: ChdbStore, project: str) -> None:
    """The client's id stays; the server's joins and leaves tell how it ended, and when."""
    client = a_client("c1", (0, ""), (20, "PA_1"), until=50)
    server = a_presence("PA_1", joined(2), (3, "track_published", {"track": "TR_1"}), left(72, "connection_timeout"))
    (row,) = in_every_order(store, project, client + server)
    assert (row["session"], row["participant"], row["role"], row["ending"]) == ("c1", "alice", "client", "dropped")
    assert (row["left_reason"], ms(row["left"]), ms(row["joined"])) == ("connection_timeout", at(72), at(2))
    assert (row["reconnects"], row["app"], ms(row["last_t"])) == (0, "acme/2.3", at(72))
    assert row["minutes"] == 1


def test_what_the_client_says_itself_counts_first(store: ChdbStore, project: str) -> None:
    """Its own goodbye, and its own time of joining."""
    told = [(1, "joined", {}), (40, "left", {"reason": "hung up"})]
    client = a_client("c1", (0, ""), (20, "PA_1"), until=50, events=told)
    (row,) = in_every_order(store, project, client + a_presence("PA_1", joined(2), left(41, "client_initiated")))
    assert (row["ending"], row["left_reason"], ms(row["left"]), ms(row["joined"])) == ("left", "hung up", at(40), at(1))


def test_who_sends_nothing_has_a_session_without_quality(store: ChdbStore, project: str) -> None:
    """Joined, left, ended; no minute, good or bad, and no telemetry that was lost."""
    batches = a_presence("PA_1", joined(0), left(600, "client_initiated"))
    batches += a_presence("PA_2", joined(5), left(90, "connection_timeout"), identity="bob")
    batches += a_presence("PA_3", joined(9), identity="carol")
    rows = {row["participant"]: row for row in in_every_order(store, project, batches)}
    assert {name: (row["ending"], row["left_reason"]) for name, row in rows.items()} == {
        "alice": ("left", "client_initiated"), "bob": ("dropped", "connection_timeout"), "carol": ("unknown", ""),
    }  # fmt: skip
    assert (ms(rows["alice"]["joined"]), ms(rows["alice"]["left"]), ms(rows["carol"]["left"])) == (at(0), at(600), None)
    assert all((row["minutes"], row["known_minutes"], row["affected_minutes"]) == (0, 0, 0) for row in rows.values())
    feed = Feed(store, project)
    assert not feed.rows("session_minutes")
    assert not feed.rows("fleet_minutes")


def test_a_full_reconnect_is_one_session_of_the_client(store: ChdbStore, project: str) -> None:
    """Another sid, the same client: one reconnect, and how the last presence ended."""
    client = a_client("c1", (0, "PA_1"), (30, "PA_2"), until=60)
    first = a_presence("PA_1", joined(2), left(25, "duplicate_identity"))
    second = a_presence("PA_2", joined(25), left(58, "client_initiated"))
    (row,) = in_every_order(store, project, client + first + second)
    assert (row["session"], row["reconnects"], row["ending"], ms(row["left"])) == ("c1", 1, "left", at(58))


def test_a_sid_that_the_client_never_told_goes_on_from_the_one_before(store: ChdbStore, project: str) -> None:
    """It reconnected and died before it could say so; or said only its second sid."""
    client = a_client("c1", (0, "PA_1"), until=40)
    batches = client + a_presence("PA_1", joined(2), left(41, "duplicate_identity"))
    batches += a_presence("PA_2", joined(41), left(80, "connection_timeout"))
    other = a_client("c2", (0, ""), (30, "PA_9"), until=60, identity="bob")
    batches += other + a_presence("PA_8", joined(2), left(20, "duplicate_identity"), identity="bob")
    batches += a_presence("PA_9", joined(20), identity="bob")
    rows = in_every_order(store, project, batches)
    told = [(row["session"], row["reconnects"], row["ending"], row["left_reason"]) for row in rows]
    assert told == [("c1", 1, "dropped", "connection_timeout"), ("c2", 1, "telemetry_lost", "")]


def test_a_full_reconnect_without_a_client_is_one_session(store: ChdbStore, project: str) -> None:
    """Presences in a row; one replaced within the second of the other; and one that was cut off for some seconds."""
    batches = a_presence("PA_2", joined(2), left(30, "duplicate_identity"))
    batches += a_presence("PA_1", joined(30), left(50, "connection_timeout"))
    batches += a_presence("PA_3", joined(75), left(99, "client_initiated"))
    (row,) = in_every_order(store, project, batches)
    assert (row["session"], row["reconnects"], row["ending"]) == ("livekit:PA_2", 2, "left")
    assert (ms(row["joined"]), ms(row["left"]), ms(row["first_t"]), ms(row["last_t"])) == (at(2), at(99), at(2), at(99))


@pytest.mark.parametrize(
    "second",
    [
        a_presence("PA_2", joined(65), left(90, "client_initiated")),
        a_presence("PA_2", joined(35), left(90, "client_initiated"), identity="bob"),
        a_presence("PA_2", joined(35), left(90, "client_initiated"), room="retro"),
        a_presence("PA_2", joined(35), left(90, "client_initiated"), room_sid="RM_2"),
    ],
    ids=["much later", "somebody else", "another room", "a room of the same name"],
)
def test_others_are_sessions_of_their_own(store: ChdbStore, project: str, second: list[Batch]) -> None:
    """One that was cut off, and one that is not it again."""
    rows = in_every_order(store, project, a_presence("PA_1", joined(2), left(30, "connection_timeout")) + second)
    assert [(row["session"], row["ending"]) for row in rows] == [("livekit:PA_1", "dropped"), ("livekit:PA_2", "left")]


def test_who_said_goodbye_and_comes_back_begins_a_session(store: ChdbStore, project: str) -> None:
    """A reload of a page whose clients send nothing; and one whose clients do, with the old page replaced."""
    batches = a_presence("PA_1", joined(2), left(30, "client_initiated")) + a_presence("PA_2", joined(32))
    batches += a_client("c1", (0, "PA_3"), until=20, identity="bob")
    batches += a_client("c2", (21, ""), (40, "PA_4"), until=60, identity="bob")
    batches += a_presence("PA_3", joined(1), left(23, "duplicate_identity"), identity="bob")
    batches += a_presence("PA_4", joined(23), left(60, "client_initiated"), identity="bob")
    rows = {row["session"]: row for row in in_every_order(store, project, batches)}
    assert {name: (row["ending"], row["left_reason"], row["reconnects"]) for name, row in rows.items()} == {
        "c1": ("left", "duplicate_identity", 0), "c2": ("left", "client_initiated", 0),
        "livekit:PA_1": ("left", "client_initiated", 0), "livekit:PA_2": ("unknown", "", 0),
    }  # fmt: skip


def test_a_client_without_a_sid_is_found_by_its_name(store: ChdbStore, project: str) -> None:
    """It was trying when the server saw it; another that is long gone was not."""
    batches = a_client("c1", (0, ""), until=20) + a_client("c2", (200, ""), until=220)
    batches += a_presence("PA_1", joined(12), left(33, "connection_timeout"))
    rows = in_every_order(store, project, batches)
    assert [(row["session"], row["ending"]) for row in rows] == [("c1", "dropped"), ("c2", "telemetry_lost")]


def test_a_goodbye_that_was_lost_is_made_good(store: ChdbStore, project: str) -> None:
    """By a later join of the same person, hours after; by the client's own word; else it is unknown."""
    batches = a_presence("PA_1", joined(2)) + a_presence("PA_2", joined(5 * HOUR), left(5 * HOUR + 9, "room_closed"))
    batches += a_client("c1", (0, "PA_3"), until=60, identity="bob", events=[(50, "left", {"reason": "hung up"})])
    batches += a_presence("PA_3", joined(1), identity="bob") + a_presence("PA_4", joined(4), identity="carol")
    batches += a_client("c5", (0, "PA_5"), until=60, identity="dan") + a_presence("PA_5", joined(4), identity="dan")
    rows = {row["session"]: row for row in in_every_order(store, project, batches)}
    assert {name: (row["ending"], row["left_reason"], ms(row["left"])) for name, row in rows.items()} == {
        "livekit:PA_1": ("left", "rejoined", at(5 * HOUR)), "livekit:PA_2": ("left", "room_closed", at(5 * HOUR + 9)),
        "c1": ("left", "hung up", at(50)), "livekit:PA_4": ("unknown", "", None), "c5": ("telemetry_lost", "", None),
    }  # fmt: skip


def test_one_id_in_two_projects_is_two_sessions(store: ChdbStore, project: str) -> None:
    """Names are a project's own."""
    server, client = a_presence("PA_1", joined(2)), a_client("c1", (0, "PA_1"))
    here, there = Feed(store, project), Feed(store, f"{project}-b")
    here.store_batches(server + client)
    there.store_batches(server)
    there.log_id = here.log_id
    settle(Analyst(store, Instruments()))
    assert [row["session"] for row in here.rows("sessions")] == ["c1"]
    assert [row["session"] for row in there.rows("sessions")] == ["livekit:PA_1"]
