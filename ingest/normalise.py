"""What browsers and libraries are known to do differently, put right: a named tuple of small steps over whole columns.

`put_` may add, `drop_` may take away. Each step names the quirk it handles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.frame import Floats
from schemas.tables import STREAM_SAMPLES

BITRATE_MAX_BPS: Final = 10e9
RTT_MAX_MS: Final = 60_000.0
JITTER_MAX_MS: Final = 30_000.0
RTP_HEADER_BITS: Final = 96.0
"""No packet is smaller (RFC 3550, 5.1)."""
_LIMITS: Final = {
    "rtt_ms": RTT_MAX_MS,
    "jitter_ms": JITTER_MAX_MS,
    "target_bitrate_bps": BITRATE_MAX_BPS,
    "fraction_lost": 1.0,
    "audio_level": 1.0,
    "fps": np.inf,
    "source_fps": np.inf,
}
_NEVER_NEGATIVE: Final = tuple(
    column.name
    for column in STREAM_SAMPLES.columns
    if column.type == "Nullable(Float64)" and column.name.endswith("_s") and not column.name.startswith("d_")
)


@dataclass(slots=True)
class Streams:
    """The kept rows of stream_samples: numbers by column, and what the steps ask of the texts."""

    numbers: dict[str, Floats]
    inbound: NDArray[np.bool_]
    video: NDArray[np.bool_]


def put_fraction_lost(rows: Streams) -> None:
    """Aiortc and old Firefox say the RTCP byte, 0 to 255; W3C says a ratio."""
    fraction = rows.numbers["fraction_lost"]
    rows.numbers["fraction_lost"] = np.where(fraction > 1, fraction / 256, fraction)


def put_active(rows: Streams) -> None:
    """Firefox has no `active`: an encoding that is there is active."""
    active = rows.numbers["active"]
    active[np.isnan(active) & ~rows.inbound] = 1


def drop_impossible(rows: Streams) -> None:
    """Values that no network gives are defects of their source, as Jitsi's audioLevel of -1 is."""
    drop_beyond(rows.numbers, _LIMITS)
    for name in _NEVER_NEGATIVE:
        values = rows.numbers[name]
        values[values < 0] = np.nan


def drop_beyond(numbers: Mapping[str, Floats], limits: Mapping[str, float]) -> None:
    """Take away what is negative or above its limit."""
    for name, most in limits.items():
        values = numbers[name]
        values[(values < 0) | (values > most)] = np.nan


def drop_impossible_rates(numbers: Mapping[str, Floats], bits: Mapping[str, float]) -> None:
    """Take away differences that would be more than 10 Gbit/s; `bits` is what one of each has at least."""
    for name, each in bits.items():
        values = numbers[name]
        values[values * each * 1000 > BITRATE_MAX_BPS * numbers["interval_ms"]] = np.nan


def put_zero_fps(rows: Streams) -> None:
    """Libwebrtc leaves framesPerSecond out when it is 0: where frames are counted and none came, it is.

    Chrome before 90 and the trackers of its time never tell it: frames that move are not 0 a second. Takes d_frames.
    """
    fps, frames = rows.numbers["fps"], rows.numbers["frames"]
    fps[np.isnan(fps) & rows.video & ((rows.numbers["d_frames"] == 0) | (frames == 0))] = 0


def drop_remote_packets_of_no_report(rows: Streams) -> None:
    """Chromium's remote-inbound-rtp has no packetsReceived; a 0 before the first report says nothing."""
    packets = rows.numbers["remote_packets"]
    packets[np.isnan(rows.numbers["remote_t"])] = np.nan


class Steps(NamedTuple):
    """The order in which quirks are handled."""

    put_fraction_lost: Callable[[Streams], None] = put_fraction_lost
    put_active: Callable[[Streams], None] = put_active
    drop_impossible: Callable[[Streams], None] = drop_impossible
    drop_remote_packets_of_no_report: Callable[[Streams], None] = drop_remote_packets_of_no_report


def normalise(rows: Streams) -> None:
    """Run every step."""
    for step in Steps():
        step(rows)
