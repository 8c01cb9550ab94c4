"""Pipeline: the ledger, the lag, what could not be stored, and the process's own health."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards, figures
from dashboard.address import View, link, now_ms, read
from dashboard.desk import Desk

TICK_MS = 2000
OLD_S = 10


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

    @app.callback(Output("pipeline-content", "children"), Input("pipeline-tick", "n_intervals"), State("url", "search"))
    def _content(ticks: int | None, search: str) -> Any:
        view = read(search)
        if ticks and not view.live:
            raise PreventUpdate
        return desk.answer("pipeline", lambda: _page(desk, view))


def _page(desk: Desk, view: View) -> Any:
    filters = view.filters(desk.project(), now_ms())
    minutes = desk.queries.pipeline_minutes(filters)
    ended = {"stored": "stored", "duplicate": "duplicate", "dead_letter": "dead letter"}
    span = (filters.since_ms, filters.until_ms)
    return html.Div(
        [
            cards.tiles(_tiles(desk, minutes)),
            cards.graph(
                figures.counts(minutes, ended, span), "Batches a minute", "Batches a minute, by how they ended"
            ),
            _dead(desk.queries.pipeline_dead(filters)),
            _gaps(desk.queries.pipeline_gaps(filters), view),
        ]
    )


def _tiles(desk: Desk, minutes: Sequence[Mapping[str, Any]]) -> list[Any]:
    health = desk.health()
    stored, duplicate, dead = (sum(row[name] for row in minutes) for name in ("stored", "duplicate", "dead_letter"))
    old = time.time() - health.looked_at > OLD_S
    return [
        cards.tile("In flight", str(health.lag), f"log ends at {health.log_end}", poor=old),
        cards.tile("Stored", f"{stored:,}", "batches in this range"),
        cards.tile("Duplicates", f"{duplicate:,}", "repeats that were dropped"),
        cards.tile("Dead letters", f"{dead:,}", "could not become rows", poor=dead > 0),
        cards.tile("Disk free", f"{health.disk_free_bytes / 2**30:,.0f} GiB"),
        cards.tile("Version", health.version or "–"),
    ]


def _dead(rows: Sequence[Mapping[str, Any]]) -> Any:
    if not rows:
        return cards.empty("No dead letters.")
    columns = {"reason": "Reason", "messages": "Messages", "example": "Example"}
    shown = [
        {"reason": row["reason"], "messages": str(row["messages"]), "example": row["example"][:160]} for row in rows
    ]
    return cards.table(columns, shown, "Dead letters")


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
    return cards.table(columns, shown, "Telemetry that never came")
