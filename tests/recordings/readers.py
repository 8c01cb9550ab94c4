"""Readers of recorded getStats: each gives the readings of every peer connection, W3C dictionaries in order of time.

Formats as found in the wild: webrtc-internals dumps of Chrome, rtcstats JSONL of Jitsi (delta-compressed), and the
plain JSONL that this project's own recorders write.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from schemas.stats import Kind, kinds

Stats = dict[str, Any]
Reading = tuple[float, list[Stats]]
POLL_MS: Final = 100
_KINDS: Final = kinds()
_NUMBERS: Final = frozenset({Kind.COUNTER, Kind.SIGNED, Kind.GAUGE})


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded call: the readings of each peer connection, times in ms since the Unix epoch."""

    name: str
    pcs: dict[str, list[Reading]]


def plain(stats: Stats) -> Stats:
    """Return stats as the wire has them: numbers that were texts are numbers, nothing that is no value."""
    found: Stats = {}
    for name, value in stats.items():
        if value is None or (isinstance(value, dict) and name != "qualityLimitationDurations"):
            continue
        if _KINDS.get(name) in _NUMBERS and isinstance(value, str):
            try:
                found[name] = float(value)
            except ValueError:
                continue
        elif _KINDS.get(name) is Kind.TEXT and not isinstance(value, str):
            found[name] = str(value)
        else:
            found[name] = value
    return found


def read_own(path: Path) -> Recording:
    """Read what `tests/fixtures/record_*.py` wrote: a head, then {t, peer, stats: {id: members}} a line."""
    pcs: dict[str, list[Reading]] = defaultdict(list)
    for line in path.read_text().splitlines()[1:]:
        reading = json.loads(line)
        objects = [plain(_with_epoch(stats)) for stats in reading["stats"].values()]
        pcs[reading["peer"]].append((reading["t"], objects))
    return Recording(path.name, dict(pcs))


def _with_epoch(stats: Stats) -> Stats:
    if not isinstance(stats.get("timestamp"), str):
        return stats
    return stats | {"timestamp": datetime.fromisoformat(stats["timestamp"]).timestamp() * 1000}


def read_aiortc(path: Path) -> Recording:
    """Read {t, pc, stats: {id: members}} a line, times in seconds."""
    pcs: dict[str, list[Reading]] = defaultdict(list)
    for line in path.read_text().splitlines():
        reading = json.loads(line)
        objects = [plain(one | {"timestamp": one["timestamp"] * 1000}) for one in reading["stats"].values()]
        pcs[f"pc{reading['pc']}"].append((reading["t"] * 1000, objects))
    return Recording(path.name, dict(pcs))


def read_livekit(path: Path) -> Recording:
    """Read {t, publisher: [stats], subscriber: [stats]} a line, `t` in seconds."""
    pcs: dict[str, list[Reading]] = defaultdict(list)
    for line in path.read_text().splitlines():
        reading = json.loads(line)
        for role in ("publisher", "subscriber"):
            if reading.get(role):
                pcs[role].append((reading["t"] * 1000, [plain(one) for one in reading[role]]))
    return Recording(path.name, dict(pcs))


def read_rtcstats(path: Path) -> Recording:
    """Read Jitsi's JSONL [name, pc, value, ms]; a key that a report lacks is as it was, a report that lacks is gone."""
    pcs: dict[str, list[Reading]] = defaultdict(list)
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        if not isinstance(entry, list) or entry[0] != "getstats":
            continue
        _, pc, value, t = entry
        at = value.pop("timestamp", t)
        known[pc] = {key: known[pc].get(key, {}) | report for key, report in value.items()}
        objects = [
            plain(one | {"id": key, "timestamp": one.get("timestamp") or at})
            for key, one in known[pc].items()
            if "type" in one
        ]
        pcs[pc].append((t, objects))
    return Recording(path.name, dict(pcs))


def read_internals(path: Path) -> Recording:
    """Read a webrtc-internals dump of Chrome 130 or newer: a series of values for each member of each id."""
    dump = json.loads(path.read_text())
    pcs = {name: list(_readings(pc["stats"])) for name, pc in dump["PeerConnections"].items()}
    return Recording(path.name, pcs)


def _readings(series: dict[str, Any]) -> Iterator[Reading]:
    members: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    types: dict[str, str] = {}
    for key, entry in series.items():
        if "[" not in key:  # derived rates are no counters
            name, _, member = key.rpartition("-")
            members[name][member] = json.loads(entry["values"])
            types[name] = entry["statsType"]
    polls = next(own["timestamp"] for name, own in members.items() if types[name] == "transport")
    for place, t in enumerate(polls):
        objects = []
        for name, own in members.items():
            at = _index(own["timestamp"], place, polls, reported=types[name].startswith("remote-"))
            if at is not None:
                first = len(own["timestamp"])
                along = {member: at - first + len(values) for member, values in own.items()}
                stats = {member: own[member][index] for member, index in along.items() if index >= 0}
                objects.append(plain(stats | {"id": name, "type": types[name]}))
        yield t, objects


def _index(times: list[float], place: int, polls: list[float], *, reported: bool) -> int | None:
    """Return which value of an object belongs to a poll: the one of its time.

    A remote report repeats its own time: it is counted from the end.
    """
    if reported:
        index = place - len(polls) + len(times)
        return index if index >= 0 else None
    return next((index for index, t in enumerate(times) if abs(t - polls[place]) < POLL_MS), None)


READERS: Final[dict[str, Callable[[Path], Recording]]] = {
    "webrtc-internals/*.json": read_internals,
    "rtcstats-jitsi/*-*-*.jsonl": read_rtcstats,
    "janus-*/*.getstats.jsonl": read_aiortc,
    "livekit-*/getstats-*dualpc.jsonl": read_livekit,
}


def recordings(folder: Path) -> list[tuple[Path, Callable[[Path], Recording]]]:
    """Return the getStats recordings of a folder, each with its reader."""
    return [(path, reader) for pattern, reader in READERS.items() for path in sorted(folder.glob(pattern))]
