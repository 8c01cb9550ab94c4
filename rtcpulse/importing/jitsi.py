"""Jitsi's rtcstats dumps: `[name, pc, value, ms]` a line. A report tells what changed; what it lacks is gone."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from rtcpulse.agent.shape import clip
from rtcpulse.importing.client import client_of
from rtcpulse.importing.lines import Session, changed, unquoted
from rtcpulse.importing.members import Stats, epoch_ms
from rtcpulse.importing.recording import Recorded, Recording, Skips

_GOOG: Final = "legacy goog"


def recognises(first: Any, _: bytes) -> bool:
    """Return whether a file is such a dump; `first` is the JSON value of its first line, where it is one."""
    if isinstance(first, Mapping):
        return "statsSessionId" in first
    return isinstance(first, list) and len(first) >= 4 and isinstance(first[0], str)


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a dump, which is one person's session."""
    session = Session(skips)
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    for where, entry in recording.lines(skips):
        if isinstance(entry, Mapping) and "statsSessionId" in entry:
            skips.note("a media server's own statistics are no getStats", str(entry.get("type", "")), where)
            continue
        if not isinstance(entry, list) or len(entry) < 4 or not isinstance(entry[0], str):
            skips.note("the line is not [name, peer connection, value, time]", "", where)
            continue
        name, pc, value, t = entry[0], entry[1], unquoted(entry[2]), epoch_ms(entry[3])
        if name in {"connectionInfo", "identity"}:
            session.recorded.about |= _about(name, value)
        elif t is None:
            skips.note("the line has no time", name, where)
        elif name != "getstats":
            session.event(t, pc, name, value, where)
        elif (of := clip(pc)) and isinstance(value, Mapping):
            known[of] = _applied(known[of], value, t, skips, where)
            session.report(of, known[of], t, where)
        else:
            skips.note("the report is no object, or of no peer connection", name, where)
    return [session.end()]


def _applied(
    before: Mapping[str, Stats], delta: Mapping[str, Any], t: float, skips: Skips, where: str
) -> dict[str, Stats]:
    """Return every object of a report; a time of 0 is the time of the whole report."""
    at = epoch_ms(delta.get("timestamp")) or t
    after = {}
    for name, report in delta.items():
        if name == "timestamp":
            continue
        if not isinstance(report, Mapping):
            skips.note("the stats object is none", name, where)
            continue
        one = changed(before.get(name, {}), report)
        if str(one.get("type", "")).startswith(("goog", "ssrc", "VideoBwe")) or "type" not in one:
            skips.note("the stats type is not kept", _GOOG, where)
            continue
        after[name] = one | {"timestamp": report.get("timestamp") or at}
    return after


def _about(name: str, value: Any) -> dict[str, Any]:
    """Return the session's members that a line tells. Its times are not looked at: they can be off by years."""
    if not isinstance(value, Mapping):
        return {}
    if name == "connectionInfo":
        return client_of(value.get("userAgent"))
    names = {"room": "confName", "participant": "endpointId"}
    return {ours: clip(value[theirs]) for ours, theirs in names.items() if isinstance(value.get(theirs), str)}
