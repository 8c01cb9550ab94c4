"""RFC 3550 arithmetic on what a receiver was given: loss, interarrival jitter, compact NTP times. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

SEQ_MOD: Final = 1 << 16
TIMESTAMP_MOD: Final = 1 << 32
NTP_UNIX_S: Final = 2_208_988_800
"""Seconds from NTP's epoch, 1900, to Unix's."""
COMPACT_S: Final = 65536.0
"""Units of a compact NTP time in a second."""


def unwrap(previous: int, seq: int, modulus: int = SEQ_MOD) -> int:
    """Return the extended number of `seq` (below `modulus`) that is nearest to the extended `previous`."""
    step = (seq - previous + modulus // 2) % modulus - modulus // 2
    return previous + step


def lost(extended: npt.NDArray[np.int64]) -> int:
    """Return the signed cumulative loss after these packets, in order of delivery (RFC 3550 A.3).

    Expected is highest minus first plus one; late packets and duplicates count as received, so it may be negative.
    """
    if not extended.size:
        return 0
    return int(extended.max() - extended[0] + 1 - extended.size)


class Jitter:
    """The interarrival jitter of one stream (RFC 3550 6.4.1), in the unit of the arrival times it is given.

    Receivers in use (libwebrtc, aiortc) leave out packets that arrive out of order and those of the same frame (equal
    timestamps); so does this. A difference of `longest` or more is a clock that began anew, and counts as none.
    """

    def __init__(self, longest: float = float("inf")) -> None:
        self.value = 0.0
        self._longest = longest
        self._highest: int | None = None
        self._arrival = 0.0
        self._timestamp = 0

    def add(self, arrival: float, timestamp: int, extended: int, units_per_tick: float = 1.0) -> None:
        """Add a packet.

        Args:
            arrival: when it came.
            timestamp: its RTP timestamp, 32 bits.
            extended: its extended sequence number.
            units_per_tick: how much of the arrival's unit a tick of the RTP clock is.
        """
        if self._highest is not None:
            if extended <= self._highest:
                return
            if timestamp != self._timestamp:
                sent_apart = unwrap(self._timestamp, timestamp, TIMESTAMP_MOD) - self._timestamp
                difference = abs(arrival - self._arrival - sent_apart * units_per_tick)
                if difference < self._longest:
                    self.value += (difference - self.value) / 16
        self._highest, self._arrival, self._timestamp = extended, arrival, timestamp


def jitter_ticks(arrival_ticks: Sequence[float], timestamps: Sequence[int], extended: Sequence[int]) -> float:
    """Return the interarrival jitter in RTP clock ticks after the last packet.

    `arrival_ticks` are arrival times in units of the RTP clock.
    """
    jitter = Jitter()
    for arrival, timestamp, seq in zip(arrival_ticks, timestamps, extended, strict=True):
        jitter.add(arrival, timestamp, seq)
    return jitter.value


def compact(ntp: int) -> int:
    """Return the middle 32 bits of a 64-bit NTP time: seconds modulo 65536, in units of 1/65536 s."""
    return (ntp >> 16) & 0xFFFFFFFF


def ntp_of(epoch_ms: float) -> int:
    """Return the 64-bit NTP time of a time in milliseconds since the Unix epoch."""
    return int((epoch_ms / 1000 + NTP_UNIX_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def epoch_ms_of(ntp: int) -> float:
    """Return milliseconds since the Unix epoch of a 64-bit NTP time."""
    return (ntp / (1 << 32) - NTP_UNIX_S) * 1000


def round_trip_s(arrival: int, last_sr: int, delay: int) -> float | None:
    """Return the round-trip time in seconds from three compact times (RFC 3550 6.4.1), None where there is none.

    Args:
        arrival: when the report came, on the clock of the sender report.
        last_sr: its LSR (or LRR); 0 means that no sender report was seen.
        delay: its DLSR (or DLRR).
    """
    if not last_sr:
        return None
    units = unwrap(0, arrival - last_sr - delay, TIMESTAMP_MOD)
    return units / COMPACT_S if units >= 0 else None
