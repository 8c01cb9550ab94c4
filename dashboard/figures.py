"""Rows to plotly figures, as plain dicts: pure, and readable on light and dark alike."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from schemas.metrics import BY_ID

Figure = dict[str, Any]

# Okabe and Ito's colours, told apart by colour-blind people too.
PALETTE: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
INK: Final = "#868e96"
GRID: Final = "rgba(134,142,150,0.22)"
LIMITED: Final = {"cpu": "rgba(213,94,0,0.25)", "bandwidth": "rgba(230,159,0,0.25)", "other": "rgba(153,153,153,0.25)"}
SHOWN: Final = (
    ("bitrate", "bitrate_bps"),
    ("loss", "loss_ratio"),
    ("jitter", "jitter_ms"),
    ("rtt", "rtt_ms"),
    ("frames_per_second", "fps"),
)


def spread(rows: Sequence[Mapping[str, Any]], column: str, metric_id: str, outer: str, span: tuple[int, int]) -> Figure:
    """Return median and outer percentile of a metric along the minutes."""
    metric = BY_ID[metric_id]
    times = [row["t_ms"] for row in rows]
    traces = [
        _line(times, [_times(row[column][place], metric.scale) for row in rows], name, PALETTE[colour], metric.unit)
        for place, name, colour in ((1, outer, 5), (0, "median", 0))
    ]
    figure = _figure(traces, span, 200)
    if metric.poor is not None:
        figure["layout"]["shapes"] = [_threshold(metric.poor * metric.scale)]
    return figure


def counts(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], span: tuple[int, int]) -> Figure:
    """Return stacked bars of numbers a minute. `columns` maps a column to what it is called."""
    times = [row["t_ms"] for row in rows]
    traces = [
        {"type": "bar", "x": times, "y": [row[column] for row in rows], "name": name, "marker": {"color": colour}}
        for (column, name), colour in zip(columns.items(), PALETTE, strict=False)
    ]
    figure = _figure(traces, span, 200)
    figure["layout"]["barmode"] = "overlay" if "affected_count" in columns else "stack"
    return figure


def session(
    samples: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    events: Sequence[Mapping[str, Any]],
    span: tuple[int, int],
) -> Figure:
    """Return each stream's bitrate, loss, jitter, round-trip time and frame rate under each other on one time axis.

    Args:
        samples: buckets in order of stream and time.
        names: what each stream is called.
        events: marks along the axis.
        span: begin and end, ms.
    """
    by_stream: dict[str, list[Mapping[str, Any]]] = {}
    for row in samples:
        by_stream.setdefault(row["stream"], []).append(row)
    traces = []
    for place, (column, metric_id) in enumerate(SHOWN):
        metric = BY_ID[metric_id]
        for colour, (stream, rows) in enumerate(by_stream.items()):
            if any(row[column] is not None for row in rows):
                times, values = _with_gaps(rows, column, metric.scale)
                shade = PALETTE[colour % len(PALETTE)]
                trace = _line(times, values, names.get(stream, stream), shade, metric.unit)
                axis = "" if place == 0 else str(place + 1)
                traces.append(trace | {"yaxis": f"y{axis}", "legendgroup": stream, "showlegend": place == 0})
    figure = _figure(traces, span, 860)
    _stack(figure["layout"])
    figure["layout"]["shapes"] = [_mark(event["t_ms"]) for event in events] + _limits(by_stream, span)
    figure["layout"]["annotations"] = _labels(events, span)
    return figure


def _with_gaps(rows: Sequence[Mapping[str, Any]], column: str, scale: float) -> tuple[list[int], list[float | None]]:
    """Return a stream's values; where samples are missing, or the track is quiet, the line is broken.

    A value that comes once a report (loss, round-trip time, jitter of the remote side) is joined over the samples
    between.
    """
    steps = sorted(after["t_ms"] - before["t_ms"] for before, after in pairwise(rows))
    usual = steps[len(steps) // 2] if steps else 0
    times: list[int] = []
    values: list[float | None] = []
    last = None
    for row in rows:
        if last is not None and usual and row["t_ms"] - last > 3.5 * usual:
            times.append(last + 1)
            values.append(None)
        last = row["t_ms"]
        if row[column] is not None or row["is_quiet"]:
            times.append(row["t_ms"])
            values.append(None if row["is_quiet"] and column in {"loss", "jitter"} else _times(row[column], scale))
    return times, values


def _limits(by_stream: Mapping[str, Sequence[Mapping[str, Any]]], span: tuple[int, int]) -> list[Figure]:
    """Return bands where an encoder was limited."""
    bands: list[Figure] = []
    for rows in by_stream.values():
        before = span[0]
        for row in rows:
            colour = LIMITED.get(row["limitation"])
            if colour and len(bands) < 400:
                bands.append(_band(before, row["t_ms"], colour))
            before = row["t_ms"]
    return bands


def _line(times: Sequence[int], values: Sequence[float | None], name: str, colour: str, unit: str) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(times) < 80 else "lines",
        "x": list(times),
        "y": list(values),
        "name": name,
        "line": {"color": colour, "width": 1.6},
        "marker": {"size": 4},
        "hovertemplate": "%{y:.4g} " + unit + "<extra>%{fullData.name}</extra>",
    }


def _figure(traces: list[Figure], span: tuple[int, int], height: int) -> Figure:
    axis = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID}
    layout = {
        "height": height,
        "margin": {"l": 54, "r": 12, "t": 26, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": INK, "size": 12, "family": "system-ui, sans-serif"},
        "xaxis": axis | {"type": "date", "range": list(span)},
        "yaxis": axis | {"rangemode": "tozero"},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        "uirevision": "kept",
    }
    return {"data": traces, "layout": layout}


def _stack(layout: Figure) -> None:
    """Give each metric an axis of its own, from the top down, over one time axis."""
    height = 1 / len(SHOWN)
    for place, (_, metric_id) in enumerate(SHOWN):
        metric = BY_ID[metric_id]
        top = 1 - place * height
        axis = {
            "domain": [top - height + 0.03, top],
            "title": {"text": f"{metric.title}<br>{metric.unit}", "font": {"size": 11}},
        }
        layout["yaxis" if place == 0 else f"yaxis{place + 1}"] = layout["yaxis"] | axis
    layout["xaxis"]["anchor"] = f"y{len(SHOWN)}"
    layout["legend"] = {"orientation": "h", "y": -0.06, "x": 0}


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _threshold(value: float) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": PALETTE[5], "dash": "dot", "width": 1},
    }


def _mark(t_ms: int) -> Figure:
    line = {"color": INK, "width": 1, "dash": "dot"}
    return {"type": "line", "yref": "paper", "x0": t_ms, "x1": t_ms, "y0": 0, "y1": 1, "line": line}


def _band(begin: int, end: int, colour: str) -> Figure:
    return {
        "type": "rect",
        "yref": "paper",
        "x0": begin,
        "x1": end,
        "y0": 0.8,
        "y1": 1,
        "fillcolor": colour,
        "line": {"width": 0},
        "layer": "below",
    }


def _labels(events: Sequence[Mapping[str, Any]], span: tuple[int, int]) -> list[Figure]:
    """Return a label for each group of events that stand too near to each other for labels of their own."""
    near = (span[1] - span[0]) * 0.015
    groups: list[list[Mapping[str, Any]]] = []
    for event in events:
        if groups and event["t_ms"] - groups[-1][0]["t_ms"] < near:
            groups[-1].append(event)
        else:
            groups.append([event])
    return [_label(group[0], len(group) - 1) for group in groups[:40]]


def _label(event: Mapping[str, Any], others: int) -> Figure:
    return {
        "x": event["t_ms"],
        "y": 1,
        "yref": "paper",
        "text": f"{event['event']} +{others}" if others else event["event"],
        "showarrow": False,
        "textangle": -90,
        "xanchor": "left",
        "yanchor": "top",
        "font": {"size": 10},
        "bgcolor": "rgba(134,142,150,0.18)",
    }
