"""Jitsi's traces: `[name, pc, value, ms]` an entry. A report tells what changed; what it lacks is gone."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from collector.sources.traces.client import client_of
from collector.sources.traces.lines import Session, changed, unquoted
from collector.sources.traces.members import Stats, epoch_ms
from collector.sources.traces.recorded import Recorded, Skips
from schemas.shape import clip

_GOOG: Final = "legacy goog"


class JitsiTrace:
    """Decodes the entries of one person's session, in order."""

    def __init__(self, skips: Skips, about: Mapping[str, Any] | None = None) -> None:
        self._skips = skips
        self._session = Session(skips, about)
        self._known: dict[str, dict[str, Stats]] = defaultdict(dict)

    @property
    def recorded(self) -> Recorded:
        """The session so far."""
        return self._session.recorded

    def entry(self, entry: Any, where: str) -> float | None:
        """Take an entry; return its time, ms since the Unix epoch, None where it has none."""
        if isinstance(entry, Mapping) and "statsSessionId" in entry:
            self._skips.note("a media server's own statistics are no getStats", str(entry.get("type", "")), where)
            return None
        if not isinstance(entry, list) or len(entry) < 4 or not isinstance(entry[0], str):
            self._skips.note("the line is not [name, peer connection, value, time]", "", where)
            return None
        name, pc, value, t = entry[0], entry[1], unquoted(entry[2]), epoch_ms(entry[3])
        if name in {"connectionInfo", "identity"}:
            self.recorded.about |= _about(name, value)
        elif t is None:
            self._skips.note("the line has no time", name, where)
        elif name != "getstats":
            self._session.event(t, pc, name, value, where)
        elif (of := clip(pc)) and isinstance(value, Mapping):
            self._known[of] = _applied(self._known[of], value, t, self._skips, where)
            self._session.report(of, self._known[of], t, where)
        else:
            self._skips.note("the report is no object, or of no peer connection", name, where)
        return t

    def left(self, t: float, reason: str) -> None:
        """Take that the person left, at `t`, ms since the Unix epoch."""
        self._session.left(t, reason)


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
