"""Who was in a room without telemetry: what a server saw of them, or what a client said that never had media."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import cards, times
from dashboard.address import View, link
from dashboard.sessiontiles import ENDINGS
from schemas.counted import counted

MOST: Final = 100
TELLS: Final = {"server": "no telemetry: only the server tells", "client": "no samples: its client had no media"}
COLUMNS: Final = {
    "who": "Participant",
    "session": "Session",
    "came": "Joined (UTC)",
    "left": "Left (UTC)",
    "ending": "How",
    "reconnects": "Reconnects",
    "tells": "Telemetry",
}


def table(rows: Sequence[Mapping[str, Any]], view: View) -> list[Any]:
    """Return the table of the answer of `room_silent`; none where everybody has samples."""
    if not rows:
        return []
    shown = [
        {
            "who": row["participant"] or cards.UNKNOWN,
            "session": cards.link(row["session"][:18], link("session", row["session"], view)),
            "came": times.day(row["came_ms"]) if row["has_joined"] else f"tried {times.day(row['came_ms'])}",
            "left": cards.UNKNOWN if row["left_ms"] is None else times.day(row["left_ms"]),
            "ending": _ending(row),
            "reconnects": str(row["reconnects"]),
            "tells": TELLS[row["role"]],
        }
        for row in rows
    ]
    beyond = f", the first {MOST}" if len(rows) >= MOST else ""
    caption = f"Without telemetry: {counted(len(rows), 'session')} that nobody measured{beyond}"
    return [cards.table(COLUMNS, shown, caption, "room-silent")]


def _ending(row: Mapping[str, Any]) -> str:
    if row["ending"] == "unknown":
        return "not seen to leave"
    ending = ENDINGS[row["ending"]].removeprefix("ended: ")
    return f"{ending}: {row['left_reason']}" if row["left_reason"] else ending
