"""Rows to plotly figures, as plain dicts: pure, and readable on light and dark alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.metric import Metric
from schemas.metrics import BY_ID

Figure = dict[str, Any]

# Okabe and Ito's colours, told apart by colour-blind people too; a brown for their yellow, which white swallows.
PALETTE: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#A6761D", "#999999")
GOOD: Final = PALETTE[0]
POOR: Final = PALETTE[5]
NOT_KNOWN: Final = PALETTE[7]
INK: Final = "#868e96"
"""What the style sheet replaces by the text colour of the scheme, in everything but the lines."""
GRID: Final = "rgba(134,142,150,0.22)"
HEIGHT: Final = 200
CLEAR: Final = "rgba(0,0,0,0)"
Span = tuple[int, int]


def spread(rows: Sequence[Mapping[str, Any]], column: str, metric_id: str, outer: str, span: Span) -> Figure:
    """Return median and outer percentile of a metric along the minutes."""
    metric = BY_ID[metric_id]
    times = [row["t_ms"] for row in rows]
    drawn = [
        (name, colour, [scaled(row[column][place], metric.scale) for row in rows])
        for place, name, colour in ((1, outer, POOR), (0, "median", GOOD))
    ]
    figure = frame([line(times, values, name, colour, metric.unit) for name, colour, values in drawn], span, HEIGHT)
    figure["layout"]["shapes"] = threshold(metric, [values for _, _, values in drawn])
    return figure


def counts(rows: Sequence[Mapping[str, Any]], bars: Mapping[str, tuple[str, str]], span: Span, mode: str) -> Figure:
    """Return bars of numbers a minute.

    Args:
        rows: minutes.
        bars: what a column is called, and its colour.
        span: begin and end, ms.
        mode: `stack`, or `overlay` where the later are a part of the first.
    """
    times = [row["t_ms"] + 30_000 for row in rows]
    traces = [
        {
            "type": "bar",
            "x": times,
            "y": [row[column] for row in rows],
            "width": 52_000,
            "name": name,
            "marker": {"color": colour},
        }
        for column, (name, colour) in bars.items()
    ]
    figure = frame(traces, span, HEIGHT)
    figure["layout"] |= {"barmode": mode}
    return figure


def line(times: Sequence[int], values: Sequence[float | None], name: str, colour: str, unit: str) -> Figure:
    """Return a trace; few points get markers, so that a single one is seen."""
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(times) < 80 else "lines",
        "x": list(times),
        "y": list(values),
        "name": name,
        "line": {"color": colour, "width": 1.6},
        "marker": {"size": 4},
        "hovertemplate": "%{y:.4~g} " + unit + "<extra>%{fullData.name}</extra>",
    }


def frame(traces: list[Figure], span: Span, height: int) -> Figure:
    """Return a figure of traces over a range of time; zoom and hidden traces outlive the next tick."""
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID}
    layout = {
        "height": height,
        "margin": {"l": 54, "r": 12, "t": 26, "b": 36},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"color": INK, "size": 12, "family": "system-ui, sans-serif"},
        "xaxis": axis | {"type": "date", "range": list(span), "nticks": 7, "tickangle": 0},
        "yaxis": axis | {"rangemode": "tozero"},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "uirevision": "kept",
    }
    return {"data": traces, "layout": layout}


def threshold(metric: Metric, drawn: Sequence[Sequence[float | None]], axis: str = "y") -> list[Figure]:
    """Return the line from where on a metric is poor, once anything comes within half of it: else it flattens all."""
    if metric.poor is None:
        return []
    poor = metric.poor * metric.scale
    highest = max((value for values in drawn for value in values if value is not None), default=0.0)
    if highest < poor / 2:
        return []
    return [
        {
            "type": "line",
            "xref": "paper",
            "yref": axis,
            "x0": 0,
            "x1": 1,
            "y0": poor,
            "y1": poor,
            "line": {"color": POOR, "dash": "dot", "width": 1},
        }
    ]


def scaled(value: float | None, scale: float) -> float | None:
    """Return a value in the unit that is shown."""
    return None if value is None else value * scale
