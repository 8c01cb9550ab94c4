"""Both ends of a medium beside each other: what its sender and its receivers reported over one axis of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard import figures, timeline
from dashboard.figures import Figure, Span
from schemas.metrics import BY_ID

Row = Mapping[str, Any]
RECEIVERS_MOST: Final = 4
METRIC_PX: Final = 96
GAP_PX: Final = 22
BAND: Final = "rgba(213,94,0,0.14)"
MARGIN_PX: Final = {"l": 70, "r": 10, "t": 8, "b": 50}


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium of an incident's session.

    Attributes:
        link: what both ends have in common.
        name: what people call it.
        degraded: whether one of the incident's streams is of it.
        sent: the streams of its sender.
        received: those of its receivers, the incident's session first.
    """

    link: str
    name: str
    degraded: bool
    sent: Sequence[Row]
    received: Sequence[Row]


@dataclass(slots=True)
class End:
    """Lines of one end.

    Attributes:
        samples: by stream, in order of time, by the collector's clock.
        names: what each stream is called, in the order in which they are drawn.
    """

    samples: dict[str, list[Row]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def media(rows: Sequence[Row], degraded: Sequence[str]) -> list[Medium]:
    """Return the media of an incident's session, the degraded ones first.

    Args:
        rows: the answer of `incident_ends`.
        degraded: the incident's streams.
    """
    by_link: dict[str, list[Row]] = {}
    for row in rows:
        by_link.setdefault(row["link"], []).append(row)
    found = [_medium(link, streams, degraded) for link, streams in by_link.items()]
    return sorted(found, key=lambda one: (not one.degraded, not one.sent, -_packets(one), one.name))


def _medium(link: str, streams: Sequence[Row], degraded: Sequence[str]) -> Medium:
    sent = [row for row in streams if row["way"] == "outbound"]
    received = [row for row in streams if row["way"] == "inbound"]
    first = streams[0]
    whose = next((row["publisher_id"] for row in streams if row["publisher_id"]), "") or _who(sent)
    name = (first["source_name"] or first["media"] or "medium").replace("_", " ")
    struck = any(row["is_own"] and row["stream"] in degraded for row in streams)
    return Medium(link, f"{name} of {whose}" if whose else name, struck, sent, received[:RECEIVERS_MOST])


def _who(rows: Sequence[Row]) -> str:
    return rows[0]["participant_name"] if rows else ""


def _packets(medium: Medium) -> int:
    return max((row["packets"] or 0 for row in (*medium.sent, *medium.received)), default=0)


def end(rows: Sequence[Row], samples: Mapping[str, Sequence[Row]]) -> End:
    """Return what one end reported.

    Args:
        rows: its streams.
        samples: the answer of `session_samples` for each session.
    """
    made = End()
    for row in rows:
        late = round(row["behind_ms"] or 0)
        own: list[Row] = [
            {**one, "t_ms": one["t_ms"] + late}
            for one in samples.get(row["session"], ())
            if one["stream"] == row["stream"]
        ]
        if own:
            made.samples[row["stream"]] = own
            layer = f", layer {row['layer_id']}" if row["layer_id"] else ""
            made.names[row["stream"]] = f"{row['participant_name'] or row['session'][:8]}{layer}"
    return made


def receivers(medium: Medium, received: End) -> str:
    """Return who received a medium, and who should have; of one who did by another session, in which that is."""
    people = {row["participant_name"] for row in medium.received if row["stream"] in received.names}
    silent = dict.fromkeys(
        f"{row['participant_name']} in {row['session'][:8]}" if row["participant_name"] in people
        else row["participant_name"] or row["session"][:8]
        for row in medium.received if row["stream"] not in received.names
    )  # fmt: skip
    heard = f"Received by {', '.join(dict.fromkeys(received.names.values())) or 'nobody'}"
    return f"{heard}; nothing of it came to {', '.join(silent)}" if silent else heard


def shown(ends: Sequence[End]) -> list[tuple[str, str]]:
    """Return the columns that anybody at either end reports, with their metrics: both figures have the same axes."""
    rows = [row for one in ends for lines in one.samples.values() for row in lines]
    return [(column, metric) for column, metric in timeline.SHOWN if any(row[column] is not None for row in rows)]


def tops(ends: Sequence[End], columns: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return up to where each axis goes, so that both figures compare."""
    found = {}
    for column, metric_id in columns:
        values = [
            row[column] for one in ends for lines in one.samples.values() for row in lines if row[column] is not None
        ]
        found[column] = max([*values, 0.0]) * BY_ID[metric_id].scale * 1.08 or 1.0
    return found


def figure(one: End, columns: Sequence[tuple[str, str]], top: Mapping[str, float], span: Span, band: Span) -> Figure:
    """Return one end's figure: each metric on an axis of its own, the incident as a band through all of them."""
    drawn = figures.frame([], span, 0)
    layout = drawn["layout"]
    inner_px = len(columns) * (METRIC_PX + GAP_PX)
    layout["height"] = inner_px + MARGIN_PX["t"] + MARGIN_PX["b"]
    layout["margin"] = dict(MARGIN_PX)
    layout["shapes"] = [_band(band)]
    for place, (column, metric_id) in enumerate(columns):
        bottom = (inner_px - (place + 1) * METRIC_PX - place * GAP_PX) / inner_px
        domain = [bottom, bottom + METRIC_PX / inner_px]
        _add(drawn, one, (place, column, metric_id), domain, top[column])
    last = f"y{len(columns)}" if len(columns) > 1 else "y"
    layout["xaxis"] |= {"anchor": last, "nticks": 5, "tickformat": "%H:%M:%S"}
    layout["legend"] = {"orientation": "h", "x": 0, "y": -24 / inner_px, "yanchor": "top"}
    return drawn


def _add(drawn: Figure, one: End, which: tuple[int, str, str], domain: list[float], top: float) -> None:
    place, column, metric_id = which
    metric, axis = BY_ID[metric_id], f"y{place + 1}" if place else "y"
    layout, lines = drawn["layout"], []
    for number, (stream, rows) in enumerate(one.samples.items()):
        times, values = timeline.with_gaps(rows, column, metric.scale)
        lines.append(values)
        trace = figures.line(times, values, one.names[stream], timeline.colour(number), metric.unit)
        trace["line"]["dash"] = timeline.DASHES[number % len(timeline.DASHES)]
        drawn["data"].append(trace | {"yaxis": axis, "legendgroup": stream, "showlegend": place == 0})
    title = {"text": f"{metric.title}<br>{metric.unit}", "font": {"size": 11}}
    layout[f"yaxis{axis[1:]}"] = figures.frame([], (0, 1), 0)["layout"]["yaxis"] | {
        "domain": domain,
        "title": title,
        "nticks": 4,
        "range": [0, top],
    }
    layout["shapes"] += figures.threshold(metric, lines, axis)


def _band(band: Span) -> Figure:
    edge = {"x0": band[0], "x1": band[1], "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    return {"type": "rect", **edge, "fillcolor": BAND, "line": {"color": figures.POOR, "width": 1}, "layer": "below"}
