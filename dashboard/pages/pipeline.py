"""Pipeline: the ledger, the lag, what could not be stored, and the process's own health."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards, figures, health, ledgertable, times
from dashboard.address import View, link, now_ms, read
from dashboard.desk import Desk, resting
from schemas.counted import worded

TICK_MS = 2000
FIXED_EVERY = 5
OLD_S = 10
LINES = 60
BARS = {
    "stored": ("stored", figures.GOOD),
    "duplicate": ("duplicate", figures.PALETTE[1]),
    "dead_letter": ("dead letter", figures.POOR),
}


def layout(_: View, __: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    return html.Div(
        [
            html.H1("Pipeline"),
            html.Div(cards.empty("Loading"), id="pipeline-content"),
            dcc.Interval("pipeline-tick", TICK_MS),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("pipeline-content", "children"),
        Input("pipeline-tick", "n_intervals"),
        State("url", "search"),
        running=resting("pipeline-tick"),
    )
    def _content(ticks: int | None, search: str) -> Any:
        view = read(search)
        if not view.live and (ticks or 0) % FIXED_EVERY:
            raise PreventUpdate
        return desk.answer("pipeline", lambda: _page(desk, view))


def _page(desk: Desk, view: View) -> Any:
    filters = view.filters(desk.project(), now_ms())
    minutes = desk.queries.pipeline_minutes(filters)
    seen = desk.health()
    rows = desk.queries.pipeline_ledger(filters, seen.log_id, seen.committed, LINES)
    warning = seen.unread.warning(now_ms())
    span = (filters.since_ms, filters.until_ms)
    title = "Batches a minute, by how they ended"
    return html.Div(
        [
            *([dmc.Alert(warning, title="The log is far behind", color="red", id="pipeline-late")] if warning else []),
            html.H2("The ledger of this range"),
            cards.tiles(_ledger(minutes), "pipeline-ledger"),
            cards.graph(figures.counts(minutes, BARS, span, "stack"), title, title),
            ledgertable.ledger(filters, rows, seen, LINES),
            html.H2("The service now"),
            cards.tiles(_service(desk), "pipeline-service"),
            _dead(desk.queries.pipeline_dead(filters)),
            _gaps(desk.queries.pipeline_gaps(filters), view),
        ]
    )


def _ledger(minutes: Sequence[Mapping[str, Any]]) -> list[Any]:
    stored, duplicate, dead = (sum(row[name] for row in minutes) for name in BARS)
    ended = stored + duplicate + dead
    size = sum(row["size"] for row in minutes)
    last = times.day(minutes[-1]["last_ms"]) if minutes else "never"
    return [
        cards.tile("Ended", f"{ended:,}", f"{worded(ended, 'batch', 'batches')}, {size / 1e6:,.1f} MB as they came"),
        cards.tile("Stored", f"{stored:,}", f"of {ended:,}"),
        cards.tile("Duplicates", f"{duplicate:,}", f"of {ended:,}: repeats, dropped"),
        cards.tile("Dead letters", f"{dead:,}", f"of {ended:,}: could not become rows", poor=dead > 0),
        cards.tile("Last received", last.rsplit(" ", 1)[-1], f"UTC, {last.rsplit(' ', 1)[0]}" if minutes else ""),
    ]


def _service(desk: Desk) -> list[Any]:
    seen = desk.health()
    age_s = time.time() - seen.looked_at
    looked = "now" if age_s <= OLD_S else f"seen {times.length(int(age_s * 1000))} ago"
    if not seen.looked_at:
        looked = "not looked at yet"
    mean_s = health.mean_seconds(desk.instruments.exposition().decode())
    return [
        cards.tile("In flight", f"{seen.lag:,}", f"of {seen.log_end:,} in the log, {looked}", poor=age_s > OLD_S),
        _unread(seen),
        *(
            cards.tile(title, _took(mean_s.get(name)), "on average since the start")
            for title, name in health.DURATIONS.items()
        ),
        cards.tile("Disk free", f"{seen.disk_free_bytes / 2**30:,.0f} GiB", "where the data are"),
        cards.tile("Version", seen.version or cards.UNKNOWN, "rtcpulse"),
    ]


def _unread(seen: health.Health) -> Any:
    if not seen.unread.oldest_ms:
        return cards.tile("Oldest unread", "none" if seen.looked_at else cards.UNKNOWN, "nothing waits in the log")
    age_ms, kept_ms = seen.unread.age_ms(now_ms()), seen.unread.kept_ms
    kept = f"the log keeps {times.length(kept_ms)}" if kept_ms else "the log keeps all"
    late = bool(seen.unread.warning(now_ms()))
    return cards.tile("Oldest unread", times.length(age_ms), kept, poor=late)


def _took(seconds: float | None) -> str:
    return cards.UNKNOWN if seconds is None else f"{seconds * 1000:,.0f} ms"


def _dead(rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return cards.empty("No dead letters.")
    columns = {"reason": "Reason", "messages": "Messages", "last": "Last (UTC)", "example": "Example"}
    shown = [
        {
            "reason": row["reason"],
            "messages": f"{row['messages']:,}",
            "last": times.day(row["last_ms"]),
            "example": row["example"][:160],
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Dead letters", "dead-letters")


def _gaps(rows: Sequence[Mapping[str, Any]], view: View) -> Any:
    if not rows:
        return cards.empty("No writer misses a batch.")
    columns = {"session": "Session", "who": "Participant", "missing": "Missing batches"}
    shown = [
        {
            "session": cards.link(row["session"][:18], link("session", row["session"], view)),
            "who": row["participant"],
            "missing": f"{row['batches_missing']} of {row['batches_missing'] + row['batches']}",
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Telemetry that never came", "gaps")
