"""What happens at a Janus as events of ours: sessions, handles, ICE, DTLS, media that come or not, rooms of plugins."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from collector.sources import janusevents as wire
from collector.sources import janusstats
from collector.sources.janusevents import Candidate, Envelope, read_at
from schemas.batch import Event, Stats

NAME_MAX: Final = 256
ICE_STATES: Final = {
    "gathering": "new",
    "connecting": "checking",
    "connected": "connected",
    "ready": "completed",
    "disconnected": "disconnected",
    "failed": "failed",
}
"""States of libnice by W3C's names."""
_GONE: Final = ("left", {"reason": "leaving"})
_STREAMING: Final = "streaming"
_COME_AND_GO: Final[dict[str, tuple[str, Any]]] = {"joined": ("joined", None), "leaving": _GONE, "left": _GONE}
"""What VideoRoom and AudioBridge say of a person; `leaving` is the one's word and `left` the other's."""
_WAYS: Final = {"uplink": "outbound", "downlink": "inbound"}


class Told(NamedTuple):
    """What one event of Janus's says.

    Args:
        events: of ours: name and value.
        stats: of W3C's.
        room: where a plugin names it.
        participant: likewise.
        plugin: the peer connection's label.
    """

    events: tuple[tuple[str, Any], ...] = ()
    stats: tuple[Any, ...] = ()
    room: str = ""
    participant: str = ""
    plugin: str = ""


def told(envelope: Envelope) -> Told | None:
    """Return what an event says; None of what is not kept: SDP, candidates, requests of the API, and types of no use.

    Raises:
        Refused: it cannot be read, with the place below `$`.
    """
    read = _READERS.get(envelope.type)
    return read(envelope) if read else None


def events(envelope: Envelope, said: Told, pc: str) -> list[Event]:
    """Return the events at the time and of the peer connection of what was told."""
    return [Event(envelope.timestamp / 1000, name, pc, value) for name, value in said.events]


def _session(envelope: Envelope) -> Told | None:
    name = read_at(envelope.event, wire.named, "$.event").name
    if name in ("destroyed", "timeout"):
        return Told((("left", {"reason": name}),))
    return Told((("signal_connected", None),)) if name == "created" else None


def _handle(envelope: Envelope) -> Told | None:
    event = read_at(envelope.event, wire.named, "$.event")
    plugin = _short(event.plugin)
    if event.name == "detached":
        return Told((("pc_closed", {"reason": "detached"}),), plugin=plugin)
    return Told((("attached", {"plugin": plugin}),), plugin=plugin) if event.name == "attached" else None


def _webrtc(envelope: Envelope) -> Told | None:
    event = read_at(envelope.event, wire.webrtc, "$.event")
    if event.ice:
        return _ice(event.ice)
    if event.candidates is not None:
        pair = (event.candidates.local or Candidate(), event.candidates.remote or Candidate())
        return Told(stats=tuple(_pair(*pair)))
    if event.dtls:
        return _dtls(event.dtls)
    if event.connection == "webrtcup":
        return Told((_connection("connected"),))
    return _hangup(event.reason) if event.connection == "hangup" else None


def _ice(state: str) -> Told | None:
    known = ICE_STATES.get(state)
    if known is None:
        return None
    first = (("ice_connected", None),) if known == "connected" else ()
    return Told((("ice_state", {"state": known}), *first))


def _dtls(state: str) -> Told | None:
    if state == "connected":
        return Told((("dtls_connected", None),))
    if state == "failed":
        return Told((_connection("failed"), ("error", {"stage": "dtls", "code": "failed"})))
    return Told((_connection("connecting"),)) if state == "trying" else None


def _hangup(reason: str) -> Told:
    """A connection that Janus gave up on has failed; else one of the two ends closed it."""
    lower = reason.lower()
    state = "failed" if any(word in lower for word in ("fail", "error", "timeout")) else "closed"
    return Told((_connection(state), ("pc_closed", {"reason": reason})))


def _connection(state: str) -> tuple[str, Any]:
    return "connection_state", {"state": state}


def _pair(local: Candidate, remote: Candidate) -> list[Any]:
    kinds = [("local-candidate", "CL", local), ("remote-candidate", "CR", remote)]
    ends = [
        Stats(type=kind, id=name, candidateType=end.type or None, protocol=end.transport or None)
        for kind, name, end in kinds
    ]
    pair = Stats(
        type="candidate-pair", id="CP", localCandidateId="CL", remoteCandidateId="CR", nominated=True, state="succeeded"
    )
    return [pair, *ends]


def _media(envelope: Envelope) -> Told | None:
    event = envelope.event
    if envelope.subtype == wire.COUNTERS or wire.has_counters(event):
        from_counters = [one for told in wire.counters(event) for one in janusstats.stats(told)]
        return Told(stats=tuple(from_counters)) if from_counters else None
    media = read_at(event, wire.media, "$.event")
    of = {"mid": media.mid, "kind": media.media.partition("-")[0]}
    if media.receiving is not None:
        seconds = {} if media.seconds is None else {"seconds": media.seconds}
        return Told((("receiving", {**of, "receiving": media.receiving, **seconds}),))
    if media.slow_link in _WAYS:
        return Told((("slow_link", {**of, "direction": _WAYS[media.slow_link], "lost": media.lost_lastsec}),))
    return None


def _plugin(envelope: Envelope) -> Told | None:
    event = read_at(envelope.event, wire.plugin, "$.event")
    data: Mapping[str, Any] = event.data if isinstance(event.data, dict) else {}
    plugin = _short(event.plugin)
    name = _text(data.get("event")) or (_text(data.get("status")) if plugin == _STREAMING else "")
    room = _text(data.get("room"))
    who = _text(data.get("display")) or (_text(data.get("id")) if name == "joined" else "")
    known = _COME_AND_GO.get(name)
    if not (name or room):
        return None
    said = known or (plugin or "plugin", {"event": name, **_mountpoint(plugin, data)})
    return Told((said,) if name else (), room=room, participant=who, plugin=plugin)


def _mountpoint(plugin: str, data: Mapping[str, Any]) -> dict[str, str]:
    """Return what a viewer watches: the streaming plugin says `starting`, `pausing`, `switching`, `stopping` of it."""
    of = _text(data.get("id")) if plugin == _STREAMING else ""
    return {"mountpoint": of} if of else {}


def _text(value: Any) -> str:
    """Return a name of a plugin's, which may be a number; nothing where it is neither, or longer than names may be."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if len(text) <= NAME_MAX else ""


def _short(plugin: str) -> str:
    return plugin.removeprefix("janus.plugin.")


_READERS: Final[dict[int, Callable[[Envelope], Told | None]]] = {
    wire.SESSION: _session,
    wire.HANDLE: _handle,
    wire.WEBRTC: _webrtc,
    wire.MEDIA: _media,
    wire.PLUGIN: _plugin,
}
