"""The tables of sessions and rooms, the worst first; the same columns and numbers wherever they stand."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import cards
from dashboard.address import View, link


def sessions(
    rows: Sequence[Mapping[str, Any]], view: View, caption: str, table_id: str, *, of_one_room: bool = False
) -> Any:
    """Return the table of sessions; those of one room need not say which."""
    columns = {
        "session": "Session",
        "who": "Participant",
        "room": "Room",
        "poor": "Poor minutes",
        "loss": "Loss",
        "rtt": "Round trip",
        "jitter": "Jitter",
        "network": "Network",
        "client": "Client",
        "region": "Region",
        "app": "App",
    }
    if of_one_room:
        del columns["room"]
    shown = [
        {
            "session": cards.link(row["session"][:18], link("session", row["session"], view)),
            "who": row["who"],
            "room": cards.link(row["room_name"], link("room", row["room_name"], view)),
            "poor": f"{row['affected_minutes']} of {row['minutes']}",
            "loss": cards.judged("loss_ratio", row["loss"]),
            "rtt": cards.judged("rtt_ms", row["rtt"]),
            "jitter": cards.judged("jitter_ms", row["jitter"]),
            "network": row["network"],
            "client": row["browser_name"],
            "region": row["region_name"] or row["country_code"],
            "app": row["app_version"],
        }
        for row in rows
    ]
    return cards.table(columns, shown, caption, table_id)


def rooms(rows: Sequence[Mapping[str, Any]], view: View) -> Any:
    """Return the table of rooms."""
    columns = {
        "room": "Room",
        "affected": "Affected sessions",
        "share": "Poor time",
        "loss": "Loss",
        "rtt": "Round trip",
    }
    shown = [
        {
            "room": cards.link(row["room"], link("room", row["room"], view)),
            "affected": f"{row['affected_sessions']} of {row['sessions']}",
            "share": cards.UNKNOWN if row["affected_share"] is None else f"{row['affected_share']:.0%}",
            "loss": cards.judged("loss_ratio", row["loss"]),
            "rtt": cards.judged("rtt_ms", row["rtt"]),
        }
        for row in rows
    ]
    return cards.table(columns, shown, "Worst rooms", "worst-rooms")
