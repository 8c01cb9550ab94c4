"""Dumps of chrome://webrtc-internals to readings, from the description of the format and without the product's code."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.recordings.raw import Call, Stats, add, content, time_ms

_TYPES = {
    "RTCInboundRTP": "inbound-rtp", "RTCOutboundRTP": "outbound-rtp", "RTCRemoteInboundRtp": "remote-inbound-rtp",
    "RTCRemoteOutboundRTP": "remote-outbound-rtp", "RTCTransport": "transport", "RTCIceCandidatePair": "candidate-pair",
}  # fmt: skip
SLACK_MS = 2
"""A list's first and last time are whole ms."""

Lists = dict[str, dict[str, Any]]
"""The dump's entries of one stats object, by member."""


def internals(path: Path) -> list[Call]:
    """Read the values of each member of each object; each page of the browser is a session."""
    calls: dict[tuple[str, str], Call] = {}
    for pc, entry in json.loads(content(path))["PeerConnections"].items():
        call = calls.setdefault((pc.partition("-")[0], entry.get("url", "")), {})
        objects, types = _objects(entry["stats"])
        polls = _polls(objects, types)
        readings: list[dict[str, Stats]] = [defaultdict(dict) for _ in polls]
        for name, members in objects.items():
            times = _times(members)
            places = [_seen(polls, t, remote=types[name].startswith("remote-")) for t in times]
            for member, line in members.items():
                for begin in _begin(line, times):
                    for value, place in zip(line["values"], places[begin:], strict=False):
                        readings[place][name] |= {member: value, "id": name, "type": types[name]}
        latest: dict[str, Stats] = {}
        for t, stats in zip(polls, readings, strict=True):
            latest |= {name: one for name, one in stats.items() if one["type"].startswith("remote-")}
            add(call, pc, t, stats | latest)
    return list(calls.values())


def _objects(stats: dict[str, Any]) -> tuple[dict[str, Lists], dict[str, str]]:
    """Return the lists of each object that has to do with media, and its type: written, or what its id begins with."""
    objects: dict[str, Lists] = defaultdict(dict)
    types = {}
    for key, entry in stats.items():
        name, _, member = key.rpartition("-")
        kind = entry.get("statsType") or next((t for begin, t in _TYPES.items() if name.startswith(begin)), "")
        if "-[" not in key and kind in _TYPES.values():
            objects[name][member] = entry | {"values": json.loads(entry["values"])}
            types[name] = kind
    return objects, types


def _times(members: Lists) -> list[float]:
    """Return an object's own times, else even ones from the first to the last of its longest list."""
    if "timestamp" in members:
        return [time_ms(t) or 0 for t in members["timestamp"]["values"]]
    line = max(members.values(), key=lambda one: len(one["values"]))
    start, end, count = time_ms(line["startTime"]) or 0, time_ms(line["endTime"]) or 0, len(line["values"])
    return [start + (end - start) * place / max(1, count - 1) for place in range(count)]


def _polls(objects: dict[str, Lists], types: dict[str, str]) -> list[float]:
    """Return when getStats was called: local objects of one call have one time, where they have any."""
    local = [_times(members) for name, members in objects.items() if not types[name].startswith("remote-")]
    if any("timestamp" in members for members in objects.values()):
        return sorted({t for times in local for t in times})
    return max(local, key=len, default=[])


def _seen(polls: list[float], t: float, *, remote: bool) -> int:
    """Return in which reading a value is first seen: a report of the other end in the first one after it came."""
    if remote:
        return next((place for place, poll in enumerate(polls) if poll >= t - SLACK_MS), len(polls) - 1)
    return min(range(len(polls)), key=lambda place: abs(polls[place] - t))


def _begin(line: dict[str, Any], times: list[float]) -> list[int]:
    """Return at which of its object's times a list begins; nowhere where it has a hole.

    A shorter list began later or ended earlier, and its ends say which. One that has both ends of its object has a
    hole, and nobody knows where.
    """
    count = len(line["values"])
    if count == len(times):
        return [0]
    start, end = time_ms(line["startTime"]) or 0, time_ms(line["endTime"]) or 0
    if abs(times[0] - start) <= SLACK_MS and abs(times[-1] - end) <= SLACK_MS:
        return []
    found = [
        begin
        for begin in range(len(times) - count + 1)
        if abs(times[begin] - start) <= SLACK_MS and abs(times[begin + count - 1] - end) <= SLACK_MS
    ]
    return found if len(found) == 1 else []
