"""Rules, a clock, and a store into which data come as time goes on."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics.alerts.backtest import replay
from analytics.alerts.course import Happening
from analytics.alerts.evaluator import Evaluator
from analytics.alerts.rules import Rule, read_rules
from analytics.analyst import Analyst
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Along, Medium
from tests.analytics.test_recompute import settle

BEGIN = int(START / 1000)
COURSE = "state, active_at, fired_at, ended_at"


def a_rule(expr: str, name: str = "Test", **more: str) -> Rule:
    """Return one rule."""
    lines = [f"      {key}: {value}" for key, value in more.items()]
    text = f"groups:\n- name: g\n  rules:\n    - alert: {name}\n      expr: '{expr}'\n" + "\n".join(lines)
    (rule,) = read_rules(text, "test")
    return rule


def heard(loss: Along, **more: Any) -> Medium:
    """Return audio that is received with loss."""
    return Medium("inbound", "audio", "t", "p", 7, loss, **more)


@dataclass(slots=True)
class Scene:
    """A project whose batches come at their times, with jobs and evaluator behind them. Seconds count from `BEGIN`.

    While `jobs_rest`, batches are stored and nothing is computed of them.
    """

    store: Store
    project: str
    rules: Sequence[Rule]
    late_s: int = 120
    at: int = 0
    jobs_rest: bool = False
    feed: Feed = field(init=False)
    evaluator: Evaluator = field(init=False)
    _computed: int = -BEGIN
    _is_behind: bool = False
    _waiting: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.feed = Feed(self.store, self.project)
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is stored, as a process that was killed does."""
        self._computed = -BEGIN
        self.evaluator = Evaluator(
            self.store, self.rules, Instruments(), late_s=self.late_s, now=lambda: float(BEGIN + self.at),
            computed=lambda: BEGIN + self._computed,
        )  # fmt: skip

    def comes(self, at: int, batch: dict[str, Any]) -> None:
        """Let a batch come at a time."""
        heapq.heappush(self._waiting, (at, len(self._waiting), batch))

    def go_on(self, until: int, step: int = 5) -> None:
        """Let time pass: batches come, jobs run, rules are judged."""
        while self.at < until:
            self.at += step
            due = []
            while self._waiting and self._waiting[0][0] <= self.at:
                due.append(heapq.heappop(self._waiting)[2])
            if due:
                self.feed.store_batches(due)
                self._is_behind = True
            if not self.jobs_rest:
                if self._is_behind:
                    settle(Analyst(self.store, Instruments()))
                self._is_behind, self._computed = False, self.at
            self.evaluator.round()

    def alerts(self) -> list[dict[str, Any]]:
        """Return the stored alerts of the project; times are seconds from `BEGIN`."""
        sql = (
            "SELECT alert, state, toInt64(toUnixTimestamp(active_at)) AS active_at, "
            "toInt64(toUnixTimestamp(fired_at)) AS fired_at, toInt64(toUnixTimestamp(ended_at)) AS ended_at, "
            "toUnixTimestamp64Milli(noticed) AS noticed, value, worst, flapping, labels, annotations, fingerprint "
            "FROM alerts FINAL WHERE project = {p:String} ORDER BY active_at, alert, fingerprint"
        )
        rows: list[dict[str, Any]] = self.store.query(sql, {"p": self.project}).to_pylist()
        for row in rows:
            for name in ("active_at", "fired_at", "ended_at"):
                row[name] = None if row[name] is None else row[name] - BEGIN
        return rows

    def courses(self) -> list[tuple[Any, ...]]:
        """Return what a backtest must say too: alert, fingerprint, begin, firing, end, and whether it flaps."""
        names = ("alert", "fingerprint", "active_at", "fired_at", "ended_at")
        rows = (row for row in self.alerts() if row["state"] != "retracted")
        return [(*(row[name] for name in names), bool(row["flapping"])) for row in rows]

    def replayed(self, since: int, until: int) -> list[tuple[Any, ...]]:
        """Return the same of a backtest."""
        found = replay(self.store, self.rules, BEGIN + since, BEGIN + until, project=self.project)
        courses = (_course(one) for some in found.values() for one in some)
        return sorted(courses, key=lambda one: (one[2], one[0], one[1]))


def _course(one: Happening) -> tuple[Any, ...]:
    times = (one.episode.active_at, one.episode.fired_at, one.episode.ended_at)
    relative = (None if time is None else time - BEGIN for time in times)
    return (one.rule.name, one.fingerprint, *relative, one.episode.flapping)
