"""The bootstrap over rooms: what is drawn, and that its intervals hold where the people of a room share trouble."""

import numpy as np
import pytest

from analytics.compare import effects, resampling
from analytics.compare.resampling import Rooms
from analytics.compare.shares import Floats, effective, newcombe

ROUNDS = 150
ROOMS, PEOPLE = 25, 6
COVERED_MIN = 0.90
"""Of 150 intervals of 95 %, fewer than 135 hold in one of 500 runs; of those over sessions here under 110 do."""
SHIFT = 0.4


def test_students_t() -> None:
    """As the tables print it."""
    printed = {4: 2.776, 5: 2.571, 10: 2.228, 20: 2.086, 30: 2.042, 120: 1.980}
    for freedom, value in printed.items():
        assert resampling.t_quantile(freedom) == pytest.approx(value, abs=0.002)


def test_rooms_are_drawn_as_wholes_and_cohorts_keep_their_numbers() -> None:
    """Rooms of A alone stay as many, and so do those of B and those of both; the same rooms give the same draws."""
    in_a, in_b = np.array([0, 0, 1, 2, 3]), np.array([3, 4, 4, 5])
    drawn = resampling.weights(in_a, in_b, 6, 50)
    assert (drawn[:, [0, 1, 2]].sum(axis=1) == 3).all()
    assert (drawn[:, 3] == 1).all()
    assert (drawn[:, [4, 5]].sum(axis=1) == 2).all()
    assert set(np.unique(drawn[:, 0])) >= {0, 1, 2}
    assert np.array_equal(drawn, resampling.weights(in_a, in_b, 6, 50))


def test_statistics_of_a_resample_are_those_of_its_sessions() -> None:
    """Means and medians, by saying each room's sessions as often as it was drawn."""
    dice = np.random.default_rng(4)
    rooms = np.sort(dice.integers(0, 5, 17))
    values, of = dice.integers(0, 6, 17).astype(float), dice.integers(1, 4, 17).astype(float)
    drawn = dice.integers(0, 3, (20, 5)).astype(float)
    drawn[0] = 0
    means, medians = resampling.means(values, of, rooms, drawn), resampling.medians(values, rooms, drawn)
    assert np.isnan(means[0])
    assert np.isnan(medians[0])
    for row in range(1, 20):
        times = drawn[row, rooms].astype(int)
        assert means[row] == pytest.approx(np.repeat(values, times).sum() / np.repeat(of, times).sum())
        assert medians[row] == pytest.approx(np.median(np.repeat(values, times)))


def test_few_rooms_give_no_interval() -> None:
    """Nor do resamples of which most have no value."""
    values = np.arange(100.0)
    assert resampling.interval(values, resampling.ROOMS_MIN - 1) is None
    assert resampling.interval(np.where(values < 60, np.nan, values), 20) is None
    few, many = resampling.interval(values, 6), resampling.interval(values, 600)
    assert few is not None
    assert many is not None
    assert few.low < many.low < many.high < few.high


def people(dice: np.random.Generator, shift: float) -> tuple[Floats, Rooms]:
    """Return skewed values of sessions in rooms, whose people have half of their spread in common."""
    rooms = np.repeat(np.arange(ROOMS), PEOPLE)
    values = np.exp(dice.normal(size=ROOMS)[rooms] * 0.5 + dice.normal(size=len(rooms)) * 0.5) + shift
    return values, rooms


def covered(dice: np.random.Generator, *, by_room: bool) -> tuple[bool, bool, bool]:
    """Return whether the intervals of mean, median and effect of one experiment hold what is true."""
    (a, in_a), (b, in_b) = people(dice, 0), people(dice, SHIFT)
    in_a, in_b = (in_a, in_b + ROOMS) if by_room else (np.arange(len(a)), np.arange(len(b)) + len(a))
    count = int(in_b.max()) + 1
    drawn = resampling.weights(in_a, in_b, count, 300)
    ones = np.ones(len(a))
    rooms = ROOMS if by_room else len(a)
    of_mean = resampling.means(b, ones, in_b, drawn) - resampling.means(a, ones, in_a, drawn)
    of_median = resampling.medians(b, in_b, drawn) - resampling.medians(a, in_a, drawn)
    of_effect = effects.deltas(a, b, drawn[:, in_a], drawn[:, in_b])
    intervals = [resampling.interval(one, rooms) for one in (of_mean, of_median, of_effect)]
    held = [one is not None and one.low <= true <= one.high for one, true in zip(intervals, TRUE, strict=True)]
    return held[0], held[1], held[2]


def _true_effect() -> float:
    dice = np.random.default_rng(1)
    a, b = (np.exp(dice.normal(size=200_000) * 0.5**0.5) for _ in range(2))
    return float(np.mean(b + SHIFT > a) * 2 - 1)


TRUE = (SHIFT, SHIFT, _true_effect())


def test_intervals_hold_what_they_say_only_by_room() -> None:
    """Of 95 %: drawn by room nine of ten or more hold, of each statistic; drawn by session far too few do."""
    dice = np.random.default_rng(20)
    shares = np.mean([covered(dice, by_room=True) for _ in range(ROUNDS)], axis=0)
    assert (shares >= COVERED_MIN).all(), shares
    naive = np.mean([covered(dice, by_room=False) for _ in range(ROUNDS // 3)], axis=0)
    assert (naive < 0.85).all(), naive


def test_intervals_of_shares_hold_only_with_the_rooms_reckoned() -> None:
    """Rare drops that strike half of a room at once: counted as if independent, intervals are far too narrow."""
    dice = np.random.default_rng(21)
    right = naive = 0
    for _ in range(400):
        counted = []
        for share in (0.1, 0.2):
            struck = dice.random(40) < share
            hits = np.where(struck, dice.binomial(PEOPLE, 0.5, 40), 0).astype(float)
            counted.append((hits, np.full(40, float(PEOPLE))))
        (a, of_a), (b, of_b) = counted
        low, high = newcombe(effective(a, of_a), effective(b, of_b))
        right += low <= 0.05 <= high
        low, high = newcombe((a.sum(), of_a.sum()), (b.sum(), of_b.sum()))
        naive += low <= 0.05 <= high
    assert right / 400 >= 0.92
    assert naive / 400 < 0.88
