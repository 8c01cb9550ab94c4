"""Alerts, silences and rules as tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from analytics.alerts.rules import Rule
from analytics.alerts.silences import Silence
from dashboard import cards, ruletext, times
from dashboard.alertview import AlertView
from schemas.counted import counted

Row = Mapping[str, Any]
MEANINGS: Final = {
    "pending": "its expression holds, not yet for long enough",
    "firing": "it fires",
    "resolved": "it fired and is over",
    "retracted": "it was said to fire; data that came late say that it did not",
}


def listed(rows: Sequence[Row], state: AlertView, now_ms: int, caption: str = "Alerts, the latest first") -> Any:
    """Return alerts: how each stands, since when, why, and what was said about it."""
    columns = {
        "state": "State", "alert": "Alert", "on": "On", "since": "Since (UTC)", "length": "Length", "value": "Value",
        "why": "Why", "remarks": "Remarks",
    }  # fmt: skip
    shown = [
        {
            "state": state_of(row),
            "alert": cards.link(row["alert"], state.link(alert=row["fingerprint"])),
            "on": labels(row["labels"]),
            "since": times.day(row["active_ms"]),
            "length": times.length((row["ended_ms"] or now_ms) - row["active_ms"]),
            "value": f"{row['value']:.4g} (worst {row['worst']:.4g})",
            "why": cards.link("look", row["link"]),
            "remarks": remarks(row),
        }
        for row in rows
    ]
    return cards.table(columns, shown, caption, "alert-list")


def state_of(row: Row) -> Any:
    """Return a state as a word with a sign of its own."""
    said = row["state"] + (", flapping" if row["flapping"] else "")
    return html.Span(said, className=f"alert-state alert-{row['state']}", title=MEANINGS.get(row["state"], ""))


def labels(said: Mapping[str, str]) -> Any:
    """Return the labels that tell an alert from its like."""
    shown = {name: value for name, value in said.items() if name not in {"alertname", "project", "severity"}}
    return html.Span(", ".join(f"{name} {value}" for name, value in shown.items()) or "everybody", className="labels")


def remarks(row: Row) -> Any:
    """Return who took note of an alert, that it is silenced, whom it was told to, and what went wrong with that."""
    said: list[Any] = []
    if row["acknowledged_ms"]:
        by = row["acknowledged_by"] or "somebody"
        comment = f": {row['acknowledged_comment']}" if row["acknowledged_comment"] else ""
        said.append(html.Div(f"acknowledged by {by} at {times.day(row['acknowledged_ms'])}{comment}"))
    if row["silenced"]:
        said.append(html.Div("silenced"))
    said += [html.Div(one, className="soft") for one in row["told"] or ()]
    if row["delivery_error"]:
        said.append(html.Div(f"not told: {row['delivery_error']}", className="poor"))
    return said


def silences(some: Sequence[Silence], *, may_act: bool) -> Any:
    """Return the silences that are in force, each with a button that ends it."""
    if not some:
        return cards.empty("Nothing is silenced.")
    columns = {
        "what": "Alerts with",
        "since": "Since (UTC)",
        "until": "Until (UTC)",
        "who": "By",
        "why": "Why",
        "end": "",
    }
    shown = [
        {
            "what": html.Code(", ".join(one.matchers)),
            "since": times.day(one.since * 1000),
            "until": times.day(one.until * 1000),
            "who": one.author or cards.UNKNOWN,
            "why": one.comment or cards.UNKNOWN,
            "end": html.Button("End it", id={"type": "alerts-unsilence", "id": one.id}, className="quiet")
            if may_act
            else "",
        }
        for one in some
    ]
    return cards.table(columns, shown, "Silences in force", "alert-silences")


def rules(some: Sequence[Rule], state: AlertView) -> Any:
    """Return the rules that are evaluated, with their expressions."""
    if not some:
        return cards.empty("No rule is evaluated. RTCPULSE_ALERTS switches alerts on.")
    columns = {
        "name": "Alert",
        "expr": "Expression",
        "for": "Holds for",
        "keep": "Goes on",
        "labels": "Labels",
        "try": "",
    }
    shown = [
        {
            "name": [html.Div(one.name), html.Div(one.group, className="soft")],
            "expr": [html.Code(one.expr), html.Div(dict(one.annotations).get("summary", ""), className="soft")],
            "for": times.length(one.timing.for_s * 1000),
            "keep": times.length(one.timing.keep_s * 1000)
            + ("" if one.clear is None else f", while beyond {one.clear:g}"),
            "labels": ", ".join(f"{name} {value}" for name, value in one.labels),
            "try": cards.link("backtest", state.link(part="try", text=ruletext.written(one))),
        }
        for one in some
    ]
    return cards.table(columns, shown, f"Evaluated: {counted(len(some), 'rule')}", "alert-rules")
