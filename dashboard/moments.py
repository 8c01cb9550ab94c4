"""Moments on figures along time: marks, such as deploys, as lines; where many incidents began, a triangle."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard.figures import INK, POOR, Figure, Span
from schemas.incidents import CAUSES

Row = Mapping[str, Any]
MANY: Final = 3
"""Sessions whose incidents begin in one step: so many are no accident of one person's wifi."""
NEAR: Final = 0.03
"""Marks nearer than this part of the range share a label."""
LABEL_LENGTH: Final = 22
FILTERS: Final = ("app", "browser", "os", "network_type", "country", "region")


def begins(rows: Sequence[Row], many: int = MANY) -> list[dict[str, Any]]:
    """Return where incidents of many sessions began after a step in which they did not: time, sessions, main cause.

    Args:
        rows: the answer of `fleet_incidents`.
        many: sessions.
    """
    by_step: dict[int, list[Row]] = {}
    for row in rows:
        by_step.setdefault(row["t_ms"], []).append(row)
    found, before = [], False
    for t_ms, own in sorted(by_step.items()):
        sessions = sum(row["session_count"] for row in own)
        main = max(own, key=lambda row: row["session_count"])["cause"]
        if sessions >= many and not before:
            found.append({"t_ms": t_ms, "sessions": sessions, "cause": main})
        before = sessions >= many
    return found


def name(mark: Row) -> str:
    """Return what stands beside a mark's line."""
    return " ".join(filter(None, (mark["name"], mark["version"])))


def told(mark: Row) -> str:
    """Return all that a mark says."""
    whom = ", ".join(mark[part] for part in FILTERS if mark[part])
    return ". ".join(filter(None, (name(mark), mark["text"], f"for {whom}" if whom else "")))


def draw(figure: Figure, marks: Sequence[Row], incidents: Sequence[Row], span: Span) -> Figure:
    """Add lines with their labels, and triangles, to a figure, and return it.

    Args:
        figure: along time.
        marks: the answer of `marks`.
        incidents: what `begins` returns.
        span: begin and end of the figure, ms.
    """
    layout = figure["layout"]
    layout["shapes"] = [
        *layout.get("shapes", []),
        *(_line(mark["t_ms"]) for mark in marks),
    ]
    layout["annotations"] = [
        *layout.get("annotations", []),
        *(_label(group, span) for group in _groups(marks, span)),
        *(_triangle(one) for one in incidents),
    ]
    return figure


def _line(t_ms: int) -> Figure:
    line = {"color": INK, "width": 1, "dash": "solid"}
    return {"type": "line", "yref": "paper", "x0": t_ms, "x1": t_ms, "y0": 0, "y1": 1, "line": line}


def _groups(marks: Sequence[Row], span: Span) -> list[list[Row]]:
    near_ms = (span[1] - span[0]) * NEAR
    groups: list[list[Row]] = []
    for mark in marks:
        if groups and mark["t_ms"] - groups[-1][0]["t_ms"] < near_ms:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _label(group: Sequence[Row], span: Span) -> Figure:
    """Name a group after its narrowest mark, the first of these: a deploy of one app before a server's start."""
    main = name(max(group, key=lambda mark: sum(bool(mark[part]) for part in FILTERS)))
    short = main if len(main) <= LABEL_LENGTH else main[: LABEL_LENGTH - 1] + "…"
    late = group[0]["t_ms"] > span[0] + (span[1] - span[0]) * 0.9
    return {
        "x": group[0]["t_ms"],
        "y": 1,
        "yref": "paper",
        "text": f"{short} +{len(group) - 1}" if len(group) > 1 else short,
        "hovertext": "<br>".join(map(told, group[:20])),
        "showarrow": False,
        "xanchor": "right" if late else "left",
        "yanchor": "top",
        "xshift": -2 if late else 2,
        "font": {"size": 10, "color": INK},
    }


def _triangle(one: Row) -> Figure:
    return {
        "x": one["t_ms"],
        "y": 0,
        "yref": "paper",
        "text": "▲",
        "hovertext": f"incidents of {one['sessions']} sessions began, mostly {CAUSES.get(one['cause'], one['cause'])}",
        "showarrow": False,
        "yanchor": "bottom",
        "font": {"size": 10, "color": POOR},
    }
