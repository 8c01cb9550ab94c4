"""What a recording's log says of a peer connection, as our events: the names differ by tool and version."""

from collections.abc import Iterable
from typing import Any, Final

from collector.sources.traces.recorded import Recorded, Skips, parsed
from schemas.series import Object, Sample
from schemas.shape import clip

_STATES: Final = {
    "iceconnectionstatechange": ("ice_state", "ice_connected"),
    "connectionstatechange": ("connection_state", "dtls_connected"),
    "signalingstatechange": ("signaling_state", ""),
}
_UP: Final = frozenset({"connected", "completed"})
_WORDS: Final = frozenset(
    {"new", "checking", "connecting", "connected", "completed", "disconnected", "failed", "closed", "stable"}
    | {f"have-{side}-{kind}" for side in ("local", "remote") for kind in ("offer", "pranswer")}
)
ERROR_MAX: Final = 100
_PLAYS: Final = {"video": ("framesDecoded",), "audio": ("jitterBufferEmittedCount", "packetsReceived")}
"""What says that media was played; of several the first one that there is, since not every browser has it."""
_MEDIA: Final = "navigator.mediadevices.getusermediaon"


class Happenings:
    """Adds events to a recorded session, those that happen once only once."""

    def __init__(self, recorded: Recorded, skips: Skips) -> None:
        self._recorded = recorded
        self._skips = skips
        self._said: set[tuple[str, str]] = set()

    def note(self, t: float, pc: str, name: str, value: Any, where: str) -> None:
        """Add what the log says, or count that it is not kept.

        Args:
            t: when, ms since the Unix epoch.
            pc: of which peer connection; nothing where it is of none.
            name: the log's own name of it.
            value: the log's own value of it; a state may be JSON in JSON.
            where: its line or member.
        """
        if not 0 < t < 1e14:
            self._skips.note("the event has no time", name, where)
            return
        bare = name.lower().removeprefix("legacy").removeprefix("on")
        if bare in _STATES and pc:
            self._state(t, pc, bare, _state_of(value), where)
        elif bare in {"close", "peerconnectionclosed"} and pc:
            self._once(t, pc, "pc_closed")
        elif bare.startswith(_MEDIA):
            self._media(t, granted=bare.endswith("success"), value=value)
        else:
            self._skips.note("the event is not kept", name, where)

    def first_media(self, pc: str, readings: Iterable[Sample]) -> None:
        """Say when audio and video were first seen to play, as exactly as the readings tell."""
        for reading in readings:
            for one in reading.objects:
                if one["type"] == "inbound-rtp" and _plays(one):
                    self._once(reading.t, pc, f"first_{one['kind']}")

    def left(self, t: float, reason: str) -> None:
        """Say that the person left, at `t`, ms since the Unix epoch."""
        self._add(t, "", "left", {"reason": reason})

    def _state(self, t: float, pc: str, bare: str, state: str, where: str) -> None:
        if state not in _WORDS:
            self._skips.note("the state is none that W3C names", bare, where)
            return
        name, once = _STATES[bare]
        self._add(t, pc, name, {"state": state})
        if once and state in _UP:
            self._once(t, pc, once)

    def _media(self, t: float, *, granted: bool, value: Any) -> None:
        error = {} if granted or not isinstance(value, str) else {"error": clip(value, ERROR_MAX)}
        self._add(t, "", "media_permission", {"granted": granted, **error})

    def _once(self, t: float, pc: str, name: str) -> None:
        if (pc, name) not in self._said:
            self._said.add((pc, name))
            self._add(t, pc, name, None)

    def _add(self, t: float, pc: str, name: str, value: Any) -> None:
        about = {"pc": pc} if pc else {}
        self._recorded.events.append({"t": round(t, 1), "name": name, **about, "value": value})


def _plays(one: Object) -> bool:
    counts = [one[name] for name in _PLAYS.get(one.get("kind", ""), ()) if name in one]
    return bool(counts and counts[0] > 0)


def _state_of(value: Any) -> str:
    if isinstance(value, str) and value.startswith('"'):
        try:
            value = parsed(value)
        except ValueError:
            return ""
    return value if isinstance(value, str) else ""
