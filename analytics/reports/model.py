"""What a report is: sections of figures, tables and charts, as data. Writers decide how it looks, never what it says.

A value is a number, a text, a moment or None; None is unknown and is shown as a dash, never as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Value = str | int | float | None
Kind = Literal["text", "count", "ratio", "points", "ms", "s", "kbps", "minutes", "score", "moment"]
"""How a value is stored and shown: `ratio` 0-1 as percent, `points` a difference of ratios, `ms` and `s` as such,
`kbps` from bit/s, `minutes` from ms, `score` with two digits, `moment` (epoch ms) in the report's time zone."""

NUMERIC: Final = frozenset({"count", "ratio", "points", "ms", "s", "kbps", "minutes", "score"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name for programs, its title for people, how its values are shown."""

    name: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, in an order of their own.

    Attributes:
        note: what a number is of, and what is left out.
        total: how many rows there are, where only the first are shown.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    note: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that stands for itself, what it is of, and what it was in the period before.

    Attributes:
        known: of what the value is known, in words: "of 1,204 attempts".
        better: which direction is good; `neither` where that is open.
        compared: whether there is a period before that it can be compared with.
    """

    name: str
    title: str
    kind: Kind
    value: Value
    before: Value = None
    known: str = ""
    better: Literal["lower", "higher", "neither"] = "neither"
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one part of the bars; `tone` says what it means, and writers choose the colour."""

    name: str
    values: Sequence[float | None]
    tone: Literal["main", "poor", "unknown", "second"] = "main"


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines or stacked bars along time (epoch ms, begins of steps), or bars by name.

    Attributes:
        threshold: from where on it is poor, in the values' unit.
        step_ms: how long one step is; 0 where the chart has names instead of times.
        band: begin and end (epoch ms) of what is to be seen in it: shaded.
    """

    name: str
    title: str
    form: Literal["lines", "stack", "bars"]
    kind: Kind
    series: Sequence[Series]
    times: Sequence[int] = ()
    names: Sequence[str] = ()
    step_ms: int = 0
    threshold: float | None = None
    note: str = ""
    band: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report, in the order: sentences, figures, charts, tables."""

    name: str
    title: str
    sentences: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes:
        subject: whom or what it is about: the service, a room, an incident.
        since_ms, until_ms: its range; the end is not in it.
        zone: the time zone that every moment in it is told in, by its IANA name.
        facts: what makes it reproducible: versions and filters.
    """

    name: str
    title: str
    subject: str
    project: str
    since_ms: int
    until_ms: int
    zone: str
    sections: Sequence[Section]
    facts: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> list[Table]:
        """Return every table in order."""
        return [table for section in self.sections for table in section.tables]

    def charts(self) -> list[Chart]:
        """Return every chart in order."""
        return [chart for section in self.sections for chart in section.charts]

    def figures(self) -> list[Figure]:
        """Return every figure in order."""
        return [figure for section in self.sections for figure in section.figures]
