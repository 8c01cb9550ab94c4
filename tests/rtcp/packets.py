"""Packets as they go over the wire, written by hand from the RFCs' pictures, not by the parser that is tested."""

import struct
from collections.abc import Sequence

SR, RR, SDES, BYE, RTPFB, PSFB, XR = 200, 201, 202, 203, 205, 206, 207


def rtcp(kind: int, count: int, body: bytes) -> bytes:
    """Return an RTCP packet with its header."""
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def block(
    ssrc: int, *, fraction: int = 0, lost: int = 0, highest: int = 0, jitter: int = 0, lsr: int = 0, dlsr: int = 0
) -> bytes:
    """Return a report block; `lost` is signed, 24 bits."""
    return struct.pack("!LB3sLLLL", ssrc, fraction, (lost & 0xFFFFFF).to_bytes(3, "big"), highest, jitter, lsr, dlsr)


def receiver_report(ssrc: int, *blocks: bytes) -> bytes:
    """Return an RR."""
    return rtcp(RR, len(blocks), struct.pack("!L", ssrc) + b"".join(blocks))


def sender_report(ssrc: int, *blocks: bytes, ntp: int, timestamp: int = 0, packets: int = 0, octets: int = 0) -> bytes:
    """Return an SR."""
    head = struct.pack("!LQLLL", ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    return rtcp(SR, len(blocks), head + b"".join(blocks))


def extended_report(ssrc: int, *blocks: tuple[int, int, bytes]) -> bytes:
    """Return an XR of blocks (type, type-specific byte, body)."""
    body = b"".join(struct.pack("!BBH", kind, byte, len(inner) // 4) + inner for kind, byte, inner in blocks)
    return rtcp(XR, 0, struct.pack("!L", ssrc) + body)


def remb(sender: int, mantissa: int, exponent: int, ssrcs: Sequence[int]) -> bytes:
    """Return a REMB."""
    rate = bytes([exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF])
    fci = b"REMB" + bytes([len(ssrcs)]) + rate + b"".join(struct.pack("!L", ssrc) for ssrc in ssrcs)
    return rtcp(PSFB, 15, struct.pack("!LL", sender, 0) + fci)


def transport_feedback(base: int, count: int, chunks: Sequence[int], deltas: bytes, *, statuses: int) -> bytes:
    """Return transport-wide feedback with reference time 1 (64 ms), padded as libwebrtc pads it."""
    body = struct.pack("!LLHH", 1, 2, base, statuses) + (1).to_bytes(3, "big") + bytes([count])
    body += b"".join(struct.pack("!H", chunk) for chunk in chunks) + deltas
    padding = -len(body) % 4
    body += bytes(max(0, padding - 1)) + (bytes([padding]) if padding else b"")
    packet = bytearray(rtcp(RTPFB, 15, body))
    packet[0] |= 0x20 if padding else 0
    return bytes(packet)


def rtp(
    ssrc: int, seq: int, timestamp: int, *, payload_type: int = 96, payload: bytes = bytes(100), extension: bytes = b""
) -> bytes:
    """Return an RTP packet; `extension` is one of one-byte headers (RFC 8285), a multiple of four bytes."""
    first = 0x90 if extension else 0x80
    head = struct.pack("!BBHLL", first, payload_type, seq & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    extended = struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension if extension else b""
    return head + extended + payload
