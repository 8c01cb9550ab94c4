"""Raw recordings to readings, from the description of each format and without any of the product's code.

`tests/recordings/summary.py` works on what this gives; a test holds both to the standard library.
"""

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Stats = dict[str, Any]
NEAR_MS = 60_000


@dataclass(frozen=True)
class Reading:
    """One call of getStats: when, ms since the Unix epoch in tenths, and its stats objects by id."""

    t: float
    stats: dict[str, Stats]


Call = dict[str, list[Reading]]
"""The readings of one session, by peer connection."""


def content(path: Path) -> str:
    """Return a file's text, gzip or not."""
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")


def values(path: Path, first: int = 0) -> Iterator[Any]:
    """Yield the JSON value of each line that is one, from line `first` (0 is the first) on."""
    for line in content(path).split("\n")[first:]:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def number(value: Any) -> float | None:
    """Return a number that may be written as a text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def time_ms(value: Any) -> float | None:
    """Return a time as ms since the Unix epoch: written in s, ms or microseconds, or in ISO 8601."""
    found = number(value)
    if found is None:
        return datetime.fromisoformat(value).timestamp() * 1000 if isinstance(value, str) and "T" in value else None
    if found <= 0:
        return None
    return found * 1000 if found < 1e11 else found / 1000 if found > 1e14 else found


def add(call: Call, pc: str, t: float, stats: dict[str, Stats]) -> None:
    """Add a reading, in tenths of a ms as batches have it; one whose time does not advance is none."""
    readings = call.setdefault(pc, [])
    if not readings or round(t, 1) > readings[-1].t:
        readings.append(Reading(round(t, 1), {name: one | {"id": name} for name, one in stats.items()}))


def read_at(stats: dict[str, Stats], line_ms: float) -> float:
    """Return when a report was read: the latest of its local objects' times, unless they are of another clock."""
    local = [time_ms(one.get("timestamp")) for one in stats.values() if not str(one.get("type")).startswith("remote-")]
    return max((t for t in local if t is not None and abs(t - line_ms) <= NEAR_MS), default=line_ms)


def jitsi(path: Path) -> list[Call]:
    """Read `[name, pc, value, ms]` lines: a report has what changed of each object, and lacks objects that are gone.

    A time of 0 is the time of the whole report.
    """
    call: Call = {}
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    for entry in values(path):
        if not isinstance(entry, list) or entry[0] != "getstats":
            continue
        _, pc, report, line_ms = entry
        report = json.loads(report) if isinstance(report, str) else report
        whole = time_ms(report.get("timestamp")) or line_ms
        after = {}
        for name, change in report.items():
            if name != "timestamp" and "type" in (one := _changed(known[pc].get(name, {}), change)):
                after[name] = one | {"timestamp": change.get("timestamp") or whole}
        known[pc] = after
        add(call, pc, read_at(after, line_ms), after)
    return [call]


_EVENTS = {"getStats", "g", 1}
_TYPES = {
    "1": "inbound-rtp", "2": "outbound-rtp", "3": "remote-inbound-rtp", "4": "remote-outbound-rtp", "5": "transport",
    "6": "candidate-pair",
}  # fmt: skip
_NAMES = {
    "t": "timestamp", "5": "transportId", "10": "ssrc", "14": "packetsReceived", "15": "packetsLost", "16": "jitter",
    "19": "remoteId", "35": "headerBytesReceived", "41": "bytesReceived", "68": "retransmittedPacketsReceived",
    "69": "retransmittedBytesReceived", "74": "localId", "75": "roundTripTime", "76": "totalRoundTripTime",
    "79": "packetsSent", "80": "bytesSent", "84": "headerBytesSent", "85": "retransmittedPacketsSent",
    "86": "retransmittedBytesSent", "118": "state", "125": "selectedCandidatePairId", "150": "nominated",
    "157": "responsesReceived",
}  # fmt: skip


def rtcstats(path: Path) -> list[Call]:
    """Read RTCStatsDump: `[event, pc, value, ..., ms since the line before]` from the third line on.

    File format 4 has numbers for names, tells what changed, and null for what is gone; 3 tells everything each time.
    Chrome names a peer connection by page and number, and each page is a session.
    """
    calls: dict[str, Call] = {}
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    now = 0.0
    for entry in values(path, 2):
        now += entry[-1]
        pc = entry[1] or ""
        call = calls.setdefault(pc.partition("-")[0] if "-" in pc else "", {})
        if entry[0] not in _EVENTS:
            continue
        report = {name: _named(one) for name, one in entry[2].items() if isinstance(one, dict)}
        if any("type" in one for name, one in report.items() if name in known[pc]):
            known[pc] = {}
        at = time_ms(entry[2].get("t"))
        after = {name: one for name, one in known[pc].items() if entry[2].get(name, one) is not None}
        after |= {name: _changed(after.get(name, {}), one) for name, one in report.items()}
        if at is not None:
            after = {
                name: one if "timestamp" in report.get(name, ()) else one | {"timestamp": at}
                for name, one in after.items()
            }
        known[pc] = after
        add(call, pc, read_at(after, now), after)
    return list(calls.values())


def getstats(path: Path) -> list[Call]:
    """Read {t, peer or pc, stats} a line, or {t, publisher, subscriber}: what recorders beside a call wrote."""
    call: Call = {}
    for line in values(path):
        if "stats" in line:
            pc = line.get("peer") or f"pc{line['pc']}"
            add(call, pc, time_ms(line["t"]) or 0, line["stats"])
        for pc in ("publisher", "subscriber"):
            if line.get(pc):
                add(call, pc, time_ms(line["t"]) or 0, {one["id"]: one for one in line[pc]})
    return [call]


def _named(one: Stats) -> Stats:
    found = {_NAMES.get(name, name): value for name, value in one.items()}
    if "type" in found:
        found["type"] = _TYPES.get(str(found["type"]), str(found["type"]))
    return found


def _changed(before: Stats, change: Stats) -> Stats:
    return before | change
