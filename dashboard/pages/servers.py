"""Servers: what media servers say of themselves, one beside the other and along time."""

from collections.abc import Mapping
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import cards, servermeasures, servertable, servertrends
from dashboard.address import View, now_ms, read
from dashboard.desk import Desk, resting
from dashboard.fleettrends import step_of
from dashboard.serverview import ServersView

TICK_MS: Final = 5000
FIXED_EVERY: Final = 5
SET_UP: Final = """prometheus:
  port: 6789"""
SETTING: Final = "RTCPULSE_LIVEKIT_NODES=http://HOST:6789/metrics"


def layout(view: View, _: str) -> Any:
    """Return the page's frame; its content comes with the first tick."""
    chosen = ServersView.of(view).node
    return html.Div(
        [
            html.H1("Servers"),
            html.Div(
                dmc.Select(
                    id="servers-node",
                    value=chosen or None,
                    data=[chosen] if chosen else [],
                    placeholder="all servers",
                    clearable=True,
                    searchable=True,
                    size="xs",
                    w=260,
                    **{"aria-label": "server"},
                ),
                className="filters",
            ),
            html.Div(cards.empty("Loading"), id="servers-content"),
            dcc.Interval("servers-tick", TICK_MS),
            dcc.Store("servers-of", data=chosen),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("servers-content", "children"),
        Output("servers-node", "data"),
        Input("servers-tick", "n_intervals"),
        State("url", "search"),
        State("servers-node", "data"),
        running=resting("servers-tick"),
    )
    def _content(ticks: int | None, search: str, offered: Any) -> Any:
        view = ServersView.of(read(search))
        if not view.view.live and (ticks or 0) % FIXED_EVERY:
            raise PreventUpdate
        answer = desk.answer("servers", lambda: _answer(desk, view))
        content, names = answer if isinstance(answer, tuple) else (answer, offered)
        return content, no_update if names == offered else names

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("servers-node", "value"),
        State("servers-of", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _choose(chosen: str | None, made_for: str, searched: str) -> Any:
        """Answer a choice and nothing else: Dash calls this for a new page too, when the address may have moved on."""
        if (chosen or "") == (made_for or ""):
            raise PreventUpdate
        return ServersView.of(read(searched)).search(chosen or "")


def _answer(desk: Desk, view: ServersView) -> tuple[Any, list[str]]:
    """Return the content, and the servers that can be chosen."""
    now = now_ms()
    filters = view.filters(desk.project(), now)
    rows = desk.queries.nodes(filters)
    names = sorted({*(row["node"] for row in rows), view.node} - {""})
    return _page(desk, view, {row["node"]: row for row in rows}, now), names


def _page(desk: Desk, view: ServersView, rows: Mapping[str, Mapping[str, Any]], now: int) -> Any:
    if not rows:
        return _nobody()
    if view.node and view.node not in rows:
        return cards.empty([f"Nobody asked {view.node} in this range. ", cards.link("Show all servers", view.link(""))])
    filters = view.filters(desk.project(), now)
    span = (filters.since_ms, filters.until_ms)
    step_s = step_of(span[1] - span[0])
    increases = desk.queries.node_increases(filters, servermeasures.COUNTERS, step_s)
    gauges = desk.queries.node_gauges(filters, servermeasures.GAUGES, step_s)
    readings = servermeasures.whole(increases, gauges)
    along = servermeasures.along(increases, gauges)
    until_ms = span[1] if view.view.live else 0
    busiest = sorted(
        along.keys() & rows.keys(), key=lambda node: (-(readings[node].gauge("livekit_participant_total") or 0), node)
    )
    if view.node:
        row = rows[view.node]
        one = readings.get(view.node, servermeasures.Reading())
        above = cards.tiles(servertable.tiles(row, one, until_ms), "server-tiles")
    else:
        above = servertable.table(list(rows.values()), readings, view, until_ms)
    return html.Div([above, servertrends.graphs({node: along[node] for node in busiest}, span, step_s)])


def _nobody() -> Any:
    return html.Div(
        [
            html.P("No media server was asked for its metrics in this range. For LiveKit, let each server show them:"),
            html.Pre(SET_UP),
            html.P(["and start the collector with ", html.Code(SETTING), ", comma separated for several."]),
        ],
        className="card empty",
        id="servers-none",
    )
