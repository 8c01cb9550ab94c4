"""What a column and a table are. Columns are written as aligned text: `name type meaning`, one a line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A stored column: its name, its ClickHouse type, and what it means, with the unit."""

    name: str
    type: str
    meaning: str

    @property
    def nullable(self) -> bool:
        """Whether a value may be missing."""
        return "Nullable(" in self.type


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, the question one row answers, and its stored columns in order (ALIAS columns excluded)."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(column.name for column in self.columns)


def columns(text: str) -> tuple[Column, ...]:
    """Parse lines of `name type meaning`.

    Raises:
        ValueError: a line has fewer than three words.
    """
    parsed = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, kind, meaning = line.split(maxsplit=2)
        parsed.append(Column(name, kind.replace(",", ", "), meaning))
    return tuple(parsed)


POSITION = columns("""
    log_id         LowCardinality(String)  the log that the message came through; made by migrate
    log_partition  UInt16                  partition of the log
    log_offset     UInt64                  offset of the message in its partition
    log_index      UInt32                  index of the row among the message's rows in this table
""")
