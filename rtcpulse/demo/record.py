"""What the relay really did to each RTP stream: the ground truth that rtcpulse's own numbers are compared with.

Times are milliseconds since the Unix epoch. A stream is one SSRC in one direction.
"""

from array import array
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from rtcpulse.rtcp import rfc3550
from rtcpulse.rtcp.headers import Rtp

STUN_FIXED: Final = 20
STUN_COOKIE: Final = bytes.fromhex("2112a442")
NEVER: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Span:
    """One stream over a span of time, counted at the receiver's side of the relay.

    `lost` is between the first and the last delivered sequence number, as RFC 3550 counts it; `payload_bytes` leaves
    the RTP headers out and has the SRTP tag in.
    """

    received: int
    lost: int
    datagram_bytes: int
    payload_bytes: int

    @property
    def loss_ratio(self) -> float | None:
        """Lost of expected, None where nothing was expected."""
        expected = self.received + self.lost
        return self.lost / expected if expected > 0 else None


def parse_stun(data: bytes) -> tuple[int, bytes] | None:
    """Return message type and transaction id if the datagram is STUN (RFC 8489, section 5)."""
    if len(data) < STUN_FIXED or data[0] >= 64 or data[4:8] != STUN_COOKIE:
        return None
    return int.from_bytes(data[:2], "big"), data[8:STUN_FIXED]


@dataclass(frozen=True, slots=True)
class Stun:
    """A STUN message that was sent on: its type and transaction id, when it came and when it went (epoch ms)."""

    message_type: int
    transaction: bytes
    arrival_ms: float
    delivery_ms: float


@dataclass(frozen=True, slots=True)
class Rtcp:
    """An RTCP datagram that was sent on: its first packet's type and sender, when it came and when it went.

    `read_ms` is when a peer in the relay's own event loop has read it: some turns later, which is long in a busy loop.
    """

    packet_type: int
    ssrc: int
    arrival_ms: float
    delivery_ms: float
    read_ms: float


@dataclass(slots=True)
class StreamRecord:
    """Every packet of one stream, in order of arrival at the relay; `order` lists those delivered, as delivered.

    `place` is a packet's place among all packets of its direction; on a busy machine times say that less exactly.
    """

    ssrc: int
    payload_type: int
    seq: "array[int]" = field(default_factory=lambda: array("q"))
    timestamp: "array[int]" = field(default_factory=lambda: array("q"))
    size: "array[int]" = field(default_factory=lambda: array("H"))
    header: "array[int]" = field(default_factory=lambda: array("H"))
    padding: "array[int]" = field(default_factory=lambda: array("B"))
    arrival_ms: "array[float]" = field(default_factory=lambda: array("d"))
    delivery_ms: "array[float]" = field(default_factory=lambda: array("d"))
    dropped: "array[int]" = field(default_factory=lambda: array("B"))
    place: "array[int]" = field(default_factory=lambda: array("q"))
    order: "array[int]" = field(default_factory=lambda: array("q"))

    def arrived(self, rtp: Rtp, at_ms: float, *, dropped: bool, place: int = 0) -> int:
        """Note a packet's arrival and whether it is dropped; return its index for `delivered`."""
        self.place.append(place)
        self.seq.append(rfc3550.unwrap(self.seq[-1], rtp.seq) if self.seq else rtp.seq)
        self.timestamp.append(rtp.timestamp)
        self.size.append(rtp.size)
        self.header.append(rtp.header)
        self.padding.append(rtp.padding)
        self.arrival_ms.append(at_ms)
        self.delivery_ms.append(NEVER)
        self.dropped.append(dropped)
        return len(self.seq) - 1

    def delivered(self, index: int, at_ms: float) -> None:
        """Note that the packet was sent on to the receiver."""
        self.delivery_ms[index] = at_ms
        self.order.append(index)

    @property
    def received(self) -> int:
        """Packets delivered so far."""
        return len(self.order)

    def received_until(self, until_ms: float) -> int:
        """Return how many packets had been delivered at a time."""
        times = np.array(self.delivery_ms)[np.array(self.order, dtype=np.int64)]
        return int(np.searchsorted(times, until_ms, side="right"))

    def lost(self, received: int) -> int:
        """Return the cumulative loss when the receiver had been given `received` packets: exact, without clocks."""
        return rfc3550.lost(self._first(received, self.seq))

    def jitter_ms(self, received: int, clock_rate: int) -> float:
        """Return the interarrival jitter in milliseconds after `received` packets."""
        ticks = self._first(received, self.delivery_ms) * (clock_rate / 1000)
        timestamps = self._first(received, self.timestamp)
        seq = self._first(received, self.seq)
        return rfc3550.jitter_ticks(ticks.tolist(), timestamps.tolist(), seq.tolist()) / clock_rate * 1000

    def between(self, start_ms: float, end_ms: float) -> Span:
        """Return what was delivered in (start, end]; a loss belongs to the packet that reveals it."""
        first, last = self.received_until(start_ms), self.received_until(end_ms)
        sizes = self._first(last, self.size)[first:]
        headers = self._first(last, self.header)[first:]
        total = int(sizes.sum())
        return Span(last - first, self.lost(last) - self.lost(first), total, total - int(headers.sum()))

    def sent_bytes(self, start_ms: float, end_ms: float, tag: int) -> int:
        """Return the payload bytes sent in (start, end], without headers and the SRTP tag of `tag` bytes."""
        times = np.array(self.arrival_ms)
        return int(self.payloads(tag)[(times > start_ms) & (times <= end_ms)].sum())

    def delivered_bytes(self, start_ms: float, end_ms: float, tag: int) -> int:
        """Return the payload bytes delivered in (start, end], without headers and the SRTP tag of `tag` bytes."""
        times = np.array(self.delivery_ms)
        return int(self.payloads(tag)[(times > start_ms) & (times <= end_ms)].sum())

    def payloads(self, tag: int) -> npt.NDArray[np.int64]:
        """Return each packet's payload bytes in order of arrival, dropped ones too; padding is no payload."""
        sizes = np.array(self.size, np.int64) - np.array(self.header, np.int64) - tag
        return np.where(np.array(self.padding, np.bool_), 0, sizes)

    def _first(self, received: int, column: "array[int] | array[float]") -> npt.NDArray[np.int64]:
        values: npt.NDArray[np.int64] = np.array(column)
        if column.typecode != "d":
            values = values.astype(np.int64)
        return values[np.array(self.order[:received], dtype=np.int64)]


