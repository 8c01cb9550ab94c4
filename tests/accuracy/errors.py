"""How far rtcpulse's numbers of impaired calls are from the relay's record. Pure, so that it can be done again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from msgspec import Struct

JITTER_MS_MIN: Final = 5.0
"""Less jitter than this is compared in ms: 10 % of it are less than the whole ms that Chromium rounds to."""


class Measured(Struct, frozen=True):
    """One number that was stored, and what is true of it.

    Attributes:
        call: the call's name.
        how: aiortc or Chromium.
        kind: audio or video; of a connection's checks, connection.
        metric: loss, reported_loss, jitter, rtt, stun_rtt, sent_bitrate or received_bitrate.
        grain: of a stream's whole call, or of one sample.
        said: what is stored: a ratio, ms or bit/s.
        real: by the relay's record.
    """

    call: str
    how: str
    kind: str
    metric: str
    grain: str
    said: float
    real: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A metric's goal: how its error is told, and how large it may be; None where none is set."""

    label: str
    unit: str
    most: float | None


GOALS: Final = {
    "loss": Goal("loss at the receiver", "points", 0.5),
    "reported_loss": Goal("loss as reported to the sender", "points", 0.5),
    "jitter": Goal(f"jitter of {JITTER_MS_MIN:.0f} ms and more", "%", 10.0),
    "small_jitter": Goal(f"jitter below {JITTER_MS_MIN:.0f} ms", "ms", None),
    "rtt": Goal("round trip by RTCP", "ms", 5.0),
    "stun_rtt": Goal("round trip by STUN", "ms", 5.0),
    "sent_bitrate": Goal("bitrate sent", "%", 3.0),
    "received_bitrate": Goal("bitrate received", "%", 3.0),
}
_FACTORS: Final = {"points": 100.0, "ms": 1.0}


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors of one metric. `met` counts those within the goal; `worst` is signed, `worst_of` the one it is of."""

    goal: Goal
    count: int
    met: int
    median: float
    most_of_95: float
    worst: float
    worst_of: Measured


def goal_of(one: Measured) -> Goal:
    """Return the goal that a measured number is held to."""
    is_small = one.metric == "jitter" and one.real < JITTER_MS_MIN
    return GOALS["small_jitter" if is_small else one.metric]


def error(one: Measured) -> float:
    """Return the signed error in the goal's unit.

    Raises:
        ZeroDivisionError: a relative error of nothing.
    """
    unit = goal_of(one).unit
    if unit == "%":
        return (one.said - one.real) / one.real * 100
    return (one.said - one.real) * _FACTORS[unit]


def errors(measured: Iterable[Measured]) -> list[Errors]:
    """Return the errors by goal, in the goals' order; without a number there is no entry."""
    by_goal: dict[Goal, list[Measured]] = {goal: [] for goal in GOALS.values()}
    for one in measured:
        by_goal[goal_of(one)].append(one)
    return [_errors(goal, some) for goal, some in by_goal.items() if some]


def missed(measured: Iterable[Measured]) -> list[Measured]:
    """Return those beyond their goal."""
    return [one for one in measured if not _is_met(one)]


def _is_met(one: Measured) -> bool:
    most = goal_of(one).most
    return most is None or abs(error(one)) <= most


def _errors(goal: Goal, some: Sequence[Measured]) -> Errors:
    sizes = sorted(abs(error(one)) for one in some)
    worst_of = max(some, key=lambda one: abs(error(one)))
    return Errors(
        goal,
        len(some),
        len(some) - len(missed(some)),
        median(sizes),
        sizes[-(-len(sizes) * 95 // 100) - 1],
        error(worst_of),
        worst_of,
    )
