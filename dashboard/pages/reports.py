"""Reports: order one, see how far it is, fetch it; and the schedules with their last runs."""

import time
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import available_timezones

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.reports.shown import moment
from dashboard import cards, reportorder, times
from dashboard.address import View
from dashboard.desk import Desk, resting
from dashboard.reportorder import FILTERS, NAMES
from dashboard.workshop import PATH, Job, Planned
from schemas.errors import ConfigurationError

TICK_MS: Final = 1000
SCHEDULES_TICK_MS: Final = 15_000
PATH_OF_PAGE: Final = "/reports"
CHOSEN: Final = {"what": "What", "period": "Range", "zone": "Time zone", "format": "Format"}
STATES: Final = {"waiting": "waits", "making": "is being made", "done": "done", "failed": "failed"}
RUNS: Final = {"seen": "never ran", "begun": "to be tried again", "done": "brought", "given_up": "given up"}


def layout(view: View, _: str) -> Any:
    """Return the page with what the address names."""
    said = reportorder.of(view)
    return html.Div(
        [
            html.H1("Reports"),
            _form(said),
            html.Div(id="reports-problem"),
            html.Section([html.H2("Made here in the last hour"), html.Div(id="reports-jobs")]),
            html.Section([html.H2("Scheduled"), html.Div(cards.empty("Loading"), id="reports-planned")]),
            dcc.Interval("reports-tick", TICK_MS),
            dcc.Interval("reports-schedules-tick", SCHEDULES_TICK_MS),
            dcc.Store("reports-address"),
            dcc.Store("reports-shown-address"),
        ]
    )


def _form(said: reportorder.Said) -> Any:
    offered = {
        "what": _options(reportorder.WHATS),
        "period": _options(reportorder.PERIODS),
        "zone": sorted(available_timezones() | {said["zone"]}),
        "format": list(reportorder.formats(said["what"])),
    }
    selects = [
        dmc.Select(
            id=f"reports-{name}", label=title, value=said[name], data=offered[name], size="xs", allowDeselect=False,
            searchable=name == "zone",
        )
        for name, title in CHOSEN.items()
    ]  # fmt: skip
    ends = [
        dmc.TextInput(id=f"reports-{end}", label=title, value=said[end], placeholder="2026-11-25 14:00", size="xs")
        for end, title in (("from", "From"), ("to", "To (not in it)"))
    ]
    only = [
        dmc.TextInput(id=f"reports-{name}", label=title, value=said[name], placeholder="any", size="xs")
        for name, title in FILTERS.items()
    ]
    own = html.Div(ends, id="reports-own", className="choices", hidden=said["period"] != "own")
    filters = html.Details(
        [html.Summary("Only of …"), html.Div(only, className="choices")], open=any(said[name] for name in FILTERS)
    )
    make = html.Button("Make it", id="reports-make", className="act")
    return html.Div(
        [html.Div(selects, className="choices"), own, filters, html.Div(make, className="acts")], className="card"
    )


