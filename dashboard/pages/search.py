"""Search: sessions by a piece of any of their ids."""

from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards, times
from dashboard.address import View, link, read
from dashboard.desk import Desk, resting

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
    if not rows:
        return cards.empty(f"No session, room or participant has {wanted} in its id.")
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
    return cards.table(columns, shown, "Found, the latest first; at most 50", "found")
