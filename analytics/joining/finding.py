"""Finding the sessions that are one with those that a round touched, in the store; what is decided of them becomes rows.

Only what shares a name with a touched session and lies near it in time is looked at, step by step until nothing is new, so a
round costs what changed, however long ago the names were first used. The answer depends on what is stored of those
sessions and of nothing else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import pyarrow as pa

from analytics.joining.deciding import NEAR_MS, REJOINED_MS, Known, Link, decide
from analytics.sql import text
from runtime.store import Parameter, Store
from schemas.joining import JOINING

PERSON: Final = "person"
"""The field of `session_refs` that has room and person together."""
FIELDS: Final = sorted({key for one in JOINING.values() for key in one.keys})
_MOMENT: Final = pa.timestamp("ms", "UTC")
_REFS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("project", "system", "field", "value", "session")),
        *((name, pa.uint8()) for name in ("is_client", "measures")),
        ("first_t", _MOMENT), ("last_t", _MOMENT), ("refs", pa.list_(pa.string())), ("version", pa.uint64()),
        ("deleted", pa.uint8()),
    ]
)  # fmt: skip
_LINKS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("project", "session", "canonical", "system", "field")),
        ("nth", pa.uint16()), ("until", _MOMENT), ("measures", pa.uint8()), ("first_t", _MOMENT), ("last_t", _MOMENT),
        ("changed", pa.uint64()), ("version", pa.uint64()), ("deleted", pa.uint8()),
    ]
)  # fmt: skip

Place = tuple[str, str]
"""Project and session."""
Names = dict[str, dict[str, str]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A session with all names that it says: (system, field, value)."""

    known: Known
    names: frozenset[tuple[str, str, str]]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """What a round has to write, and what its statements ask.

    Attributes:
        refs: rows of `session_refs`.
        links: rows of `session_links`.
        members: the sessions whose row in `sessions` is to be made anew, and all that belong to them.
        asked: parameters of parts/whole.sql and of what stands beside it, an entry for each session with a link.
        relinked: measured sessions that came to belong elsewhere: what was counted of all their minutes is made anew.
    """

    refs: pa.Table
    links: pa.Table
    members: list[str]
    asked: dict[str, Parameter]
    relinked: list[str]


def find(store: Store, scope: Mapping[str, Parameter]) -> Joined:
    """Return how the sessions that a round touched belong together with others.

    Args:
        store: what is asked.
        scope: log_id, log_partition; projects, sessions: those touched; version.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    touched: Any = scope["sessions"]
    told = {_place(one): one for one in _told(store.query(text("evidence", "refs"), scope).to_pylist())}
    refs = [row for one in told.values() for row in _ref_rows(one)]
    near, later = _around(store, told)
    links = _decided(near, later)
    changed, followed = _stored(store, scope, near)
    rows = [_link_row(near[place].known, link, changed.get(place), scope) for place, link in links.items()]
    return Joined(
        refs=_table(refs, _REFS, scope),
        links=_table(rows, _LINKS, scope),
        members=sorted(set(touched) | {session for _, session in links}),
        asked=_asked(links),
        relinked=sorted({row["session"] for row in rows if row["measures"] and row["changed"] > followed}),
    )


def _asked(links: Mapping[Place, Link]) -> dict[str, Parameter]:
    """Return the links as columns: a session's key in them is its project and id, a line break between."""
    return {
        "linked": [f"{project}\n{session}" for project, session in links],
        "canonicals": [link.canonical for link in links.values()],
        "nths": [link.nth for link in links.values()],
        "untils": [link.until_ms or 0 for link in links.values()],
    }


def _told(rows: Iterable[Row]) -> Iterable[Told]:
    for row in rows:
        names = frozenset(
            (system, dict(JOINING[system].spelled).get(field, field) if system in JOINING else field, value)
            for said in row["told"]
            for system, fields in msgspec.json.decode(said, type=Names).items()
            for field, value in fields.items()
            if value
        )
        yield Told(_known(row, names), names, tuple(row["told"]))


def _known(row: Row, names: Collection[tuple[str, str, str]]) -> Known:
    seats, instances = set(), set()
    for said in row["told"]:
        for system, fields in msgspec.json.decode(said, type=Names).items():
            joining = JOINING.get(system)
            if joining and joining.person and fields.get(joining.person):
                seats.add((system, fields.get(joining.room, ""), fields[joining.person]))
            if joining and fields.get(joining.instance):
                instances.add(fields[joining.instance])
    return Known(
        row["project"],
        row["session"],
        bool(row["is_client"]),
        bool(row["measures"]),
        row["first_ms"],
        row["last_ms"],
        frozenset(name for name in names if name[0] in JOINING and name[1] in JOINING[name[0]].keys),
        frozenset(seats),
        frozenset(instances),
    )


def _place(one: Told) -> Place:
    return one.known.project, one.known.session


def _person(seat: tuple[str, str, str]) -> str:
    return f"{seat[1]}\n{seat[2]}"


def _around(store: Store, told: Mapping[Place, Told]) -> tuple[dict[Place, Told], dict[Place, Told]]:
    """Return the sessions that can belong together with some, and others of their seats, of whom only the times count."""
    near = _closed(store, dict(told), told.values())
    others = _of_seats(store, near)
    before = {}
    for one in near.values():
        lines = [
            other
            for place, other in others.items()
            if place not in near and other.known.seats & one.known.seats and one.known.is_presence
            and other.known.project == one.known.project and other.known.order() < one.known.order()
        ]  # fmt: skip
        if lines:
            last = max(lines, key=lambda other: other.known.order())
            before[_place(last)] = last
    near = _closed(store, near | before, before.values())
    return _with_ends(store, near), {place: one for place, one in others.items() if place not in near}


