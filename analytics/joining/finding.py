"""Finding the sessions that are one with those that a round touched, and what of it is to be written and asked.

Only what shares a name with a touched session and lies near it in time is looked at, step by step until nothing is new,
so a round costs what changed, however long ago the names were first used. The answer depends on what is stored of those
sessions and of nothing else.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from analytics.joining.deciding import NEAR_MS, REJOINED_MS, Link, decide
from analytics.joining.naming import FIELDS, INSTANCES, PERSON, Told, person, read
from analytics.joining.writing import LINKS, REFS, link_row, ref_rows, table
from analytics.sql import text
from runtime.store import Parameter, Store

LATEST_MS: Final = 4_000_000_000_000
Place = tuple[str, str]
"""Project and session."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What a round has to write, and what its statements ask.

    Attributes:
        refs: rows of `session_refs`.
        links: rows of `session_links`.
        members: the sessions whose row in `sessions` is to be made anew, and all that belong to them.
        asked: parameters of parts/whole.sql and of what stands beside it, an entry for each session with a link.
        relinked: measured sessions that came to belong elsewhere: what was counted of all their minutes is made anew.
        views: measured sessions that belong to another one, of which nothing is counted.
    """

    refs: pa.Table
    links: pa.Table
    members: list[str]
    asked: dict[str, Parameter]
    relinked: list[str]
    views: list[str]


def find(store: Store, scope: Mapping[str, Parameter]) -> Joined:
    """Return how the sessions that a round touched belong together with others.

    Args:
        store: what is asked.
        scope: log_id, log_partition, after, upto; projects, sessions: those touched; rooms_of: projects with news of
            rooms; version.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    touched: Any = scope["sessions"]
    version: Any = scope["version"]
    told = {one.place: one for one in read(store.query(text("evidence", "refs"), scope).to_pylist())}
    near, later = _around(store, _closing(store, scope) | told)
    links = _decided(near, later)
    changed, followed = _stored(store, scope, near)
    rows = [link_row(near[place], link, changed.get(place), version) for place, link in links.items()]
    return Joined(
        refs=table(ref_rows(told.values()), REFS, version),
        links=table(rows, LINKS, version),
        members=sorted(set(touched) | {session for _, session in links}),
        asked=_asked(links),
        relinked=sorted({row["session"] for row in rows if row["measures"] and row["changed"] > followed}),
        views=sorted({row["session"] for row in rows if row["measures"] and row["canonical"] != row["session"]}),
    )


def _asked(links: Mapping[Place, Link]) -> dict[str, Parameter]:
    """Return the links as columns: a session's key in them is its project and id, a line break between."""
    return {
        "linked": [f"{project}\n{session}" for project, session in links],
        "canonicals": [link.canonical for link in links.values()],
        "nths": [link.nth for link in links.values()],
        "untils": [link.until_ms or 0 for link in links.values()],
        "overs": [link.over for link in links.values()],
    }


def _around(store: Store, told: Mapping[Place, Told]) -> tuple[dict[Place, Told], dict[Place, Told]]:
    """Return the sessions that can belong together with some, and others of their seats, whose times count."""
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
            before[last.place] = last
    near = _closed(store, near | before, before.values())
    return _with_ends(store, _with_closed(store, near)), {
        place: one for place, one in others.items() if place not in near
    }


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
            if other.place not in found
            and any(
                other.known.apart_ms(known) <= NEAR_MS
                for name in (*other.known.keys, *other.known.seats)
                for known in by_name.get((other.known.project, name), ())
            )
        ]
        found |= {one.place: one for one in fresh}
    return found


def _of_seats(store: Store, near: Mapping[Place, Told]) -> dict[Place, Told]:
    present = [one for one in near.values() if one.known.is_presence and one.known.seats]
    rows = _sharing(store, present, REJOINED_MS, keys=False)
    return {one.place: one for one in rows if one.known.is_presence}


def _sharing(store: Store, some: Collection[Told], within_ms: int, *, keys: bool) -> list[Told]:
    """Return the sessions that share a seat (or a key) with any of some, within a range around all of them."""
    values = {person(seat) for one in some for seat in one.known.seats}
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
    return list(read(store.query(text("evidence", "sharing"), asked).to_pylist()))


def _closing(store: Store, scope: Mapping[str, Parameter]) -> dict[Place, Told]:
    """Return the presences in rooms that were closed, so far as names were stored of them."""
    if not scope["rooms_of"]:
        return {}
    rows = store.query(text("evidence", "closing"), scope).to_pylist()
    if not rows:
        return {}
    asked: dict[str, Parameter] = {
        "projects": sorted({row["project"] for row in rows}),
        "values": sorted({row["instance"] for row in rows}),
        "fields": INSTANCES,
        "since": 0,
        "until": LATEST_MS,
    }
    some = read(store.query(text("evidence", "sharing"), asked).to_pylist())
    return {one.place: one for one in some if one.known.is_presence}


def _with_closed(store: Store, near: dict[Place, Told]) -> dict[Place, Told]:
    """Return the sessions, and when the rooms of presences were closed, `REJOINED_MS` after them at most."""
    present = [one.known for one in near.values() if one.known.is_presence and one.known.instances]
    if not present:
        return near
    asked: dict[str, Parameter] = {
        "projects": sorted({one.project for one in present}),
        "instances": sorted({instance for one in present for instance in one.instances}),
        "since": min(one.last_ms for one in present),
        "until": max(one.last_ms for one in present) + REJOINED_MS,
    }
    rows = store.query(text("evidence", "closed"), asked).to_pylist()
    closed = {(row["project"], row["instance"]): row["closed_ms"] for row in rows}
    ends = {}
    for known in present:
        told = [closed[known.project, one] for one in known.instances if (known.project, one) in closed]
        within = [t_ms for t_ms in told if 0 <= t_ms - known.last_ms <= REJOINED_MS]
        if within:
            one = near[known.project, known.session]
            ends[one.place] = replace(one, known=replace(known, closed_ms=min(within)))
    return near | ends


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
    links: dict[Place, Link] = {}
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
