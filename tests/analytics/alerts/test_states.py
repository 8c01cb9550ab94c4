"""The state machine by itself: pending, firing, resolved, and what flaps."""

import itertools
import random

import pytest

from analytics.alerts.states import FLAP_HOLD_S, Episode, State, Timing, advance

Found = list[tuple[str, int, int | None, int | None]]


def run(timing: Timing, values: str, step: int = 10) -> Found:
    """Judge ticks, at those of `#` the expression holds; return state, begin, firing and end of episodes."""
    state: State | None = None
    found: list[Episode] = []
    for place, one in enumerate(values):
        state, ended = advance(timing, state, place * step, 1.0 if one == "#" else None, rising=True)
        found += [ended] if ended else []
    found += [state.now] if state and state.now else []
    return [(one.state, one.active_at, one.fired_at, one.ended_at) for one in found]


@pytest.mark.parametrize(
    ("timing", "values", "found"),
    [
        (Timing(), "..#.", [("resolved", 20, 20, 30)]),
        (Timing(30), "..##.##", [("pending", 50, None, None)]),
        (Timing(30), "..####", [("firing", 20, 50, None)]),
        (Timing(30), "..####.", [("resolved", 20, 50, 60)]),
        (Timing(20, 30), ".###..#...", [("resolved", 10, 30, 90)]),
        (Timing(20, 30), ".###..##..", [("firing", 10, 30, None)]),
        (Timing(0, 20), "#....#", [("resolved", 0, 0, 20), ("firing", 50, 50, None)]),
    ],
)
def test_for_and_keep_firing_for(timing: Timing, values: str, found: Found) -> None:
    """It fires once it held for `for` without a break, and is over once it did not for `keep_firing_for`."""
    assert run(timing, values) == found


def test_the_third_time_in_half_an_hour_is_held_on() -> None:
    """Ten minutes longer than the rule says; what comes and goes meanwhile is one alert."""
    thrice = "#....." * 3
    found = run(Timing(), thrice + "." * 100)
    assert [(one[2], one[3]) for one in found] == [(0, 10), (60, 70), (120, 120 + FLAP_HOLD_S)]
    assert len(run(Timing(), "#....." * 10 + "." * 100)) == 3


def test_half_an_hour_later_it_is_no_flapping() -> None:
    """Only what fired lately counts."""
    apart = "#" + "." * 100
    assert [one[3] - one[2] for one in run(Timing(), apart * 4) if one[2] is not None and one[3]] == [10] * 4


@pytest.mark.parametrize("seed", range(20))
def test_a_state_is_all_that_is_needed(seed: int) -> None:
    """Episodes never overlap, last as long as they must, and go on the same from a state that was put away."""
    dice = random.Random(seed)
    timing = Timing(dice.choice((0, 20, 40)), dice.choice((0, 30)))
    values = "".join(dice.choice("#.") * dice.randrange(1, 7) for _ in range(60))
    found = run(timing, values)
    for before, after in itertools.pairwise(found):
        assert before[3] is not None
        assert before[3] <= after[1]
    for _, active_at, fired_at, _ in found:
        if fired_at is not None:
            assert fired_at - active_at >= timing.for_s
            assert set(values[active_at // 10 : fired_at // 10 + 1]) == {"#"}
