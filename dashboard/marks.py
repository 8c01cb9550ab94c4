"""What stands above and under a session's lines: its events, and when an encoder was limited by what."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from dashboard.figures import INK, PALETTE, Figure, Span

Event = Mapping[str, Any]
LIMITED: Final = {"none": "rgba(134,142,150,0.35)", "cpu": PALETTE[5], "bandwidth": PALETTE[1], "other": PALETTE[3]}
NEAR: Final = 0.035
"""Events nearer than this part of the range share a label."""
LABEL_LENGTH: Final = 20
LETTER_PX: Final = 6.2
_VALUE: Final = msgspec.json.Decoder()


def said(value: str) -> str:
    """Return an event's value as people read it: a flat object as its members, null as nothing."""
    try:
        meant = _VALUE.decode(value)
    except msgspec.DecodeError:
        return value
    if isinstance(meant, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in meant.items())
    return "" if meant is None else _plain(meant)


def members(value: str) -> dict[str, Any]:
    """Return the members of an event's value, none where it is no object."""
    try:
        meant = _VALUE.decode(value)
    except msgspec.DecodeError:
        return {}
    return meant if isinstance(meant, dict) else {}


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def lines(events: Sequence[Event], top: float) -> list[Figure]:
    """Return a dotted line through all axes for each event, up to `top`, a part of the figure's height."""
    line = {"color": INK, "width": 1, "dash": "dot"}
    return [
        {"type": "line", "yref": "paper", "x0": event["t_ms"], "x1": event["t_ms"], "y0": 0, "y1": top, "line": line}
        for event in events
    ]


def labels(events: Sequence[Event], span: Span, bottom: float) -> list[Figure]:
    """Return a label for each group of events that stand too near to each other for labels of their own.

    Args:
        events: in order of time.
        span: begin and end, ms.
        bottom: where labels begin, a part of the figure's height.
    """
    return [
        {
            "x": group[0]["t_ms"],
            "y": bottom,
            "yref": "paper",
            "text": _text(group),
            "hovertext": "<br>".join(f"{event['event']} {said(event['value'])}".strip() for event in group[:25]),
            "showarrow": False,
            "textangle": -90,
            "xanchor": "center",
            "yanchor": "bottom",
            "font": {"size": 10, "color": INK},
        }
        for group in _groups(events, span)
    ]


def labels_px(events: Sequence[Event], span: Span) -> int:
    """Return how high the labels stand."""
    return round(max((len(_text(group)) * LETTER_PX for group in _groups(events, span)), default=0)) + 14


def _groups(events: Sequence[Event], span: Span) -> list[list[Event]]:
    near_ms = (span[1] - span[0]) * NEAR
    groups: list[list[Event]] = []
    for event in events:
        if groups and event["t_ms"] - groups[-1][0]["t_ms"] < near_ms:
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _text(group: Sequence[Event]) -> str:
    first = group[0]
    value = said(first["value"])
    text = first["event"] if not value or len(group) > 1 else f"{first['event']} {value.split(': ')[-1]}"
    short = text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…"
    return f"{short} +{len(group) - 1}" if len(group) > 1 else short


def limitations(lanes: Sequence[Sequence[Mapping[str, Any]]], axis: str) -> list[Figure]:
    """Return a thick line for each reason, on a lane for each stream."""
    found: dict[str, tuple[list[int | None], list[int | None]]] = {}
    for lane, rows in enumerate(lanes):
        for reason, begin, end in _runs(rows):
            times, heights = found.setdefault(reason, ([], []))
            times += [begin, end, None]
            heights += [lane, lane, None]
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": found[reason][0],
            "y": found[reason][1],
            "yaxis": axis,
            "name": "not limited" if reason == "none" else f"limited by {reason}",
            "line": {"color": colour, "width": 9},
            "hovertemplate": f"{reason}<extra></extra>",
        }
        for reason, colour in LIMITED.items()
        if reason in found
    ]


def _runs(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int, int]]:
    """Yield (reason, begin, end) of each time without a change; a sample tells of the time before it."""
    run: tuple[str, int, int] | None = None
    for row in rows:
        reason, end = row["limitation"], row["t_ms"]
        begin = end - (row["longest_ms"] or 0)
        if run and run[0] == reason and begin <= run[2] + 1000:
            run = (reason, run[1], end)
        else:
            if run:
                yield run
            run = (reason, begin, end) if reason else None
    if run:
        yield run
