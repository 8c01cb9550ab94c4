"""A datagram of RTCP into its packets: the frame strictly here, the bodies by aiortc's parser or our own.

A frame that is broken refuses the datagram, since that is what encrypted RTCP looks like; a broken body costs itself.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from aiortc import rtp as aiortc

from rtcpulse.rtcp import extended, feedback
from schemas.errors import MalformedPacket

EXTENDED: Final = 207
TYPES: Final = range(192, 224)
_HEADER: Final = 4
_SENDER_INFO: Final = 20
_BLOCK: Final = 24
_NAMES: Final = {200: "SR", 201: "RR", 202: "SDES", 203: "BYE", 204: "APP", 205: "RTPFB", 206: "PSFB", EXTENDED: "XR"}

Known = (
    aiortc.RtcpSrPacket
    | aiortc.RtcpRrPacket
    | aiortc.RtcpByePacket
    | aiortc.RtcpRtpfbPacket
    | aiortc.RtcpPsfbPacket
    | extended.ExtendedReport
    | feedback.TransportFeedback
    | feedback.Remb
)


@dataclass(slots=True)
class Compound:
    """A datagram's packets; `others` names those that are not read, `malformed` says what is wrong with a body."""

    packets: list[Known] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)


def parse(data: bytes) -> Compound:
    """Return the packets of a datagram, which may also be one feedback packet alone (RFC 5506).

    Raises:
        MalformedPacket: it is no RTCP, or its lengths do not add up; encrypted RTCP is both.
    """
    compound = Compound()
    place = 0
    if not data:
        raise MalformedPacket("RTCP: an empty datagram")
    while place < len(data):
        if len(data) < place + _HEADER:
            raise MalformedPacket(f"RTCP: byte {place}: the header is cut off")
        first, kind, words = struct.unpack_from("!BBH", data, place)
        end = place + _HEADER + 4 * words
        if first >> 6 != 2 or kind not in TYPES:
            raise MalformedPacket(f"RTCP: byte {place}: version {first >> 6}, packet type {kind}")
        if end > len(data):
            raise MalformedPacket(f"RTCP: byte {place}: {end - place} bytes, of which {len(data) - place} came")
        try:
            body = _unpadded(data[place + _HEADER : end], padded=bool(first & 0x20), last=end == len(data))
            _read(compound, kind, first & 0x1F, body)
        except MalformedPacket as error:
            compound.malformed.append(str(error))
        except (ValueError, struct.error, IndexError) as error:
            compound.malformed.append(f"RTCP {_NAMES.get(kind, kind)}: {error}")
        place = end
    return compound


def _unpadded(body: bytes, *, padded: bool, last: bool) -> bytes:
    if not padded:
        return body
    if not last or not body or not 0 < body[-1] <= len(body):
        raise MalformedPacket("RTCP: padding that is not at the end, or longer than its packet")
    return body[: -body[-1]]


def _read(compound: Compound, kind: int, count: int, body: bytes) -> None:
    """Add what a packet says; `count` is its report count, source count or format."""
    if kind == aiortc.RTCP_SR:
        # What follows the report blocks is of the profile (RFC 3550 6.4.3).
        compound.packets.append(aiortc.RtcpSrPacket.parse(body[: 4 + _SENDER_INFO + _BLOCK * count], count))
    elif kind == aiortc.RTCP_RR:
        compound.packets.append(aiortc.RtcpRrPacket.parse(body[: 4 + _BLOCK * count], count))
    elif kind == aiortc.RTCP_BYE:
        compound.packets.append(aiortc.RtcpByePacket.parse(body, count))
    elif kind == EXTENDED:
        report = extended.parse(body)
        compound.packets.append(report)
        compound.others += [f"XR block {number}" for number in report.others]
        compound.malformed += report.malformed
    elif kind == aiortc.RTCP_RTPFB and count == feedback.TRANSPORT_WIDE:
        compound.packets.append(feedback.parse_transport(body))
    elif kind == aiortc.RTCP_RTPFB and count == aiortc.RTCP_RTPFB_NACK:
        compound.packets.append(aiortc.RtcpRtpfbPacket.parse(body, count))
    elif kind == aiortc.RTCP_PSFB:
        _read_payload_feedback(compound, count, body)
    else:
        form = f" format {count}" if kind == aiortc.RTCP_RTPFB else ""
        compound.others.append(_NAMES.get(kind, f"type {kind}") + form)


def _read_payload_feedback(compound: Compound, form: int, body: bytes) -> None:
    packet = aiortc.RtcpPsfbPacket.parse(body, form)
    remb = feedback.parse_remb(packet.fci) if form == aiortc.RTCP_PSFB_APP else None
    if remb is not None:
        compound.packets.append(remb)
    elif form in (aiortc.RTCP_PSFB_PLI, aiortc.RTCP_PSFB_FIR):
        compound.packets.append(packet)
    else:
        compound.others.append(f"PSFB format {form}")
