"""The course of a rule: its alerts' states from tick to tick. The same for the evaluator and for a backtest. No I/O."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analytics.alerts.condition import Key, Vector, evaluate, holds
from analytics.alerts.fingerprint import fingerprint
from analytics.alerts.reading import SETTLE_S, Found, Wanted, vector_at
from analytics.alerts.rules import Rule
from analytics.alerts.states import Episode, State, advance
from analytics.alerts.syntax import Leaf, labels_of, leaves
from analytics.alerts.template import filled


@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of one alert: its state, and what was last known of whose it is."""

    state: State
    about: Mapping[str, str] = field(default_factory=dict)


Tracks = dict[Key, Track]
"""What is remembered of a rule's alerts, by the labels of its expression."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An episode of a rule's alert: the labels of its expression, and what was known of whose it is."""

    rule: Rule
    key: Key
    about: Mapping[str, str]
    episode: Episode

    @property
    def labels(self) -> dict[str, str]:
        """Return the alert's labels: its name, those of the expression that are not empty, and the rule's."""
        own = {name: value for name, value in zip(labels_of(self.rule.node) or (), self.key, strict=True) if value}
        added = {name: filled(text, own, self.episode.value) for name, text in self.rule.labels}
        return {"alertname": self.rule.name, **own, **{name: text for name, text in added.items() if text}}

    @property
    def annotations(self) -> dict[str, str]:
        """Return what the alert says."""
        known = {**self.about, **self.labels}
        return {name: filled(text, known, self.episode.value) for name, text in self.rule.annotations}

    @property
    def fingerprint(self) -> str:
        """Return what tells the alert from all others."""
        return fingerprint(self.labels)


def ticks_of(rule: Rule, after: int, upto: int) -> range:
    """Return the ticks of a rule that lie after one time and not after another, epoch s."""
    offset = 0 if any(one.measure.source.by_tick for one in leaves(rule.node)) else SETTLE_S
    first = ((after - offset) // rule.step + 1) * rule.step + offset
    return range(first, max(first, upto + 1), rule.step)


def wanted_of(rule: Rule, ticks: range, *, loosest: float | None = None) -> Sequence[Wanted]:
    """Return what has to be read to judge a rule at ticks.

    Args:
        rule: which.
        ticks: when.
        loosest: a threshold that lets more through than the rule's, for what else is asked of its values.
    """
    plain = rule.threshold
    if plain is None or plain[0].aggregation or plain[0].absent:
        return [Wanted(leaf, ticks) for leaf in dict.fromkeys(leaves(rule.node))]
    leaf, op, number = plain
    limits = [one for one in (number, rule.clear, loosest) if one is not None]
    return [Wanted(leaf, ticks, (op, min(limits) if rule.rising else max(limits)))]


def follow(rule: Rule, tracks: Tracks, found: Mapping[Leaf, Found], ticks: Iterable[int]) -> Iterator[Happening]:
    """Judge a rule tick by tick, changing `tracks`; yield what had fired and ended."""
    for tick in ticks:
        vector = _vector(rule, tracks, found, tick)
        for key in [*vector, *(one for one in tracks if one not in vector)]:
            track, sample = tracks.get(key), vector.get(key)
            value = sample.value if sample else None
            state, ended = advance(rule.timing, track.state if track else None, tick, value, rising=rule.rising)
            about = sample.about if sample else track.about if track else {}
            if ended:
                yield Happening(rule, key, about, ended)
            if state is None:
                tracks.pop(key, None)
            else:
                tracks[key] = Track(state, about)


def going_on(rule: Rule, tracks: Tracks) -> Iterator[Happening]:
    """Return the episodes that have not ended."""
    for key, track in tracks.items():
        if track.state.now:
            yield Happening(rule, key, track.about, track.state.now)


def _vector(rule: Rule, tracks: Tracks, found: Mapping[Leaf, Found], tick: int) -> Vector:
    plain = rule.threshold
    if plain is None or rule.clear is None:
        return evaluate(rule.node, lambda leaf: vector_at(leaf, found.get(leaf, {}), tick))
    leaf, op, number = plain
    values = vector_at(leaf, found.get(leaf, {}), tick)
    fires = {key for key, track in tracks.items() if track.state.now and track.state.now.fired_at is not None}
    return {
        key: one for key, one in values.items() if holds(op, one.value, rule.clear if key in fires else number)
    }  # fmt: skip
