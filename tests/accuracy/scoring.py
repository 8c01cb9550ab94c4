"""Precision, recall, cause, side and delay: how incidents compare with what was true. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.accuracy.truth import Expected, Found, Outcome

TOLERANCE_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Score:
    """Counts, and what is made of them; a share of nothing is None.

    Attributes:
        runs: how many, and how many of them clean.
        incidents: all that were found; `right` of them overlap the trouble of their session, give or take 10 s.
        affected: sessions whose trouble must be found; `hit` of them have such an incident.
        causes, sides: of the hit ones, how many have the right cause and the right side.
        delays_s: from the begin of the trouble until the incident stood in the table, of those that were watched.
    """

    runs: int
    clean: int
    incidents: int
    right: int
    affected: int
    hit: int
    causes: int
    sides: int
    delays_s: tuple[float, ...]

    @property
    def precision(self) -> float | None:
        """Incidents that are right."""
        return _share(self.right, self.incidents)

    @property
    def recall(self) -> float | None:
        """Affected sessions that were found."""
        return _share(self.hit, self.affected)

    @property
    def cause_accuracy(self) -> float | None:
        """Found ones with the right cause."""
        return _share(self.causes, self.hit)

    @property
    def side_accuracy(self) -> float | None:
        """Found ones with the right side."""
        return _share(self.sides, self.hit)

    @property
    def delay_s(self) -> float | None:
        """The median delay to detection."""
        return median(self.delays_s) if self.delays_s else None


def score(outcomes: Iterable[Outcome]) -> Score:
    """Compare what was found with what was true."""
    outcomes = list(outcomes)
    right = affected = hit = causes = sides = 0
    delays: list[float] = []
    for outcome in outcomes:
        for expected in outcome.sessions:
            mine = matching(outcome, expected)
            right += len(mine)
            if not expected.cause or not expected.is_required:
                continue
            affected += 1
            if mine:
                longest = max(mine, key=lambda one: one.ended_ms - one.began_ms)
                hit += 1
                causes += longest.cause == expected.cause
                sides += longest.side == expected.side
                seen = [one.seen_ms for one in mine if one.seen_ms is not None]
                delays += [(min(seen) - outcome.began_ms) / 1000] if seen else []
    incidents = sum(len(outcome.found) for outcome in outcomes)
    clean = sum(not outcome.began_ms for outcome in outcomes)
    return Score(len(outcomes), clean, incidents, right, affected, hit, causes, sides, tuple(sorted(delays)))


def matching(outcome: Outcome, expected: Expected) -> Sequence[Found]:
    """Return the incidents of a session that overlap its trouble, give or take 10 s."""
    if not expected.cause:
        return []
    since, until = outcome.began_ms - TOLERANCE_MS, outcome.ended_ms + TOLERANCE_MS
    return [
        one
        for one in outcome.found
        if one.session == expected.session and one.began_ms <= until and one.ended_ms >= since
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
