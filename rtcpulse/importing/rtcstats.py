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
        UnreadableRecording: its second line is not what the format says.
    """
    about = _about(recording)
    sessions: dict[str, Session] = {}
    known: dict[str, dict[str, Stats]] = defaultdict(dict)
    t = 0.0
    for where, entry in recording.lines(skips, FIRST_ENTRY):
        elapsed = entry[-1] if isinstance(entry, list) and len(entry) >= 4 else None
        if isinstance(elapsed, bool) or not isinstance(elapsed, int | float):
            skips.note("the line is not [event, peer connection, value, ..., time]", "", where)
            continue
        t += elapsed
        name, pc, value = _event(entry[0]), entry[1], unquoted(entry[2])
        session = sessions.setdefault(_page(pc), Session(skips, about))
        if name != "getStats":
            session.event(t, pc, name, value, where)
        elif (of := clip(pc)) and isinstance(value, Mapping | list):
            known[of] = _applied(known[of], _by_id(value), skips, where)
            session.report(of, known[of], t, where)
        else:
            skips.note("the report is no object, or of no peer connection", name, where)
    return [session.end() for session in sessions.values()]


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
