"""R8: the fleet page's tiles on rollups, against the same tiles on raw rows, and how long they take."""

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from analytics.queries import Filters, Queries
from runtime.store import Parameter, Store
from tests.bench import spent
from tests.bench.history import PROJECT
from tests.bench.ratio import Ratio

HOUR_MS: Final = 3_600_000
LONGEST_S: Final = 20
LEAST: Final = 5
COUNTED: Final = ("fleet_now", "fleet_minutes", "worst_sessions")
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
        }
        self._asked: Mapping[str, Parameter] = {
            "project": PROJECT,
            "since": filters.since_ms // 1000,
            "until": filters.until_ms // 1000,
        }

    def ratios(self, state: str) -> list[Ratio]:
        """Measure every tile in the state that the tables are in."""
        return [
            *(self._against_raw(name, state) for name in COUNTED),
            *(self._p95(name, state) for name in self._rollup),
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

    def _p95(self, name: str, state: str) -> Ratio:
        took: list[float] = []
        used: list[float] = []
        until = time.monotonic() + LONGEST_S
        while len(took) < LEAST or (len(took) < self._runs and time.monotonic() < until):
            self._forget()
            began, before = time.perf_counter(), spent.here()
            self._rollup[name]()
            took.append((time.perf_counter() - began) * 1000)
            used.append((spent.here() - before) * 1000)
        p95 = statistics.quantiles(took, n=20)[-1]
        parts = f"{len(took)} times, median {statistics.median(took):.1f} ms, CPU {statistics.median(used):.1f} ms"
        return Ratio("R8", f"tile {name}: p95", "both", state, p95, 50, parts, at_most=True, unit="ms")

    def _cpu(self, ask: Callable[[], object]) -> float:
        self._forget()
        return spent.by(ask)

    def _forget(self) -> None:
        """Do as use_query_condition_cache=0 would: a repeated query must not profit from the last one's."""
        self._store.execute("SYSTEM DROP QUERY CONDITION CACHE")
