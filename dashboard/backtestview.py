"""What rules would have done, as tables and a chart; and what is wrong in the text of rules."""

from collections.abc import Sequence
from typing import Any, Final

from dash import html

from analytics.alerts.backtest import Tested
from analytics.alerts.course import Happening
from analytics.alerts.links import link
from analytics.alerts.rules import Problem, Rule
from dashboard import alerttables, cards, figures, times
from schemas.counted import counted, worded

FIRED_MOST: Final = 100
MISSED_MOST: Final = 20
HEIGHT: Final = 240


def problems(some: Sequence[Problem], text: str) -> Any:
    """Return what is wrong in a text of rules, by line and column, with the line."""
    lines = text.split("\n")
    parts: list[Any] = [html.Strong(f"{counted(len(some), 'error')} in the rules")]
    for one in some:
        written = lines[one.line - 1][:300] if one.line <= len(lines) else ""
        parts += [
            html.P(f"Line {one.line}, column {one.column}: {one.sentence}"),
            html.Pre(f"{written}\n{' ' * min(one.column - 1, 300)}^"),
        ]
    return html.Div(parts, className="card problem", role="alert", id="rules-wrong")


def right(rules: Sequence[Rule]) -> Any:
    """Return that the rules are right."""
    said = f"The text is right: {counted(len(rules), 'rule')}, {', '.join(one.name for one in rules)}."
    return html.Div(said, className="card", role="status", id="rules-right")


def result(tested: Sequence[Sequence[Tested]], span: tuple[int, int]) -> Any:
    """Return what each rule would have done in a range (ms)."""
    if not tested:
        return cards.empty("There is no rule to be tried.")
    said = html.P(f"Over {times.span(*span)} UTC, from no state on.", className="soft")
    return html.Div([said, *(_rule(some) for some in tested)], id="backtest-result")


def _rule(some: Sequence[Tested]) -> Any:
    own = some[0]
    parts = [
        html.H2(own.rule.name),
        html.P(html.Code(own.rule.expr)),
        html.P(_sentence(own)),
    ]
    if len(some) > 1:
        parts += [_traded(some), _chart(some)]
    parts.append(_fired(own.fired))
    if own.missed:
        parts.append(_missed(own.missed))
    return html.Section(parts)


def _sentence(own: Tested) -> str:
    known = len(own.caught) + len(own.missed)
    of = f"It would have caught {len(own.caught):,} of {counted(known, 'major or critical incident')} of that time"
    if not known:
        of = "There was no major or critical incident in that time to be caught"
    alone = (
        f"{counted(own.without, 'alert')} had no incident behind {worded(own.without, 'it', 'them')}"
        if own.fired
        else "It would not have fired"
    )
    fired = f"{counted(len(own.fired), 'alert')}, {times.length(own.seconds * 1000)} in all. " if own.fired else ""
    return f"{fired}{of}. {alone}."


def _traded(some: Sequence[Tested]) -> Any:
    """Return how the threshold trades what is missed for what has nothing behind it."""
    columns = {
        "threshold": "Threshold", "alerts": "Alerts", "whom": "Different ones", "length": "Firing in all",
        "caught": "Incidents caught", "missed": "Missed", "without": "Alerts without incident",
    }  # fmt: skip
    shown = [
        {
            "threshold": html.Strong(f"{one.threshold:g} (as it is)") if one is some[0] else f"{one.threshold:g}",
            "alerts": f"{len(one.fired):,}",
            "whom": f"{len({alert.fingerprint for alert in one.fired}):,}",
            "length": times.length(one.seconds * 1000),
            "caught": f"{len(one.caught):,}",
            "missed": f"{len(one.missed):,}",
            "without": f"{one.without:,}",
        }
        for one in _by_threshold(some)
    ]
    return cards.table(columns, shown, "With other thresholds", f"traded-{some[0].rule.name}")


def _chart(some: Sequence[Tested]) -> Any:
    ordered = _by_threshold(some)
    lines = (
        ("incidents missed", "solid", figures.POOR, [len(one.missed) for one in ordered]),
        ("alerts without incident", "dash", figures.GOOD, [one.without for one in ordered]),
    )
    traces = [
        {
            "type": "scatter", "mode": "lines+markers", "name": name, "y": values,
            "x": [one.threshold for one in ordered], "line": {"color": colour, "dash": dash},
        }
        for name, dash, colour, values in lines
    ]  # fmt: skip
    made = figures.frame(traces, (0, 0), HEIGHT)
    axis = {name: value for name, value in made["layout"]["xaxis"].items() if name not in {"type", "range", "nticks"}}
    made["layout"]["xaxis"] = axis | {"title": {"text": "threshold"}}
    said = "What the threshold trades: incidents missed for alerts without one"
    return cards.graph(made, said, said)


def _by_threshold(some: Sequence[Tested]) -> list[Tested]:
    return sorted(some, key=lambda one: one.threshold or 0)


def _fired(some: Sequence[Happening]) -> Any:
    if not some:
        return cards.empty("It would not have fired.")
    columns = {
        "at": "Fired (UTC)",
        "ended": "Over (UTC)",
        "length": "Length",
        "on": "On",
        "worst": "Worst",
        "why": "Why",
    }
    shown = [_line(one) for one in some[:FIRED_MOST]]
    more = f", the first {FIRED_MOST} of {len(some):,}" if len(some) > FIRED_MOST else ""
    return cards.table(columns, shown, f"When it would have fired{more}", f"fired-{some[0].rule.name}")


def _line(one: Happening) -> dict[str, Any]:
    episode = one.episode
    fired_at = episode.fired_at or episode.active_at
    ended_at = episode.ended_at
    return {
        "at": times.day(fired_at * 1000),
        "ended": times.day(ended_at * 1000) if ended_at else "not by the end",
        "length": times.length((ended_at - fired_at) * 1000) if ended_at else cards.UNKNOWN,
        "on": alerttables.labels(one.labels),
        "worst": f"{episode.worst:.4g}",
        "why": cards.link("look", link(one.labels, episode.active_at, ended_at)),
    }


def _missed(some: Sequence[str]) -> Any:
    shown = [html.Li(cards.link(one, f"/incident/{one}")) for one in some[:MISSED_MOST]]
    more = [html.Li(f"and {len(some) - MISSED_MOST:,} more")] if len(some) > MISSED_MOST else []
    title = html.Summary(f"{counted(len(some), 'incident')} missed")
    return html.Details([title, html.Ul([*shown, *more])], className="card")
