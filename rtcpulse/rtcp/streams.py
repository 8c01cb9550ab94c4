"""One SSRC as it was seen: its packets, what its sender says, what its receiver says, and feedback about it."""

from dataclasses import dataclass, field
from typing import Final

from aiortc.rtp import RtcpReceiverInfo, RtcpSenderInfo

from rtcpulse.rtcp.reception import MAX_DROPOUT, Reception
from rtcpulse.rtcp.rfc3550 import COMPACT_S, compact, ntp_of, round_trip_s, unwrap

RTT_MAX_S: Final = 60.0
REMEMBERED: Final = 32
_COUNT_MOD: Final = 1 << 32
_LOST_MOD: Final = 1 << 24
_LATE_FROM: Final = 5


class Moments:
    """When the latest times that one end said of its clock were seen by the observer: compact NTP time to epoch ms."""

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}

    def note(self, ntp: int, at_ms: float) -> None:
        """Remember a 64-bit NTP time."""
        self._seen.pop(compact(ntp), None)
        self._seen[compact(ntp)] = at_ms
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def round_trip_s(self, at_ms: float, last: int, delay: int, *, ntp_is_ours: bool) -> float | None:
        """Return the round trip that an answer tells, in seconds, None where it tells none.

        Both moments are of the observer's clock, so that no clock of an end has to be right. Only where the question
        was not seen, and the clock that it speaks of is the observer's own, is the question's own time taken.

        Args:
            at_ms: when the answer passed.
            last: LSR or LRR, the compact time of the question.
            delay: DLSR or DLRR, in 1/65536 s.
            ntp_is_ours: whether the end that asked has the observer's clock.
        """
        if not last or not delay:
            return None
        asked_ms = self._seen.get(last)
        if asked_ms is not None:
            trip: float | None = (at_ms - asked_ms) / 1000 - delay / COMPACT_S
        else:
            trip = round_trip_s(compact(ntp_of(at_ms)), last, delay) if ntp_is_ours else None
        return trip if trip is not None and 0 <= trip <= RTT_MAX_S else None


@dataclass(slots=True)
class RoundTrips:
    """Round trips of one stream in seconds: the latest, their sum, how many."""

    latest: float | None = None
    total: float = 0.0
    count: int = 0

    def add(self, seconds: float | None) -> None:
        """Add one; None is none."""
        if seconds is not None:
            self.latest, self.total, self.count = seconds, self.total + seconds, self.count + 1


@dataclass(slots=True)
class Sender:
    """What a stream's sender says in its reports: counters across their wrap, its clock, when the latest one passed."""

    packets: int
    octets: int
    ntp: int
    at_ms: float
    reports: int = 1

    def add(self, info: RtcpSenderInfo, at_ms: float) -> None:
        """Take a later report; one that was overtaken changes nothing."""
        if info.ntp_timestamp < self.ntp:
            return
        self.packets = unwrap(self.packets, info.packet_count, _COUNT_MOD)
        self.octets = unwrap(self.octets, info.octet_count, _COUNT_MOD)
        self.ntp, self.at_ms, self.reports = info.ntp_timestamp, at_ms, self.reports + 1


@dataclass(slots=True)
class Receiver:
    """What a stream's receiver says in its reports: loss and highest number across their wrap, jitter in ticks."""

    first_lost: int
    first_highest: int
    lost: int
    highest: int
    jitter_ticks: int
    fraction_lost: float
    at_ms: float

    @classmethod
    def of(cls, info: RtcpReceiverInfo, at_ms: float) -> "Receiver":
        """Return what the first report says."""
        lost, highest = info.packets_lost, info.highest_sequence
        return cls(lost, highest, lost, highest, info.jitter, info.fraction_lost / 256, at_ms)

    def add(self, info: RtcpReceiverInfo, at_ms: float) -> None:
        """Take a later report; one that was overtaken changes nothing."""
        highest = unwrap(self.highest, info.highest_sequence, _COUNT_MOD)
        if 0 < self.highest - highest <= MAX_DROPOUT:
            return
        self.highest, self.lost = highest, unwrap(self.lost, info.packets_lost, _LOST_MOD)
        self.jitter_ticks, self.fraction_lost, self.at_ms = info.jitter, info.fraction_lost / 256, at_ms


@dataclass(slots=True)
class Stream:
    """One SSRC in one direction."""

    ssrc: int
    rtp: Reception = field(default_factory=Reception)
    sender: Sender | None = None
    receiver: Receiver | None = None
    trips: RoundTrips = field(default_factory=RoundTrips)
    asked: Moments = field(default_factory=Moments)
    nacks: int = 0
    plis: int = 0
    firs: int = 0
    missed: int | None = None
    """Packets that its sender had sent before the observer saw the first; None until the sender told."""

    @property
    def is_stream(self) -> bool:
        """Return whether it is surely one: a few packets, or a report."""
        return self.rtp.is_stream or self.sender is not None or self.receiver is not None

    def sender_said(self, info: RtcpSenderInfo, at_ms: float) -> None:
        """Take a sender report."""
        self.asked.note(info.ntp_timestamp, at_ms)
        if self.sender is None:
            self.sender = Sender(info.packet_count, info.octet_count, info.ntp_timestamp, at_ms)
            self.missed = info.packet_count - self.rtp.packets if self.rtp.packets else 0
        else:
            self.sender.add(info, at_ms)

    def receiver_said(self, info: RtcpReceiverInfo, at_ms: float) -> None:
        """Take a report block."""
        if self.receiver is None:
            self.receiver = Receiver.of(info, at_ms)
        else:
            self.receiver.add(info, at_ms)

    @property
    def remote_lost(self) -> int | None:
        """Return what the receiver says is lost of the packets that were counted here, None while that is not known.

        To an observer that began in the middle, what was lost before is no loss of what it counted.
        """
        if self.receiver is None:
            return None
        if not self.rtp.packets:
            return self.receiver.lost
        if self.missed is None:
            return None
        return self.receiver.lost - (self.receiver.first_lost if self.missed > _LATE_FROM else 0)
