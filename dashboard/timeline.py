"""A session's figure: each metric of every stream on an axis of its own, all over one axis of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from dashboard import lanes as judged_lanes
from dashboard import marks
from dashboard.figures import INK, PALETTE, Figure, Span, frame, line, scaled, threshold
from schemas.metrics import BY_ID

SHOWN: Final = (
    ("bitrate", "bitrate_bps"),
    ("loss", "loss_ratio"),
    ("jitter", "jitter_ms"),
    ("rtt", "rtt_ms"),
    ("frames_per_second", "fps"),
)
LEGEND_PX: Final = 20
LEGEND_COLUMNS: Final = 4
TICKS_PX: Final = 44
METRIC_PX: Final = 132
LANE_PX: Final = 16
GAP_PX: Final = 26
MARGIN_PX: Final = {"l": 76, "r": 12, "t": 4}
DASHES: Final = ("solid", "dot", "dash")
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged of a session: its incidents, and the lanes under its lines."""

    incidents: Rows = ()
    lanes: Sequence[judged_lanes.Lane] = ()


def session(
    samples: Rows,
    names: Mapping[str, str],
    events: Sequence[marks.Event],
    span: Span,
    judged: Judged | None = None,
) -> Figure:
    """Return each stream's bitrate, loss, jitter, round-trip time and frame rate under each other on one time axis.

    What nobody reports gets no axis. Above stand the events; under the bitrate, for video that is sent, the limitation;
    under all, the lanes of what was judged. Behind all, incidents are bands, and times without any sample grey ones.

    Args:
        samples: buckets in order of stream and time.
        names: what each stream is called.
        events: marks along the axis, in order of time.
        span: begin and end, ms.
        judged: incidents and lanes.
    """
    judged = judged or Judged()
    by_stream = _by_stream(samples, names)
    lanes = {stream: rows for stream, rows in by_stream.items() if any(row["limitation"] for row in rows)}
    shown = [(column, metric) for column, metric in SHOWN if any(row[column] is not None for row in samples)]
    places = _places(len(shown), len(lanes), marks.labels_px(events, span), len(judged.lanes))
    figure = frame([], span, 0)
    layout = figure["layout"]
    holes = judged_lanes.gaps(samples, span)
    layout["shapes"] = judged_lanes.bands(judged.incidents, holes, places.labels) + marks.lines(events, places.labels)
    layout["annotations"] = marks.labels(events, span, places.labels) + judged_lanes.hole_labels(holes, places.labels)
    told: set[str] = set()
    for axis, (column, metric_id), domain in zip(places.axes, shown, places.metrics, strict=True):
        _add_metric(figure, by_stream, names, (axis, column, metric_id, domain), told)
    if lanes:
        _add_lanes(figure, lanes, names, _axis(len(shown)), places.lanes)
    below: dict[str, Any] = {"anchor": places.axes[-1] if shown else "y"}
    legend_px = LEGEND_PX * -(-len(figure["data"]) // LEGEND_COLUMNS // max(1, len(shown))) + LEGEND_PX
    layout["margin"] = MARGIN_PX | {"b": TICKS_PX + legend_px}
    layout["height"] = places.inner_px + MARGIN_PX["t"] + TICKS_PX + legend_px
    if judged.lanes:
        axis = _axis(len(shown) + bool(lanes))
        figure["data"] += judged_lanes.traces(judged.lanes, axis)
        layout[f"yaxis{axis[1:]}"] = judged_lanes.axis_of(judged.lanes, places.judged)
        below["anchor"] = axis
    below |= {"showspikes": True, "spikemode": "across"}
    layout["xaxis"] |= below | {"nticks": 5, "spikethickness": 1, "spikedash": "solid", "spikecolor": INK}
    layout["legend"] = {"orientation": "h", "x": 0, "y": -TICKS_PX / places.inner_px, "yanchor": "top"}
    return figure


def colour(place: int) -> str:
    """Return the colour of a session's stream, by its place among them."""
    return PALETTE[place % len(PALETTE)]


def _axis(place: int) -> str:
    return f"y{place + 1}" if place else "y"


def _by_stream(samples: Rows, names: Mapping[str, str]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the samples of each stream, in the order of the names."""
    by_stream: dict[str, list[Mapping[str, Any]]] = {stream: [] for stream in names}
    for row in samples:
        by_stream.setdefault(row["stream"], []).append(row)
    return by_stream


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands, from the top down, as parts of the inner height.

    Attributes:
        inner_px: the height of all axes and of the labels above them.
        labels: where the labels begin.
        metrics: the domain of each metric's axis.
        lanes: the domain of the limitations' axis.
        judged: the domain of the axis of what was judged.
    """

    inner_px: int
    labels: float
    metrics: list[list[float]]
    lanes: list[float]
    judged: list[float]

    @property
    def axes(self) -> list[str]:
        """The metrics' axes as plotly calls them."""
        return [_axis(place) for place in range(len(self.metrics))]


def _places(metrics: int, lanes: int, labels_px: int, judged: int) -> Places:
    lanes_px = LANE_PX * lanes + GAP_PX if lanes else 0
    judged_px = judged_lanes.LANE_PX * judged
    below_px = judged_px + GAP_PX if judged else 0
    inner_px = max(labels_px + metrics * (METRIC_PX + GAP_PX) - GAP_PX + lanes_px, METRIC_PX) + below_px
    top_px = inner_px - labels_px
    labels = top_px / inner_px
    domains, lanes_domain = [], [0.0, 1.0]
    for place in range(metrics):
        domains.append([max(0, top_px - METRIC_PX) / inner_px, top_px / inner_px])
        top_px -= METRIC_PX + GAP_PX
        if place == 0 and lanes:
            lanes_domain = [(top_px - LANE_PX * lanes) / inner_px, top_px / inner_px]
            top_px -= lanes_px
    return Places(inner_px, labels, domains, lanes_domain, [0.0, judged_px / inner_px])


def _add_metric(
    figure: Figure,
    by_stream: Mapping[str, Rows],
    names: Mapping[str, str],
    place: tuple[str, str, str, list[float]],
    told: set[str],
) -> None:
    """Add a metric's lines and its axis; a stream stands in the legend once."""
    axis, column, metric_id, domain = place
    metric, layout = BY_ID[metric_id], figure["layout"]
    drawn = []
    for number, (stream, rows) in enumerate(by_stream.items()):
        if any(row[column] is not None for row in rows):
            times, values = with_gaps(rows, column, metric.scale)
            drawn.append(values)
            trace = line(times, values, names.get(stream, stream), colour(number), metric.unit)
            trace["line"]["dash"] = DASHES[number // len(PALETTE) % len(DASHES)]
            figure["data"].append(trace | {"yaxis": axis, "legendgroup": stream, "showlegend": stream not in told})
            told.add(stream)
    title = {"text": f"{metric.title}<br>{metric.unit}", "font": {"size": 11}}
    layout[f"yaxis{axis[1:]}"] = layout["yaxis"] | {"domain": domain, "title": title, "nticks": 5}
    layout["shapes"] += threshold(metric, drawn, axis)


def _add_lanes(
    figure: Figure, lanes: Mapping[str, Rows], names: Mapping[str, str], axis: str, domain: list[float]
) -> None:
    figure["data"] += marks.limitations(list(lanes.values()), axis)
    figure["layout"][f"yaxis{axis[1:]}"] = {
        "domain": domain,
        "range": [len(lanes) - 0.5, -0.5],
        "tickvals": list(range(len(lanes))),
        "ticktext": ["".join(names.get(stream, "").split(" ")[1:2]) for stream in lanes],
        "tickfont": {"size": 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def with_gaps(rows: Rows, column: str, scale: float) -> tuple[list[int], list[float | None]]:
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
            values.append(None if row["is_quiet"] and column in {"loss", "jitter"} else scaled(row[column], scale))
    return times, values
