"""Search: sessions and servers by a piece of any of their ids; by their own tracks, streams, incidents and alerts."""

from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.nodequeries import NodeFilters
from dashboard import alertview, cards, times
from dashboard.address import RANGES, View, link, now_ms, read
from dashboard.desk import Desk, resting
from dashboard.serverview import ServersView
from schemas.incidents import CAUSES

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
        return desk.answer("search", lambda: found(desk, wanted, read(search)))


def found(desk: Desk, wanted: str, view: View) -> Any:
    """Return what has a text in its id, or a sentence where nothing has."""
    rows = desk.queries.search(desk.project(), wanted.strip())
    others = [*_incident(desk, wanted), *_alert(desk, wanted), *_servers(desk, wanted)]
    if not (rows or others):
        return cards.empty(
            f"No session, room, participant or server has {wanted} in its id, no track or stream is {wanted} or has "
            f"this SSRC, and no incident or alert is {wanted}."
        )
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
    sessions = cards.table(columns, shown, "Found, the latest first; at most 50", "found")
    return html.Div([*([sessions] if rows else []), *others])


def _incident(desk: Desk, wanted: str) -> list[Any]:
    """Return the incident of this id: reports, alerts and SQL show it."""
    row = desk.queries.incident_facts(desk.project(), wanted.strip().lower())
    if not row:
        return []
    shown = {
        "incident": cards.link(row["incident"], f"/incident/{row['incident']}"),
        "cause": CAUSES[row["cause"]],
        "who": row["participant"],
        "room": row["room"],
        "began": times.day(row["began_ms"]),
    }
    columns = {"incident": "Incident", "cause": "Cause", "who": "Who", "room": "Room", "began": "Began (UTC)"}
    return [cards.table(columns, [shown], "An incident", "found-incident")]


def _alert(desk: Desk, wanted: str) -> list[Any]:
    """Return the alert of this fingerprint: whoever is told of it has that."""
    rows = desk.alerts.history(desk.project(), wanted.strip().lower(), most=1) if desk.alerts and wanted.strip() else []
    shown = [
        {
            "alert": cards.link(row["alert"], alertview.AlertView(View(), alert=row["fingerprint"]).link()),
            "state": row["state"],
            "labels": ", ".join(f"{name} {value}" for name, value in sorted(row["labels"].items())),
        }
        for row in rows
    ]
    columns = {"alert": "Alert", "state": "State at last", "labels": "On"}
    return [cards.table(columns, shown, "An alert", "found-alert")] if rows else []


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
