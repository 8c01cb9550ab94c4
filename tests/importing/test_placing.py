"""Lists without times of their own, put where they belong, or not at all."""

from rtcpulse.importing.placing import EXACT_MS, Values, in_a_row, near, offset, polls, reported, spread

TIMES = [1000.4, 2000.6, 3000.5, 4000.4, 5000.3]


def at(values: int, start: float, end: float) -> int | None:
    """Return where a list of so many values begins."""
    return offset(Values([7] * values, start, end), TIMES, EXACT_MS)


def test_a_list_is_where_its_first_and_last_time_are() -> None:
    """All of it, what began later, what ended earlier, what did both."""
    assert at(5, 1000, 5000) == 0
    assert at(3, 3000, 5000) == 2
    assert at(2, 1000, 2000) == 0
    assert at(2, 2000, 3000) == 1


def test_a_list_with_a_hole_is_nowhere() -> None:
    """From the first time to the last, with fewer values: nobody knows which one is missing."""
    assert at(4, 1000, 5000) is None
    assert at(2, 1000, 3000) is None
    assert at(6, 1000, 5000) is None
    assert offset(Values([1, 2], None, 5000.0), TIMES, EXACT_MS) is None


def test_where_times_repeat_nothing_is_guessed() -> None:
    """A remote object repeats its report's time: two values may be the last two, or have a hole between them."""
    times = [1000.0, 1000.0, 6000.0]
    assert offset(Values([1, 2], 1000.0, 6000.0), times, EXACT_MS) is None
    assert offset(Values([1], 6000.0, 6000.0), times, EXACT_MS) == 2


def test_polls_are_what_is_near_in_time() -> None:
    """Gaps stay gaps: 132 s were seen."""
    assert polls([[1000.0, 2000.0], [1000.3, 134_000.0]]) == [1000.0, 2000.0, 134_000.0]
    assert near([1050.0, 1500.0, 133_950.0], [1000.0, 2000.0, 134_000.0]) == [0, None, 2]
    assert near([5.0], []) == [None]


def test_a_remote_object_is_where_no_report_is_seen_before_it_came() -> None:
    """Neither at its beginning nor at its end by rule: each new report lies between the two polls around it."""
    times = [1000.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0]
    assert reported([2400.0, 2400.0, 4700.0], times) == [2, 3, 4]
    assert reported([900.0, 900.0], times) == [0, 1]
    assert reported([5500.0], times) == [5]
    assert reported([1.0] * 7, times) == [None, 0, 1, 2, 3, 4, 5]


def test_times_that_are_only_estimated() -> None:
    """Chrome 86: even from the first to the last."""
    assert spread(Values([1, 2, 3], 1000.0, 4000.0)) == [1000.0, 2500.0, 4000.0]
    assert spread(Values([1], None, None)) == []
    assert in_a_row([3100.0, 3900.0], TIMES) == [2, 3]
    assert in_a_row([1.0] * 6, TIMES) == [None, 0, 1, 2, 3, 4]
