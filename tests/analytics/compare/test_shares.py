"""Intervals of shares, against the tables of the papers that they come from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.compare.shares import effective, newcombe, wilson

SIZES = st.integers(1, 500)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_as_newcombe_printed_it(hits: int, of: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statist. Med. 17 (1998), method 3."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_differences_as_newcombe_printed_them(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statist. Med. 17 (1998) 873-890, table II, method 10; his difference is the first minus the second."""
    assert newcombe(other, one) == pytest.approx((low, high), abs=6e-5)


@given(st.data(), SIZES, SIZES)
def test_a_difference_lies_in_its_interval_and_turns_round(data: st.DataObject, of_a: int, of_b: int) -> None:
    """Within -1 and 1; what is worse one way is better the other."""
    a, b = (data.draw(st.integers(0, of)) for of in (of_a, of_b))
    low, high = newcombe((a, of_a), (b, of_b))
    assert -1 - 1e-9 <= low <= b / of_b - a / of_a + 1e-9
    assert b / of_b - a / of_a <= high + 1e-9 <= 1 + 2e-9
    assert newcombe((b, of_b), (a, of_a)) == pytest.approx((-high, -low))


def test_rooms_that_share_their_fate_count_less() -> None:
    """By hand: rooms of 4 in which all or nobody dropped: variance 4 times that of 40 draws, times 10/9."""
    hits, sizes = np.array([4.0] * 5 + [0.0] * 5), np.full(10, 4.0)
    by_hand = (10 / 9 * (10 * 2**2) / 40**2) / (0.5 * 0.5 / 40)
    assert by_hand == pytest.approx(4.4444, abs=1e-4)
    assert effective(hits, sizes) == pytest.approx((20 / by_hand, 40 / by_hand))


def test_sessions_that_are_alone_count_whole() -> None:
    """And never more, however even the rooms are; where nobody dropped, each room counts once."""
    hits, sizes = np.array([1.0, 0, 0, 1, 0, 0]), np.ones(6)
    assert effective(hits, sizes)[1] == pytest.approx(5, abs=0.01)
    assert effective(np.ones(10), np.full(10, 2.0)) == (10, 20)
    assert effective(np.zeros(7), np.full(7, 3.0)) == (0, 7)
    assert effective(np.full(7, 3.0), np.full(7, 3.0)) == (7, 7)


@pytest.mark.parametrize(("hits", "of"), [(3, 2), (-1, 2), (0, 0)])
def test_what_is_no_share_is_refused(hits: int, of: int) -> None:
    """With what was said."""
    with pytest.raises(ValueError, match=f"not {hits} of {of}"):
        wilson(hits, of)
    with pytest.raises(ValueError, match="two or more"):
        effective(np.ones(1), np.ones(1))
