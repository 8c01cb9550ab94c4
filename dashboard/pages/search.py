"""Search: sessions by a piece of any of their ids."""

from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.nodequeries import NodeFilters
from dashboard import cards, times
from dashboard.address import RANGES, View, link, now_ms, read
from dashboard.desk import Desk, resting
from dashboard.serverview import ServersView

TICK_MS = 5000


def layout(_: View, name: str) -> Any:
    """Return the page's frame."""
    return html.Div(
        [
            html.H1(f"Search: {name}"),
            html.Div(cards.empty("Loading"), id="search-content"),
            dcc.Interval("search-tick", TICK_MS),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("search-content", "children"),
        Input("search-tick", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
        running=resting("search-tick"),
    )
    def _content(_: int | None, pathname: str, search: str) -> Any:
        if not pathname.startswith("/search/"):
            raise PreventUpdate
        wanted = unquote(pathname.removeprefix("/search/"))
        return desk.answer("search", lambda: _found(desk, wanted, read(search)))


def _found(desk: Desk, wanted: str, view: View) -> Any:
    rows = desk.queries.search(desk.project(), wanted)
    servers = _servers(desk, wanted)
    if not (rows or servers):
        return cards.empty(f"No session, room, participant or server has {wanted} in its id.")
    shown = [
        {
            "session": cards.link(row["session"], link("session", row["session"], view)),
            "room": cards.link(row["room"], link("room", row["room"], view)),
            "who": row["participant"],
            "last": times.day(row["last_ms"]),
        }
        for row in rows
    ]
    columns = {"session": "Session", "room": "Room", "who": "Participant", "last": "Last sample (UTC)"}
    found = cards.table(columns, shown, "Found, the latest first; at most 50", "found")
    return html.Div([*([found] if rows else []), *servers])


def _servers(desk: Desk, wanted: str) -> list[Any]:
    """Return the media servers that were asked within a day in whose id or address the text stands."""
    now = now_ms()
    view = ServersView(View(range="24h"))
    rows = desk.queries.nodes(NodeFilters(desk.project(), now - RANGES["24h"] * 1000, now), wanted)
    shown = [
        {
            "node": cards.link(row["node"], view.link(row["node"])),
            "instance": row["instance"],
            "last": times.day(row["last_ms"]),
        }
        for row in rows
    ]
    columns = {"node": "Server", "instance": "Address", "last": "Last asked (UTC)"}
    return [cards.table(columns, shown, "Media servers", "found-servers")] if rows else []
