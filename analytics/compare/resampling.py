"""The bootstrap over rooms: how much a statistic would move if other rooms had been seen.

People of one room hear each other's loss, so their sessions are not independent, and the samples of a session even
less: what is drawn again is a room, with all of its sessions. Rooms that have sessions in both groups stay in both.
Intervals are expanded percentiles, which are wide enough for few rooms as well. The same rooms give the same interval.

Sources:
    A. C. Davison, D. V. Hinkley, Bootstrap methods and their application (1997), section 3.8: whole clusters.
    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician 69 (2015) 371-386,
        section 5.2: the expanded percentile interval.
    M. Abramowitz, I. A. Stegun, Handbook of mathematical functions (1964), 26.7.5: quantiles of Student's t.
"""

from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.compare.shares import Floats, Interval, Z

RESAMPLES: Final = 600
SEED: Final = 20_150_900
ROOMS_MIN: Final = 5
"""Fewer give no interval: there is nothing to draw from."""
Rooms = npt.NDArray[np.int64]


def weights(in_a: Rooms, in_b: Rooms, rooms: int, resamples: int = RESAMPLES) -> Floats:
    """Return how often each room is drawn, in each resample: rows of `rooms` numbers.

    Args:
        in_a: the rooms of A's sessions, each from 0 to rooms - 1.
        in_b: those of B's.
        rooms: how many there are.
        resamples: rows.
    """
    dice = np.random.default_rng(SEED)
    has_a, has_b = (np.bincount(one, minlength=rooms) > 0 for one in (in_a, in_b))
    drawn = np.zeros((resamples, rooms))
    for stratum in (has_a & ~has_b, has_b & ~has_a, has_a & has_b):
        members = np.flatnonzero(stratum)
        if len(members):
            drawn[:, members] = _draws(dice, resamples, len(members))
    return drawn


def _draws(dice: np.random.Generator, resamples: int, members: int) -> npt.NDArray[np.int64]:
    picked = dice.integers(0, members, (resamples, members)) + np.arange(resamples)[:, None] * members
    return np.bincount(picked.ravel(), minlength=resamples * members).reshape(resamples, members)


def means(values: Floats, of: Floats, rooms: Rooms, drawn: Floats) -> Floats:
    """Return sum of values / sum of `of` in each resample; NaN where nothing was drawn.

    Args:
        values: of each session.
        of: of each session what the value is of; ones for a mean.
        rooms: of each session.
        drawn: the answer of `weights`.
    """
    sums, wholes = (drawn @ np.bincount(rooms, one, minlength=drawn.shape[1]) for one in (values, of))
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(wholes > 0, sums / wholes, np.nan)
    return result


def medians(values: Floats, rooms: Rooms, drawn: Floats) -> Floats:
    """Return the median over the sessions in each resample; NaN where nothing was drawn."""
    order = np.argsort(values, kind="stable")
    ranked, whose = values[order], rooms[order]
    result = np.full(len(drawn), np.nan)
    for place, row in enumerate(drawn):
        reached = np.cumsum(row[whose])
        if reached[-1] > 0:
            ends = np.searchsorted(reached, reached[-1] / 2, "left"), np.searchsorted(reached, reached[-1] / 2, "right")
            result[place] = (ranked[ends[0]] + ranked[ends[1]]) / 2
    return result


def interval(drawn: Floats, rooms: int) -> Interval | None:
    """Return the expanded percentile interval of a statistic.

    Args:
        drawn: the statistic in each resample; NaN are left out.
        rooms: the number of rooms behind it, the smaller of two groups'.

    Returns:
        None where there are fewer than `ROOMS_MIN` rooms, or hardly a resample has a value.
    """
    known = drawn[~np.isnan(drawn)]
    if rooms < ROOMS_MIN or len(known) < len(drawn) / 2:
        return None
    tail = NormalDist().cdf(-sqrt(rooms / (rooms - 1)) * t_quantile(rooms - 1))
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(float(low), float(high))


def t_quantile(freedom: int) -> float:
    """Return the 97.5 % point of Student's t, to 1 % from 4 degrees of freedom on."""
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    )
    return Z + sum(term / float(freedom) ** (place + 1) for place, term in enumerate(terms))
