"""The questions of the Servers page, of what media servers say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.asking import Asking, Row
from runtime.store import Parameter

FINE_S: Final = 6 * 3600
"""Up to such a range every scrape is read; beyond it the last of each minute."""


@dataclass(frozen=True, slots=True)
class NodeFilters:
    """A project, a range of time, and one server; an empty one is all."""

    project: str
    since_ms: int
    until_ms: int
    node: str = ""

    @property
    def seconds(self) -> int:
        """The range's length, at least 1."""
        return max(1, -(-self.until_ms // 1000) - self.since_ms // 1000)

    def parameters(self) -> dict[str, Parameter]:
        """Return them as the statements name them."""
        span: dict[str, Parameter] = {"since": self.since_ms // 1000, "until": -(-self.until_ms // 1000)}
        return {"project": self.project, "node": self.node, **span}


class NodeQueries(Asking):
    """Questions about media servers."""

    def nodes(self, filters: NodeFilters, text: str = "") -> list[Row]:
        """Return the servers that were asked in the range, all of them or those in whose id or address a text stands.

        One that did not answer before its id was known stands under its address, until another has that address.
        `successor` is the one that has the address since, as after a restart, which gives LiveKit another id.
        """
        rows = self._rows("nodes", filters.parameters() | {"text": text})
        latest = {row["instance"]: row for row in sorted(rows, key=_last) if row["node"] != row["instance"]}
        for row in rows:
            other = latest.get(row["instance"], row)
            row["successor"] = other["node"] if other is not row else ""
            if row["node"] == row["instance"] and row["last_ms"] > other["last_ms"]:
                other |= {name: row[name] for name in ("is_up", "reason", "last_ms")}
        return [row for row in rows if row["node"] != row["instance"] or row["instance"] not in latest]

    def node_increases(self, filters: NodeFilters, metrics: Sequence[str], step_s: int = 0) -> list[Row]:
        """Return how much counters grew in each `step_s` seconds, or in the range as a whole."""
        asked: dict[str, Parameter] = {
            "metrics": list(metrics),
            "step": step_s or filters.seconds + 1,
            "pick": 1 if filters.seconds <= FINE_S else 60,
        }
        return self._rows("node_increases", filters.parameters() | asked)

    def node_gauges(self, filters: NodeFilters, metrics: Sequence[str], step_s: int = 0) -> list[Row]:
        """Return how gauges moved in each `step_s` seconds, or in the range as a whole."""
        asked: dict[str, Parameter] = {"metrics": list(metrics), "step": step_s or filters.seconds + 1}
        return self._rows("node_gauges", filters.parameters() | asked)


def _last(row: Row) -> int:
    return int(row["last_ms"])
