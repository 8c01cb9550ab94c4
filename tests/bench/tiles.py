"""R8: the fleet page's tiles on rollups against raw rows, and how long the dashboard's queries and pages take."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from analytics.cohortqueries import CohortFilters
from analytics.incidentqueries import IncidentFilters
from analytics.nodequeries import NodeFilters
from analytics.queries import Filters, Queries
from dashboard.servermeasures import COUNTERS, GAUGES
from runtime.store import Parameter, Store
from tests.bench import spent
from tests.bench.history import PROJECT
from tests.bench.pages import Pages
from tests.bench.ratio import Ratio

HOUR_MS: Final = 3_600_000
LONGEST_S: Final = 20
LEAST: Final = 5
COUNTED: Final = ("fleet_now", "fleet_minutes", "worst_sessions")
GOAL_MS: Final = {"tile": 50, "query": 1000, "page": 1000}
_SQL: Final = Path(__file__).parent / "sql"


class Tiles:
    """The tiles of the last hour up to `until_ms`, each asked `runs` times; a slow one less often."""

    def __init__(self, store: Store, until_ms: int, *, runs: int) -> None:
        self._store = store
        self._runs = runs
        filters = Filters(PROJECT, until_ms - HOUR_MS, until_ms)
        queries = Queries(store)
        self._rollup: dict[str, Callable[[], object]] = {
            "fleet_now": lambda: queries.fleet_now(filters),
            "fleet_minutes": lambda: queries.fleet_minutes(filters),
            "fleet_options": lambda: queries.fleet_options(filters),
            "worst_sessions": lambda: queries.worst_sessions(filters, 15),
            "worst_rooms": lambda: queries.worst_rooms(filters, 10),
            "fleet_breakdown": lambda: queries.fleet_breakdown(filters, "app"),
            "fleet_trend": lambda: queries.fleet_trend(filters, 60),
            "fleet_burn": lambda: queries.fleet_burn(filters),
            "fleet_incidents": lambda: queries.fleet_incidents(filters, 60),
            "fleet_coverage": lambda: queries.fleet_coverage(filters),
            "marks": lambda: queries.marks(filters),
        }
        session, room, incident = _busiest(store, filters)
        self._asking = _of_pages(queries, filters, (session, room, incident))
        self._pages = Pages(store, filters, session=session, room=room, incident=incident).opened()
        self._asked: Mapping[str, Parameter] = {
            "project": PROJECT,
            "since": filters.since_ms // 1000,
            "until": filters.until_ms // 1000,
        }

    def ratios(self, state: str) -> list[Ratio]:
        """Measure every tile in the state that the tables are in."""
        return [
            *(self._against_raw(name, state) for name in COUNTED),
            *(self._p95("R8", f"tile {name}", ask, state, GOAL_MS["tile"]) for name, ask in self._rollup.items()),
            *(self._p95("page", f"query {name}", ask, state, GOAL_MS["query"]) for name, ask in self._asking.items()),
            *(self._p95("page", f"whole {name}", ask, state, GOAL_MS["page"]) for name, ask in self._pages.items()),
        ]

    def _against_raw(self, name: str, state: str) -> Ratio:
        sql = (_SQL / f"raw_{name}.sql").read_text()
        raw: list[float] = []
        rollup: list[float] = []
        for _ in range(3):
            raw.append(self._cpu(lambda: self._store.query(sql, self._asked)))
            rollup += [self._cpu(self._rollup[name]) for _ in range(3)]
        parts = f"{min(raw) * 1000:,.0f} / {min(rollup) * 1000:,.1f} ms CPU"
        return Ratio("R8", f"tile {name}: raw / rollup", "both", state, min(raw) / min(rollup), 25, parts)

    def _p95(self, key: str, name: str, ask: Callable[[], object], state: str, goal_ms: int) -> Ratio:
        took: list[float] = []
        used: list[float] = []
        until = time.monotonic() + LONGEST_S
        while len(took) < min(LEAST, self._runs) or (len(took) < self._runs and time.monotonic() < until):
            self._forget()
            began, before = time.perf_counter(), spent.here()
            ask()
            took.append((time.perf_counter() - began) * 1000)
            used.append((spent.here() - before) * 1000)
        p95 = statistics.quantiles(took, n=20)[-1]
        parts = f"{len(took)} times, median {statistics.median(took):.1f} ms, CPU {statistics.median(used):.1f} ms"
        return Ratio(key, f"{name}: p95", "both", state, p95, goal_ms, parts, at_most=True, unit="ms")

    def _cpu(self, ask: Callable[[], object]) -> float:
        self._forget()
        return spent.by(ask)

    def _forget(self) -> None:
        """Do as use_query_condition_cache=0 would: a repeated query must not profit from the last one's."""
        self._store.execute("SYSTEM DROP QUERY CONDITION CACHE")


