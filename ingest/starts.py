"""Which objects that come later began since the reading before, so that their counters start from zero.

A reading may lack an object that goes on, and an object may go on under another stats id. What such a one counted in
all its life did not come within one interval: it gets no delta, and the jobs take it from the row before.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ingest.deltas import Mask, Steps
from ingest.frame import Floats, Integers

AUDIO_PACKET_RATE: Final = 100.0
"""Packets per second, of 10 ms each: more than nearly all audio has."""
MEDIA_PACKET_RATE: Final = 1000.0
"""Packets per second: about 10 Mbit/s of video."""
PACKET_BYTES: Final = 1200
"""Payload of a full packet, about that of an Ethernet frame."""
BURST: Final = 2.0
"""How much faster than ever later (of what the batch shows) an object may have begun."""
LATE_S: Final = 1.0
"""How far an object's own clocks may run before the times of the readings."""
FIRST_REPORT_S: Final = 10.0
"""The first RTCP report of a receiver comes within 5 s (RFC 3550, 6.2), and may be read late."""


def believed(
    order: Steps, t: Floats, is_older: Mask, counted: Sequence[tuple[Floats, Floats]], ages_s: Sequence[Floats]
) -> Steps:
    """Return the order in which only those objects start from zero that can have begun since the reading before.

    Args:
        order: how the kept rows follow each other.
        t: their times, ms.
        is_older: rows of which the batch itself shows that the object was there before.
        counted: counters with the rate, 1/s, that one may always have begun with.
        ages_s: for how long an object has been at work at least, s; NaN where it does not tell.
    """
    if not order.from_zero.any():
        return order
    seconds = np.where(order.from_zero, order.interval_ms / 1000, np.nan)
    from_zero = order.from_zero & ~is_older & ~np.isnan(seconds)
    for values, usual in counted:
        from_zero &= ~(values > credible_rate(values, usual, t, order) * seconds)
    for age in ages_s:
        from_zero &= ~(age > seconds + LATE_S)
    interval = np.where(order.from_zero & ~from_zero, np.nan, order.interval_ms)
    return replace(order, from_zero=from_zero, interval_ms=interval)


def credible_rate(values: Floats, usual: Floats, t: Floats, order: Steps) -> Floats:
    """Return in the first row of each slot how fast, 1/s, its object may have counted before that row."""
    before = np.maximum(order.previous, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where(order.previous >= 0, (values - values[before]) * 1000 / (t - t[before]), 0.0)
    begins = np.flatnonzero(order.previous < 0)
    fastest = np.zeros(len(values))
    fastest[begins] = np.maximum.reduceat(np.nan_to_num(rate), begins) if len(begins) else 0.0
    return np.maximum(usual, BURST * fastest)


def there_before(of: Integers, t: Floats, message: Integers) -> Mask:
    """Return the rows before which the same thing (`of`, by number) has a row in the same message."""
    _, group = np.unique(message * (of.max(initial=0) + 1) + of, return_inverse=True)
    first = np.full(group.max(initial=-1) + 1, np.inf)
    np.minimum.at(first, group, t)
    earlier: Mask = first[group] < t
    return earlier
