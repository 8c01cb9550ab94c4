"""The figures of the Servers page: each measure along time, a line for each server and part."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html

from dashboard import cards, figures
from dashboard.servermeasures import MEASURES, Measure, Reading

LINES_MAX: Final = len(figures.PALETTE)
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
    lines = {**measure.lines, **(measure.closer if is_one else {})}
    shown = list(along)[: max(1, LINES_MAX // len(lines))]
    traces: list[figures.Figure] = []
    for node in shown:
        for name, value in lines.items():
            readings = along[node]
            called = (name or measure.title) if is_one else f"{node[:NAME_LENGTH]} {name}".strip()
            drawn = [value(one) for one in readings.values()]
            middles = [t + step_s * 500 for t in readings]
            colour = figures.PALETTE[len(traces) % LINES_MAX]
            traces.append(figures.line(middles, drawn, called, colour, measure.unit.partition(";")[0]))
    figure = figures.frame(traces, span, figures.HEIGHT)
    figure["layout"]["showlegend"] = len(traces) > 1
    rest = f", the {len(shown)} busiest of {len(along)} servers" if len(shown) < len(along) else ""
    unit = f" ({measure.unit})" if measure.unit else ""
    return cards.graph(figure, f"{measure.title} along time", f"{measure.title}{unit}{rest}")
