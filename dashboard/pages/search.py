"""Search: sessions by a piece of any of their ids."""

from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import cards
from dashboard.address import View, link, read
from dashboard.desk import Desk


def layout(_: View, name: str) -> Any:
    """Return the page's frame."""
    return html.Div(
        [
            html.H1(f"Search: {name}"),
            html.Div(cards.empty("Loading"), id="search-content"),
            dcc.Interval("search-once", 200, max_intervals=1),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""

    @app.callback(
        Output("search-content", "children"),
        Input("search-once", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
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
        }
        for row in rows
    ]
    return cards.table({"session": "Session", "room": "Room", "who": "Participant"}, shown, "Found, the latest first")
