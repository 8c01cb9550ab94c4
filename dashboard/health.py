"""What the process says of itself to the Pipeline page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from runtime.retention import Unread

DURATIONS: Final = {
    "A block of ingest": "rtcpulse_ingest_block_seconds",
    "A round of analytics": "rtcpulse_analytics_cycle_seconds",
    "A page's answer": "rtcpulse_dashboard_callback_seconds",
}
"""Titles, and the metrics of the process that are shown under them."""


@dataclass(frozen=True, slots=True)
class Health:
    """A look at log and disk. `looked_at` is seconds since the Unix epoch; 0: not yet.

    `committed` is the first offset of each partition, in order, that ingest has not finished. `waiting` counts what is
    at or above it by (project, minute of receipt, ms), the oldest `looked_through` messages of it, from their headers.
    """

    log_end: int = 0
    log_committed: int = 0
    disk_free_bytes: int = 0
    version: str = ""
    looked_at: float = 0
    log_id: str = ""
    committed: Sequence[int] = ()
    waiting: Mapping[tuple[str, int], int] = field(default_factory=dict)
    unread: Unread = field(default_factory=Unread)

    @property
    def looked_through(self) -> int:
        """Messages in flight whose headers were read."""
        return sum(self.waiting.values())

    @property
    def lag(self) -> int:
        """Messages in the log that are not stored yet."""
        return self.log_end - self.log_committed


def mean_seconds(exposition: str) -> dict[str, float]:
    """Return the mean of each duration of `DURATIONS` that a page of metrics has observations of.

    The steps of a block of ingest come after each other: its mean is the sum of theirs.
    """
    sums: dict[tuple[str, str], dict[str, float]] = {}
    for family in text_string_to_metric_families(exposition):
        if family.name in DURATIONS.values():
            for sample in family.samples:
                part, _, what = sample.name.rpartition("_")
                if what in {"sum", "count"}:
                    kept = sums.setdefault((part, sample.labels.get("step", "")), {"sum": 0.0, "count": 0.0})
                    kept[what] += sample.value
    means: dict[str, float] = {}
    for (name, _), kept in sums.items():
        if kept["count"]:
            means[name] = means.get(name, 0.0) + kept["sum"] / kept["count"]
    return means
