"""Cliff's delta: a published example, its meaning pair by pair, and its weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.compare.effects import delta, deltas, size

VALUES = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def test_the_published_example() -> None:
    """The example of R's `effsize::cliff.delta`: -0.25, small."""
    treated = np.array([10, 10, 20, 20, 20, 30, 30, 30, 40, 50.0])
    control = np.array([10, 20, 30, 40, 40, 50.0])
    assert delta(control, treated) == pytest.approx(-0.25)
    assert size(-0.25) == "small"


@given(VALUES, VALUES)
def test_it_counts_pairs(a: list[int], b: list[int]) -> None:
    """Those above less those below, of all; the other way round it has the other sign."""
    pairs = [(y > x) - (y < x) for x in a for y in b]
    one, other = np.array(a, float), np.array(b, float)
    assert delta(one, other) == pytest.approx(sum(pairs) / len(pairs))
    assert delta(other, one) == pytest.approx(-sum(pairs) / len(pairs))


@given(VALUES, VALUES, st.integers(0, 2**32 - 1))
def test_a_weight_is_a_value_said_again(a: list[int], b: list[int], seed: int) -> None:
    """Also of none; where nothing is left on one side there is no number."""
    dice = np.random.default_rng(seed)
    times_a, times_b = dice.integers(0, 3, (3, len(a))), dice.integers(0, 3, (3, len(b)))
    found = deltas(np.array(a, float), np.array(b, float), times_a.astype(float), times_b.astype(float))
    for row, value in enumerate(found):
        again_a, again_b = (
            np.repeat(np.array(one, float), times[row]) for one, times in ((a, times_a), (b, times_b))
        )  # fmt: skip
        if len(again_a) and len(again_b):
            assert value == pytest.approx(delta(again_a, again_b))
        else:
            assert np.isnan(value)


def test_words_for_sizes() -> None:
    """The limits of Romano and others; the direction does not matter."""
    said = [size(value) for value in (0, 0.146, -0.147, 0.329, 0.33, -0.473, 0.474, 1)]
    assert said == ["negligible", "negligible", "small", "small", "medium", "medium", "large", "large"]


def test_nothing_has_no_effect() -> None:
    """An empty side is refused."""
    with pytest.raises(ValueError, match="both sides"):
        delta(np.array([]), np.array([1.0]))
