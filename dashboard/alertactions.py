"""What a reader may do with alerts: acknowledge, silence, end a silence. Only admins of a project do.

Each is a callback, so a POST with the reader's token, and asks who it is itself: a form that is not shown is no lock.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate

from analytics.alerts.desk import AlertDesk
from dashboard import alertview, times
from dashboard.address import now_ms, read
from dashboard.desk import Desk
from schemas.counted import counted, worded
from schemas.errors import RtcpulseError

HOURS: Final = {"0.5": "30 minutes", "2": "2 hours", "8": "8 hours", "24": "a day", "168": "a week"}
MATCHERS: Final = 'Silence alerts with all of, a line each: NAME="VALUE"; also !=, =~, !~'
NOT_YOURS: Final = "Only an admin of the project may do this: RTCPULSE_READERS=TOKEN:PROJECT:admin."


def forms(labels: Mapping[str, str] | None, *, is_going_on: bool) -> Any:
    """Return the forms for one alert, or the one for any silence.

    Args:
        labels: of the alert; None: of none.
        is_going_on: whether there is something to acknowledge.
    """
    matchers = "\n".join(f'{name}="{value}"' for name, value in (labels or {}).items() if name != "project")
    who: Any = {"persistence": True, "persistence_type": "local"}
    lines = {"autosize": True, "minRows": 2, "placeholder": 'alertname="RoomDegraded"'}
    parts = [
        html.Div(
            [
                dmc.TextInput(id="alerts-author", label="Your name", size="xs", **who),
                dmc.TextInput(id="alerts-comment", label="Comment", size="xs"),
                dmc.Select(
                    id="alerts-hours", label="Silence for", value="2", size="xs", allowDeselect=False,
                    data=[{"value": value, "label": title} for value, title in HOURS.items()],
                ),
            ],
            className="choices",
        ),
        dmc.Textarea(id="alerts-matchers", label=MATCHERS, value=matchers, size="xs", className="matchers", **lines),
        html.Div(
            [
                html.Button("Acknowledge", id="alerts-acknowledge", className="act", hidden=not is_going_on),
                html.Button("Silence", id="alerts-silence", className="quiet" if labels else "act"),
                html.Span("An acknowledged alert is not told again while it goes on.", className="soft")
                if is_going_on
                else "",
            ],
            className="acts",
        ),
    ]  # fmt: skip
    return html.Div(parts, className="card")


def register(app: Dash, desk: Desk) -> None:
    """Add the callbacks."""

    @app.callback(Output("alerts-forms", "children"), Input("alerts-forms", "id"), State("url", "search"))
    async def _forms(_: str, search: str) -> Any:
        alerts, state, project = desk.alerts, alertview.of(read(search)), desk.project()
        if alerts is None or not desk.may_act():
            return html.P(NOT_YOURS, className="soft") if alerts else None
        if not state.alert:
            return forms(None, is_going_on=False)
        return await asyncio.to_thread(desk.answer, "alerts", lambda: _of_alert(alerts, project, state.alert))

    @app.callback(
        Output("alerts-said", "children"),
        Output("alerts-done", "data"),
        Input("alerts-acknowledge", "n_clicks"),
        Input("alerts-silence", "n_clicks"),
        State("alerts-author", "value"),
        State("alerts-comment", "value"),
        State("alerts-hours", "value"),
        State("alerts-matchers", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    async def _act(*given: Any) -> Any:
        _, __, author, comment, hours, matchers, search = given
        if not ctx.triggered[0]["value"] or desk.alerts is None:
            raise PreventUpdate
        alerts, project = desk.alerts, desk.project()
        said = {"author": (author or "").strip()[:80], "comment": (comment or "").strip()[:500]}
        if ctx.triggered_id == "alerts-acknowledge":
            fingerprint = alertview.of(read(search)).alert
            return await _done(desk, lambda: _acknowledged(alerts, project, fingerprint, **said))
        lines = [line for line in (matchers or "").splitlines() if line.strip()]
        until_ms = now_ms() + round(float(hours) * 3_600_000)
        return await _done(desk, lambda: _silenced(alerts, project, lines, until_ms, **said))

    @app.callback(
        Output("alerts-said", "children", allow_duplicate=True),
        Output("alerts-done", "data", allow_duplicate=True),
        Input({"type": "alerts-unsilence", "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def _end(_: Any) -> Any:
        if not ctx.triggered[0]["value"] or desk.alerts is None or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        alerts, project, silence_id = desk.alerts, desk.project(), str(ctx.triggered_id["id"])
        return await _done(desk, lambda: _ended(alerts, project, silence_id))


async def _done(desk: Desk, act: Callable[[], str]) -> tuple[Any, int]:
    """Do something, if the reader may, and return what to say of it and that the content is to be made anew."""
    if not desk.may_act():
        return _refused(NOT_YOURS), now_ms()
    try:
        said = await asyncio.to_thread(act)
    except RtcpulseError as error:
        return _refused(str(error)), now_ms()
    return html.P(said, className="card"), now_ms()


def _refused(sentence: str) -> Any:
    return html.Div(sentence, className="card problem", role="alert")


def _of_alert(alerts: AlertDesk, project: str, fingerprint: str) -> Any:
    rows = alerts.history(project, fingerprint, 1)
    if not rows:
        return None
    return forms(rows[0]["labels"], is_going_on=rows[0]["state"] in {"pending", "firing"})


def _acknowledged(alerts: AlertDesk, project: str, fingerprint: str, **said: str) -> str:
    count = alerts.acknowledge(project, fingerprint, **said)
    goes_on = worded(count, "it goes on", "they go on")
    return f"Acknowledged: {counted(count, 'alert')} will not be told again while {goes_on}."


def _silenced(alerts: AlertDesk, project: str, matchers: list[str], until_ms: int, **said: str) -> str:
    made = alerts.silence(project, matchers, until_ms, **said)
    return f"Silenced until {times.day(made.until * 1000)} UTC: {', '.join(made.matchers)}."


def _ended(alerts: AlertDesk, project: str, silence_id: str) -> str:
    alerts.unsilence(project, silence_id)
    return "The silence has ended: what it held back and still fires is told now."
