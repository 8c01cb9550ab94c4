"""One person's session as a trace tells it, and what of the trace was left out and why."""

import json
from dataclasses import dataclass, field
from typing import Any

from schemas.series import Sample
from schemas.shape import clip


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out: why, of what, how often, and where first (a line or a member of the file)."""

    reason: str
    what: str
    count: int
    first: str


class Skips:
    """Counts what is left out of one trace."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[Any]] = {}

    def note(self, reason: str, what: str, where: str, count: int = 1) -> None:
        """Count something that is left out."""
        self._counts.setdefault((reason, what), [0, where])[0] += count

    def all(self) -> list[Skipped]:
        """Return everything, what was left out most often first."""
        found = [
            Skipped(reason, clip(what), count, clip(first)) for (reason, what), (count, first) in self._counts.items()
        ]
        return sorted(found, key=lambda one: (-one.count, one.reason, one.what))


@dataclass(slots=True)
class Recorded:
    """One person's session: members of the batch's `session`, readings by peer connection, events."""

    about: dict[str, Any] = field(default_factory=dict)
    pcs: dict[str, list[Sample]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, pc: str, sample: Sample, skips: Skips, where: str) -> bool:
        """Add a reading; one that is not after the one before it, or has no time, is left out."""
        readings = self.pcs.setdefault(pc, [])
        if not 0 < sample.t < 1e14:
            skips.note("the reading has no time", pc, where)
        elif readings and round(sample.t, 1) <= round(readings[-1].t, 1):
            skips.note("the reading is not after the one before it", pc, where)
        else:
            readings.append(sample)
            return True
        return False


def parsed(text: bytes | str) -> Any:
    """Return a JSON value; NaN and infinities, which are no JSON, are nothing."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    return json.loads(text, parse_constant=lambda _: None)
