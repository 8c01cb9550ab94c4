"""What is known of names and links, as rows of `session_refs` and `session_links`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pyarrow as pa

from analytics.joining.deciding import Link
from analytics.joining.naming import PERSON, Told, person

Row = dict[str, Any]
_MOMENT: Final = pa.timestamp("ms", "UTC")
REFS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("project", "system", "field", "value", "session")),
        *((name, pa.uint8()) for name in ("is_client", "measures", "deleted")),
        *((name, _MOMENT) for name in ("first_t", "last_t")),
        ("refs", pa.list_(pa.string())),
        ("version", pa.uint64()),
    ]
)
LINKS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("project", "session", "canonical", "system", "field", "over")),
        *((name, pa.uint8()) for name in ("measures", "deleted")),
        *((name, _MOMENT) for name in ("until", "first_t", "last_t")),
        ("nth", pa.uint16()),
        ("refs", pa.list_(pa.string())),
        *((name, pa.uint64()) for name in ("changed", "version")),
    ]
)


def ref_rows(told: Iterable[Told]) -> Iterator[Row]:
    """Yield a row of `session_refs` for each name of each session."""
    for one in told:
        people = {(seat[0], PERSON, person(seat)) for seat in one.known.seats}
        for system, field, value in sorted(one.names | people):
            is_client = int(one.known.is_client)
            yield _of(one) | {"system": system, "field": field, "value": value, "is_client": is_client}


def link_row(one: Told, link: Link, before: tuple[str, int] | None, version: int) -> Row:
    """Return a session's row of `session_links`; `before` is where it belonged so far, and since which round."""
    canonical, changed = before or (one.known.session, 0)
    return _of(one) | {
        "canonical": link.canonical,
        "system": link.system,
        "field": link.by,
        "nth": link.nth,
        "until": link.until_ms,
        "over": link.over,
        "changed": changed if canonical == link.canonical else version,
    }


def table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema, version: int) -> pa.Table:
    """Return rows as a table, of a version."""
    own = [{**row, "version": version, "deleted": 0} for row in rows]
    return pa.table([pa.array([row[one.name] for row in own], one.type) for one in schema], schema=schema)


def _of(one: Told) -> Row:
    return {
        "project": one.known.project,
        "session": one.known.session,
        "measures": int(one.known.measures),
        "first_t": one.known.first_ms,
        "last_t": one.known.last_ms,
        "refs": one.refs,
    }
