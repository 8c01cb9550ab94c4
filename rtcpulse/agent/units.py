"""aiortc's units to W3C's: clock ticks to seconds, RTCP's fraction byte to a ratio, datetimes to milliseconds."""

from datetime import datetime
from typing import Final

FRACTION_SCALE: Final = 256
DEFAULT_CLOCK_RATE: Final = {"audio": 48000, "video": 90000}


def jitter_seconds(ticks: float, clock_rate: int) -> float:
    """Return jitter in seconds from RTP clock ticks.

    Raises:
        ValueError: the clock rate is not positive.
    """
    if clock_rate <= 0:
        raise ValueError(f"a clock rate of {clock_rate} Hz")
    return ticks / clock_rate


def fraction_lost(byte: float) -> float:
    """Return the ratio 0 to 1 from RFC 3550's fraction lost, an eighth-bit fixed point number of 0 to 255."""
    return byte / FRACTION_SCALE


def epoch_ms(moment: datetime) -> float:
    """Return milliseconds since the Unix epoch; a datetime without zone is read as local time."""
    return round(moment.timestamp() * 1000, 3)
