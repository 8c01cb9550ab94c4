"""In which hours anything is stored of a session: tables lie by the hour, and of a session only its own are read.

A session's hours are written before anything is computed of them, and none is ever taken away. So what a round reads by
them is all that there is of its sessions, up to the positions that it follows.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa

from analytics.sql import text
from runtime.store import Parameter, Store

TABLE: Final = "session_hours"
Hour = tuple[str, int, str]
"""Project, hour (epoch s), session: as keys begin."""
_SCHEMA: Final = pa.schema([("project", pa.string()), ("hour", pa.timestamp("s", "UTC")), ("session", pa.string())])


def touched(store: Store, scope: Mapping[str, Parameter]) -> set[Hour]:
    """Return the hours that a round's positions speak of.

    Args:
        store: what is asked.
        scope: log_id, log_partition, after, upto; projects, sessions: those touched.
    """
    return _hours(store, "touched_hours", scope)


def known(store: Store, scope: Mapping[str, Parameter], sessions: list[str]) -> set[Hour]:
    """Return the hours that are stored of some sessions of the round's projects."""
    return _hours(store, "hours", {"projects": scope["projects"], "members": sessions})


def rows(hours: Iterable[Hour]) -> pa.Table:
    """Return rows of the table."""
    in_order = sorted(hours)
    columns = [pa.array([one[place] for one in in_order], field.type) for place, field in enumerate(_SCHEMA)]
    return pa.table(columns, schema=_SCHEMA)


def asked(hours: Iterable[Hour]) -> dict[str, Parameter]:
    """Return the parameters of parts/own_hours.sql."""
    in_order = sorted(hours)
    return {
        "own_projects": [project for project, _, _ in in_order],
        "own_hours": [hour_s for _, hour_s, _ in in_order],
        "own_sessions": [session for _, _, session in in_order],
    }


def _hours(store: Store, name: str, parameters: Mapping[str, Parameter]) -> set[Hour]:
    found = store.query(text("evidence", name), parameters)
    return set(zip(*(found.column(column).to_pylist() for column in ("project", "hour_s", "session")), strict=True))
