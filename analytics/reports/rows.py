"""Rows of a period in pages of bounded size, in an order of their own: what the exports stream through.

Pages are cut at times, and where a minute or an hour alone has more rows than a page, at sessions. So a page is asked
for by the tables' keys, and memory does not grow with the period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, get_args

import pyarrow as pa

from analytics.reports.asking import FOLDER, Tell, unheard
from analytics.reports.scope import Scope, checked
from analytics.sql import text
from runtime.store import Parameter, Store
from schemas.errors import ConfigurationError

RowKind = Literal["minutes", "sessions", "incidents", "samples"]
KINDS: Final[tuple[RowKind, ...]] = get_args(RowKind)
PAGE: Final = 50_000
_BUCKET_S: Final[dict[RowKind, int]] = {"minutes": 60, "sessions": 3600, "incidents": 3600, "samples": 3600}
_BUCKETS: Final = "SELECT bucket, count() AS found FROM ({rows}) GROUP BY bucket ORDER BY bucket"
_SESSIONS: Final = "SELECT session, count() AS found FROM ({rows}) GROUP BY session ORDER BY session"


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the period: times (epoch s, the end left out) and sessions (both in it; '' = no limit)."""

    from_s: int
    to_s: int
    found: int
    from_session: str = ""
    to_session: str = ""

    def parameters(self) -> dict[str, Parameter]:
        """Return them as the statements name them."""
        sessions: dict[str, Parameter] = {"from_session": self.from_session, "to_session": self.to_session}
        return sessions | {"from_s": self.from_s, "to_s": self.to_s}


class Rows:
    """The rows of one kind in a scope.

    Args:
        store: what is asked.
        scope: whom and when.
        kind: which rows.
        page: how many rows a page has, about; a session's hour is never cut.

    Raises:
        ConfigurationError: there are no such rows.
    """

    def __init__(self, store: Store, scope: Scope, kind: str, page: int = PAGE) -> None:
        if kind not in KINDS:
            raise ConfigurationError(f"rows is {kind!r}: one of {', '.join(KINDS)}")
        self._kind = kind
        self._store = store
        self._scope = checked(scope)
        self._page = page
        self._sql = text(FOLDER, f"rows_{kind}")
        filtered = set(scope.filters()) - {"room", "session"}
        self._parameters: dict[str, Parameter] = scope.parameters() | {"is_filtered": int(bool(filtered))}

    def pages(self, tell: Tell = unheard) -> Iterator[pa.Table]:
        """Yield pages in order, at least one, which may be empty; `tell` hears of rows done and rows in all.

        Raises:
            StoreRejected, StoreUnavailable: as the store does.
        """
        plan = self._plan()
        every, done = sum(page.found for page in plan), 0
        tell(0, every, "rows")
        for page in plan or [Page(self._scope.since_s, self._scope.since_s, 0)]:
            asked = self._ask(self._sql, page).drop_columns(["bucket"])
            rows = pa.table(
                asked.columns, names=asked.column_names
            )  # of one engine columns may be NULL, of the other not
            done += rows.num_rows
            yield rows
            tell(min(done, every), every, "rows")

    def _plan(self) -> list[Page]:
        whole = Page(self._scope.since_s, self._scope.until_s, 0)
        counted = self._ask(_BUCKETS.format(rows=self._sql), whole).to_pylist()
        return [page for run in self._runs(counted) for page in self._cut(run)]

    def _runs(self, counted: list[dict[str, int]]) -> Iterator[Page]:
        """Yield runs of buckets of a page's rows each, or of one bucket that has more."""
        begin, found = 0, 0
        for place, row in enumerate(counted):
            if found and found + row["found"] > self._page:
                yield self._run(counted[begin]["bucket"], counted[place - 1]["bucket"], found)
                begin, found = place, 0
            found += row["found"]
        if found:
            yield self._run(counted[begin]["bucket"], counted[-1]["bucket"], found)

    def _run(self, first: int, last: int, found: int) -> Page:
        end = last + _BUCKET_S[self._kind]
        return Page(max(first, self._scope.since_s), min(end, self._scope.until_s), found)

    def _cut(self, run: Page) -> list[Page]:
        """Return a run as it is, or by sessions where it is too large."""
        if run.found <= self._page:
            return [run]
        counted = self._ask(_SESSIONS.format(rows=self._sql), run).to_pylist()
        cuts, found = [0], 0
        for place, row in enumerate(counted):
            if found and found + row["found"] > self._page:
                cuts.append(place)
                found = 0
            found += row["found"]
        parts = [counted[begin:end] for begin, end in pairwise([*cuts, len(counted)])]
        return [
            Page(run.from_s, run.to_s, sum(row["found"] for row in part), part[0]["session"], part[-1]["session"])
            for part in parts
        ]

    def _ask(self, sql: str, page: Page) -> pa.Table:
        return self._store.query(sql, self._parameters | page.parameters())
