"""Which sessions are one: a client's own and what servers saw of it. Rules over a few sessions; nothing is asked here.

1. A server's session belongs to the client's that shares a key with it (LiveKit's sid, Janus's opaque id), of several
   to the one that is nearest in time.
2. What a server only saw come and go (webhooks: nothing was measured) belongs, without such a client, to one that never
   said its key, and was trying to be that person in that room when the server saw the person join.
3. Of such presences of one person in one room one goes on in the next, where the next took its place, or came within
   `RECONNECT_MS` of an end that was no goodbye: a full reconnect, by which keys change and names do not.

Two clients' sessions are never one, nor are two that servers measured. Whatever order sessions are given in, the answer
is the same.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from schemas.joining import GOODBYES, JOINING, REJOINED, REPLACED, ROOM_FINISHED

NEAR_MS: Final = 300_000
"""How far apart in time two sessions may lie that share a key: clocks differ, and servers notice a death late."""
RECONNECT_MS: Final = 30_000
"""Who was cut off and joins again within so long has reconnected."""
TRYING_MS: Final = 30_000
"""How far outside of a client's session the server may have seen it join."""
REJOINED_MS: Final = 86_400_000
"""How long after the last that was heard of somebody a new join says that he had left."""

Key = tuple[str, str, str]
"""System, field and value."""
Seat = tuple[str, str, str]
"""System, room and person."""


@dataclass(frozen=True, slots=True)
class Known:
    """A session that says what other systems call it. Times are epoch ms.

    Attributes:
        measures: it has samples of streams or transports.
        seats: who it was in which room, in systems that have a name for that.
        instances: which rooms of that name, where it is said.
        left_ms: when it was last said to have left, and why.
        closed_ms: when the server closed the room.
    """

    project: str
    session: str
    is_client: bool
    measures: bool
    first_ms: int
    last_ms: int
    keys: frozenset[Key] = frozenset()
    seats: frozenset[Seat] = frozenset()
    instances: frozenset[str] = frozenset()
    left_ms: int | None = None
    left_reason: str = ""
    closed_ms: int | None = None

    @property
    def is_presence(self) -> bool:
        """Whether a server saw it come and go, and nobody measured anything."""
        return not self.is_client and not self.measures

    def apart_ms(self, other: "Known") -> int:
        """Return the time between the two, 0 where they overlap."""
        return max(0, self.first_ms - other.last_ms, other.first_ms - self.last_ms)

    def order(self) -> tuple[int, bool, str]:
        """Return what puts presences of one person in a row; who was replaced came first within a server's second."""
        return self.first_ms, self.left_reason != REPLACED, self.session


@dataclass(frozen=True, slots=True)
class Link:
    """To which session another belongs.

    Attributes:
        canonical: the session; its own id where it belongs to no other.
        system: whose names agree; empty where it belongs to no other.
        by: the field that agrees; `reconnect` where it goes on from the presence before it.
        nth: how many presences of the person in the canonical session came before.
        until_ms: it was over by then; None where its end is known, or nothing says so.
        over: what says that: the person rejoined, or the room_finished.
    """

    canonical: str
    system: str = ""
    by: str = ""
    nth: int = 0
    until_ms: int | None = None
    over: str = ""


@dataclass(slots=True)
class _Owners:
    """Who belongs to whom, as far as it is decided."""

    found: dict[str, Link] = field(default_factory=dict)

    def canonical(self, session: str) -> str:
        one = self.found.get(session)
        return one.canonical if one else session


def decide(sessions: Collection[Known], later: Collection[Known] = ()) -> dict[str, Link]:
    """Return the link of every session of a project.

    Args:
        sessions: all that share a key or a seat with each other within `NEAR_MS`, or none of them.
        later: others of their seats within `REJOINED_MS`, of whom only is asked that they came.
    """
    clients = [one for one in sessions if one.is_client]
    owners = _Owners()
    for one in sessions:
        if not one.is_client and (link := _by_key(one, clients) or _by_seat(one, clients)):
            owners.found[one.session] = link
    lines = dict(_lines([*sessions, *later]))
    for seat, line in lines.items():
        _chain(seat, line, owners, {one.session: one for one in clients})
    return {one.session: _whole(one, owners, lines) for one in sessions}