def _busiest(store: Store, filters: Filters) -> tuple[str, str, str]:
    """Return the session with most streams in the last hour, its room, and the latest incident."""
    asked: dict[str, Parameter] = {"project": filters.project, "since": filters.since_ms // 1000}
    busiest = (
        "SELECT session, any(room) AS room, max(streams) AS most FROM session_minutes FINAL "
        "WHERE project = {project:String} AND minute >= fromUnixTimestamp({since:Int64}) "
        "GROUP BY session ORDER BY most DESC, session LIMIT 1"
    )
    (row,) = store.query(busiest, asked).to_pylist()
    found = store.query(
        "SELECT incident FROM incidents FINAL WHERE project = {project:String} ORDER BY began DESC LIMIT 1", asked
    ).to_pylist()
    return row["session"], row["room"], found[0]["incident"] if found else ""


def _of_pages(queries: Queries, filters: Filters, of: tuple[str, str, str]) -> dict[str, Callable[[], object]]:
    """Return what the other pages ask, of a session, a room and an incident."""
    session, in_room, incident = of
    one = (filters.project, session)
    whole = (*one, filters.since_ms, filters.until_ms)
    room = replace(filters, room=in_room)
    nodes = NodeFilters(filters.project, filters.since_ms, filters.until_ms)
    return {
        "fleet_kinds": lambda: queries.fleet_kinds(filters),
        "session_facts": lambda: queries.session_facts(*one),
        "session_links": lambda: queries.session_links(*one),
        "session_verdict": lambda: queries.session_verdict(*one),
        "session_streams": lambda: queries.session_streams(*whole),
        "session_samples": lambda: queries.session_samples(*whole),
        "session_rows": lambda: queries.session_rows(*whole),
        "session_transport_rows": lambda: queries.session_transport_rows(*whole),
        "session_events": lambda: queries.session_events(*whole),
        "session_quality": lambda: queries.session_quality(*whole),
        "session_incidents": lambda: queries.session_incidents(*whole),
        "stream_verdicts": lambda: queries.stream_verdicts(*whole, slice_ms=180_000),
        "room_facts": lambda: queries.room_facts(room),
        "room_grid": lambda: queries.room_grid(room),
        "room_silent": lambda: queries.room_silent(room),
        "room_minutes": lambda: queries.room_minutes(room),
        "room_incidents": lambda: queries.room_incidents(room),
        **_of_incidents(queries, filters, incident),
        "nodes": lambda: queries.nodes(nodes),
        "node_increases": lambda: queries.node_increases(nodes, COUNTERS, 60),
        "node_gauges": lambda: queries.node_gauges(nodes, GAUGES, 60),
        "search": lambda: queries.search(filters.project, session[:6]),
        "pipeline_minutes": lambda: queries.pipeline_minutes(filters),
        "pipeline_gaps": lambda: queries.pipeline_gaps(filters),
        "pipeline_ledger": lambda: queries.pipeline_ledger(filters, "", []),
        "pipeline_dead": lambda: queries.pipeline_dead(filters),
        "dead_letters": lambda: queries.dead_letters(filters.project, ""),
        "dead_letter_message": lambda: queries.dead_letter_message("live", 0, 0),
        "jobs_version": queries.jobs_version,
    }


def _of_incidents(queries: Queries, filters: Filters, incident: str) -> dict[str, Callable[[], object]]:
    """Return what the incident pages and Compare ask: of the last hour, and everything of one incident."""
    which = IncidentFilters(filters.project, filters.since_ms, filters.until_ms)
    facts = queries.incident_facts(filters.project, incident)
    cohort = CohortFilters(filters.project, filters.since_ms, filters.until_ms)
    nothing: dict[str, Any] = {"room": "", "session": "", "began_ms": filters.since_ms, "ended_ms": filters.until_ms}
    about = facts or nothing
    around = (about["began_ms"] - 60_000, about["ended_ms"] + 60_000)
    return {
        "incidents": lambda: queries.incidents(which, "severity"),
        "incident_groups": lambda: queries.incident_groups(which, "app"),
        "incident_course": lambda: queries.incident_course(which, 60),
        "incident_options": lambda: queries.incident_options(which),
        "incident_facts": lambda: queries.incident_facts(filters.project, incident),
        "incident_radius": lambda: queries.incident_radius(filters.project, incident),
        "incident_similar": lambda: queries.incident_similar(filters.project, incident),
        "cohort_sessions": lambda: queries.cohort_sessions(cohort, 2000),
        "cohort_values": lambda: queries.cohort_values(filters),
        "incident_ends": lambda: queries.incident_ends(filters.project, about, *around),
    }
