"""What aiortc knows and does not say: the only place that reads its private attributes.

Every reader checks what it finds and answers None or nothing where an attribute is missing or of another shape, so a
new aiortc costs members, never a wrong number or an exception.
"""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

_RECEIVER: Final = "_RTCRtpReceiver__"
_KNOWN_FROM: Final = (1, 16)
_KNOWN_BELOW: Final = (2, 0)
_FID: Final = re.compile(r"^a=ssrc-group:FID (\d+) (\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Received:
    """The receiver's counters of one SSRC; jitter in ticks of `clock_rate`."""

    packets: int
    lost: int
    jitter_ticks: int
    clock_rate: int


@dataclass(frozen=True, slots=True)
class Codec:
    """A negotiated codec."""

    mime_type: str
    payload_type: int
    clock_rate: int
    channels: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The nominated candidate pair, without addresses: candidate types and the protocol."""

    local_type: str
    remote_type: str
    protocol: str


def is_known_version() -> bool:
    """Return whether the installed aiortc is one whose private attributes were looked at."""
    try:
        numbers = tuple(int(part) for part in version("aiortc").split(".")[:2])
    except (PackageNotFoundError, ValueError):
        return False
    return _KNOWN_FROM <= numbers < _KNOWN_BELOW


def received(receiver: Any) -> dict[int, Received] | None:
    """Return the counters of every SSRC that the receiver has seen, None if they cannot be read.

    The public statistics hold one object per receiver, in which the last SSRC overwrites the others.
    """
    streams = getattr(receiver, f"{_RECEIVER}remote_streams", None)
    if not is_known_version() or not isinstance(streams, dict):
        return None
    found = {ssrc: _counters(stream) for ssrc, stream in streams.items()}
    return {ssrc: one for ssrc, one in found.items() if one is not None}


def _counters(stream: Any) -> Received | None:
    values = [getattr(stream, name, None) for name in ("packets_received", "packets_lost", "jitter", "_clockrate")]
    if not all(isinstance(value, int) for value in values):
        return None
    return Received(*values)  # type: ignore[arg-type] # just checked


def rtx_ssrcs(pc: Any, receiver: Any) -> set[int]:
    """Return the SSRCs that carry retransmissions to this connection: from the remote SDP and from the receiver."""
    description = pc.remoteDescription
    found = {int(match[2]) for match in _FID.finditer(description.sdp)} if description else set()
    mapping = getattr(receiver, f"{_RECEIVER}rtx_ssrc", None)
    if is_known_version() and isinstance(mapping, dict):
        found.update(mapping)
    return found


def codec(transceiver: Any) -> Codec | None:
    """Return the codec that both ends prefer, None before the negotiation or if it cannot be read."""
    negotiated = getattr(transceiver, "_codecs", None)
    if not is_known_version() or not isinstance(negotiated, list) or not negotiated or transceiver.mid is None:
        return None
    first = negotiated[0]
    mime_type, payload_type = getattr(first, "mimeType", None), getattr(first, "payloadType", None)
    clock_rate = getattr(first, "clockRate", None)
    if not isinstance(mime_type, str) or not isinstance(payload_type, int) or not isinstance(clock_rate, int):
        return None
    return Codec(mime_type, payload_type, clock_rate, getattr(first, "channels", None))


def nominated_pair(ice_transport: Any) -> Pair | None:
    """Return the types of the nominated pair's candidates, None while there is none or if it cannot be read."""
    nominated = getattr(getattr(ice_transport, "_connection", None), "_nominated", None)
    if not is_known_version() or not isinstance(nominated, dict) or not nominated:
        return None
    pair = next(iter(nominated.values()))
    local, remote = getattr(pair, "local_candidate", None), getattr(pair, "remote_candidate", None)
    values = (getattr(local, "type", None), getattr(remote, "type", None), getattr(local, "transport", None))
    if not all(isinstance(value, str) for value in values):
        return None
    return Pair(*values)  # type: ignore[arg-type] # just checked
