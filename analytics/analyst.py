"""The jobs and their schedule: what new batches touched is computed again from raw rows and replaces what stood there.

A round follows `batches` from the cursor on, a bounded number of positions at a time, and saves the cursor after its
output: a round that was cut off is done again with the same result. Nothing is added up over rounds.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import structlog

from analytics import hours, recompute
from analytics.incidents import incidents
from analytics.joining.finding import find
from analytics.sql import text
from runtime.instruments import Instruments
from runtime.leader import TERM_SHIFT, Alone, Leadership
from runtime.store import Parameter, Store
from schemas.errors import Transient
from schemas.joining import ABORTED, BROKEN

BREATH_S: Final = 0.05
ROUND_MAX: Final = 2000
AGAIN_MAX: Final = 500
"""Positions of a step of what somebody asked for: it stands between two rounds."""
BEFORE: Final = (
    "stream_minutes",
    "stream_quality",
    "session_minutes",
    "stream_symptoms",
    "delay_symptoms",
    "connection_symptoms",
    "no_media_symptoms",
)
"""Jobs that incidents are made of. Somebody waits for those, so what nobody needs for them comes after."""
AFTER: Final = ("fleet_minutes", "sessions")
ONLY_WHERE: Final = {"connection_symptoms": "broken", "no_media_symptoms": "stopped"}
"""Jobs that have nothing to do where a small question has no answer; planning them would cost more than asking."""

_journal = structlog.get_logger(__name__)

_LOGS: Final = "SELECT log_id, log_partition, max(log_offset) AS last FROM batches GROUP BY log_id, log_partition"
_CURSORS: Final = "SELECT log_id, log_partition, log_offset, version FROM cursors FINAL"
_SCOPE: Final = """
SELECT max(log_offset) AS upto, count() AS positions,
       groupUniqArrayIf(project, stored) AS projects, groupUniqArrayIf(session, stored) AS sessions,
       groupUniqArrayIf(project, session = 'rtcpulse-rooms') AS rooms_of,
       groupUniqArrayIf(project, session = 'rtcpulse-nodes') AS nodes_of,
       intDiv(min(toUnixTimestamp(t_min)), 60) * 60 AS since_minute,
       intDiv(max(toUnixTimestamp(t_max)), 60) * 60 + 60 AS until_minute,
       arrayMap(hour -> hour * 3600, groupUniqArrayArrayIf(
           range(intDiv(toInt64(toUnixTimestamp(assumeNotNull(t_min))) - 60, 3600),
                 intDiv(toInt64(toUnixTimestamp(assumeNotNull(t_max))) + 60, 3600) + 1),
           stored AND t_min IS NOT NULL)) AS hours
