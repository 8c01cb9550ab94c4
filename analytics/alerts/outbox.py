"""What is to be told to whom: what `alerts` holds against what `alert_deliveries` says was told.

There is no queue: an alert is stored before it is told, and that it was told after. Who dies between the two tells it
again; fingerprint, `startsAt` and status are the same then.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pyarrow as pa

from analytics.alerts.desk import AlertDesk
from analytics.alerts.links import link
from analytics.sql import text
from runtime.store import Store

DELIVERIES: Final = "alert_deliveries"
KEPT_S: Final = 86_400
"""What was over for so long is told to nobody any more."""
FIRING: Final = "firing"
RESOLVED: Final = "resolved"
_MS: Final = pa.timestamp("ms", "UTC")


@dataclass(frozen=True, slots=True)
class Told:
    """What a target was told last (`firing`, `resolved`, nothing), when (epoch ms), and how often it failed since."""

    what: str = ""
    at_ms: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as it is told. Times are epoch s; `noticed_ms` is when it was seen to fire.

    Attributes:
        status: firing or resolved.
        is_real: False where late data say that it never fired: only who was told so is told that it is over.
        silenced, acknowledged: what people said of it.
        link: path of the page that shows why.
        told: what each target was told.
    """

    project: str
    fingerprint: str
    active_at: int
    alert: str
    status: str
    is_real: bool
    fired_at: int
    ended_at: int | None
    noticed_ms: int
    value: float
    flapping: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    silenced: bool
    acknowledged: bool
    link: str
    told: Mapping[str, Told]

    @property
    def group(self) -> tuple[str, str]:
        """What is told in one message: alerts of one project and one name."""
        return self.project, self.alert

    def is_due(self, target: str, since_ms: int, repeat_ms: float, now_ms: int) -> bool:
        """Whether a target, known since some time, is to be told; again where nobody acknowledged it for long."""
        told = self.told.get(target, Told())
        if self.status == RESOLVED:
            is_news = self.is_real and not self.silenced and (self.ended_at or 0) * 1000 + 1000 > since_ms
            return told.what == FIRING or (not told.what and is_news)
        if self.silenced:
            return False
        return told.what != FIRING or (not self.acknowledged and now_ms - told.at_ms >= repeat_ms)


class Outbox:
    """Reads what is to be told and notes what was. Methods block; they raise StoreRejected or StoreUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._desk = AlertDesk(store)

    def notices(self) -> list[Notice]:
        """Return all alerts that fire, and those that were over lately, in order of time."""
        now = time.time()
        rows = self._store.query(text("alerts", "due"), {"since": int(now) - KEPT_S}).to_pylist()
        silences = self._desk.silences("") if rows else []
        return [_notice(row, silences, now) for row in rows]

    def known(self, targets: Sequence[str]) -> dict[str, int]:
        """Return since when (epoch ms) each target is known; new ones are from now on."""
        found = {row["target"]: row["since_ms"] for row in self._store.query(text("alerts", "targets")).to_pylist()}
        now_ms = time.time_ns() // 1_000_000
        new = [target for target in targets if target not in found]
        if new:
            self._put([(target, "", "", now_ms // 1000, "", now_ms, 0, "") for target in new])
        return {target: found.get(target, now_ms) for target in targets}

    def told(self, target: str, notices: Sequence[Notice]) -> None:
        """Note that a target took these."""
        now_ms = time.time_ns() // 1_000_000
        self._put([(target, one.project, one.fingerprint, one.active_at, one.status, now_ms, 0, "") for one in notices])

    def failed(self, target: str, notices: Sequence[Notice], error: str) -> None:
        """Note that a target did not take these, and why."""
        before = [(one, one.told.get(target, Told())) for one in notices]
        self._put(
            [
                (target, one.project, one.fingerprint, one.active_at, last.what, last.at_ms, last.failures + 1, error)
                for one, last in before
            ]
        )

    def _put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        targets, projects, fingerprints, active, told, at, failures, errors = zip(*rows, strict=True)
        self._store.insert(
            DELIVERIES,
            pa.table(
                {
                    "target": pa.array(targets),
                    "project": pa.array(projects),
                    "fingerprint": pa.array(fingerprints),
                    "active_at": pa.array(active, pa.timestamp("s", "UTC")),
                    "told": pa.array(told),
                    "at": pa.array(at, _MS),
                    "failures": pa.array(failures, pa.uint32()),
                    "error": pa.array([one[:500] for one in errors]),
                    "version": pa.array([time.time_ns() // 1000] * len(rows), pa.uint64()),
                }
            ),
        )


def _notice(row: Mapping[str, Any], silences: Sequence[Any], now: float) -> Notice:
    labels = msgspec.json.decode(row["labels"], type=dict[str, str])
    told = zip(row["targets"] or (), row["told"] or (), row["told_ms"] or (), row["failures"] or (), strict=True)
    return Notice(
        row["project"], row["fingerprint"], row["active_at"], row["alert"],
        FIRING if row["state"] == "firing" else RESOLVED, row["state"] != "retracted", row["fired_at"],
        row["ended_at"], row["noticed"], row["value"], bool(row["flapping"]), labels,
        msgspec.json.decode(row["annotations"], type=dict[str, str]),
        any(one.holds(labels, now) for one in silences), bool(row["acknowledged"]),
        link(labels, row["active_at"], row["ended_at"]),
        {target: Told(what, at_ms, failures) for target, what, at_ms, failures in told},
    )  # fmt: skip
