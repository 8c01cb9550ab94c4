"""By which of their `refs` two sessions are one: what other systems call the same person in the same room.

A client says in `refs` who it is to the system that carries its media, and a server's view of it says the same:
LiveKit's webhooks, Janus's events. `session.refs` is `{system: {field: value}}`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Joining:
    """The fields of one system.

    Attributes:
        keys: two sessions of which any has the same value are of one person at one time.
        spelled: other spellings of a field.
        person: who somebody is in a room, over a reconnect that gives new keys; empty: the system has no such name.
        room: the room's name.
        instance: tells a room from a later one of its name, where both sessions say it.
    """

    keys: tuple[str, ...]
    spelled: tuple[tuple[str, str], ...] = ()
    person: str = ""
    room: str = ""
    instance: str = ""


JOINING: Final = {
    "livekit": Joining(("sid",), person="identity", room="room", instance="roomSid"),
    "janus": Joining(("opaque_id", "handle"), spelled=(("opaqueId", "opaque_id"),)),
}

GOODBYES: Final = frozenset(
    {"client_initiated", "participant_removed", "room_deleted", "room_closed", "user_rejected", "user_unavailable"}
)
"""Reasons of `left` after which somebody who joins again has come back, and did not reconnect."""

REPLACED: Final = "duplicate_identity"
"""The reason of `left` where the same person joined anew meanwhile: a full reconnect, or another page."""

BROKEN: Final = frozenset({"connection_timeout", "media_failure", "signal_close", "state_mismatch", "ice_failed"})
"""Reasons of `left`, in small letters, that say that nobody said goodbye: the session was dropped."""

ABORTED: Final = frozenset({"connection_aborted", "join_failure"})
"""Reasons of `left` of those who never got in."""

REJOINED: Final = "rejoined"
"""The reason that stands where no `left` came and the same person joined the same room again: it was over by then."""

ROOM_FINISHED: Final = "room_finished"
"""The reason that stands where no `left` came and the server closed the room: it was over by then."""
