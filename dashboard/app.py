"""The dashboard: Dash on FastAPI, one shell around the pages, the state of every view in its address."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate
from fastapi import FastAPI, Response

from analytics.queries import Queries
from dashboard import cards
from dashboard.address import RANGES, View, read
from dashboard.desk import Desk
from dashboard.health import Health
from dashboard.pages import fleet, pipeline, room, search, session
from dashboard.readers import Guard, current_project, parsed
from runtime.instruments import Instruments

PAGES: Final = {"": fleet, "room": room, "session": session, "pipeline": pipeline, "search": search}
_HEADER: Final = 52


def create_app(queries: Queries, *, readers: str, instruments: Instruments, health: Callable[[], Health]) -> Any:
    """Make the ASGI application.

    Args:
        queries: what pages ask.
        readers: TOKEN:PROJECT[:admin],...; empty: anybody reads the project `default`.
        instruments: the process's metrics, shown at /metrics.
        health: the latest look at log and disk.

    Raises:
        ConfigurationError: readers are not of that form.
    """
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_own(server, instruments)
    backend: Any = server  # the annotation of Dash knows Flask only
    app = Dash(
        "rtcpulse",
        server=backend,
        assets_folder=str(Path(__file__).parent / "assets"),
        pages_folder="",
        suppress_callback_exceptions=True,
        compress=True,
        title="rtcpulse",
        update_title="",
        add_log_handler=False,
    )
    app.layout = _shell()
    _register(app)
    desk = Desk(queries, instruments, health, current_project.get)
    for page in PAGES.values():
        page.register(app, desk)
    return Guard(server, parsed(readers))


def _add_own(server: FastAPI, instruments: Instruments) -> None:
    """Add what is not a page before Dash answers every unknown address with its index."""

    @server.get("/healthz")
    async def _healthz() -> dict[str, str]:
        return {"status": "alive"}

    @server.get("/metrics")
    async def _metrics() -> Response:
        return Response(instruments.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @server.api_route("/v1/{rest:path}", methods=["GET", "POST"])
    async def _not_here(rest: str) -> Response:  # noqa: ARG001 - every path below is answered alike
        return Response("the collector listens on an address of its own\n", 404, media_type="text/plain")


def _shell() -> Any:
    return dmc.MantineProvider(
        dmc.AppShell(
            [
                dcc.Location(id="url", refresh="callback-nav"),
                dmc.AppShellHeader(html.Div(id="bar", className="bar")),
                dmc.AppShellMain(html.Main(id="page")),
            ],
            header={"height": {"base": 120, "sm": _HEADER}},
        ),
        defaultColorScheme="auto",
    )


def _register(app: Dash) -> None:
    @app.callback(
        Output("page", "children"), Output("bar", "children"), Input("url", "pathname"), Input("url", "search")
    )
    def _page(pathname: str, searched: str) -> Any:
        view = read(searched)
        kind, _, name = (pathname or "/").strip("/").partition("/")
        page = PAGES.get(kind)
        bar = _bar(kind, view)
        if page is None or (kind in {"room", "session", "search"}) != bool(name):
            return cards.empty(f"There is no page {pathname}."), bar
        return page.layout(view, unquote(name)), bar

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("range", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def _range(chosen: str, searched: str) -> Any:
        view = read(searched)
        if not chosen or (chosen == view.range and view.live):
            raise PreventUpdate
        return view.search(range=chosen, since="", until="")

    @app.callback(
        Output("url", "pathname"),
        Input("search", "n_submit"),
        State("search", "value"),
        prevent_initial_call=True,
    )
    def _search(_: int, wanted: str) -> Any:
        if not (wanted or "").strip():
            raise PreventUpdate
        return f"/search/{quote(wanted.strip(), safe='')}"


def _bar(kind: str, view: View) -> list[Any]:
    links = [
        dcc.Link(title, href=f"/{path}{view.search()}".rstrip("?"), className="here" if path == kind else "")
        for title, path in (("Fleet", ""), ("Pipeline", "pipeline"))
    ]
    ranges = dmc.SegmentedControl(
        id="range",
        value=view.range if view.live else "",
        data=[{"value": key, "label": key} for key in RANGES],
        size="xs",
    )
    spoken: Any = {"aria-label": "pages"}
    return [
        dcc.Link("rtcpulse", href="/", className="brand"),
        html.Nav(links, **spoken),
        html.Div(
            [
                dcc.Input(id="search", placeholder="session, room or participant", type="search", debounce=False),
                ranges,
                html.Span("UTC", className="soft"),
                dmc.ColorSchemeToggle(
                    lightIcon=html.Span("☀"),
                    darkIcon=html.Span("☾"),
                    variant="subtle",
                    **{"aria-label": "light or dark"},
                ),
            ],
            className="right",
        ),
    ]
