"""UDP datagrams of pcap and pcapng files: Ethernet, Linux cooked, loopback and raw IP, of IPv4 and IPv6."""

import io
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

import dpkt

from collector.sources.traces.recorded import Skips
from rtcpulse.importing.recording import Recording
from schemas.errors import UnreadableRecording

End = tuple[str, int]
"""Address and port."""

PCAPNG: Final = b"\x0a\x0d\x0d\x0a"
_PCAP: Final = frozenset(
    bytes.fromhex(magic) for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1")
)
_BROKEN: Final = (dpkt.Error, struct.error, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError)
"""What dpkt raises on bytes that are none of what it reads."""
_OUTGOING: Final = 4
_UDP_HEADER: Final = 8


class Datagram(NamedTuple):
    """A UDP datagram. `size` is its payload's bytes, of which a short capture has fewer in `data`.

    `outgoing` is what the link layer says of the direction, None where it says nothing.
    """

    at_ms: float
    source: End
    target: End
    data: bytes
    size: int
    outgoing: bool | None
    number: int


def recognises(_: Any, plain_bytes: bytes) -> bool:
    """Return whether a file is a capture."""
    return plain_bytes[:4] == PCAPNG or plain_bytes[:4] in _PCAP


def datagrams(recording: Recording, skips: Skips) -> Iterator[Datagram]:
    """Yield the datagrams of a capture, in its order; what is none is counted.

    Raises:
        UnreadableRecording: its header is broken, or it is of a link layer that is not read.
    """
    reader = _reader(recording)
    link = reader.datalink()
    of_link = _LINKS.get(link)
    if of_link is None:
        raise UnreadableRecording(f"{recording.path}: a capture of link type {link}, which is not read")
    for number, at_ms, frame in _frames(reader, skips):
        where = f"packet {number}"
        try:
            packet, outgoing = of_link(frame)
        except _BROKEN:
            skips.note("the packet is broken, or was not captured whole", "", where)
            continue
        found = _datagram(packet, number, at_ms, outgoing, skips)
        if found is not None:
            yield found


def _reader(recording: Recording) -> Any:
    stream = io.BytesIO(recording.plain)
    try:
        return (dpkt.pcapng if recording.plain[:4] == PCAPNG else dpkt.pcap).Reader(stream)
    except _BROKEN as error:
        raise UnreadableRecording(f"{recording.path}: the capture's header is broken or cut off: {error}") from None


def _frames(reader: Any, skips: Skips) -> Iterator[tuple[int, float, bytes]]:
    """Yield number, time (ms since the Unix epoch) and bytes of each packet; the first is 1, as other tools count."""
    packets = iter(reader)
    number = 0
    while True:
        number += 1
        try:
            at_s, frame = next(packets)
            at_ms = float(at_s) * 1000
        except StopIteration:
            return
        except _BROKEN:
            skips.note("the capture is broken or cut off from here on", "", f"packet {number}")
            return
        yield number, at_ms, frame


def _datagram(packet: Any, number: int, at_ms: float, outgoing: bool | None, skips: Skips) -> Datagram | None:  # noqa: FBT001
    where = f"packet {number}"
    if not isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6):
        skips.note("the packet is not IP", type(packet).__name__ if isinstance(packet, dpkt.Packet) else "", where)
        return None
    udp = packet.data
    if not isinstance(udp, dpkt.udp.UDP):
        is_piece = isinstance(packet, dpkt.ip.IP) and packet.offset
        skips.note("the packet is a later fragment" if is_piece else "the packet is not UDP", _name(udp), where)
        return None
    data = bytes(udp.data)
    size = max(len(data), udp.ulen - _UDP_HEADER)
    source, target = (_text(packet.src), udp.sport), (_text(packet.dst), udp.dport)
    return Datagram(at_ms, source, target, data, size, outgoing, number)


def _name(inner: Any) -> str:
    return type(inner).__name__ if isinstance(inner, dpkt.Packet) else ""


@lru_cache(maxsize=4096)
def _text(address: bytes) -> str:
    return str(ip_address(address))


def _ethernet(frame: bytes) -> tuple[Any, None]:
    return dpkt.ethernet.Ethernet(frame).data, None


def _cooked(frame: bytes) -> tuple[Any, bool]:
    link = dpkt.sll.SLL(frame)
    return link.data, link.type == _OUTGOING


def _cooked_2(frame: bytes) -> tuple[Any, bool]:
    link = dpkt.sll2.SLL2(frame)
    return link.data, link.type == _OUTGOING


def _raw(frame: bytes) -> tuple[Any, None]:
    version = frame[0] >> 4
    return (dpkt.ip.IP(frame) if version == 4 else dpkt.ip6.IP6(frame) if version == 6 else frame), None


def _loopback(frame: bytes) -> tuple[Any, None]:
    """Read BSD's loopback: the address family in four bytes of either order, which the IP header says again."""
    return _raw(frame[4:])


_LINKS: Final[dict[int, Callable[[bytes], tuple[Any, bool | None]]]] = {
    0: _loopback, 108: _loopback, 1: _ethernet, 12: _raw, 14: _raw, 101: _raw, 228: _raw, 229: _raw,
    113: _cooked, 276: _cooked_2,
}  # fmt: skip
"""By tcpdump's link types (LINKTYPE_...); 12 and 14 are the numbers that raw IP has on some systems."""
