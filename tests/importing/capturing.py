"""Writes captures: pcap files of any link layer, and of what passes one end of a real aiortc call."""

import base64
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

import dpkt

ETHERNET: Final = 1
Passed = tuple[float, str, bytes]
"""When, ms since the Unix epoch; sent or received; the datagram."""

NEAR: Final = ("192.0.2.1", 5004)
FAR: Final = ("198.51.100.7", 6004)
_SUITES: Final = {
    b"SRTP_AEAD_AES_256_GCM": "AEAD_AES_256_GCM",
    b"SRTP_AEAD_AES_128_GCM": "AEAD_AES_128_GCM",
    b"SRTP_AES128_CM_SHA1_80": "AES_CM_128_HMAC_SHA1_80",
    b"SRTP_AES128_CM_SHA1_32": "AES_CM_128_HMAC_SHA1_32",
}


def ip(source: tuple[str, int], target: tuple[str, int], data: bytes) -> bytes:
    """Return an IP packet with a UDP datagram in it, of the addresses' version."""
    udp = dpkt.udp.UDP(sport=source[1], dport=target[1], data=data, ulen=8 + len(data))
    one, other = ip_address(source[0]), ip_address(target[0])
    if one.version == 4:
        return bytes(dpkt.ip.IP(src=one.packed, dst=other.packed, p=17, data=udp, len=28 + len(data)))
    return bytes(dpkt.ip6.IP6(src=one.packed, dst=other.packed, nxt=17, hlim=64, data=udp, plen=8 + len(data)))


def frame(packet: bytes, link: int, *, outgoing: bool = False) -> bytes:
    """Return the frame of an IP packet on a link layer, by tcpdump's number."""
    kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
    if link == ETHERNET:
        return bytes(12) + kind + packet
    if link == 113:
        return bytes([0, 4 if outgoing else 0, 0, 1, 0, 6]) + bytes(8) + kind + packet
    if link == 276:
        return kind + bytes(2) + b"\x00\x00\x00\x03\x00\x01" + bytes([4 if outgoing else 0, 6]) + bytes(8) + packet
    if link in (0, 108):
        family = 2 if packet[0] >> 4 == 4 else 30
        return family.to_bytes(4, "little" if link == 0 else "big") + packet
    return packet


def pcap(frames: Sequence[tuple[float, bytes]], link: int = ETHERNET, *, nano: bool = False) -> bytes:
    """Return a pcap file of frames with their times in ms."""
    stream = io.BytesIO()
    writer = dpkt.pcap.Writer(stream, snaplen=65535, linktype=link, nano=nano)
    for at_ms, data in frames:
        writer.writepkt_time(data, at_ms / 1000)
    return stream.getvalue()


def pcapng(frames: Sequence[tuple[float, bytes]], link: int = ETHERNET) -> bytes:
    """Return a pcapng file of frames with their times in ms."""
    stream = io.BytesIO()
    writer = dpkt.pcapng.Writer(stream, snaplen=65535, linktype=link)
    for at_ms, data in frames:
        writer.writepkt_time(data, at_ms / 1000)
    return stream.getvalue()


def of_call(passed: Sequence[Passed], *, near: tuple[str, int] = NEAR, far: tuple[str, int] = FAR) -> bytes:
    """Return the pcap of what passed the near end of a connection."""
    return pcap(
        [
            (at_ms, frame(ip(near, far, data) if way == "sent" else ip(far, near, data), ETHERNET))
            for at_ms, way, data in passed
        ]
    )


@dataclass
class Tap:
    """Sees every datagram of one aiortc peer connection between ICE and DTLS; make it before the call connects."""

    pc: Any
    passed: list[Passed] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Stand between the transports."""
        for transport in {one.sender.transport for one in self.pc.getTransceivers()}:
            transport.transport._send = self._seen("sent", transport.transport._send)
            transport.transport._recv = self._seen("received", transport.transport._recv)

    def _seen(self, way: str, then: Callable[..., Any]) -> Callable[..., Any]:
        async def passes(*data: bytes) -> Any:
            if way == "sent":
                self.passed.append((time.time() * 1000, way, data[0]))
            found = await then(*data)
            if way == "received":
                self.passed.append((time.time() * 1000, way, found))
            return found

        return passes

    def keys(self) -> str:
        """Return the connection's SRTP keys as the lines of a key file."""
        dtls = self.pc.getTransceivers()[0].sender.transport
        name = dtls._ssl.get_selected_srtp_profile()
        profile = next(one for one in dtls._srtp_profiles if one.openssl_profile == name)
        size = 2 * (profile.key_length + profile.salt_length)
        material = dtls._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        keys = (profile.get_key_and_salt(material, place) for place in (0, 1))
        return "".join(f"{_SUITES[name]} inline:{base64.b64encode(key).decode()}\n" for key in keys)
