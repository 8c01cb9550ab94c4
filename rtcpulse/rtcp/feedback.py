"""Feedback that aiortc's parser does not read: transport-wide arrival times, and the receiver's estimate (REMB).

Formats: draft-holmer-rmcat-transport-wide-cc-extensions-01 (RTPFB, format 15), draft-alvestrand-rmcat-remb-03 (PSFB,
format 15).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aiortc.rtp import unpack_remb_fci

from schemas.errors import MalformedPacket

TRANSPORT_WIDE: Final = 15
TICK_MS: Final = 0.25
REFERENCE_MS: Final = 64
REMB_BPS_MAX: Final = 1e12
_SMALL, _LARGE = 1, 2


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """What a receiver says of packets by their transport-wide sequence number, `base` and on.

    `arrivals_ms` has one entry a packet on the receiver's clock, None of those that did not come. `count` numbers the
    feedbacks (8 bits).
    """

    ssrc: int
    base: int
    count: int
    arrivals_ms: list[float | None]


@dataclass(frozen=True, slots=True)
class Remb:
    """A receiver's estimate of what it can be sent, in bits per second, for these SSRCs together."""

    bitrate_bps: float
    ssrcs: list[int]


def parse_remb(fci: bytes) -> Remb | None:
    """Return the estimate, None where a PSFB packet of format 15 is something else.

    Raises:
        MalformedPacket: it is one, and broken.
    """
    if fci[:4] != b"REMB":
        return None
    try:
        bitrate_bps, ssrcs = unpack_remb_fci(fci)
    except (ValueError, struct.error):
        raise MalformedPacket(f"RTCP REMB: {len(fci)} bytes for its SSRCs") from None
    # Receivers say the largest number that there is where they know no limit.
    return Remb(float(bitrate_bps), ssrcs) if bitrate_bps <= REMB_BPS_MAX else None


def parse_transport(payload: bytes) -> TransportFeedback:
    """Return the feedback.

    Args:
        payload: the packet without its header of four bytes and without padding.

    Raises:
        MalformedPacket: its chunks or deltas are cut off.
    """
    if len(payload) < 16:
        raise MalformedPacket(f"transport-wide feedback of {len(payload)} bytes")
    ssrc, _, base, status_count = struct.unpack_from("!LLHH", payload)
    reference, count = int.from_bytes(payload[12:15], "big", signed=True), payload[15]
    symbols, place = _symbols(payload, 16, status_count)
    arrivals: list[float | None] = []
    now_ms = float(reference * REFERENCE_MS)
    for symbol in symbols:
        size = symbol if symbol in (_SMALL, _LARGE) else 0
        if place + size > len(payload):
            raise MalformedPacket("transport-wide feedback: its receive deltas are cut off")
        delta = int.from_bytes(payload[place : place + size], "big", signed=size == _LARGE)
        place += size
        now_ms += delta * TICK_MS
        arrivals.append(now_ms if size else None)
    return TransportFeedback(ssrc, base, count, arrivals)


def _symbols(payload: bytes, place: int, count: int) -> tuple[list[int], int]:
    """Return the status symbol of each packet, and where the deltas begin."""
    symbols: list[int] = []
    while len(symbols) < count:
        if place + 2 > len(payload):
            raise MalformedPacket(f"transport-wide feedback: {len(symbols)} of {count} packets have a status")
        symbols += _chunk(int.from_bytes(payload[place : place + 2], "big"))
        place += 2
    return symbols[:count], place


def _chunk(chunk: int) -> Iterator[int]:
    if not chunk & 0x8000:  # a run of one symbol
        yield from [(chunk >> 13) & 3] * (chunk & 0x1FFF)
    elif chunk & 0x4000:  # seven symbols of two bits
        yield from ((chunk >> shift) & 3 for shift in range(12, -1, -2))
    else:  # fourteen of one bit
        yield from ((chunk >> shift) & 1 for shift in range(13, -1, -1))
