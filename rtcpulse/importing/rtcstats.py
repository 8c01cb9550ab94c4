"""RTCStatsDump, file formats 3 and 4, of rtcstats and of Chrome: `[event, pc, value, ..., ms since the line before]`.

A report tells what changed against the one before it, and null for what is gone; Chrome's tells everything each time.
Events, stats types and members may be numbers, which the format fixes for ever (`rtcstatscodes`).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from rtcpulse.agent.shape import clip
from rtcpulse.importing.client import client_of
from rtcpulse.importing.lines import Session, changed, unquoted
from rtcpulse.importing.members import Stats, epoch_ms, objects
from rtcpulse.importing.recording import Recorded, Recording, Skips, parsed
from rtcpulse.importing.rtcstatscodes import EVENTS, MEMBER_NAMES, TIMESTAMP, TYPES
from rtcpulse.importing.rtcstatstimes import timed
from schemas.errors import UnreadableRecording

HEAD: Final = b"RTCStatsDump"
FIRST_ENTRY: Final = 3
"""Line 1 is the name of the format, line 2 says of whom it is."""


def recognises(_: Any, plain_bytes: bytes) -> bool:
    """Return whether a file is such a dump."""
    return plain_bytes.startswith(HEAD)


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a dump; Chrome's may be of several pages, each of which is a session of its own.

    Raises:
        UnreadableRecording: its second line is not what the format says, or nothing in it tells when it was.
    """
    about = _about(recording)
    sessions: dict[str, Session] = {}
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    latest = 0.0
    for where, entry, t in timed(recording, skips, FIRST_ENTRY, _told_ms):
        latest = max(latest, t)
        name, pc, value = _event(entry[0]), entry[1], unquoted(entry[2])
        session = sessions.setdefault(_page(pc), Session(skips, about))
        if name != "getStats":
            session.event(t, pc, name, value, where)
        elif (of := clip(pc)) and isinstance(value, Mapping | list):
            known[of] = _applied(known[of], _by_id(value), skips, where)
            session.report(of, known[of], t, where)
        else:
            skips.note("the report is no object, or of no peer connection", name, where)
    if sessions and not latest:
        raise UnreadableRecording(f"{recording.path}: neither a line nor a stats object tells when it was recorded")
    return [session.end() for session in sessions.values()]


def _told_ms(entry: list[Any]) -> float | None:
    """Return when a report was made by its objects: the latest of their times, since remote ones say an earlier."""
    report = unquoted(entry[2])
    if _event(entry[0]) != "getStats" or not isinstance(report, Mapping | list):
        return None
    by_id = _by_id(report)
    own = [epoch_ms(_named(one).get("timestamp")) for one in by_id.values() if isinstance(one, Mapping)]
    return epoch_ms(by_id.get(TIMESTAMP)) or max((t for t in own if t is not None), default=None)


def _event(code: Any) -> str:
    return EVENTS.get(code, str(code)) if isinstance(code, str | int) else clip(code)


def _page(pc: Any) -> str:
    """Return the page of a peer connection that Chrome names by page and number; rtcstats has one page a file."""
    page, dash, number = str(pc or "").partition("-")
    return page if dash and page.isdecimal() and number.isdecimal() else ""


def _about(recording: Recording) -> dict[str, Any]:
    second = recording.plain.split(b"\n", 2)[1:2]
    try:
        head = parsed(second[0]) if second else None
    except ValueError:
        head = None
    if not isinstance(head, Mapping):
        raise UnreadableRecording(f"{recording.path}, line 2: not the JSON object that says of whom the dump is")
    return client_of(head.get("userAgent"))


def _by_id(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {str(one.get("id")): one for one in objects(value)}


def _applied(before: Mapping[str, Stats], delta: dict[str, Any], skips: Skips, where: str) -> dict[str, Stats]:
    """Return every object of a report. A difference never repeats a type: where one does, the report is whole."""
    at = epoch_ms(delta.pop(TIMESTAMP, None))
    named = {key: _named(one) for key, one in delta.items() if isinstance(one, Mapping)}
    is_whole = any("type" in named[key] for key in named.keys() & before.keys())
    after = {} if is_whole else {key: dict(one) for key, one in before.items() if delta.get(key, one) is not None}
    for key, one in named.items():
        after[key] = changed({} if is_whole else before.get(key, {}), one)
    for key, one in after.items():
        if at is not None and "timestamp" not in named.get(key, ()):
            one["timestamp"] = at
    for key, one in delta.items():
        if one is not None and not isinstance(one, Mapping):
            skips.note("the stats object is none", str(key), where)
    return after


def _named(report: Mapping[str, Any]) -> Stats:
    found = {MEMBER_NAMES.get(name, name): value for name, value in report.items()}
    if "type" in found:
        found["type"] = TYPES.get(str(found["type"]), found["type"])
    return found
