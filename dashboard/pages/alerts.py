"""Alerts: what goes on and what was, acknowledging and silencing, the rules, and trying a rule on the past."""

import asyncio
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.alerts.desk import GOING_ON, STATES, AlertDesk, Row
from dashboard import alertactions, alerttables, alerttrials, alertview, cards, times
from dashboard.address import View, now_ms, read
from dashboard.alertview import PARTS, AlertView
from dashboard.desk import Desk, resting

TICK_MS: Final = 3000
PER_PAGE: Final = 200
"""Lines of a list; one more is asked for, which says whether there are older ones."""


def layout(view: View, _: str) -> Any:
    """Return the frame of the part that the address names."""
    state = alertview.of(view)
    places = [
        dcc.Link(title, href=state.link(part=part, alert="", state="", text=""), className=_here(part, state))
        for part, title in PARTS.items()
    ]
    spoken: Any = {"aria-label": "parts of this page"}
    rests = state.part in {"try", "rules"}
    return html.Div(
        [
            html.H1("Alerts"),
            html.Nav(places, className="parts", **spoken),
            *_above(state),
            html.Div([] if state.part == "try" else cards.empty("Loading"), id="alerts-content"),
            *_below(state),
            dcc.Interval("alerts-tick", TICK_MS, disabled=rests),
            dcc.Store("alerts-done"),
        ]
    )


def _here(part: str, state: AlertView) -> str:
    return "here" if part == state.part else ""


def _below(state: AlertView) -> list[Any]:
    """Return the forms, which the content's ticks do not make anew."""
    if not state.alert and state.part != "silences":
        return []
    return [html.Div(id="alerts-forms"), html.Div(id="alerts-said", role="status")]


def _above(state: AlertView) -> list[Any]:
    """Return what stands above the content and is not made anew by its ticks."""
    if state.part == "history" and not state.alert:
        options = [dcc.Link("all", href=state.link(state=""), className="" if state.state else "here")]
        options += [
            dcc.Link(one, href=state.link(state=one), className="here" if state.state == one else "") for one in STATES
        ]
        spoken: Any = {"aria-label": "state of the alerts"}
        return [html.Nav(options, className="parts small", **spoken)]
    return [alerttrials.frame(state)] if state.part == "try" else []


def register(app: Dash, desk: Desk) -> None:
    """Add the page's callbacks."""
    alertactions.register(app, desk)
    alerttrials.register(app, desk)

    @app.callback(
        Output("alerts-content", "children"),
        Input("alerts-tick", "n_intervals"),
        Input("alerts-done", "data"),
        State("url", "search"),
        running=resting("alerts-tick"),
    )
    async def _content(_: int | None, __: Any, search: str) -> Any:
        state, alerts, project, may_act = alertview.of(read(search)), desk.alerts, desk.project(), desk.may_act()
        if state.part == "try":
            raise PreventUpdate
        if alerts is None:
            return cards.empty("No alerts are judged here.")
        return await asyncio.to_thread(desk.answer, "alerts", lambda: page(alerts, project, state, may_act=may_act))


def page(desk: AlertDesk, project: str, state: AlertView, *, may_act: bool) -> Any:
    """Return the content of a part."""
    if state.alert:
        return _one(desk, project, state)
    if state.part == "rules":
        return alerttables.rules(desk.rules(), state)
    if state.part == "silences":
        return alerttables.silences(desk.silences(project), may_act=may_act)
    now = now_ms()
    if state.part == "history":
        since, until = state.view.span_ms(now)
        states = [state.state] if state.state else list(STATES)
        rows = desk.alerts(
            project, states=states, since_ms=since, until_ms=until, most=PER_PAGE + 1, skip=_skipped(state)
        )
        nothing = "No alert in this range."
    else:
        rows = desk.alerts(project, states=GOING_ON, most=PER_PAGE + 1, skip=_skipped(state))
        nothing = "No alert is pending or firing."
    return _paged(rows, state, now, nothing)


def _skipped(state: AlertView) -> int:
    """Return how many later ones stand on the pages before."""
    return (state.page - 1) * PER_PAGE


def _paged(rows: list[Row], state: AlertView, now: int, nothing: str, caption: str = "Alerts, the latest first") -> Any:
    """Return a page of a list, and where there are more, the way to them."""
    before = [cards.link("Later ones", state.link(page=str(state.page - 1)))] if state.page > 1 else []
    after = [cards.link("Older ones", state.link(page=str(state.page + 1)))] if len(rows) > PER_PAGE else []
    if not rows:
        return cards.empty([nothing if state.page == 1 else "There are no older ones. ", *before])
    first = _skipped(state) + 1
    shown = rows[:PER_PAGE]
    if not before and not after:
        return alerttables.listed(shown, state, now, caption)
    place = f", {first:,} to {first + len(shown) - 1:,}{' of more' if after else ''}"
    spoken: Any = {"aria-label": "pages of the list"}
    turn = html.Nav([*before, *after], className="turn", **spoken)
    return html.Div([alerttables.listed(shown, state, now, caption + place), turn])


def _one(desk: AlertDesk, project: str, state: AlertView) -> Any:
    rows = desk.history(project, state.alert, most=PER_PAGE + 1, skip=_skipped(state))
    if not rows:
        return cards.empty(["There is no such alert. ", cards.link("To all", state.link(alert=""))])
    last = rows[0] if state.page == 1 else desk.history(project, state.alert, 1)[0]
    said = [html.P(last["annotations"].get(name, "")) for name in ("summary", "description")]
    rule = next((one for one in desk.rules() if one.name == last["alert"]), None)
    facts = html.Section(
        [
            html.H2([last["alert"], " ", alerttables.state_of(last)]),
            *said,
            html.P(alerttables.labels(last["labels"]), className="soft"),
            html.P([cards.link("Why: look at it", last["link"]), f" · since {times.day(last['active_ms'])} UTC"]),
            *([html.P(html.Code(rule.expr))] if rule else []),
        ],
        className="card",
    )
    return html.Div([facts, _paged(rows, state, now_ms(), "", "Its times, the latest first")])
