"""People to whom things happen: what is told of connections, and of coming and leaving."""

from typing import Any, Final

from tests.analytics.modelled import START, Medium, a_person

Told = tuple[float, str, dict[str, Any], str]
"""Second, name, value and peer connection of an event."""


def state(t: float, name: str, pc: str = "pc0", of: str = "ice_state") -> Told:
    """Return that a connection came into a state."""
    return (t, of, {"state": name}, pc)


def left(t: float, reason: str = "user") -> Told:
    """Return that somebody left."""
    return (t, "left", {"reason": reason}, "")


UP: Final = state(0, "connected")
BYE: Final = left(40)


def happening(
    seconds: int, events: list[Told], *media: Medium, session: str = "s", room: str = "standup"
) -> dict[str, Any]:
    """Return a person to whom things happen."""
    told = [
        {"t": START + 1000.0 * t, "name": name, "value": value, **({"pc": pc} if pc else {})}
        for t, name, value, pc in events
    ]
    return a_person(session, seconds, *media, room=room) | {"events": told}
