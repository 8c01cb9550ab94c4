"""Trying rules: is their text right, and what would they have done in a range of the past."""

import asyncio
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.alerts.desk import AlertDesk
from analytics.alerts.rules import WrongRules, read_rules
from dashboard import alertview, backtestview, cards
from dashboard.address import now_ms, read
from dashboard.alertview import PATH, AlertView
from dashboard.desk import Desk

LINES: Final = 14
BACKTEST: Final = "Backtest over the range above"
EXAMPLE: Final = """groups:
  - name: mine
    rules:
      - alert: LossOfSession
        expr: loss_ratio > 0.05
        for: 2m
        labels: {severity: warning}
        annotations:
          summary: "{{ $labels.participant }} loses {{ $value | humanizePercentage }}"
"""


def frame(state: AlertView) -> Any:
    """Return the editor of rules, with the text or the name that the address has."""
    area = dcc.Textarea(
        id="rules-text", value=state.text or EXAMPLE, spellCheck=False, rows=LINES, wrap="off", className="code rules",
    )  # fmt: skip
    return html.Div(
        [
            html.Div(_editor(area), className="card"),
            html.Div(id="rules-tried"),
            dcc.Store("rules-address"),
            dcc.Store("rules-shown-address"),
        ]
    )


def _editor(area: Any) -> list[Any]:
    return [
        html.P("A rule file, as docs/alerts.md has it. Nothing of it is kept or evaluated here."),
        html.Label("Rules, as YAML", htmlFor="rules-text", className="soft"),
        area,
        html.Div(
            [
                html.Button("Check", id="rules-check", className="quiet"),
                html.Button(BACKTEST, id="rules-backtest", className="act"),
            ],
            className="acts",
        ),
    ]


def register(app: Dash, desk: Desk) -> None:
    """Add the callbacks."""
    one_at_a_time = asyncio.Lock()

    @app.callback(
        Output("rules-tried", "children"),
        Output("rules-address", "data"),
        Input("rules-check", "n_clicks"),
        Input("rules-backtest", "n_clicks"),
        State("rules-text", "value"),
        State("url", "search"),
        running=[
            (Output("rules-backtest", "disabled"), True, False),
            (Output("rules-backtest", "children"), "Backtesting…", BACKTEST),
        ],
    )
    async def _try(check: int | None, backtest: int | None, text: str | None, search: str) -> Any:
        """Check or backtest; an address that has rules is backtested as it is opened."""
        state, alerts, project = alertview.of(read(search)), desk.alerts, desk.project()
        opened = not check and not backtest
        if alerts is None or (opened and not state.text):
            raise PreventUpdate
        text = (text or "").strip("\n")
        span = state.view.span_ms(now_ms())
        if ctx.triggered_id == "rules-check":
            return checked(text), None
        async with one_at_a_time:
            made = await asyncio.to_thread(desk.answer, "alerts", lambda: tried(alerts, project, span, text))
        after = state.search(part="try", text=text)
        return made, {"path": PATH, "search": after, "pushed": not opened}

    client_side: Any = app.clientside_callback  # Dash has no types for it
    client_side(
        ClientsideFunction("rtcpulse", "show_address"),
        Output("rules-shown-address", "data"),
        Input("rules-address", "data"),
        prevent_initial_call=True,
    )


def checked(text: str) -> Any:
    """Return whether a text of rules is right, or all that is wrong in it."""
    try:
        return backtestview.right(read_rules(text, "rules"))
    except WrongRules as error:
        return backtestview.problems(error.problems, text)


def tried(alerts: AlertDesk, project: str, span: tuple[int, int], text: str) -> Any:
    """Return what the rules of a text would have done."""
    if not text.strip():
        return cards.empty("There is no rule to be tried: write one.")
    try:
        return backtestview.result(alerts.backtest(project, *span, rules=text), span)
    except WrongRules as error:
        return backtestview.problems(error.problems, text)
