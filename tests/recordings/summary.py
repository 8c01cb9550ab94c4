"""What the rows of a session must say, from its raw readings alone: W3C webrtc-stats and RFC 3550, written out plainly.

No code of the product is used. A stream is one SSRC of one peer connection in one direction. Totals are sums of the
differences between neighbouring samples; a fall of a packet or byte counter is a reset, with no difference over it. A
stream that is not in the first reading of its peer connection began at zero (W3C: counters start with the object),
after the reading before. A sample is an object with a packet counter: Firefox has none before the first packet.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor

from tests.recordings.raw import Call, Reading, Stats, number
from tests.recordings.reports import new_reports, round_trip_ms

COUNTERS = {
    "inbound": ("packetsReceived", "bytesReceived", "headerBytesReceived", "retransmittedPacketsReceived",
                "retransmittedBytesReceived"),
    "outbound": ("packetsSent", "bytesSent", "headerBytesSent", "retransmittedPacketsSent", "retransmittedBytesSent"),
}  # fmt: skip
Key = tuple[str, str, str]
"""Peer connection, direction, SSRC (the object's id where it has none)."""


@dataclass
class Part:
    """One stream in one minute. Jitter and round trip in ms, bytes without headers.

    `most_at_once` is the most packets between two of its samples, so far; `spans` are the times between neighbouring
    samples, as ms since the Unix epoch.
    """

    packets: float = 0
    lost: float = 0
    expected: float = 0
    bytes: float = 0
    covered_ms: float = 0
    most_at_once: float = 0
    spans: list[tuple[int, int]] = field(default_factory=list)
    jitters: list[float] = field(default_factory=list)
    rtts: list[float] = field(default_factory=list)


@dataclass
class Summary:
    """A session: its first and last sample (ms since the Unix epoch), and what each stream did in each minute."""

    first: int | None = None
    last: int | None = None
    minutes: dict[int, dict[Key, Part]] = field(default_factory=lambda: defaultdict(dict))

    def part(self, t: float, key: Key) -> Part:
        """Return the part of a stream for the minute of a time, ms."""
        return self.minutes[floor(t / 60_000) * 60].setdefault(key, Part())


def summary(call: Call) -> Summary:
    """Return what a session's readings say."""
    found = Summary()
    for pc, readings in call.items():
        along: dict[Key, list[tuple[int, Stats]]] = defaultdict(list)
        for place, reading in enumerate(readings):
            for one in reading.stats.values():
                direction = str(one.get("type")).removesuffix("-rtp")
                if direction in COUNTERS and COUNTERS[direction][0] in one:
                    ssrc = number(one.get("ssrc"))
                    along[pc, direction, f"{ssrc:.0f}" if ssrc else str(one["id"])].append((place, one))
        for key, samples in along.items():
            _stream(found, key, samples, readings)
    times = [ms(reading) for readings in call.values() for reading in readings]
    found.first, found.last = min(times, default=None), max(times, default=None)
    return found


def together_ms(spans: Iterable[tuple[int, int]]) -> int:
    """Return how long at least one of some times lasts, ms."""
    total, reached = 0, None
    for begin, end in sorted(spans):
        since = begin if reached is None else max(begin, reached)
        total += max(0, end - since)
        reached = end if reached is None else max(end, reached)
    return total


def ms(reading: Reading) -> int:
    """Return a reading's time in whole ms."""
    return round(reading.t)


def _stream(found: Summary, key: Key, samples: list[tuple[int, Stats]], readings: list[Reading]) -> None:
    """Add one stream's samples."""
    inbound = key[1] == "inbound"
    packets, size, _, repeated, _ = COUNTERS[key[1]]
    reports = new_reports(samples, readings)
    before: tuple[int, Stats] | None = None
    most = 0.0
    for place, one in samples:
        part = found.part(ms(readings[place]), key)
        steps = _steps(before, (place, one), key[1])
        part.packets += steps.get(packets, 0)
        part.most_at_once = most = max(most, steps.get(packets, 0))
        part.bytes += steps.get(size, 0)
        if place > 0:
            part.covered_ms += ms(readings[place]) - ms(readings[place - 1])
            part.spans.append((ms(readings[place - 1]), ms(readings[place])))
        if inbound and "packetsLost" in steps and packets in steps:
            part.lost += steps["packetsLost"]
            part.expected += steps[packets] - steps.get(repeated, 0) + steps["packetsLost"]
        report = reports.get(place)
        if report is not None and not inbound:
            part.lost += report.lost or 0
            part.expected += report.expected or 0
        jitter = number(one.get("jitter")) if inbound else report.jitter if report else None
        came = not inbound or steps.get(packets) != 0  # a receiver's jitter is of packets: where none came it is old
        if came and jitter is not None and 0 <= jitter <= 30:
            part.jitters.append(jitter * 1000)
        rtt = round_trip_ms(readings, place, one, report)
        if rtt is not None and 0 <= rtt <= 60_000:
            part.rtts.append(rtt)
        before = place, one


def _steps(before: tuple[int, Stats] | None, now: tuple[int, Stats], direction: str) -> dict[str, float]:
    """Return the differences of a stream's counters to its sample before; none over a reset."""
    place, one = now
    if before is None and place == 0:
        return {}
    old = before[1] if before else {}
    found = {}
    for name in (*COUNTERS[direction], "packetsLost"):
        value, earlier = number(one.get(name)), number(old.get(name)) if before else 0
        if value is not None and earlier is not None:
            found[name] = value - earlier
    return {} if any(found.get(name, 0) < 0 for name in COUNTERS[direction]) else found
