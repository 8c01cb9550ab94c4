"""Ranges and zones: half-open, whole minutes, days of 23 and 25 hours, and sentences for what is none."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from analytics.reports.model import Figure
from analytics.reports.parts import days
from analytics.reports.scope import Scope, checked, range_of
from analytics.reports.shown import change, shown
from schemas.errors import ConfigurationError

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> float:
    """Return a moment in Berlin, epoch s."""
    return datetime(*parts, tzinfo=BERLIN).timestamp()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("90m", (2026, 10, 26, 7, 0), (2026, 10, 26, 8, 30)),
        ("1d", (2026, 10, 25, 8, 30), (2026, 10, 26, 8, 30)),
        ("2d", (2026, 10, 24, 8, 30), (2026, 10, 26, 8, 30)),
        ("yesterday", (2026, 10, 25), (2026, 10, 26)),
        ("last-week", (2026, 10, 19), (2026, 10, 26)),
        ("last-month", (2026, 9, 1), (2026, 10, 1)),
    ],
)
def test_ranges_are_of_the_zones_clock(text: str, begin: tuple[int, ...], end: tuple[int, ...]) -> None:
    """Over the night in which an hour comes twice too; seconds of now are cut off."""
    assert range_of(text, at(2026, 10, 26, 8, 30) + 42, "Europe/Berlin") == (at(*begin), at(*end))


def test_last_week_ends_on_its_sunday() -> None:
    """Whatever day it is: from Monday to Monday."""
    for day in range(26, 31):
        assert range_of("last-week", at(2026, 10, day, 23), "Europe/Berlin") == (at(2026, 10, 19), at(2026, 10, 26))


def test_yesterday_may_have_25_hours() -> None:
    """And a week's days are the zone's."""
    begin, end = range_of("yesterday", at(2026, 10, 26, 8), "Europe/Berlin")
    assert end - begin == 25 * 3600
    scope = Scope("p", round(at(2026, 10, 24)), round(at(2026, 10, 27)), "Europe/Berlin")
    assert [(b - a) // 3_600_000 for a, b in zip(days(scope), days(scope)[1:], strict=False)] == [24, 25]


@pytest.mark.parametrize("text", ["", "7", "7y", "-1d", "week", "1d2h"])
def test_what_is_no_range_is_a_sentence(text: str) -> None:
    """It says what one is."""
    with pytest.raises(ConfigurationError, match="a length such as 24h"):
        range_of(text, 0, "UTC")


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope("p", 60, 60), "the range is empty"),
        (Scope("p", 0, 60, "Mars/Base"), "no time zone"),
        (Scope("p", 0, 60, "../etc/passwd"), "no time zone"),
        (Scope("p", 0, 60, tag="acme"), "NAME=VALUE"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(scope: Scope, said: str) -> None:
    """Before any statement is run."""
    with pytest.raises(ConfigurationError, match=said):
        checked(scope)


def test_values_and_changes_as_people_read_them() -> None:
    """Unknown is a dash; what is better is said by direction, and not where there was nothing before."""
    assert [shown(value, "ratio", "UTC") for value in (None, 0.0, 0.00123, 0.5)] == ["–", "0 %", "0.12 %", "50.0 %"]
    assert shown(0, "moment", "Asia/Kolkata") == "1970-01-01 05:30"
    worse = Figure("a", "A", "ratio", 0.2, 0.1, better="lower")
    assert change(worse, "UTC") == ("▲ was 10.0 %", "bad")
    assert change(Figure("a", "A", "ratio", 0.2, None, better="lower"), "UTC") == ("unknown before", "")
    assert change(Figure("a", "A", "ratio", 0.2, 0.1, better="higher"), "UTC")[1] == "good"
    assert change(Figure("a", "A", "ratio", 0.10001, 0.1, better="lower"), "UTC")[1] == ""
