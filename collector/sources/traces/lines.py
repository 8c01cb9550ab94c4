"""What the formats of one JSON array a line share: rtcstats and Jitsi's older form of it."""

from collections.abc import Mapping
from typing import Any

from collector.sources.traces.happenings import Happenings
from collector.sources.traces.members import objects, plain, reading_ms
from collector.sources.traces.recorded import Recorded, Skips, parsed
from schemas.series import Sample
from schemas.shape import clip


class Session:
    """One person's session as lines tell it, in order."""

    def __init__(self, skips: Skips, about: Mapping[str, Any] | None = None) -> None:
        self.recorded = Recorded(dict(about or {}))
        self._skips = skips
        self._told = Happenings(self.recorded, skips)

    def report(self, pc: str, stats: Any, t: float, where: str) -> None:
        """Add what getStats said at `t`, ms since the Unix epoch."""
        found = objects(stats)
        kept = [one for one in (plain(one, self._skips, where) for one in found) if one is not None]
        reading = Sample(reading_ms(found, t), kept)
        if self.recorded.add(pc, reading, self._skips, where):
            self._told.first_media(pc, [reading])

    def event(self, t: float, pc: Any, name: str, value: Any, where: str) -> None:
        """Add what happened at `t`, ms since the Unix epoch."""
        self._told.note(t, clip(pc or ""), name, value, where)

    def left(self, t: float, reason: str) -> None:
        """Add that the person left, at `t`, ms since the Unix epoch."""
        self._told.left(t, reason)


def unquoted(value: Any) -> Any:
    """Return the value of a JSON text, or what is none as it is: some members are JSON in JSON."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return parsed(value)
    except (ValueError, RecursionError):
        return value


def changed(before: Mapping[str, Any], delta: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stats object after a change: what the change lacks is as it was, also inside a record."""
    after = dict(before)
    for name, value in delta.items():
        known = before.get(name)
        after[name] = {**known, **value} if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return after