class Record:
    """One direction of the relay: its RTP streams by SSRC, RTCP and STUN, and the one-way delay of every datagram."""

    def __init__(self) -> None:
        self.streams: dict[int, StreamRecord] = {}
        self.rtcp: list[Rtcp] = []
        self.stun: list[Stun] = []
        self._arrivals = 0
        self._sent_ms: array[float] = array("d")
        self._delay_ms: array[float] = array("d")

    def stream(self, rtp: Rtp) -> StreamRecord:
        """Return the packet's stream, begun if it is new."""
        found = self.streams.get(rtp.ssrc)
        if found is None:
            found = self.streams[rtp.ssrc] = StreamRecord(rtp.ssrc, rtp.payload_type)
        return found

    def arrived(self, rtp: Rtp, at_ms: float, *, dropped: bool) -> tuple[StreamRecord, int]:
        """Note a packet's arrival; return its stream and its index there."""
        stream = self.stream(rtp)
        self._arrivals += 1
        return stream, stream.arrived(rtp, at_ms, dropped=dropped, place=self._arrivals)

    def forwarded(self, arrival_ms: float, delivery_ms: float) -> None:
        """Note that a datagram was sent on."""
        self._sent_ms.append(delivery_ms)
        self._delay_ms.append(delivery_ms - arrival_ms)

    def between(self, ssrc: int, start_ms: float, end_ms: float) -> Span:
        """Return one stream over a span; a stream never seen has nothing."""
        found = self.streams.get(ssrc)
        return found.between(start_ms, end_ms) if found else Span(0, 0, 0, 0)

    def mean_delay_ms(self, start_ms: float = 0.0, end_ms: float = float("inf")) -> float:
        """Return the mean one-way delay of what was sent on in (start, end]; nan when there was nothing."""
        times = np.array(self._sent_ms)
        chosen = np.array(self._delay_ms)[(times > start_ms) & (times <= end_ms)]
        return float(chosen.mean()) if chosen.size else NEVER
