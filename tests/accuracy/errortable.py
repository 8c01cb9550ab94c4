"""The error table of docs/accuracy.md: by peers and metric, with the worst case and every one beyond its goal."""

from collections.abc import Callable, Sequence
from typing import Final

from tests.accuracy.errors import Errors, Measured, error, errors, goal_of, missed
from tests.accuracy.impairing import Round
from tests.accuracy.links import How
from tests.accuracy.report import table

MARK: Final = "errors"
PEERS: Final[tuple[How, ...]] = ("aiortc", "Chromium")
CALLS: Final = ("peers", "metric", "streams", "median", "worst", "worst in", "goal", "met")
SAMPLES: Final = ("peers", "metric", "samples", "median", "95 % within", "worst", "worst in")


def lines(made: Sequence[Round], made_on: str) -> list[str]:
    """Return the report."""
    numbers = [one for some in made for one in some.measured]
    calls = [one for one in numbers if one.grain == "call"]
    beyond = missed(calls)
    return [
        f"{made_on} {_how_made(made)}",
        "",
        "Each stream over its whole call:",
        "",
        *table([CALLS, *_rows(calls, _of_calls)]),
        "",
        *_beyond(beyond),
        "",
        "Each sample (one second), for which no goal is set:",
        "",
        *table([SAMPLES, *_rows([one for one in numbers if one.grain == "sample"], _of_samples)]),
    ]


def _how_made(made: Sequence[Round]) -> str:
    count = sum(len(some.calls) for some in made)
    again = sum(some.attempts > 1 for some in made)
    late_ms = max(some.late_ms for some in made)
    return (
        f"{count} calls in {len(made)} rounds, {again} of them made more than once. "
        f"The loop of peers and relay was at most {late_ms:.1f} ms late on average in the rounds that are kept."
    )


def _rows(measured: Sequence[Measured], row: Callable[[Errors], tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(how, *row(it)) for how in PEERS for it in errors(one for one in measured if one.how == how)]


def _of_calls(it: Errors) -> tuple[str, ...]:
    goal = it.goal
    goals = (f"{goal.most:g} {goal.unit}", f"{it.met} of {it.count}") if goal.most is not None else ("", "")
    return (
        goal.label,
        str(it.count),
        f"{it.median:.2f} {goal.unit}",
        f"{it.worst:+.2f} {goal.unit}",
        _where(it),
        *goals,
    )


def _of_samples(it: Errors) -> tuple[str, ...]:
    unit = it.goal.unit
    values = f"{it.median:.2f} {unit}", f"{it.most_of_95:.2f} {unit}", f"{it.worst:+.2f} {unit}"
    return (it.goal.label, str(it.count), *values, _where(it))


def _where(it: Errors) -> str:
    return f"{it.worst_of.call}, {it.worst_of.kind}"


def _beyond(some: Sequence[Measured]) -> list[str]:
    if not some:
        return ["None was beyond its goal."]
    said = [
        f"* {one.call} ({one.how}, {one.kind}): {goal_of(one).label} {error(one):+.2f} {goal_of(one).unit}, "
        f"{_shown(one.said, one)} instead of {_shown(one.real, one)}"
        for one in some
    ]
    return [f"Beyond their goal were ({len(some)}):", "", *said]


def _shown(value: float, one: Measured) -> str:
    unit = goal_of(one).unit
    if unit == "points":
        return f"{value:.2%}"
    return f"{value / 1000:.1f} kbit/s" if one.metric.endswith("bitrate") else f"{value:.1f} ms"
