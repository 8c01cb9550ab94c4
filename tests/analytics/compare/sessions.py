"""Sessions as `cohort_sessions` answers them."""

from collections.abc import Mapping
from typing import Any, Final

USUAL: Final[Mapping[str, Any]] = {
    "app": "a/1", "browser": "firefox", "os": "Linux", "network_type": "wifi", "network": "AS1", "country": "",
    "region": "eu", "node": "n", "tried": 1, "had_media": 1, "how_ended": "left", "first_media_ms": 900,
    "known_minutes": 10, "affected_minutes": 0, "loss": 0.01, "of_sessions": 1, "rtt": 50.0, "jitter": 5.0,
    "freeze": None, "concealed": 0.0, "scale": "FB", "mos": 4.2, "incidents": 0,
}  # fmt: skip


def a_session(name: str, room: str = "", **more: Any) -> dict[str, Any]:
    """Return a good session, in a room of its own unless one is named."""
    return {**USUAL, "session": name, "room": room or f"room of {name}", **more}
