"""What a datagram of a call is by its first bytes (RFC 7983, RFC 5761), and the headers that SRTP leaves plain."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

RTP_FIXED: Final = 12


class Datagram(Enum):
    """The protocols that share a call's port."""

    STUN = "STUN"
    ZRTP = "ZRTP"
    DTLS = "DTLS"
    TURN_CHANNEL = "TURN ChannelData"
    RTP = "RTP"
    RTCP = "RTCP"
    OTHER = "of no protocol that a call has"


_BY_FIRST_BYTE: Final = (
    (range(4), Datagram.STUN),
    (range(16, 20), Datagram.ZRTP),
    (range(20, 64), Datagram.DTLS),
    (range(64, 80), Datagram.TURN_CHANNEL),
)


@dataclass(frozen=True, slots=True)
class Rtp:
    """The plain part of an RTP packet's header; `size` is the datagram's length, `header` the header's, in bytes.

    `padding` is the header's P bit. Browsers set it on packets that are nothing but padding, to probe the bandwidth.
    """

    payload_type: int
    seq: int
    timestamp: int
    ssrc: int
    size: int
    header: int
    padding: bool = False


def datagram(data: bytes) -> Datagram:
    """Return what a datagram's first two bytes say that it is."""
    if parse_rtcp(data) is not None:
        return Datagram.RTCP
    if parse_rtp(data) is not None:
        return Datagram.RTP
    first = data[0] if data else -1
    return next((kind for values, kind in _BY_FIRST_BYTE if first in values), Datagram.OTHER)


def parse_rtp(data: bytes) -> Rtp | None:
    """Return the header if the datagram is RTP, None for STUN, DTLS and RTCP (RFC 7983, RFC 5761)."""
    if len(data) < RTP_FIXED or not 128 <= data[0] <= 191 or 64 <= data[1] & 0x7F <= 95:
        return None
    header = RTP_FIXED + 4 * (data[0] & 0x0F)
    if data[0] & 0x10 and len(data) >= header + 4:
        header += 4 + 4 * int.from_bytes(data[header + 2 : header + 4], "big")
    if header > len(data):
        return None
    seq, timestamp, ssrc = (int.from_bytes(data[a:b], "big") for a, b in ((2, 4), (4, 8), (8, 12)))
    return Rtp(data[1] & 0x7F, seq, timestamp, ssrc, len(data), header, bool(data[0] & 0x20))


def parse_rtcp(data: bytes) -> tuple[int, int] | None:
    """Return packet type and sender's SSRC, which SRTP leaves plain, if it is RTCP (RFC 5761: types 192 to 223)."""
    if len(data) < 8 or not 128 <= data[0] <= 191 or not 192 <= data[1] <= 223:
        return None
    return data[1], int.from_bytes(data[4:8], "big")
