"""The dashboard: Dash on FastAPI, one shell around the pages, the state of every view in its address."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate
from fastapi import FastAPI, Response

from analytics.alerts.desk import AlertDesk
from analytics.queries import Queries
from dashboard import bar, cards
from dashboard.address import read
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.desk import Desk
from dashboard.health import Health
from dashboard.pages import alerts as alerts_page
from dashboard.pages import (
    compare,
    fleet,
    incident,
    incidents,
    pipeline,
    query,
    reports,
    room,
    search,
    servers,
    session,
)
from dashboard.readers import Guard, current_admin, current_project, parsed
from dashboard.threaded import ThreadedDash
from dashboard.workshop import Planned, Workshop
from runtime.instruments import Instruments
from runtime.watching import Watching

PAGES: Final = {
    "": fleet,
    "incidents": incidents,
    "incident": incident,
    "compare": compare,
    "alerts": alerts_page,
    "reports": reports,
    "query": query,
    "room": room,
    "session": session,
    "servers": servers,
    "pipeline": pipeline,
    "search": search,
}
WITH_NAME: Final = frozenset({"incident", "room", "session", "search"})
_HEADER: Final = 56
_HEADER_NARROW: Final = 124


def create_app(
    queries: Queries,
    *,
    readers: str,
    instruments: Instruments,
    health: Callable[[], Health],
    sql: Endpoint | None = None,
    alerts: AlertDesk | None = None,
    workshop: Workshop | None = None,
    planned: Callable[[], Sequence[Planned]] = tuple,
    objective: float = 0.99,
    watching: Watching | None = None,
) -> Any:
    """Make the ASGI application.

    Args:
        queries: what pages ask.
        readers: TOKEN:PROJECT[:admin],...; empty: anybody reads the project `default`.
        instruments: the process's metrics, shown at /metrics.
        health: the latest look at log and disk.
        sql: answers statements at /sql/ and the SQL page; None: nobody does.
        alerts: what the Alerts page asks; None: there are no alerts.
        workshop: makes the Reports page's reports; None: nobody does.
        planned: the schedules of reports, of all projects.
        objective: the share of known minutes that should be good.
        watching: whose clients collectors ask for more; None: collectors are elsewhere.

    Raises:
        ConfigurationError: readers are not of that form.
    """
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_own(server, instruments)
    if sql:
        sql.register(server)
    if workshop:
        workshop.register(server)
    backend: Any = server  # the annotation of Dash knows Flask only
    app = ThreadedDash(
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
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    backend = app.backend
    backend.websocket_capability = False  # pages poll; Dash's own socket would answer past the guard
    app.layout = _shell()
    _register(app)
    bar.register(app)
    desk = Desk(
        queries, instruments, health, current_project.get, objective, may_act=current_admin.get, sql=sql, alerts=alerts,
        workshop=workshop, planned=planned, watching=watching,
    )  # fmt: skip
    for page in PAGES.values():
        page.register(app, desk)
    set_up: Any = app._setup_server  # noqa: SLF001 - Dash does it when `/` is asked for; a deep link would lack its style
    set_up()
    return Guard(server, parsed(readers))


def _add_own(server: FastAPI, instruments: Instruments) -> None:
    """Add what is not a page before Dash answers every unknown address with its index."""

    @server.get("/healthz")
    async def _healthz() -> dict[str, str]:
        return {"status": "alive"}

    @server.get("/reader")
    async def _reader() -> dict[str, str]:
        return {"project": current_project.get()}

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
                dmc.AppShellMain([html.Div(id="unanswered", role="alert", hidden=True), html.Div(id="page")]),
            ],
            header={"height": {"base": _HEADER_NARROW, "sm": _HEADER}},
        ),
        defaultColorScheme="auto",
    )


def _register(app: Dash) -> None:
    @app.callback(
        Output("page", "children"), Output("bar", "children"), Input("url", "pathname"), Input("url", "search")
    )
    def _page(pathname: str, searched: str) -> Any:
        view = read(searched)
        pathname = pathname or "/"
        kind, _, name = pathname.strip("/").partition("/")
        page = PAGES.get(kind)
        above = bar.layout(kind, pathname, view)
        if page is None or (kind in WITH_NAME) != bool(name):
            back = [f"There is no page {unquote(pathname)}. ", cards.link("To the fleet", "/")]
            return cards.empty(back), above
        return page.layout(view, unquote(name)), above

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
