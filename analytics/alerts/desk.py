"""What people do with alerts: see them, acknowledge, silence, read the rules, try one on the past.

The commands and the Alerts page ask this; both may be in another process than the evaluator. Rows are dicts; times are
ms since the Unix epoch there, as in `analytics.queries`.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import msgspec
import pyarrow as pa

from analytics.alerts.backtest import Tested, backtest
from analytics.alerts.links import link
from analytics.alerts.rules import Rule, read_rules
from analytics.alerts.silences import Silence, new
from analytics.sql import text
from runtime.store import Parameter, Store
from schemas.errors import ConfigurationError

Row = dict[str, Any]
STATES: Final = ("pending", "firing", "resolved", "retracted")
GOING_ON: Final = ("pending", "firing")
FOREVER: Final = 4_102_444_800
_MS: Final = pa.timestamp("ms", "UTC")
_S: Final = pa.timestamp("s", "UTC")


class AlertDesk:
    """Reads and notes what is said of alerts. Methods block; every one raises StoreRejected or StoreUnavailable.

    Args:
        store: the store, or the way to who owns it.
        rules: those that are evaluated.
    """

    def __init__(self, store: Store, rules: Sequence[Rule] = ()) -> None:
        self._store = store
        self._rules = rules

    def alerts(
        self,
        project: str,
        *,
        states: Sequence[str] = GOING_ON,
        since_ms: int = 0,
        until_ms: int = FOREVER * 1000,
        fingerprint: str = "",
        most: int = 500,
        skip: int = 0,
    ) -> list[Row]:
        """Return alerts that were going on in a range, the latest first; by default those that are now.

        There are at most `most`, after `skip` later ones.

        A row has the columns of `alerts` (`fired_ms`, `ended_ms` None where they did not), `labels` and `annotations`
        as dicts, `link` (a path of the dashboard), `silenced` (ids of silences), `acknowledged_by`,
        `acknowledged_comment`, `acknowledged_ms` (None: nobody did), `told` (target: what) and `delivery_error`.
        """
        asked: dict[str, Parameter] = {
            "project": project, "since": since_ms // 1000, "until": -(-until_ms // 1000),
            "states": list(states), "fingerprint": fingerprint, "most": most, "skip": skip,
        }  # fmt: skip
        rows = self._store.query(text("alerts", "listed"), asked).to_pylist()
        now = time.time()
        silences = self.silences(project)
        return [_shown(row, silences, now) for row in rows]

    def history(self, project: str, fingerprint: str, most: int = 100, skip: int = 0) -> list[Row]:
        """Return the times in which one alert was pending or firing, the latest first."""
        return self.alerts(project, states=STATES, fingerprint=fingerprint, most=most, skip=skip)

    def acknowledge(self, project: str, fingerprint: str, *, author: str = "", comment: str = "") -> int:
        """Note that somebody has taken note of what goes on of an alert; return how many times of it there were.

        Raises:
            ConfigurationError: nothing of it is going on.
        """
        going_on = [row for row in self.alerts(project) if row["fingerprint"].startswith(fingerprint) and fingerprint]
        if not going_on:
            raise ConfigurationError(f"no alert {fingerprint} is going on in project {project or '(any)'}")
        now_ms = time.time_ns() // 1_000_000
        count = len(going_on)
        rows = {
            "project": pa.array([row["project"] for row in going_on]),
            "fingerprint": pa.array([row["fingerprint"] for row in going_on]),
            "active_at": pa.array([row["active_ms"] // 1000 for row in going_on], _S),
            "author": pa.array([author] * count),
            "comment": pa.array([comment] * count),
            "at": pa.array([now_ms] * count, _MS),
            "version": pa.array([now_ms] * count, pa.uint64()),
        }
        self._store.insert("alert_acknowledgements", pa.table(rows))
        return count

    def silence(
        self, project: str, matchers: Sequence[str], until_ms: int, *, author: str = "", comment: str = ""
    ) -> Silence:
        """Let nothing be told of matching alerts until then.

        Raises:
            ConfigurationError: a matcher is wrong, or the time.
        """
        silence = new(project, matchers, int(time.time()), until_ms // 1000, author=author, comment=comment)
        self._put(silence)
        return silence

    def silences(self, project: str, *, over: bool = False) -> list[Silence]:
        """Return the silences that are not over, or all."""
        asked: dict[str, Parameter] = {"project": project, "since": 0 if over else int(time.time())}
        return [Silence.read(row) for row in self._store.query(text("alerts", "silenced"), asked).to_pylist()]

    def unsilence(self, project: str, silence_id: str) -> None:
        """End a silence now.

        Raises:
            ConfigurationError: there is none of that id.
        """
        found = [one for one in self.silences(project) if one.id == silence_id]
        if not found:
            raise ConfigurationError(f"no silence {silence_id} of project {project or '(any)'} is in force")
        self._put(_ended(found[0]))

    def rules(self) -> Sequence[Rule]:
        """Return the rules that are evaluated."""
        return self._rules

    def backtest(
        self, project: str, since_ms: int, until_ms: int, *, rules: str = "", names: Sequence[str] = ()
    ) -> list[list[Tested]]:
        """Return what rules would have done (`analytics.alerts.backtest.backtest`).

        Args:
            project: whose data.
            since_ms: begin.
            until_ms: end.
            rules: text of a rule file; empty: the rules that are evaluated.
            names: of them only these; empty: all.

        Raises:
            WrongRules: the text is wrong.
        """
        some = read_rules(rules, "rules") if rules else self._rules
        chosen = [one for one in some if not names or one.name in names]
        return backtest(self._store, chosen, since_ms // 1000, until_ms // 1000, project=project)

    def _put(self, silence: Silence) -> None:
        said = asdict(silence) | {"matchers": list(silence.matchers), "version": time.time_ns() // 1_000_000}
        kinds = {"since": _S, "until": _S, "version": pa.uint64(), "matchers": pa.list_(pa.string())}
        self._store.insert(
            "alert_silences", pa.table({name: pa.array([value], kinds.get(name)) for name, value in said.items()})
        )


def _ended(silence: Silence) -> Silence:
    now = int(time.time())
    said = asdict(silence) | {"until": now, "since": min(silence.since, now), "matchers": silence.matchers}
    return Silence(**said)


def _shown(row: Row, silences: Sequence[Silence], now: float) -> Row:
    labels = msgspec.json.decode(row["labels"], type=dict[str, str])
    active_at, fired_at, ended_at = (row.pop(name) for name in ("active_at", "fired_at", "ended_at"))
    return row | {
        "active_ms": active_at * 1000,
        "fired_ms": None if fired_at is None else fired_at * 1000,
        "ended_ms": None if ended_at is None else ended_at * 1000,
        "noticed_ms": row.pop("noticed"),
        "labels": labels,
        "annotations": msgspec.json.decode(row["annotations"], type=dict[str, str]),
        "acknowledged_ms": row["acknowledged_ms"] or None,
        "silenced": [one.id for one in silences if one.holds(labels, now)],
        "link": link(labels, active_at, ended_at),
    }
