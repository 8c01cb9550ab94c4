"""A report as one csv for a spreadsheet: its tables under each other, each under its title; and texts that stay texts.

A spreadsheet runs a cell that begins with = + - @ as a formula, and tab or carriage return before one does not stop it
(OWASP, CSV Injection). Such a text gets an apostrophe; numbers are written as numbers and keep their sign.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from analytics.reports.model import Chart, Column, Report, Table, Value
from analytics.reports.shown import local, period

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the full-width forms of the first four."""
STORED: Final = {"ratio": "ratio", "points": "ratio", "ms": "ms", "minutes": "ms", "s": "s", "kbps": "bit/s"}
"""The units in which values are stored, by kind."""


def safe(value: Value) -> Value:
    """Return a cell that no spreadsheet takes for a formula; what is unknown is empty."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def lines(report: Report) -> Iterator[Iterable[Value]]:
    """Yield the lines: what the report is, its figures and its tables."""
    yield [report.title, report.subject]
    yield ["project", report.project]
    yield ["period", period(report)]
    for section in report.sections:
        yield []
        yield [f"# {section.title}"]
        for sentence in section.sentences:
            yield [sentence]
        if section.figures:
            yield ["figure", "value", "unit", "before", "of"]
        for one in section.figures:
            yield [one.title, one.value, one.kind, one.before, one.known]
        for table in section.tables:
            yield from _table(table, report.zone)


def _table(table: Table, zone: str) -> Iterator[Iterable[Value]]:
    more = f"the first {len(table.rows)} of {table.total}" if table.total else ""
    yield []
    yield [table.title, more]
    yield [heading(column) for column in table.columns]
    for row in table.rows:
        yield [plain(value, column, zone) for value, column in zip(row, table.columns, strict=True)]
    if table.note:
        yield [table.note]


def heading(column: Column) -> str:
    """Return a title with the unit in which its values are stored."""
    unit = STORED.get(column.kind)
    return f"{column.title} ({unit})" if unit else column.title


def plain(value: Value, column: Column, zone: str) -> Value:
    """Return a value as a program reads it: a moment as ISO 8601 with its offset, others as they are."""
    if column.kind == "moment" and isinstance(value, int | float):
        return local(value, zone).isoformat(timespec="seconds")
    return value


def points(chart: Chart) -> Table:
    """Return what a chart shows as a table."""
    along = Column("t_ms", "Begin", "moment") if chart.times else Column("name", "Name")
    columns = (along, *(Column(one.name, one.name, chart.kind) for one in chart.series))
    rows = list(zip(chart.times or chart.names, *(one.values for one in chart.series), strict=True))
    return Table(chart.name, chart.title, columns, rows, chart.note)


def write(report: Report, path: Path) -> None:
    """Write the csv: UTF-8 with a byte order mark, without which spreadsheets take another encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for line in lines(report):
            writer.writerow([safe(value) for value in line])