FROM (
    SELECT log_offset, project, session, t_min, t_max,
        outcome = 'stored' AND source != 'mark' AND session NOT IN ('rtcpulse-rooms', 'rtcpulse-nodes') AS stored
    FROM batches
    WHERE log_id = {log_id:String} AND log_partition = {log_partition:UInt16}
      AND log_offset > {after:Int64} AND log_offset <= {last:Int64}
    ORDER BY log_offset LIMIT {most:UInt32}
)
"""
_SAVE: Final = """
INSERT INTO cursors (log_id, log_partition, log_offset, version)
VALUES ({log_id:String}, {log_partition:UInt16}, {log_offset:UInt64}, {version:UInt64})
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a round has to compute again: up to which position, of whom, from the first to the last dirty minute (s).

    `rooms_of` and `nodes_of` are the projects that have news of rooms and of media servers. `hours` are those that have
    a dirty minute or the one before one (s): with late data far fewer than lie between.
    """

    upto: int
    positions: int
    projects: list[str]
    sessions: list[str]
    rooms_of: list[str]
    nodes_of: list[str]
    since_minute: int
    until_minute: int
    hours: list[int]


class _TurnOver(Exception):
    """Another process leads now: what is left of the round is its business."""


class Analyst:
    """Runs the jobs over one store, while its process leads.

    Args:
        store: what is read and written.
        instruments: the process's metrics.
        cycle_s: seconds from the begin of one round to that of the next when nothing is left to follow.
        leadership: whether this process leads, and since which turn.
        catch_up: waits until the store has the rows of all positions that `batches` has; a replica may have them later.
    """

    def __init__(
        self,
        store: Store,
        instruments: Instruments,
        *,
        cycle_s: float = 2.0,
        leadership: Leadership | None = None,
        catch_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._catch_up = catch_up
        self._instruments = instruments
        self._cycle_s = cycle_s
        self._leadership = leadership or Alone()
        self._term: int | None = None
        self._version = 0
        self.computed = 0.0
        """Up to when (epoch s) all that was stored is computed: when the last round that reached the end began."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`: round after round while there is a backlog, else every `cycle_s` seconds."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                behind = await asyncio.to_thread(self.round)
            except Transient as error:
                _journal.warning("round_postponed", error=str(error))
                behind = False
            try:
                rest_s = 0.0 if behind else began + self._cycle_s - time.monotonic()
                await asyncio.wait_for(stop.wait(), max(BREATH_S, rest_s))
            except TimeoutError:
                continue

    def round(self) -> bool:
        """Follow every log by one step; True where there is more to follow. Nothing happens while another leads."""
        self._term = self._leadership.term()
        if self._term is None:
            return False
        try:
            return self._lead(self._term)
        except _TurnOver:
            _journal.warning("turn_over", term=self._term)
            return False

    def _lead(self, term: int) -> bool:
        began, now = time.perf_counter(), time.time()
        cursors = {
            (row["log_id"], row["log_partition"]): (row["log_offset"], row["version"])
            for row in self._store.query(_CURSORS).to_pylist()
        }
        written = recompute.version(self._store)
        self._version = max([self._version, term << TERM_SHIFT, written, *(version for _, version in cursors.values())])
        behind = False
        for row in self._store.query(_LOGS).to_pylist():
            place = (row["log_id"], row["log_partition"])
            after, _ = cursors.get(place, (-1, 0))
            behind |= row["last"] > after and self._follow(*place, after, row["last"])
        self.computed = self.computed if behind else now
        behind |= self._again()
        self._instruments.time("analytics_cycle", time.perf_counter() - began)
        return behind

    def _follow(self, log_id: str, partition: int, after: int, last: int) -> bool:
        """Follow a log by one step towards its last position; True where there is more to follow."""
        scope = self._compute(log_id, partition, after, last=last)
        if scope is None:
            return False
        self._execute(
            _SAVE, {"log_id": log_id, "log_partition": partition, "log_offset": scope.upto, "version": self._version}
        )
        return scope.upto < last

    def _again(self) -> bool:
        """Go one step on with what somebody asked to have computed again; False where nobody did."""
        request = recompute.oldest(self._store)
        if request is None:
            return False
        if recompute.is_late(request, time.time()):
            request = replace(request, state="dropped")
            _journal.warning("recompute_dropped", id=request.id)
        elif request.state == "asked":
            request = recompute.begun(self._store, request, self._version)
        elif request.runs:
            run = request.runs[0]
            scope = self._compute(run.log_id, run.partition, run.first - 1, last=run.last, most=AGAIN_MAX)
            request = request.advanced(*((scope.upto, scope.positions) if scope else (run.last, 0)))
        elif wrong := recompute.stale(self._store, request):
            self._note(recompute.begun(self._store, request, self._version))
            for table in wrong:
                self._execute(*recompute.sweep(table, request, self._version))
            return True
        else:
            request = replace(request, state="done")
            _journal.info("recomputed", id=request.id, positions=request.positions)
        self._note(request)
        return True

    def _note(self, request: recompute.Recompute) -> None:
        self._version += 1
        self._insert(recompute.TABLE, replace(request, version=self._version).row())

    def _compute(self, log_id: str, partition: int, after: int, *, last: int, most: int = ROUND_MAX) -> Scope | None:
        """Compute again what the next positions touched, so many at most; None where there are none."""
        place: dict[str, Parameter] = {"log_id": log_id, "log_partition": partition, "after": after, "last": last}
        scope = self._scope(place, most)
        if scope is None:
            return None
        self._catch_up()
        self._version += 1
        scoped: dict[str, Parameter] = place | {
            "upto": scope.upto,
            "projects": sorted({*scope.projects, *scope.rooms_of}),
            "rooms_of": scope.rooms_of,
            "nodes_of": scope.nodes_of,
            "relinked": [],
            "sessions": scope.sessions,
            "since": scope.since_minute,
            "until": scope.until_minute,
            "hours": scope.hours,
            "version": self._version,
            **hours.asked(()),
        }
        if scope.sessions or scope.rooms_of:
            own = self._own_hours(scoped)
            scoped |= hours.asked(own)
            scoped |= self._join(scoped)
            if joined := sorted({*scoped["members"]} - {*scope.sessions}):  # type: ignore[misc]
                scoped |= hours.asked(own | hours.known(self._store, scoped, joined))
            self._run(BEFORE, scoped)
        if scope.sessions or scope.rooms_of or scope.nodes_of:
            self._insert("incidents", incidents(self._store, scoped))
            self._instruments.count("analytics_scopes", job="incidents")
        if scope.sessions or scope.rooms_of:
            self._run(AFTER, scoped)
        return scope

    def _run(self, jobs: Iterable[str], scoped: dict[str, Parameter]) -> None:
        for job in jobs:
            if job not in ONLY_WHERE or self._store.query(text("evidence", ONLY_WHERE[job]), scoped).num_rows:
                self._execute(text("jobs", job), scoped)
            self._instruments.count("analytics_scopes", job=job)

    def _join(self, scoped: dict[str, Parameter]) -> dict[str, Parameter]:
        """Find and store which sessions belong together with those touched; return what the statements ask of it."""
        joined = find(self._store, scoped)
        self._insert("session_refs", joined.refs)
        self._insert("session_links", joined.links)
        touched: Any = scoped["sessions"]
        return joined.asked | {
            "sessions": sorted({*touched, *joined.relinked}),
            "members": joined.members,
            "relinked": joined.relinked,
            "views": joined.views,
            "broken_reasons": sorted(BROKEN),
            "aborted_reasons": sorted(ABORTED),
        }

    def _own_hours(self, scoped: dict[str, Parameter]) -> set[hours.Hour]:
        """Return in which hours anything is stored of the touched sessions, and store what is new of it."""
        touched = hours.touched(self._store, scoped)
        known = hours.known(self._store, scoped, sorted({session for _, _, session in touched}))
        self._insert(hours.TABLE, hours.rows(touched - known))
        return touched | known

    def _execute(self, sql: str, parameters: dict[str, Parameter]) -> None:
        if self._leadership.term() != self._term:
            raise _TurnOver
        self._store.execute(sql, parameters)

    def _insert(self, table: str, rows: pa.Table) -> None:
        if self._leadership.term() != self._term:
            raise _TurnOver
        if rows.num_rows:
            self._store.insert(table, rows)

    def _scope(self, place: dict[str, Parameter], most: int) -> Scope | None:
        row = self._store.query(_SCOPE, {**place, "most": most}).to_pylist()[0]
        if not row["positions"]:
            return None
        since, until = row["since_minute"] or 0, row["until_minute"] or 0
        return Scope(
            row["upto"], row["positions"], row["projects"], row["sessions"], row["rooms_of"], row["nodes_of"],
            since, until, row["hours"],
        )  # fmt: skip
