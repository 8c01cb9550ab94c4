"""RFC 3550 arithmetic on what a receiver was given: cumulative loss and interarrival jitter. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SEQ_MOD = 1 << 16
TIMESTAMP_MOD = 1 << 32


def unwrap(previous: int, seq: int) -> int:
    """Return the extended sequence number of `seq` (16 bits) that is nearest to the extended `previous`."""
    step = (seq - previous + SEQ_MOD // 2) % SEQ_MOD - SEQ_MOD // 2
    return previous + step


def lost(extended: npt.NDArray[np.int64]) -> int:
    """Return the signed cumulative loss after these packets, in order of delivery (RFC 3550 A.3).

    Expected is highest minus first plus one; late packets and duplicates count as received, so it may be negative.
    """
    if not extended.size:
        return 0
    return int(extended.max() - extended[0] + 1 - extended.size)


def jitter_ticks(arrival_ticks: Sequence[float], timestamps: Sequence[int], extended: Sequence[int]) -> float:
    """Return the interarrival jitter in RTP clock ticks after the last packet (RFC 3550 6.4.1).

    Receivers in use (libwebrtc, aiortc) leave out packets that arrive out of order and those of the same frame (equal
    timestamps); so does this. `arrival_ticks` are arrival times in units of the RTP clock.
    """
    jitter = 0.0
    highest: int | None = None
    last_arrival = 0.0
    last_timestamp = 0
    for arrival, timestamp, seq in zip(arrival_ticks, timestamps, extended, strict=True):
        if highest is not None and seq <= highest:
            continue
        if highest is not None and timestamp != last_timestamp:
            half = TIMESTAMP_MOD // 2
            sent_apart = (timestamp - last_timestamp + half) % TIMESTAMP_MOD - half
            jitter += (abs(arrival - last_arrival - sent_apart) - jitter) / 16
        highest, last_arrival, last_timestamp = seq, arrival, timestamp
    return jitter