def _options(named: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": title} for value, title in named.items()]


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""
    _register_making(app, desk)
    _register_form(app)


def _register_making(app: Dash, desk: Desk) -> None:
    said = [State(f"reports-{name}", "value") for name in NAMES]

    @app.callback(
        Output("reports-problem", "children"),
        Output("reports-jobs", "children", allow_duplicate=True),
        Input("reports-make", "n_clicks"),
        *said,
        prevent_initial_call=True,
    )
    def _make(clicks: int | None, *values: str | None) -> Any:
        if not clicks or desk.workshop is None:
            raise PreventUpdate
        try:
            order = reportorder.order_of(_said(values), desk.project(), time.time())
            desk.workshop.start(order)
        except ConfigurationError as error:
            return html.Div(f"This cannot be made: {error}.", className="card problem", role="alert"), _jobs(desk)
        return None, _jobs(desk)

    @app.callback(
        Output("reports-jobs", "children"), Input("reports-tick", "n_intervals"), running=resting("reports-tick")
    )
    def _look(_: int | None) -> Any:
        return _jobs(desk)

    @app.callback(
        Output("reports-planned", "children"),
        Input("reports-schedules-tick", "n_intervals"),
        running=resting("reports-schedules-tick"),
    )
    def _planned(_: int | None) -> Any:
        return desk.answer("reports", lambda: planned(desk.planned(), desk.project()))


def _register_form(app: Dash) -> None:
    @app.callback(
        Output("reports-format", "data"),
        Output("reports-format", "value"),
        Output("reports-own", "hidden"),
        Input("reports-what", "value"),
        Input("reports-period", "value"),
        State("reports-format", "value"),
        prevent_initial_call=True,
    )
    def _offer(what: str, period: str, form: str) -> Any:
        offered = list(reportorder.formats(what))
        return offered, form if form in offered else offered[0], period != "own"

    @app.callback(
        Output("reports-address", "data"),
        *(Input(f"reports-{name}", "value") for name in NAMES),
        prevent_initial_call=True,
    )
    def _address(*values: str | None) -> Any:
        return {"path": PATH_OF_PAGE, "search": reportorder.search(_said(values)), "pushed": False}

    client_side: Any = app.clientside_callback  # Dash has no types for it
    client_side(
        ClientsideFunction("rtcpulse", "show_address"),
        Output("reports-shown-address", "data"),
        Input("reports-address", "data"),
        prevent_initial_call=True,
    )


def _said(values: Sequence[Any]) -> dict[str, str]:
    return {name: str(value or "") for name, value in zip(NAMES, values, strict=True)}


def _jobs(desk: Desk) -> Any:
    if desk.workshop is None:
        return cards.empty("No reports are made here.")
    return jobs(desk.workshop.jobs(desk.project()))


def jobs(some: Sequence[Job]) -> Any:
    """Return the orders of a project: how far each is, and the file where it is done."""
    if not some:
        return cards.empty("Nothing yet: choose above, and make it.")
    columns = {
        "state": "State",
        "file": "File",
        "what": "What",
        "of": "Of whom",
        "range": "Range",
        "ordered": "Ordered (UTC)",
    }
    rows = [
        {
            "ordered": times.day(round(job.began_s * 1000)),
            **reportorder.told(job.order),
            "range": _span(job),
            "state": _state(job),
            "file": html.A(f"Download {job.name.rpartition('.')[2]}", href=PATH + job.id, download=job.name)
            if job.state == "done"
            else cards.UNKNOWN,
        }
        for job in some
    ]
    return cards.table(columns, rows, "Reports of this project", "reports-made")


def _span(job: Job) -> str:
    scope = job.order.scope
    begin, end = (moment(at * 1000, scope.zone, "%-d %b %H:%M") for at in (scope.since_s, scope.until_s))
    return f"{begin} – {end} {scope.zone}"


def _state(job: Job) -> Any:
    if job.state == "failed":
        return html.Span(f"failed: {job.problem}", className="poor wrap")
    if job.state == "done":
        return f"done in {job.took_s:.1f} s"
    share = 100 * job.done / job.of if job.of else 0
    spoken: Any = {
        "aria-valuenow": f"{share:.0f}",
        "aria-valuemin": "0",
        "aria-valuemax": "100",
        "aria-label": job.name,
    }
    done = html.Div(html.Div(style={"width": f"{share:.0f}%"}), className="progress", role="progressbar", **spoken)
    return html.Div([done, html.Span(f"{STATES[job.state]} {share:.0f} % {job.doing}", className="soft")])


def planned(some: Sequence[Planned], project: str) -> Any:
    """Return the schedules of a project with their last runs."""
    own = [one for one in some if one.project == project]
    if not own:
        return cards.empty("No report is scheduled. RTCPULSE_REPORT_SCHEDULES names a file of schedules.")
    columns = {
        "schedule": "Schedule", "what": "What", "when": "When (cron)", "goes": "Goes to", "last": "Last run (UTC)",
        "state": "How it ended", "next": "Next (UTC)",
    }  # fmt: skip
    rows = [
        {
            "schedule": one.name,
            "what": one.what,
            "when": f"{one.cron} {one.zone}",
            "goes": ", ".join(one.deliver),
            "last": times.day(one.last_ms) if one.last_ms else "never",
            "state": html.Span(
                RUNS[one.state] + (f": {one.problem}" if one.problem else ""),
                className="poor wrap" if one.problem else "",
            ),
            "next": times.day(one.next_ms),
        }
        for one in own
    ]
    return cards.table(columns, rows, "Schedules of this project", "reports-schedules")