def _closed(store: Store, found: dict[Place, Told], fresh: Collection[Told]) -> dict[Place, Told]:
    """Return sessions with all that share a name with any of them and lie near it, and so on."""
    while fresh:
        rows = _sharing(store, fresh, NEAR_MS, keys=True)
        by_name = defaultdict(list)
        for one in fresh:
            for name in (*one.known.keys, *one.known.seats):
                by_name[one.known.project, name].append(one.known)
        fresh = [
            other
            for other in rows
            if _place(other) not in found
            and any(
                other.known.apart_ms(known) <= NEAR_MS
                for name in (*other.known.keys, *other.known.seats)
                for known in by_name.get((other.known.project, name), ())
            )
        ]
        found |= {_place(one): one for one in fresh}
    return found


def _of_seats(store: Store, near: Mapping[Place, Told]) -> dict[Place, Told]:
    present = [one for one in near.values() if one.known.is_presence and one.known.seats]
    rows = _sharing(store, present, REJOINED_MS, keys=False)
    return {_place(one): one for one in rows if one.known.is_presence}


def _sharing(store: Store, some: Collection[Told], within_ms: int, *, keys: bool) -> list[Told]:
    """Return the sessions that share a seat (or a key) with any of some, within a range around all of them."""
    values = {_person(seat) for one in some for seat in one.known.seats}
    values |= {value for one in some for _, _, value in one.known.keys if keys}
    if not values:
        return []
    asked: dict[str, Parameter] = {
        "projects": sorted({one.known.project for one in some}),
        "values": sorted(values),
        "fields": [PERSON, *FIELDS] if keys else [PERSON],
        "since": min(one.known.first_ms for one in some) - within_ms,
        "until": max(one.known.last_ms for one in some) + within_ms,
    }
    return list(_told(store.query(text("evidence", "sharing"), asked).to_pylist()))


def _with_ends(store: Store, near: dict[Place, Told]) -> dict[Place, Told]:
    """Return the sessions, and when and why presences left."""
    present = [one.known for one in near.values() if one.known.is_presence and one.known.seats]
    if not present:
        return near
    asked: dict[str, Parameter] = {
        "projects": sorted({one.project for one in present}),
        "sessions": sorted({one.session for one in present}),
        "since": min(one.first_ms for one in present),
        "until": max(one.last_ms for one in present),
    }
    ends = {}
    for row in store.query(text("evidence", "leaving"), asked).to_pylist():
        place = (row["project"], row["session"])
        if place in near and near[place].known.is_presence:
            known = replace(near[place].known, left_ms=row["left_ms"], left_reason=row["reason"].lower())
            ends[place] = replace(near[place], known=known)
    return near | ends


def _decided(near: Mapping[Place, Told], later: Mapping[Place, Told]) -> dict[Place, Link]:
    links = {}
    for project in sorted({project for project, _ in near}):
        own = [one.known for (of, _), one in near.items() if of == project]
        others = [one.known for (of, _), one in later.items() if of == project]
        links |= {(project, session): link for session, link in decide(own, others).items()}
    return dict(sorted(links.items()))


def _stored(
    store: Store, scope: Mapping[str, Parameter], near: Mapping[Place, Told]
) -> tuple[dict[Place, tuple[str, int]], int]:
    """Return to what each session belonged so far and since which round; and the round that the log's cursor is of."""
    if not near:
        return {}, 0
    asked: dict[str, Parameter] = {
        "projects": sorted({project for project, _ in near}),
        "sessions": sorted({session for _, session in near}),
        "log_id": scope["log_id"],
        "log_partition": scope["log_partition"],
    }
    first, *rows = store.query(text("evidence", "linked"), asked).to_pylist()
    return {(row["project"], row["session"]): (row["canonical"], row["changed"]) for row in rows}, first["changed"]


def _ref_rows(one: Told) -> Iterable[Row]:
    people = {(seat[0], PERSON, _person(seat)) for seat in one.known.seats}
    for system, field, value in sorted(one.names | people):
        yield _times(one.known) | {
            "system": system, "field": field, "value": value, "is_client": int(one.known.is_client), "refs": one.texts,
        }  # fmt: skip


def _link_row(known: Known, link: Link, before: tuple[str, int] | None, scope: Mapping[str, Parameter]) -> Row:
    canonical, changed = before or (known.session, 0)
    return _times(known) | {
        "canonical": link.canonical, "system": link.system, "field": link.by, "nth": link.nth, "until": link.until_ms,
        "changed": changed if canonical == link.canonical else scope["version"],
    }  # fmt: skip


def _times(known: Known) -> Row:
    return {
        "project": known.project, "session": known.session, "measures": int(known.measures), "first_t": known.first_ms,
        "last_t": known.last_ms,
    }  # fmt: skip


def _table(rows: Sequence[Row], schema: pa.Schema, scope: Mapping[str, Parameter]) -> pa.Table:
    own = [row | {"version": scope["version"], "deleted": 0} for row in rows]
    return pa.table([pa.array([row[one.name] for row in own], one.type) for one in schema], schema=schema)
