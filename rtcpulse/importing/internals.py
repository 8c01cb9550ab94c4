"""Dumps of chrome://webrtc-internals, from Chrome 86's to today's: a list of values for each member of each id."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from collector.sources.traces.client import client_of
from collector.sources.traces.happenings import Happenings
from collector.sources.traces.members import epoch_ms, plain
from collector.sources.traces.recorded import Recorded, Skips, parsed
from rtcpulse.importing.placing import EXACT_MS, Values, in_a_row, near, offset, polls, reported, spread
from rtcpulse.importing.recording import Recording
from schemas.errors import UnreadableRecording
from schemas.series import Sample
from schemas.shape import clip

_TYPES: Final = {
    "RTCInboundRTP": "inbound-rtp", "RTCOutboundRTP": "outbound-rtp", "RTCRemoteInboundRtp": "remote-inbound-rtp",
    "RTCRemoteOutboundRTP": "remote-outbound-rtp", "RTCTransport": "transport",
    "RTCIceCandidatePair": "candidate-pair", "RTCCodec": "codec", "RTCAudioSource": "media-source",
    "RTCVideoSource": "media-source", "RTCMediaStreamTrack": "track", "RTCMediaStream": "stream",
    "RTCCertificate": "certificate", "RTCDataChannel": "data-channel", "RTCPeerConnection": "peer-connection",
}  # fmt: skip
"""Chrome 86 and its like write no type; their ids begin with it."""
_GOOG: Final = "legacy goog"


def recognises(first: Any, plain_bytes: bytes) -> bool:
    """Return whether a file is such a dump; `first` is the JSON value of its first line, where it is one."""
    if isinstance(first, Mapping):
        return "PeerConnections" in first
    return first is None and plain_bytes.lstrip()[:1] == b"{" and b'"PeerConnections"' in plain_bytes


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a dump; each page of the browser is a session of its own.

    Raises:
        UnreadableRecording: it is cut off or has another shape.
    """
    dump = recording.whole()
    connections = dump.get("PeerConnections") if isinstance(dump, Mapping) else None
    if not isinstance(connections, Mapping):
        raise UnreadableRecording(f"{recording.path}: the member PeerConnections is no object")
    pages: dict[tuple[str, str], Recorded] = {}
    happenings: dict[int, Happenings] = {}
    for name, pc in ((clip(key), pc) for key, pc in connections.items()):
        if not name or not isinstance(pc, Mapping):
            skips.note("the peer connection is no object, or has no name", name, f"PeerConnections.{name}")
            continue
        page = (name.partition("-")[0], str(pc.get("url", "")))
        one = pages.setdefault(page, Recorded(client_of(dump.get("UserAgent"), dump.get("UserAgentData"))))
        told = happenings.setdefault(id(one), Happenings(one, skips))
        for sample in _readings(pc.get("stats"), skips, name):
            one.add(name, sample, skips, f"PeerConnections.{name}.stats")
        _events(told, pc.get("updateLog"), name, skips)
        told.first_media(name, one.pcs.get(name, ()))
    return list(pages.values())


def _events(told: Happenings, log: Any, pc: str, skips: Skips) -> None:
    for place, entry in enumerate(log if isinstance(log, list) else ()):
        where = f"PeerConnections.{pc}.updateLog[{place}]"
        t = epoch_ms(entry.get("timestamp")) if isinstance(entry, Mapping) else None
        if t is None:
            skips.note("the event's time is written in the user's own way, which is ambiguous", "", where)
        else:
            told.note(t, pc, str(entry.get("type", "")), entry.get("value"), where)


def _readings(stats: Any, skips: Skips, pc: str) -> Iterator[Sample]:
    """Yield the samples of a peer connection, poll by poll."""
    members, types = _parsed(stats, skips, pc)
    has_times = any("timestamp" in own for own in members.values())
    times = {name: _times(own) for name, own in members.items()}
    local = [at for name, at in times.items() if not types[name].startswith("remote-")]
    at = polls(local) if has_times else max(local, key=len, default=[])
    found: list[dict[str, dict[str, Any]]] = [defaultdict(dict) for _ in at]
    for name, own in members.items():
        where = f"PeerConnections.{pc}.stats.{name}"
        if has_times:
            places = (reported if types[name].startswith("remote-") else near)(times[name], at)
        else:
            places = in_a_row(times[name], at)
        _place(found, name, own, (times[name], places, EXACT_MS if has_times else _step(times[name]) / 2), skips, where)
    for t, objects in zip(at, found, strict=True):
        kept = [
            plain(one | {"id": name, "type": types[name]}, skips, f"PeerConnections.{pc}.stats.{name}")
            for name, one in objects.items()
        ]
        yield Sample(t, [one for one in kept if one is not None])


def _place(
    found: list[dict[str, dict[str, Any]]],
    name: str,
    own: Mapping[str, Values],
    when: tuple[list[float], list[int | None], float],
    skips: Skips,
    where: str,
) -> None:
    """Put an object's values into the readings that they belong to."""
    times, places, slack_ms = when
    for member, line in own.items():
        begin = offset(line, times, slack_ms)
        if begin is None:
            skips.note("nobody knows to which times the values belong", member, where, len(line.values))
            continue
        for value, place in zip(line.values, places[begin : begin + len(line.values)], strict=True):
            if place is not None:
                found[place][name][member] = value


def _parsed(stats: Any, skips: Skips, pc: str) -> tuple[dict[str, dict[str, Values]], dict[str, str]]:
    """Return the members of every stats id, and its type."""
    members: dict[str, dict[str, Values]] = defaultdict(dict)
    types: dict[str, str] = {}
    for key, entry in stats.items() if isinstance(stats, Mapping) else ():
        where = f"PeerConnections.{pc}.stats.{key}"
        name, _, member = key.rpartition("-")
        if "-[" in key:
            skips.note("the member is derived from others", "[" + key.partition("-[")[2], where)
            continue
        values = _values(entry)
        if values is None or not name:
            skips.note("the values are no JSON list", member, where)
            continue
        told = entry.get("statsType") or types.get(name) or _type(name)
        if member.startswith("goog") or told == "ssrc" or not told:
            skips.note("the stats type is not kept", _GOOG if not told or told == "ssrc" else str(told), where)
            continue
        types[name] = str(told)
        members[name][member] = values
    for name, own in members.items():
        if types[name] == "candidate":
            types[name] = "remote-candidate" if _is_remote(own) else "local-candidate"
    return members, types


def _type(name: str) -> str:
    if name.startswith("RTCIceCandidate_"):
        return "candidate"
    return next((kind for begin, kind in _TYPES.items() if name.startswith(begin)), "")


def _is_remote(own: Mapping[str, Values]) -> bool:
    return bool("isRemote" in own and own["isRemote"].values and own["isRemote"].values[-1])


def _values(entry: Any) -> Values | None:
    if not isinstance(entry, Mapping):
        return None
    values = entry.get("values")
    try:
        values = parsed(values) if isinstance(values, str) else values
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, list):
        return None
    return Values(values, epoch_ms(entry.get("startTime")), epoch_ms(entry.get("endTime")))


def _times(own: Mapping[str, Values]) -> list[float]:
    """Return an object's times: its own, else estimated along its longest list."""
    if "timestamp" in own:
        return [epoch_ms(t) or 0.0 for t in own["timestamp"].values]
    return spread(max(own.values(), key=lambda line: len(line.values)))


def _step(times: list[float]) -> float:
    return (times[-1] - times[0]) / max(1, len(times) - 1) if times else 0.0
