"""What every group of questions has: the filters of a page, and a store that is asked by the name of a `.sql` file."""

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from analytics.sql import text
from runtime.store import Parameter, Store
from schemas.metrics import BY_ID

POOR: Final = {
    "loss_poor": "loss_ratio",
    "rtt_poor": "rtt_ms",
    "jitter_poor": "jitter_ms",
    "first_media_poor": "time_to_first_media_ms",
}
"""The thresholds that statements count with, and the metrics whose they are."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page looks at: a project, a range of time, and circumstances; an empty circumstance is any."""

    project: str
    since_ms: int
    until_ms: int
    app: str = ""
    browser: str = ""
    os: str = ""
    network_type: str = ""
    country: str = ""
    region: str = ""
    room: str = ""

    def parameters(self) -> dict[str, Parameter]:
        """Return them as the statements name them, the range in seconds."""
        named: dict[str, Parameter] = asdict(self)
        del named["since_ms"], named["until_ms"]
        return named | {"since": self.since_ms // 1000, "until": -(-self.until_ms // 1000)}


_CONDITION: Final = re.compile(r"\s+AND \(\{(\w+):String\} = '' OR [\w()]+ = \{\1:String\}\)")


class Asking:
    """Asks a store. Methods block; they are safe to call from several threads.

    Every method raises StoreRejected or StoreUnavailable as the store does.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def _rows(self, name: str, parameters: dict[str, Parameter]) -> list[Row]:
        unset = frozenset(one for one, value in parameters.items() if value == "")
        rows: list[Row] = self._store.query(_narrowed(name, unset), parameters).to_pylist()
        return rows


@cache
def _narrowed(name: str, unset: frozenset[str]) -> str:
    """Return a statement without conditions on circumstances that are any: planning those cost more than reading."""
    return _CONDITION.sub(lambda found: "" if found[1] in unset else found[0], text("queries", name))


def poor() -> dict[str, Parameter]:
    """Return the thresholds."""
    return {name: float(BY_ID[metric_id].poor or 0) for name, metric_id in POOR.items()}
