"""Judges rules as the data come in, by the time of the data, and keeps `alerts` as a backtest over them would have it.

A rule is *settled* up to some time: what lies before is judged for good. Behind it is the tail, the last `late_s`
seconds: each round judges it anew from the settled states, so what came in late changes what was said meanwhile. An
alert that fired by what was known then and did not by what is known now is `retracted`. A round writes what changed in
`alerts`, then, as the settled time moves on, the states; one that was cut off is done again with the same result.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from analytics.alerts.course import Happening, Tracks, follow, going_on, ticks_of, wanted_of
from analytics.alerts.reading import Found, Wanted, read
from analytics.alerts.rules import Rule
from analytics.alerts.storage import ALERTS, STATES, Alert, Settled, alert_rows, open_alerts, settled, state_rows
from analytics.alerts.syntax import Leaf, leaves
from analytics.sql import text
from runtime.instruments import Instruments
from runtime.leader import TERM_SHIFT, Alone, Leadership
from runtime.store import Store
from schemas.errors import StoreRejected

HOLD_S: Final = 2
BEYOND_S: Final = 5
"""How far beyond what is computed a tick may lie: an incident goes on for 10 s after what is known of it, and a tick of
minutes lies 15 s after its minute."""
SETTLE_EVERY_S: Final = 60
ROUND_S: Final = 3600
OLDEST_S: Final = 6 * 3600
REJECTED_S: Final = 60
"""How long a rule that the store rejected, or took too long for, is left alone."""

_journal = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Course:
    rule: Rule
    settled: Settled
    judged: int = 0
    is_busy: bool = False

    @property
    def waits_for_data(self) -> bool:
        """Whether nothing can begin to fire unless something new came in."""
        plain = self.rule.threshold
        by_tick = all(leaf.measure.source.by_tick for leaf in leaves(self.rule.node))
        return by_tick and plain is not None and self.rule.rising and not self.is_busy


@dataclass(slots=True)
class _Judged:
    course: _Course
    ticks: range
    upto: int
    tracks: Tracks
    happened: list[Happening] = field(default_factory=list)


class Evaluator:
    """Judges rules over one store, while its process leads.

    Args:
        store: what is read and written.
        rules: which.
        instruments: the process's metrics.
        leadership: whether this process leads, and since which turn.
        late_s: how late data may come and still be judged.
        computed: up to when (epoch s) the jobs have computed what came in. Where they are behind, ticks wait for them,
            for at most `late_s`: what is not computed yet is not over, and not missing.
        now: the clock, epoch s.
    """

    def __init__(
        self,
        store: Store,
        rules: Sequence[Rule],
        instruments: Instruments,
        *,
        leadership: Leadership | None = None,
        late_s: int = 120,
        computed: Callable[[], float] = lambda: math.inf,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._rules = rules
        self._instruments = instruments
        self._leadership = leadership or Alone()
        self._late_s = late_s
        self._computed = computed
        self._now = now
        self._term: int | None = None
        self._courses: list[_Course] = []
        self._known: dict[tuple[str, str, int], Alert] = {}
        self._version = 0
        self._data = -1
        self._data_at = 0
        self._taken_at = 0

    def round(self) -> bool:
        """Judge what is due; True where an alert changed. Nothing happens while another process leads.

        Raises:
            StoreUnavailable: the store cannot be reached now; the next round begins where this one did.
        """
        term = self._leadership.term()
        if term is None:
            self._term = None
            return False
        began, changed = time.perf_counter(), False
        if term != self._term:
            changed = self._take_over(term)
            self._term = term
        judged = self._judge(self._due())
        if judged:
            changed |= self._write(judged)
            self._instruments.time("alerts_round", time.perf_counter() - began)
        return changed

    def _take_over(self, term: int) -> bool:
        """Read what stands, and end what is of rules that are no more."""
        now = int(self._now())
        states, version = settled(self._store)
        self._version = max(self._version, term << TERM_SHIFT, version)
        self._taken_at = now - HOLD_S
        start = Settled(self._floor(now - self._late_s), {})
        self._courses = [_Course(rule, states.get(rule.id, start)) for rule in self._rules]
        for course in self._courses:
            course.is_busy = True
            if course.settled.upto < now - OLDEST_S:
                _journal.warning("alerts_skipped", rule=course.rule.name, seconds=now - OLDEST_S - course.settled.upto)
                course.settled = replace(course.settled, upto=self._floor(now - OLDEST_S))
            course.judged = course.settled.upto
        ids = {rule.id for rule in self._rules}
        self._known = open_alerts(self._store, min((one.settled.upto for one in self._courses), default=now))
        orphans = [one for one in self._known.values() if one.rule not in ids]
        ended = [one.over("resolved", now) for one in orphans if one.state == "firing"]
        self._insert(ended, [one for one in orphans if one.state == "pending"])
        for one in orphans:
            self._known.pop(one.key, None)
        return bool(ended)

    def _due(self) -> list[_Judged]:
        """Return the courses that have new ticks and may give something else than before.

        Clocks of clients may be ahead: data count as new for a while. None is due before what was judged until this
        process took over: an alert that began since would be taken back.
        """
        head, found = self._head(), list[_Judged]()
        if head < self._taken_at:
            return found
        each = [
            (one, ticks_of(one.rule, one.settled.upto, min(head, one.settled.upto + ROUND_S))) for one in self._courses
        ]
        new = [(course, ticks) for course, ticks in each if len(ticks) and ticks[-1] > course.judged]
        is_still = bool(new) and self._is_still(head)
        for course, ticks in new:
            if course.waits_for_data and is_still:
                course.judged = ticks[-1]
                course.settled = Settled(max(course.settled.upto, self._floor(head - self._late_s)), {})
                continue
            found.append(_Judged(course, ticks, ticks[-1], dict(course.settled.tracks)))
        return found

    def _head(self) -> int:
        """Return the last time that can be judged."""
        newest = int(self._now()) - HOLD_S
        return max(newest - self._late_s, int(min(newest, self._computed() + BEYOND_S)))

    def _is_still(self, head: int) -> bool:
        """Whether the jobs have had nothing to do for as long as data may be late, or clients' clocks ahead."""
        data = self._store.query(text("queries", "jobs_version")).to_pylist()[0]["version"] or 0
        if data != self._data:
            self._data, self._data_at = data, head
        return head > self._data_at + self._late_s

    def _judge(self, due: Sequence[_Judged]) -> list[_Judged]:
        """Read what rules need at once and follow their alerts; one that the store rejects is left out for a while."""
        try:
            return self._followed(due)
        except StoreRejected:
            good: list[_Judged] = []
            for one in due:
                try:
                    good += self._followed([one])
                except StoreRejected as error:
                    _journal.error("rule_rejected", rule=one.course.rule.name, error=str(error)[:500])
                    one.course.judged = one.ticks[-1] + REJECTED_S
            return good

    def _followed(self, due: Sequence[_Judged]) -> list[_Judged]:
        wanted = [wanted_of(one.course.rule, one.ticks) for one in due]
        found = read(self._store, (each for some in wanted for each in some))
        settle = self._floor(int(self._now()) - self._late_s)
        return [self._follow(one, _by_leaf(some, found), settle) for one, some in zip(due, wanted, strict=True)]

    def _follow(self, one: _Judged, found: Mapping[Leaf, Found], settle: int) -> _Judged:
        """Judge the ticks up to the settled time for good, and the tail on a copy of the states."""
        rule, tracks = one.course.rule, dict(one.course.settled.tracks)
        happened = list(follow(rule, tracks, found, (tick for tick in one.ticks if tick <= settle)))
        tail = dict(tracks)
        happened += follow(rule, tail, found, (tick for tick in one.ticks if tick > settle))
        happened += going_on(rule, tail)
        upto = min(settle, one.upto) if settle > one.course.settled.upto else one.course.settled.upto
        return replace(one, upto=upto, tracks=tracks, happened=happened)

    def _write(self, judged: Sequence[_Judged]) -> bool:
        """Store what changed, first of alerts, then of what is settled."""
        now_ms = round(self._now() * 1000)
        rules = {one.course.rule.id for one in judged}
        fresh = {one.key: one for each in judged for one in (Alert.of(each, now_ms) for each in each.happened)}
        changed, gone = list[Alert](), list[Alert]()
        for key, alert in fresh.items():
            before = self._known.get(key)
            if before is None or before.course != alert.course:
                changed.append(alert.noticed_as(before))
        for key, before in self._known.items():
            if before.rule in rules and key not in fresh and before.state != "retracted":
                if before.fired_at is None:
                    gone.append(before)
                else:
                    changed.append(before.over("retracted", before.fired_at))
        self._insert(changed, gone)
        self._settle(judged)
        return bool(changed or gone)

    def _insert(self, alerts: Sequence[Alert], gone: Sequence[Alert]) -> None:
        if not alerts and not gone:
            return
        self._version += 1
        self._store.insert(ALERTS, alert_rows(alerts, gone, self._version))
        for one in alerts:
            self._known[one.key] = one
            self._instruments.count("alerts_changed", state=one.state)
        for one in gone:
            self._known.pop(one.key, None)

    def _settle(self, judged: Sequence[_Judged]) -> None:
        """Store how far rules are settled; afterwards no alert that was over by then can change."""
        moved = [one for one in judged if one.upto > one.course.settled.upto]
        changes = [(one.course.rule.id, one.course.settled, Settled(one.upto, one.tracks)) for one in moved]
        if changes:
            self._version += 1
            self._store.insert(STATES, state_rows(changes, self._version))
        for one in judged:
            one.course.judged = one.ticks[-1]
            one.course.is_busy = bool(one.happened or one.tracks)
        for one in moved:
            one.course.settled = Settled(one.upto, one.tracks)
        upto = {one.rule.id: one.settled.upto for one in self._courses}
        known = self._known.items()
        self._known = {key: one for key, one in known if one.ended_at is None or one.ended_at > upto.get(one.rule, 0)}

    @staticmethod
    def _floor(moment: int) -> int:
        return moment // SETTLE_EVERY_S * SETTLE_EVERY_S


def _by_leaf(wanted: Iterable[Wanted], found: Mapping[Wanted, Found]) -> dict[Leaf, Found]:
    return {one.leaf: found.get(one, {}) for one in wanted}
