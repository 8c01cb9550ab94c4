"""The bar above every page: where one is, the search, the range of time, light or dark."""

from typing import Any, Final

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard import times
from dashboard.address import RANGES, View, now_ms, read

PLACES: Final = (
    ("Fleet", ""),
    ("Incidents", "incidents"),
    ("Servers", "servers"),
    ("Compare", "compare"),
    ("Alerts", "alerts"),
    ("Reports", "reports"),
    ("SQL", "query"),
    ("Pipeline", "pipeline"),
)
WITHOUT_RANGE: Final = frozenset({"search", "incident", "query", "reports"})


def layout(kind: str, pathname: str, view: View) -> list[Any]:
    """Return the bar of a page. `kind` is the first part of its address."""
    links = [
        dcc.Link(title, href=f"/{path}{view.search()}".rstrip("?"), className="here" if path == kind else "")
        for title, path in PLACES
    ]
    spoken: Any = {"aria-label": "pages"}
    wanted = dcc.Input(id="search", placeholder="session, room or any id", type="search", debounce=False)
    scheme = dmc.ColorSchemeToggle(
        lightIcon=html.Span("☀"),
        darkIcon=html.Span("☾"),
        variant="subtle",
        **{"aria-label": "light or dark"},
    )
    return [
        dcc.Link("rtcpulse", href="/", className="brand"),
        html.Nav(links, **spoken),
        html.Div([wanted, *_range(kind, pathname, view), scheme], className="right"),
    ]


def _range(kind: str, pathname: str, view: View) -> list[Any]:
    if kind in WITHOUT_RANGE:
        return []
    if not view.live:
        whole = "whole session" if kind == "session" else "back to now"
        back = dcc.Link(whole, href=f"{pathname}{view.kept(since='', until='')}".rstrip("?"), id="unpin")
        return [html.Span(f"{times.span(*view.span_ms(0))} UTC", id="fixed-range", className="soft"), back]
    if kind == "session":
        return [html.Span("whole session, UTC", className="soft")]
    chosen = dmc.SegmentedControl(
        id="range", value=view.range, data=[{"value": key, "label": key} for key in RANGES], size="xs"
    )
    fix = html.Button("fix", id="pin", title="Fix this range in the address: a link that shows others the same")
    return [chosen, fix, html.Span("UTC", className="soft"), dcc.Store("range-of", data=view.kept())]


def register(app: Dash) -> None:
    """Add the bar's callbacks."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("range", "value"),
        State("range-of", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _choose(chosen: str, made_for: str, searched: str) -> Any:
        """Answer a choice and nothing else: Dash calls this for a new bar too, when the address may have moved on."""
        if chosen not in RANGES or chosen == read(made_for).range:
            raise PreventUpdate
        return read(searched).kept(range=chosen, since="", until="")

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("pin", "n_clicks"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _pin(clicks: int | None, searched: str) -> Any:
        if not clicks:
            raise PreventUpdate
        since, until = read(searched).span_ms(now_ms())
        return read(searched).kept(since=str(since), until=str(until))
