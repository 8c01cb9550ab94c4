"""Traces of rtcstats, formats 3 to 5, and of Chrome: `[event, pc, value, ..., ms since the entry before]`.

A report tells what changed against the one before it, and null for what is gone; Chrome's tells everything each time.
Events, stats types and members may be numbers, which the format fixes for ever (`rtcstatscodes`).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from collector.sources.traces.codes import EVENTS, MEMBER_NAMES, TIMESTAMP, TYPES
from collector.sources.traces.lines import Session, changed, unquoted
from collector.sources.traces.members import Stats, epoch_ms, objects
from collector.sources.traces.recorded import Recorded, Skips
from schemas.shape import clip

PEOPLE_LEAVE: Final = {1000: "closed", 1001: "page left", 1005: "closed", 3001: "conference left"}
"""Codes with which a page closes its WebSocket (RFC 6455 7.4.1; 3001 is Jitsi's), and what they say of the person."""


class RtcstatsTrace:
    """Decodes the entries of one page, in order."""

    def __init__(self, skips: Skips, about: Mapping[str, Any] | None = None) -> None:
        self._skips = skips
        self._session = Session(skips, about)
        self._known: dict[str, dict[str, Stats]] = defaultdict(dict)

    @property
    def recorded(self) -> Recorded:
        """The session so far."""
        return self._session.recorded

    def entry(self, entry: list[Any], t: float, where: str) -> None:
        """Take an entry and its time, ms since the Unix epoch."""
        name, pc, value = event_name(entry[0]), entry[1], unquoted(entry[2])
        if name == "close" and pc is None and value in PEOPLE_LEAVE:
            self._session.left(t, PEOPLE_LEAVE[value])
        elif name != "getStats":
            self._session.event(t, pc, name, value, where)
        elif (of := clip(pc)) and isinstance(value, Mapping | list):
            self._known[of] = _applied(self._known[of], _by_id(value), self._skips, where)
            self._session.report(of, self._known[of], t, where)
        else:
            self._skips.note("the report is no object, or of no peer connection", name, where)


def told_ms(entry: list[Any]) -> float | None:
    """Return when a report was made by its objects: the latest of their times, since remote ones say an earlier."""
    report = unquoted(entry[2])
    if event_name(entry[0]) != "getStats" or not isinstance(report, Mapping | list):
        return None
    by_id = _by_id(report)
    own = [epoch_ms(_named(one).get("timestamp")) for one in by_id.values() if isinstance(one, Mapping)]
    return epoch_ms(by_id.get(TIMESTAMP)) or max((t for t in own if t is not None), default=None)


def event_name(code: Any) -> str:
    """Return the name of an event, which may be a number."""
    return EVENTS.get(code, str(code)) if isinstance(code, str | int) else clip(code)


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
