"""The incidents of a session or of a room: when, how bad, from what, on whose side, and what was seen."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from dashboard import cards, times
from dashboard.address import View
from dashboard.incidentview import IncidentView
from schemas.counted import counted, worded
from schemas.incidents import CAUSES, SIDES

Row = Mapping[str, Any]


RARE: Final = 0.05
LINES: Final = 2
MOST: Final = 10
"""Incidents of a session of which is told who else was degraded: the latest."""


def of_session(rows: Sequence[Row], radius: Mapping[str, Sequence[Row]]) -> Any:
    """Return the answer of `session_incidents` as a table, the sentence where there is none.

    Args:
        rows: the incidents.
        radius: the answer of `incident_radius`, by incident.
    """
    if not rows:
        return cards.empty("No incident in this range.")
    shown = [
        {
            "began": cards.link(times.clock(row["began_ms"]), f"/incident/{row['incident']}"),
            "length": times.length(row["ended_ms"] - row["began_ms"]),
            "severity": _severity(row["severity"]),
            "cause": html.Span(CAUSES[row["cause"]], title=row["rule"]),
            "side": SIDES[row["side"]],
            "evidence": [
                html.Div(sentence) for sentence in (*row["evidence"], *shared(radius.get(row["incident"], ())))
            ],
        }
        for row in rows
    ]
    columns = {
        "began": "Began (UTC)", "length": "Length", "severity": "Severity", "cause": "Cause", "side": "Side",
        "evidence": "Evidence",
    }  # fmt: skip
    return cards.table(columns, shown, "Incidents, over the range above", "session-incidents")


def shared(radius: Sequence[Row]) -> list[str]:
    """Return who else was degraded meanwhile, where that is unlikely by chance: a sentence a circumstance."""
    rare = [row for row in radius if row["degraded"] and row["by_chance"] < RARE]
    return [
        f"{row['degraded']} of {counted(row['sessions'], 'other')} with {row['circumstance']} {row['value']} "
        f"{worded(row['degraded'], 'was', 'were')} degraded too, "
        f"{row['other_degraded']} of {row['other_sessions']} without it; by chance: {_chance(row['by_chance'])}"
        for row in rare[:LINES]
    ]


def _chance(share: float) -> str:
    return "under 0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


def of_room(rows: Sequence[Row], room: str) -> Any:
    """Return the answer of `room_incidents` as a table, each run with the way to its incidents; a sentence for none."""
    if not rows:
        return cards.empty("No incident in this range.")
    shown = [
        {
            "began": cards.link(times.clock(row["began_ms"]), _incidents_of(row, room)),
            "length": times.length(row["ended_ms"] - row["began_ms"]),
            "severity": _severity(row["worst"]),
            "sessions": f"{row['sessions']:,}",
            "causes": ", ".join(CAUSES[cause] for cause in row["causes"]),
            "sides": ", ".join(SIDES[side] for side in row["sides"]),
        }
        for row in rows
    ]
    columns = {
        "began": "Began (UTC)", "length": "Length", "severity": "Worst", "sessions": "Sessions", "causes": "Causes",
        "sides": "Sides",
    }  # fmt: skip
    return cards.table(columns, shown, "Incidents of its sessions, merged while they overlap", "room-incidents")


def _incidents_of(row: Row, room: str) -> str:
    """Return the address of the list of a run's incidents."""
    span = View(since=str(row["began_ms"] - 1000), until=str(row["ended_ms"] + 1000))
    return f"/incidents{IncidentView(span, room=room).search()}"


def _severity(word: str) -> Any:
    return html.Span(word, className="" if word == "minor" else "poor")
