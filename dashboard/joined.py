"""Who says what of a session: its own end, and servers that saw or measured it; and what other systems call it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from dash import html

from dashboard import cards, times
from dashboard.address import View, link

Row = Mapping[str, Any]
TOLD_BY: Final[dict[str, str]] = {"livekit": "LiveKit webhook", "janus": "Janus"}
NAMES: Final = {"livekit": "LiveKit", "janus": "Janus"}
_COLUMNS: Final = {
    "session": "Session",
    "told_by": "Told by",
    "why": "Because of",
    "when": "When (UTC)",
    "refs": "Names",
}
_SAID: Final = msgspec.json.Decoder(dict[str, dict[str, str]])


def part_of(name: str, links: Sequence[Row]) -> str:
    """Return the session to which a session belongs, its own id where that is none."""
    return next((row["canonical"] for row in links if row["session"] == name), name)


def spanned(facts: Row, name: str, links: Sequence[Row]) -> dict[str, Any]:
    """Return the facts of a session with the times of what belongs to it, and `part_of`: to what it belongs itself."""
    whole = part_of(name, links)
    own = [row for row in links if whole == name]
    return {
        **facts,
        "first_ms": min([facts["first_ms"], *(row["first_ms"] for row in own)]),
        "last_ms": max([facts["last_ms"], *(row["last_ms"] for row in own)]),
        "part_of": "" if whole == name else whole,
    }


def systems(links: Sequence[Row]) -> list[str]:
    """Return the systems that have names for a session."""
    return sorted({system for row in links for said in row["refs"] for system in _SAID.decode(said)})


def tellers(name: str, role: str, links: Sequence[Row]) -> dict[str, str]:
    """Return who tells the events of each session that is shown: the client, or a server by its system."""
    own: str = role
    known = systems([row for row in links if row["session"] == name])
    if role == "server" and known:
        own = TOLD_BY.get(known[0], known[0])
    others: dict[str, str] = {
        row["session"]: TOLD_BY.get(row["system"], str(row["system"])) for row in links if row["system"]
    }
    return others | {name: own}


def note(facts: Row, view: View) -> list[Any]:
    """Return what stands above a page of what belongs to another session."""
    if not facts["part_of"]:
        return []
    whole = cards.link(facts["part_of"], link("session", facts["part_of"], view))
    return [html.P(["This is what a server saw of session ", whole, ", and is counted there."], className="card why")]


def table(name: str, role: str, links: Sequence[Row], view: View) -> list[Any]:
    """Return the card of the sessions that are one, with their names in other systems; none where there are none."""
    told_by = tellers(name, role, links)
    shown = [
        {
            "session": cards.link(row["session"], link("session", row["session"], view)),
            "told_by": told_by.get(row["session"], "client") + (", measured" if row["measures"] else ""),
            "why": _why(row),
            "when": times.span(row["first_ms"], row["last_ms"]),
            "refs": "; ".join(names(row["refs"])),
        }
        for row in links
    ]
    return (
        [cards.table(_COLUMNS, shown, "One session: who tells of it, and its names in other systems", "session-links")]
        if shown
        else []
    )


def names(refs: Sequence[str]) -> list[str]:
    """Return what `refs` say, each once: LiveKit sid PA_1."""
    told = {
        f"{NAMES.get(system, system)} {field} {value}"
        for said in refs
        for system, fields in _SAID.decode(said).items()
        for field, value in fields.items()
    }
    return sorted(told)


def _why(row: Row) -> str:
    if row["session"] == row["canonical"]:
        return ""
    return "goes on from the one before" if row["field"] == "reconnect" else f"same {row['field']}"
