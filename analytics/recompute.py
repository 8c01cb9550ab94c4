"""Requests to compute a range again: what a defect, or somebody's hand, left in the derived tables is mended.

A request is a row of `recomputes`; the leader works on the oldest, a step after each of its rounds: the positions
whose batches reach into the range go through the same jobs as at first, and then what stands in the range and was not
made anew gets a tombstone. Where there was any, all is done once more: minutes of the fleet and incidents were made
with it. A step that was cut off is done again with the same result.
"""

import secrets
import time
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import pyarrow as pa

from runtime.store import Parameter, Store
from schemas.counted import counted
from schemas.errors import ConfigurationError

DAY_S: Final = 86_400
MARGIN_S: Final = 7200
"""Delays of the first minutes of a range are held against the hour before it."""
AHEAD_S: Final = 86_400
"""A range ends so long after now at the latest: clocks run ahead, by less than that."""
KEPT_S: Final = 1800
"""A request that nobody began with for so long is dropped: by then raw rows of its range may be gone."""
TABLE: Final = "recomputes"
SWEPT: Final = {
    "stream_minutes": "old.minute >= {since} AND old.minute < {until}",
    "stream_quality": "old.minute >= {since} AND old.minute < {until}",
    "session_minutes": "old.minute >= {since} AND old.minute < {until}",
    "fleet_minutes": "old.minute >= {since} AND old.minute < {until}",
    "sessions": "old.first_t >= {since} AND old.first_t < {until}",
    "session_refs": "old.first_t >= {since} AND old.first_t < {until}",
    "session_links": "old.first_t >= {since} AND old.first_t < {until}",
    "symptoms": "old.began >= {since} AND old.t < {until}",
    "incidents": "old.ended >= {since} AND old.ended < {until}",
}
"""The rows of each table that only batches of the range can have made."""
_BOUNDS: Final = {"since": "fromUnixTimestamp({since:Int64})", "until": "fromUnixTimestamp({until:Int64})"}
_STALE: Final = """
FROM {table} AS old FINAL
WHERE {within} AND old.version <= {{base:UInt64}} AND ({{project:String}} = '' OR old.project = {{project:String}})
"""
_OLDEST: Final = "SELECT * FROM recomputes FINAL WHERE state IN ('asked', 'running') ORDER BY requested, id LIMIT 1"
_ONE: Final = "SELECT * FROM recomputes FINAL WHERE id = {id:String}"
_RUNS: Final = """
SELECT log_id, log_partition, min(log_offset) AS first, max(log_offset) AS last, count() AS positions
FROM (
    SELECT log_id, log_partition, log_offset,
        sum(is_apart) OVER (PARTITION BY log_id, log_partition ORDER BY log_offset) AS run
    FROM (
        SELECT log_id, log_partition, log_offset,
            toUInt32(log_offset > 2000 + lagInFrame(log_offset, 1, log_offset) OVER (
                PARTITION BY log_id, log_partition ORDER BY log_offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            )) AS is_apart
        FROM batches FINAL
        WHERE outcome = 'stored'
          AND t_min < fromUnixTimestamp({until:Int64}) AND t_max >= fromUnixTimestamp({since:Int64})
          AND ({project:String} = '' OR project = {project:String})
    )
)
GROUP BY log_id, log_partition, run
ORDER BY log_id, log_partition, first
"""
_RUN: Final = {"log_ids": "log_id", "partitions": "partition", "firsts": "first", "lasts": "last"}
_SCHEMA: Final = pa.schema(
    [
        ("id", pa.string()),
        ("requested", pa.timestamp("ms", "UTC")),
        ("project", pa.string()),
        ("since", pa.timestamp("s", "UTC")),
        ("until", pa.timestamp("s", "UTC")),
        ("state", pa.string()),
        ("positions", pa.uint64()),
        ("done", pa.uint64()),
        ("base_version", pa.uint64()),
        ("log_ids", pa.list_(pa.string())),
        ("partitions", pa.list_(pa.uint16())),
        ("firsts", pa.list_(pa.uint64())),
        ("lasts", pa.list_(pa.uint64())),
        ("version", pa.uint64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Run:
    """Positions that lie close together: first and last offset of a partition."""

    log_id: str
    partition: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Recompute:
    """A request and how far it is. Times are epoch s, `requested_ms` epoch ms.

    Attributes:
        project: whose; empty: everybody's.
        state: asked, running, done, or dropped: nobody began with it in time.
        positions: of the log that reach into the range; `done` of them are computed.
        base_version: rows of the range with this version or a lower one were not made anew.
        runs: what is left.
    """

    id: str
    requested_ms: int
    project: str
    since: int
    until: int
    state: str = "asked"
    positions: int = 0
    done: int = 0
    base_version: int = 0
    runs: tuple[Run, ...] = ()
    version: int = 0

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        """Return what a row of the table says."""
        runs = zip(*(row[column] for column in _RUN), strict=True)
        told = {name: row[name] for name in ("id", "project", "state", "positions", "done", "base_version", "version")}
        requested_ms = round(row["requested"].timestamp() * 1000)
        return cls(**told, since=row["since"], until=row["until"], requested_ms=requested_ms,
                   runs=tuple(Run(*run) for run in runs))  # fmt: skip

    def row(self) -> pa.Table:
        """Return it as a row of the table."""
        named = ("id", "project", "since", "until", "state", "positions", "done", "base_version", "version")
        values: dict[str, Any] = {name: getattr(self, name) for name in named} | {"requested": self.requested_ms}
        for column, name in _RUN.items():
            values[column] = [getattr(run, name) for run in self.runs]
        return pa.table([pa.array([values[one.name]], one.type) for one in _SCHEMA], schema=_SCHEMA)

    def advanced(self, upto: int, positions: int) -> Self:
        """Return it with the first run computed up to an offset."""
        first, *rest = self.runs
        left = [] if upto >= first.last else [replace(first, first=upto + 1)]
        return replace(self, runs=(*left, *rest), done=min(self.positions, self.done + positions))


def new(project: str, since: int, until: int, *, raw_days: int, now: float | None = None) -> Recompute:
    """Return a request for the minutes that a range touches.

    Args:
        project: whose; empty: everybody's.
        since: begin, epoch s.
        until: end, epoch s.
        raw_days: how long raw rows are kept.
        now: epoch s; the clock's when None.

    Raises:
        ConfigurationError: the range is empty, lies in the future, or begins when raw rows may be gone: such hours stay
            as they are.
    """
    now_s = time.time() if now is None else now
    kept_s = round(now_s) - raw_days * DAY_S + MARGIN_S
    if since >= until:
        raise ConfigurationError(f"--from {_said(since)} does not lie before --to {_said(until)}")
    if since >= now_s:
        raise ConfigurationError(f"--from {_said(since)} lies in the future: nothing is stored of it")
    if since < kept_s:
        raise ConfigurationError(
            f"--from {_said(since)} lies before {_said(kept_s)}: raw rows are kept for {counted(raw_days, 'day')} "
            "(RTCPULSE_RAW_DAYS), and minutes whose raw rows may be gone stay as they are"
        )
    end = min(until, round(now_s) + AHEAD_S)
    return Recompute(secrets.token_hex(8), round(now_s * 1000), project, since // 60 * 60, -(-end // 60) * 60)


def oldest(store: Store) -> Recompute | None:
    """Return the request to work on, None where there is none."""
    rows = store.query(_OLDEST).to_pylist()
    return Recompute.of(rows[0]) if rows else None


def state(store: Store, request_id: str) -> Recompute | None:
    """Return a request as it stands now."""
    rows = store.query(_ONE, {"id": request_id}).to_pylist()
    return Recompute.of(rows[0]) if rows else None


def version(store: Store) -> int:
    """Return the highest version with which a request was worked on; 0 where none was."""
    return int(store.query("SELECT max(version) AS version FROM recomputes").to_pylist()[0]["version"] or 0)


def is_late(request: Recompute, now: float) -> bool:
    """Return whether nobody began with a request in time (epoch s)."""
    return request.state == "asked" and now - request.requested_ms / 1000 > KEPT_S


def begun(store: Store, request: Recompute, base_version: int) -> Recompute:
    """Return a request with the positions that reach into its range; rows up to a version are of before."""
    rows = store.query(_RUNS, _range(request)).to_pylist()
    runs = tuple(Run(row["log_id"], row["log_partition"], row["first"], row["last"]) for row in rows)
    positions = sum(row["positions"] for row in rows)
    return replace(request, state="running", positions=positions, base_version=base_version, runs=runs)


def stale(store: Store, request: Recompute) -> list[str]:
    """Return the tables in which rows stand in the range that were not made anew."""
    found = []
    for table in SWEPT:
        counted = store.query(f"SELECT count() AS rows {_stale(table)}", _of(request)).to_pylist()
        found += [table] if counted[0]["rows"] else []
    return found


def sweep(table: str, request: Recompute, own_version: int) -> tuple[str, dict[str, Parameter]]:
    """Return the statement that takes such rows away, with its parameters."""
    gone = "SELECT * REPLACE ({version:UInt64} AS version, 1 AS deleted)"
    return f"INSERT INTO {table} {gone} {_stale(table)}", _of(request) | {"version": own_version}


def _stale(table: str) -> str:
    return _STALE.format(table=table, within=SWEPT[table].format(**_BOUNDS))


def _of(request: Recompute) -> dict[str, Parameter]:
    return _range(request) | {"base": request.base_version}


def _range(request: Recompute) -> dict[str, Parameter]:
    return {"project": request.project, "since": request.since, "until": request.until}


def _said(moment: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
