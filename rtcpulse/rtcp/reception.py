"""What an observer counts of one stream's RTP packets: received, lost and jitter, as RFC 3550's receivers do."""

from typing import Final

from rtcpulse.rtcp.headers import Rtp
from rtcpulse.rtcp.rfc3550 import Jitter, unwrap

MAX_DROPOUT: Final = 3000
"""A sequence number further ahead is another stream's, or the sender began anew (RFC 3550 A.1)."""
MAX_MISORDER: Final = 100
VALID_FROM: Final = 3
"""Packets of one SSRC that make it a stream; other protocols look like RTP for a packet or two."""
CLOCK_RESTART_S: Final = 5.0


class Reception:
    """One SSRC's packets as they passed. `lost` is signed: late packets and duplicates count as received."""

    def __init__(self) -> None:
        self.packets = 0
        self.payload_bytes = 0
        self.header_bytes = 0
        self.payload_type: int | None = None
        self.first_seq = 0
        self._base = 0
        self._highest = 0
        self._since_base = 0
        self._lost_before = 0
        self._restart: int | None = None
        self._jitter = Jitter(CLOCK_RESTART_S)
        self._timed = False

    @property
    def is_stream(self) -> bool:
        """Return whether these were enough packets to be a stream."""
        return self.packets >= VALID_FROM

    @property
    def lost(self) -> int:
        """Return the packets that are missing between the first and the highest sequence number."""
        expected = self._highest - self._base + 1 if self._since_base else 0
        return self._lost_before + expected - self._since_base

    @property
    def jitter_s(self) -> float | None:
        """Return the interarrival jitter in seconds, None while no clock rate was known."""
        return self._jitter.value if self._timed else None

    def add(self, packet: Rtp, at_ms: float, clock_rate: int | None, trailer: int = 0, *, aside: bool = False) -> None:
        """Count a packet.

        Args:
            packet: its header.
            at_ms: when it passed.
            clock_rate: Hz; None where it is not known, which leaves it out of the jitter.
            trailer: bytes at its end that are no payload: padding, and what SRTP adds.
            aside: whether its payload type is not the stream's own, as of DTMF.
        """
        extended = self._placed(packet.seq)
        if extended is None:
            return
        self.packets += 1
        self._since_base += 1
        if not aside or self.payload_type is None:
            self.payload_type = packet.payload_type
        self.header_bytes += packet.header
        self.payload_bytes += max(0, packet.size - packet.header - trailer)
        if clock_rate:
            self._jitter.add(at_ms / 1000, packet.timestamp, extended, 1 / clock_rate)
            self._timed = True
        self._highest = max(self._highest, extended)

    def _placed(self, seq: int) -> int | None:
        """Return the extended sequence number, None of one that is too far off to be the next.

        Two that follow each other are a sender that began anew: what was lost before stays lost, and the gap is none.
        """
        if not self._since_base:
            self._base = self._highest = self.first_seq = seq
            return seq
        extended = unwrap(self._highest, seq)
        if -MAX_MISORDER <= extended - self._highest <= MAX_DROPOUT:
            self._restart = None
            return extended
        if seq != self._restart:
            self._restart = (seq + 1) & 0xFFFF
            return None
        self._restart = None
        self._lost_before, self._since_base = self.lost, 0
        self._base = self._highest = extended
        return extended
