"""What every class of questions has: the store it asks, the filters of a page, rows as answers."""

from dataclasses import asdict, dataclass
from typing import Any

from analytics.sql import text
from runtime.store import Parameter, Store

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


class Asker:
    """Asks a store the questions of `queries/*.sql`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _rows(self, name: str, parameters: dict[str, Parameter]) -> list[Row]:
        rows: list[Row] = self._store.query(text("queries", name), parameters).to_pylist()
        return rows
