"""Whether two cohorts may be compared at all: too small, overlapping, or of another kind of people (Simpson's trap).

A release that more people on mobile networks use looks worse though it is not. So of each circumstance the shares are
compared; where they differ by more than chance makes them, the difference of the share with an incident is told again
as it would be if both cohorts had the same mix (direct standardisation).

Sources:
    E. H. Simpson, The interpretation of interaction in contingency tables, J. R. Stat. Soc. B 13 (1951) 238-241.
    K. J. Rothman, S. Greenland, T. L. Lash, Modern epidemiology, 3rd ed. (2008), chapter 15: standardisation.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Final

from analytics.compare.comparing import ROOMS_ENOUGH, SESSIONS_MIN, room_of
from analytics.compare.measures import INCIDENT
from schemas.counted import counted

Row = Mapping[str, Any]
CIRCUMSTANCES: Final = {
    "app": "version", "browser": "browser", "os": "system", "network_type": "kind of network", "network": "network",
    "country": "country", "region": "region", "node": "media server",
}  # fmt: skip
APART_MIN: Final = 0.1
"""From here on a mix is told (a tenth of A would have to be others), where chance makes less than half of it."""
SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Mix:
    """How far two cohorts differ in one circumstance.

    Attributes:
        apart: the total variation distance of the shares, 0 (the same) to 1 (nothing in common).
        values: the values that differ most, with their shares in A and B.
        adjusted: difference of the share with an incident at the same mix, over the values that both have; None where
            they have none in common.
        covered: the share of all sessions whose value both have.
    """

    circumstance: str
    apart: float
    values: Sequence[tuple[str, float, float]]
    adjusted: float | None
    covered: float


def warnings(a: Sequence[Row], b: Sequence[Row]) -> list[str]:
    """Return why the comparison may mislead, a sentence each: small cohorts, and sessions or rooms in both."""
    told = []
    for name, rows in (("A", a), ("B", b)):
        rooms = len({room_of(row) for row in rows})
        if len(rows) < SESSIONS_MIN or rooms < ROOMS_ENOUGH:
            has = f"{name} has {counted(len(rows), 'session')} in {counted(rooms, 'room')}"
            least = f"{SESSIONS_MIN} sessions or {ROOMS_ENOUGH} rooms"
            told.append(f"{has}: under {least} nothing is called better or worse.")
    both = len({row["session"] for row in a} & {row["session"] for row in b})
    if both:
        share = f"{both / min(len(a), len(b)):.0%} of the smaller one"
        same = f"{counted(both, 'session')} of both cohorts are the same ({share})"
        told.append(f"{same}: what differs is made smaller by them.")
    shared = len({room_of(row) for row in a} & {room_of(row) for row in b})
    if shared and not both:
        told.append(
            f"{counted(shared, 'room')} had sessions of both cohorts: these people shared their calls, and trouble of "
            "one side reaches the other. The intervals reckon with it."
        )
    return told


def differing(a: Sequence[Row], b: Sequence[Row], meant: str = "") -> list[Mix]:
    """Return the circumstances in which the cohorts differ by more than chance, those furthest apart first.

    Args:
        a: sessions, as `cohort_sessions` answers.
        b: likewise.
        meant: the circumstance by which the cohorts were picked: in it they are meant to differ.
    """
    if not a or not b:
        return []
    found = [mix_of(a, b, name) for name in CIRCUMSTANCES if name != meant]
    return sorted(
        (mix for mix in found if mix.apart >= APART_MIN and mix.apart > 2 * _by_chance(a, b, mix.circumstance)),
        key=lambda mix: (-mix.apart, mix.circumstance),
    )


def mix_of(a: Sequence[Row], b: Sequence[Row], circumstance: str) -> Mix:
    """Return how far two cohorts differ in a circumstance. Neither may be empty."""
    in_a, in_b = (Counter(row[circumstance] for row in rows) for rows in (a, b))
    shares = [(value, in_a[value] / len(a), in_b[value] / len(b)) for value in sorted({*in_a, *in_b})]
    shares.sort(key=lambda one: -abs(one[1] - one[2]))
    apart = sum(abs(one[1] - one[2]) for one in shares) / 2
    return Mix(circumstance, apart, shares[:SHOWN], *_standardised(a, b, circumstance))


def _by_chance(a: Sequence[Row], b: Sequence[Row], circumstance: str) -> float:
    """Return the distance that two samples of these sizes would have on average if they were of one mix."""
    of = len(a) + len(b)
    pooled = Counter(row[circumstance] for row in (*a, *b))
    spread = sum(sqrt(count / of * (1 - count / of) * (1 / len(a) + 1 / len(b))) for count in pooled.values())
    return spread * sqrt(2 / pi) / 2


def _standardised(a: Sequence[Row], b: Sequence[Row], circumstance: str) -> tuple[float | None, float]:
    """Return the difference at the mix of both together, and how many of all sessions it is of."""
    counted: dict[str, list[list[float]]] = {}
    for place, rows in enumerate((a, b)):
        for row in rows:
            counted.setdefault(row[circumstance], [[], []])[place].append(INCIDENT.value(row) or 0.0)
    common = [sides for sides in counted.values() if all(sides)]
    weight = sum(len(sides[0]) + len(sides[1]) for sides in common)
    if not weight:
        return None, 0.0
    differences = sum(
        (len(one) + len(other)) * (sum(other) / len(other) - sum(one) / len(one)) for one, other in common
    )
    return differences / weight, weight / (len(a) + len(b))