def _by_key(one: Known, clients: Iterable[Known]) -> Link | None:
    near = [(client, client.keys & one.keys) for client in clients if client.apart_ms(one) <= NEAR_MS]
    found = [(client, min(shared)) for client, shared in near if shared]
    if not found:
        return None
    client, (system, by, _) = min(found, key=lambda pair: _nearest(pair[0], one))
    return Link(client.session, system, by)


def _by_seat(one: Known, clients: Iterable[Known]) -> Link | None:
    if not one.is_presence:
        return None
    for seat in sorted(one.seats):
        trying = [
            client
            for client in clients
            if seat in client.seats
            and all(system != seat[0] for system, *_ in client.keys)
            and client.first_ms - TRYING_MS <= one.first_ms <= client.last_ms + TRYING_MS
        ]
        if trying:
            return Link(min(trying, key=lambda client: _nearest(client, one)).session, seat[0], JOINING[seat[0]].person)
    return None


def _nearest(client: Known, one: Known) -> tuple[int, int, str]:
    """Order clients by how near they are; of several that overlap the one that began last."""
    return client.apart_ms(one), -client.first_ms, client.session


def _lines(sessions: Iterable[Known]) -> Iterator[tuple[Seat, list[Known]]]:
    """Yield the presences of each person in each room, in order."""
    seats: dict[Seat, list[Known]] = {}
    for one in sorted((one for one in sessions if one.is_presence), key=Known.order):
        for seat in one.seats:
            seats.setdefault(seat, []).append(one)
    yield from sorted(seats.items())


def _chain(seat: Seat, line: Sequence[Known], owners: _Owners, clients: dict[str, Known]) -> None:
    """Let presences belong to what the one after them, or the one before them, belongs to."""
    followed = [(before, after) for before, after in pairwise(line) if _goes_on(before, after)]
    for before, after in reversed(followed):
        client = clients.get(owners.canonical(after.session))
        if before.session not in owners.found and client and client.first_ms < before.last_ms:
            owners.found[before.session] = Link(client.session, seat[0], "reconnect")
    for before, after in followed:
        if after.session not in owners.found:
            owners.found[after.session] = Link(owners.canonical(before.session), seat[0], "reconnect")


def _goes_on(before: Known, after: Known) -> bool:
    if before.instances and after.instances and not before.instances & after.instances:
        return False
    ended_ms = before.last_ms if before.left_ms is None else before.left_ms
    apart_ms = after.first_ms - ended_ms
    if before.left_reason == REPLACED:
        return apart_ms <= NEAR_MS
    return before.left_reason not in GOODBYES and apart_ms <= RECONNECT_MS


def _whole(one: Known, owners: _Owners, lines: dict[Seat, list[Known]]) -> Link:
    """Return a session's link with its place among the presences of the person."""
    link = owners.found.get(one.session, Link(one.session))
    nth, ends = 0, []
    for seat in sorted(one.seats) if one.is_presence else ():
        line = lines[seat]
        place = line.index(one)
        after = line[place + 1 :]
        nth = Counter(owners.canonical(before.session) for before in line[:place])[link.canonical]
        if after and after[0].first_ms - one.last_ms <= REJOINED_MS:
            ends.append((after[0].first_ms, REJOINED))
    if one.closed_ms is not None:
        ends.append((one.closed_ms, ROOM_FINISHED))
    until_ms, over = min(ends) if ends and one.left_ms is None else (None, "")
    return Link(link.canonical, link.system, link.by, nth, until_ms, over)
