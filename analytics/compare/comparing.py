"""Two cohorts of sessions, measure by measure: values, difference, ratio, effect, intervals, and a verdict in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.compare import effects, resampling, shares
from analytics.compare.measures import Measure, measures
from analytics.compare.resampling import ROOMS_MIN, Rooms
from analytics.compare.shares import Floats, Interval

Row = Mapping[str, Any]
SESSIONS_MIN: Final = 30
ROOMS_ENOUGH: Final = 10
"""Below either of them a cohort is too small for a verdict."""
BETTER, WORSE, NOTHING, FEW = "B is better", "B is worse", "no difference shown", "too few to tell"


@dataclass(frozen=True, slots=True)
class Side:
    """What one cohort comes to: the value, None where nobody knows it, and of how many sessions and rooms it is."""

    value: float | None
    sessions: int
    rooms: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure.

    Attributes:
        difference: B - A, in the measure's unit; None where a side is unknown.
        interval: 95 %, of the difference; None with fewer than `ROOMS_MIN` rooms on a side.
        ratio: B / A; None where A is zero or unknown.
        delta: Cliff's; of a share it is the difference, of a ratio that of the sessions' own ratios.
        delta_interval: 95 %.
        verdict: BETTER, WORSE, NOTHING or FEW.
    """

    measure: Measure
    a: Side
    b: Side
    difference: float | None
    interval: Interval | None
    ratio: float | None
    delta: float | None
    delta_interval: Interval | None
    verdict: str


@dataclass(frozen=True, slots=True)
class _Known:
    """The sessions of a cohort for which a measure is known."""

    values: Floats
    of: Floats
    rooms: Rooms

    @property
    def room_count(self) -> int:
        return len(np.unique(self.rooms))


def compare(a: Sequence[Row], b: Sequence[Row]) -> list[Compared]:
    """Return every measure of two cohorts.

    Args:
        a: sessions, as `cohort_sessions` answers.
        b: those they are compared with.
    """
    if not a and not b:
        return []
    number = {room: place for place, room in enumerate(sorted({room_of(row) for row in (*a, *b)}))}
    in_a, in_b = (np.array([number[room_of(row)] for row in rows], np.int64) for rows in (a, b))
    drawn = resampling.weights(in_a, in_b, len(number))
    return [
        _compared(measure, _known(measure, a, in_a), _known(measure, b, in_b), drawn) for measure in measures([*a, *b])
    ]


def room_of(row: Row) -> str:
    """Return the cluster that a session belongs to; who is in no room is one by himself."""
    return f"room {row['room']}" if row["room"] else f"session {row['session']}"


def _known(measure: Measure, rows: Sequence[Row], rooms: Rooms) -> _Known:
    values = [measure.value(row) for row in rows]
    known = [place for place, value in enumerate(values) if value is not None]
    return _Known(
        np.array([values[place] for place in known], np.float64),
        np.array([measure.whole(rows[place]) for place in known], np.float64),
        rooms[known] if known else np.zeros(0, np.int64),
    )


def _compared(measure: Measure, a: _Known, b: _Known, drawn: Floats) -> Compared:
    sides = _side(measure, a), _side(measure, b)
    before, after = sides[0].value, sides[1].value
    if before is None or after is None:
        return Compared(measure, *sides, None, None, None, None, None, FEW)
    rooms = min(side.rooms for side in sides)
    if measure.kind == "share":
        interval = _of_shares(a, b) if rooms >= ROOMS_MIN else None
        delta, delta_interval = after - before, interval
    else:
        interval = resampling.interval(_drawn(measure, b, drawn) - _drawn(measure, a, drawn), rooms)
        own_a, own_b = a.values / a.of, b.values / b.of
        delta = effects.delta(own_a, own_b)
        often = effects.deltas(own_a, own_b, drawn[:, a.rooms], drawn[:, b.rooms])
        delta_interval = resampling.interval(often, rooms)
    return Compared(
        measure, *sides, after - before, interval, after / before if before else None, delta, delta_interval,
        _verdict(measure, sides, interval),
    )  # fmt: skip


def _side(measure: Measure, one: _Known) -> Side:
    return Side(_value(measure, one), len(one.values), one.room_count)


def _value(measure: Measure, one: _Known) -> float | None:
    if not len(one.values):
        return None
    if measure.kind == "median":
        return float(np.median(one.values))
    return float(one.values.sum() / one.of.sum())


def _drawn(measure: Measure, one: _Known, drawn: Floats) -> Floats:
    if measure.kind == "median":
        return resampling.medians(one.values, one.rooms, drawn)
    return resampling.means(one.values, one.of, one.rooms, drawn)


def _of_shares(a: _Known, b: _Known) -> Interval:
    """Return Newcombe's interval of the numbers that independent sessions would need to tell as much."""
    counted = []
    for one in (a, b):
        sizes = np.bincount(one.rooms)
        hits = np.bincount(one.rooms, one.values).astype(np.float64)
        counted.append(shares.effective(hits[sizes > 0], sizes[sizes > 0].astype(np.float64)))
    return shares.newcombe(*counted)


def _verdict(measure: Measure, sides: Sequence[Side], interval: Interval | None) -> str:
    if interval is None or any(side.sessions < SESSIONS_MIN or side.rooms < ROOMS_ENOUGH for side in sides):
        return FEW
    if interval.low <= 0 <= interval.high:
        return NOTHING
    return BETTER if (interval.low > 0) == measure.more_is_better else WORSE
