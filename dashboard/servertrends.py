"""The figures of the Servers page: each measure along time, a line for each server and part."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards, figures
from dashboard.servermeasures import MEASURES, Measure, Reading, Value

SERVERS_MAX: Final = len(figures.PALETTE)
LEGEND_ROW: Final = 20
"""Pixels."""
NAME_LENGTH: Final = 18


def graphs(along: Mapping[str, Mapping[int, Reading]], span: figures.Span, step_s: int) -> Any:
    """Return a card for each measure; of many servers only the first so many have a line.

    Args:
        along: readings of each server, in the order in which they are shown.
        span: begin and end, ms.
        step_s: seconds of a reading.
    """
    return html.Div([_card(measure, along, span, step_s) for measure in MEASURES], className="graphs")


def _card(measure: Measure, along: Mapping[str, Mapping[int, Reading]], span: figures.Span, step_s: int) -> Any:
    is_one = len(along) == 1
    shown = list(along)[:SERVERS_MAX]
    traces = _of_one(measure, along, step_s) if is_one else _of_many(measure, along, shown, step_s)
    rows = 0 if is_one else -(-len(shown) // 2)
    figure = figures.frame(traces, span, figures.HEIGHT + LEGEND_ROW * max(0, rows - 2))
    figure["layout"]["showlegend"] = len(traces) > 1
    rest = f", the {len(shown)} busiest of {len(along)} servers" if len(shown) < len(along) else ""
    unit = f" ({measure.unit})" if measure.unit else ""
    parts = "" if is_one or len(measure.lines) < 2 else f": line {', dotted '.join(measure.lines)}"
    return cards.graph(figure, f"{measure.title} along time", f"{measure.title}{unit}{parts}{rest}")


def _of_one(measure: Measure, along: Mapping[str, Mapping[int, Reading]], step_s: int) -> list[figures.Figure]:
    """Return a line for each part, the closer ones too."""
    (readings,) = along.values()
    lines = {**measure.lines, **measure.closer}
    return [
        _line(measure, value, readings, step_s, name or measure.title, figures.PALETTE[place])
        for place, (name, value) in enumerate(lines.items())
    ]


def _of_many(
    measure: Measure, along: Mapping[str, Mapping[int, Reading]], shown: Sequence[str], step_s: int
) -> list[figures.Figure]:
    """Return lines of a colour for each server; of two parts the second is dotted and not in the legend."""
    traces = []
    for place, node in enumerate(shown):
        for part, (name, value) in enumerate(measure.lines.items()):
            called = f"{node[:NAME_LENGTH]} {name if part else ''}".strip()
            trace = _line(measure, value, along[node], step_s, called, figures.PALETTE[place])
            trace |= {"legendgroup": node, "showlegend": not part}
            trace["line"] |= {"dash": "dot" if part else "solid"}
            traces.append(trace)
    return traces


def _line(
    measure: Measure, value: Value, readings: Mapping[int, Reading], step_s: int, called: str, colour: str
) -> figures.Figure:
    middles = [t + step_s * 500 for t in readings]
    return figures.line(
        middles, [value(one) for one in readings.values()], called, colour, measure.unit.partition(";")[0]
    )
