"""What the reports have in common: figures with what they are of, charts along time, tables from rows."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from analytics.reports.asking import Row
from analytics.reports.model import Chart, Column, Figure, Kind, Series, Table
from analytics.reports.scope import DAY_S, Scope
from analytics.reports.shown import local
from schemas.counted import counted, several
from schemas.metrics import BY_ID

Better = Literal["lower", "higher", "neither"]


def figure(
    name: str, title: str, kind: Kind, now: Row, before: Row, *, better: Better = "neither", known: str = ""
) -> Figure:
    """Return a figure from a column of both periods' rows."""
    return Figure(name, title, kind, now.get(name), before.get(name), known, better)


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return a share; None where there is nothing that it could be of."""
    return None if part is None or not whole else part / whole


def of(known: int | None, every: int | None, what: str) -> str:
    """Return of how much something is known, in words; `what` one of them is."""
    if not every:
        return f"no {several(what)}"
    if not known:
        return f"known of none of {counted(every, what)}"
    return f"of {counted(every, what)}" if known == every else f"known of {known:,} of {counted(every, what)}"


def table(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    note: str = "",
    total: str = "",
) -> Table:
    """Return a table from rows; `total` is the column of theirs that says how many there are in all."""
    cells = [tuple(row.get(column.name) for column in columns) for row in rows]
    every = int(rows[0][total]) if rows and total else 0
    return Table(name, title, columns, cells, note, every if every > len(cells) else None)


def times_of(scope: Scope, rows: Sequence[Row]) -> list[int]:
    """Return every step of the range, epoch ms: where nothing was, a chart has a gap. None where nothing was at all."""
    if not rows:
        return []
    if scope.step_s() == DAY_S:
        return days(scope)
    step = scope.step_s() * 1000
    first = scope.since_s * 1000 - (scope.since_s * 1000 - rows[0]["t_ms"]) % step
    return list(range(first, scope.until_s * 1000, step))


def days(scope: Scope) -> list[int]:
    """Return the begins of the days of the zone that the range touches, epoch ms; a day has 23 to 25 hours."""
    day, found = local(scope.since_s * 1000, scope.zone).replace(hour=0, minute=0, second=0), []
    while day.timestamp() < scope.until_s:
        found.append(round(day.timestamp() * 1000))
        day += timedelta(days=1)
    return found


def along(times: Sequence[int], rows: Sequence[Row], column: str) -> list[float | None]:
    """Return a column along the times, None where there is no row."""
    values = {row["t_ms"]: row[column] for row in rows}
    return [values.get(t) for t in times]


def spread(scope: Scope, rows: Sequence[Row], stem: str, metric_id: str, kind: Kind) -> Chart:
    """Return median and 95th percentile of a metric along the period, and from where on it is poor."""
    metric, times = BY_ID[metric_id], times_of(scope, rows)
    known, every = (sum(row[column] for row in rows) for column in (f"{stem}_minutes", "minutes"))
    lines = (
        Series("95th percentile", along(times, rows, f"{stem}_p95"), "poor"),
        Series("median", along(times, rows, f"{stem}_p50"), "main"),
    )
    note = f"Of the sessions' minutes; {of(known, every, 'minutes')}."
    return Chart(
        f"{stem}_trend", metric.title, "lines", kind, lines, times, (), scope.step_s() * 1000, metric.poor, note
    )


def minutes_chart(scope: Scope, rows: Sequence[Row]) -> Chart:
    """Return the sessions' minutes by how they were: affected, not affected, unknown."""
    times = times_of(scope, rows)
    affected, known, every = (along(times, rows, name) for name in ("affected_minutes", "known_minutes", "minutes"))
    parts = (
        Series("affected", affected, "poor"),
        Series("not affected", _less(known, affected), "main"),
        Series("unknown", _less(every, known), "unknown"),
    )
    note = "One minute of one session each. Unknown: nothing was measured that could make it affected; it is not good."
    return Chart("minutes_trend", "Minutes", "stack", "count", parts, times, (), scope.step_s() * 1000, None, note)


def share_chart(scope: Scope, rows: Sequence[Row]) -> Chart:
    """Return the share of minutes that were affected, of those of which anything is known."""
    times = times_of(scope, rows)
    line = (Series("affected share", along(times, rows, "affected_share"), "poor"),)
    known, every = sum(row["known_minutes"] for row in rows), sum(row["minutes"] for row in rows)
    note = f"Affected of known minutes; {of(known, every, 'minutes')}."
    return Chart("share_trend", "Affected share", "lines", "ratio", line, times, (), scope.step_s() * 1000, None, note)


def _less(whole: Sequence[float | None], part: Sequence[float | None]) -> list[float | None]:
    return [None if a is None or b is None else a - b for a, b in zip(whole, part, strict=True)]
