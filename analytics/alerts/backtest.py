"""Replays rules over what is stored: when they would have fired, on whom, how long, and what they would have missed.

The rules go the same course, tick by tick, as they do live (`analytics.alerts.course`), from no state at the begin of
the range on. What is read are minutes, sessions and incidents as they stand now.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from analytics.alerts.catalogue import CIRCUMSTANCES, IDENTITY
from analytics.alerts.course import Happening, Tracks, follow, going_on, ticks_of, wanted_of
from analytics.alerts.reading import read
from analytics.alerts.rules import Rule
from analytics.alerts.syntax import Binary, Leaf, Number, labels_of
from analytics.sql import text
from runtime.store import Parameter, Store

CHUNK_S: Final = 3600
FACTORS: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
BEYOND_NONE: Final = (1, 2, 4)
"""Other thresholds that are tried: by factors of the rule's, and what is beyond none at all."""
CATCH_S: Final = 120
"""How long after an incident an alert on it may begin: a minute is read when it is over."""
SEVERITIES: Final = ("minor", "major", "critical")
SEVERE: Final = SEVERITIES[1:]
_LABELS: Final = frozenset((*IDENTITY, *CIRCUMSTANCES, "cause", "side", "severity"))


@dataclass(frozen=True, slots=True)
class Tested:
    """What one rule, with one threshold, would have done.

    Attributes:
        rule: the rule.
        threshold: the number that it compares with; None: it is not of that form.
        fired: its alerts, in order of time; one that had not ended has no `ended_at`.
        seconds: how long they fired in all.
        caught, missed: ids of incidents with and without an alert on them.
        without: how many alerts no incident was behind.
    """

    rule: Rule
    threshold: float | None
    fired: Sequence[Happening]
    seconds: int
    caught: Sequence[str]
    missed: Sequence[str]
    without: int


@dataclass(slots=True)
class _Run:
    rule: Rule
    threshold: float | None
    tracks: Tracks = field(default_factory=dict)
    happened: list[Happening] = field(default_factory=list)


def replay(
    store: Store,
    rules: Sequence[Rule],
    since: int,
    until: int,
    *,
    project: str = "",
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, list[Happening]]:
    """Return what each rule would have done, by its id: what fired or had not ended by then, in order of time.

    Args:
        store: which.
        rules: which.
        since: the begin, epoch s: from no state on.
        until: the end, epoch s.
        project: of one only; empty: of all.
        progress: is told how far it is, epoch s.

    Raises:
        StoreRejected: the store refuses a rule.
        StoreUnavailable: the store cannot be reached now.
    """
    runs = [[_Run(rule, None)] for rule in rules]
    _follow(store, runs, since, until, project, progress)
    return {run.rule.id: run.happened for (run,) in runs}


def backtest(
    store: Store,
    rules: Sequence[Rule],
    since: int,
    until: int,
    *,
    project: str = "",
    severities: Sequence[str] = SEVERE,
    progress: Callable[[int], None] = lambda _: None,
) -> list[list[Tested]]:
    """Return, for each rule, what it would have done; first as it is, then with other thresholds, in their order.

    Arguments and errors are those of `replay`; `severities` are those of the incidents that should not be missed.
    """
    runs = [_variations(rule) for rule in rules]
    _follow(store, runs, since, until, project, progress)
    asked: dict[str, Parameter] = {"project": project, "since": since, "until": until, "severities": list(severities)}
    incidents = store.query(text("alerts", "happened"), asked).to_pylist()
    return [[_tested(run, incidents, until) for run in some] for some in runs]


def _variations(rule: Rule) -> list[_Run]:
    plain = rule.threshold
    if plain is None:
        return [_Run(rule, None)]
    leaf, op, number = plain
    near = {float(f"{number * factor:.6g}") for factor in FACTORS} if number else set(map(float, BEYOND_NONE))
    others = sorted(near - {number})
    return [_Run(rule, number), *(_Run(_with(rule, leaf, op, one), one) for one in others)]


def _with(rule: Rule, leaf: Leaf, op: str, threshold: float) -> Rule:
    """Return a rule with another threshold; its `clear` stays as far from it."""
    assert rule.threshold is not None  # noqa: S101 - only rules of that form have variations
    clear = None if rule.clear is None else rule.clear - rule.threshold[2] + threshold
    return replace(rule, node=Binary(op, leaf, Number(threshold), labels_of(rule.node)), clear=clear)


def _follow(
    store: Store, runs: Sequence[Sequence[_Run]], since: int, until: int, project: str, progress: Callable[[int], None]
) -> None:
    """Let all runs go their course over the range, an hour of data at a time."""
    for begin in range(since, until, CHUNK_S):
        end = min(begin + CHUNK_S, until)
        wanted = [wanted_of(some[0].rule, ticks_of(some[0].rule, begin, end), loosest=_loosest(some)) for some in runs]
        found = read(store, (one for each in wanted for one in each), project)
        for some, each in zip(runs, wanted, strict=True):
            by_leaf = {one.leaf: found.get(one, {}) for one in each}
            for run in some:
                run.happened += follow(run.rule, run.tracks, by_leaf, ticks_of(run.rule, begin, end))
        progress(end)
    for run in (one for some in runs for one in some):
        run.happened += going_on(run.rule, run.tracks)
        run.happened.sort(key=lambda one: (one.episode.active_at, one.key))


def _loosest(runs: Sequence[_Run]) -> float | None:
    limits = [one for run in runs for one in (run.threshold, run.rule.clear) if one is not None]
    if not limits:
        return None
    return min(limits) if runs[0].rule.rising else max(limits)


def _tested(run: _Run, incidents: Sequence[Mapping[str, Any]], until: int) -> Tested:
    fired = [one for one in run.happened if one.episode.fired_at is not None]
    lengths = (_ended(one, until) - (one.episode.fired_at or 0) for one in fired)
    caught: set[str] = set()
    without = 0
    for one in fired:
        behind = set(_behind(one, incidents, until))
        caught |= behind
        without += not behind
    return Tested(
        run.rule, run.threshold, fired,
        sum(lengths), sorted(caught), [one["incident"] for one in incidents if one["incident"] not in caught], without,
    )  # fmt: skip


def _ended(one: Happening, until: int) -> int:
    return until if one.episode.ended_at is None else one.episode.ended_at


def _behind(one: Happening, incidents: Sequence[Mapping[str, Any]], until: int) -> Iterator[str]:
    """Return the incidents that an alert is on: at its time, of those whom its labels name."""
    episode = one.episode
    ended = _ended(one, until)
    said = {name: value for name, value in zip(labels_of(one.rule.node) or (), one.key, strict=True) if name in _LABELS}
    for row in incidents:
        if row["began_s"] <= ended and row["ended_s"] >= episode.active_at - CATCH_S and said.items() <= row.items():
            yield row["incident"]
