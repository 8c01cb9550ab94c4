"""Asks the statements of a report one after the other, tells how far it is, and remembers what was asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.sql import text
from runtime.store import Parameter, Store

FOLDER: Final = "reports/statements"
DIGITS: Final = 9
"""Significant digits of a sum: the order of addition, which is the engine's, shows in the last ones."""
Row = dict[str, Any]
Tell = Callable[[int, int, str], None]
"""Is told of progress: steps done, steps in all, what is being done."""


def unheard(_done: int, _of: int, _what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as it was run, with its parameters."""

    name: str
    sql: str
    parameters: Mapping[str, Parameter]


class Questions:
    """Asks a store for one report.

    Args:
        store: what is asked.
        parameters: of all statements; a statement takes those that it names.
        steps: how many there will be, writing included.
        tell: is told of each before it is run.
    """

    def __init__(self, store: Store, parameters: Mapping[str, Parameter], steps: int, tell: Tell = unheard) -> None:
        self._store = store
        self._parameters = parameters
        self._steps = steps
        self._tell = tell
        self.asked: list[Asked] = []

    def rows(self, name: str, folder: str = FOLDER, **more: Parameter) -> list[Row]:
        """Return the rows of a statement, numbers rounded.

        Raises:
            StoreRejected, StoreUnavailable: as the store does.
        """
        self._tell(min(len(self.asked), self._steps), self._steps, name)
        one = Asked(name, text(folder, name), {**self._parameters, **more})
        self.asked.append(one)
        return [
            {column: rounded(value) for column, value in row.items()}
            for row in self._store.query(one.sql, one.parameters).to_pylist()
        ]

    def periods(self, name: str) -> tuple[Row, Row]:
        """Return the row of this period and that of the one before; an empty one where nothing was."""
        found = {row["is_now"]: row for row in self.rows(name)}
        return found.get(1, {}), found.get(0, {})


def rounded(value: Any) -> Any:
    """Return a value, a number that is not whole to `DIGITS` digits; what is not a number is unknown."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if value - value == 0 else None
