"""A report as one long table, a number or text a row, for programs: parquet."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.reports.csvsheet import points
from analytics.reports.model import Figure, Report, Table, Value

SCHEMA: Final = pa.schema(
    [
        ("section", pa.string()),
        ("item", pa.string()),  # the table's or chart's name; "figures"
        ("row", pa.int32()),
        ("key", pa.string()),  # the first cell of the row
        ("column", pa.string()),
        ("kind", pa.string()),
        ("number", pa.float64()),
        ("text", pa.string()),
        ("before", pa.float64()),
        ("known", pa.string()),
    ]
)


def rows(report: Report) -> pa.Table:
    """Return every figure, point and cell, in the order of the report."""
    found: list[dict[str, Any]] = []
    for section in report.sections:
        found += [_figure(section.name, place, one) for place, one in enumerate(section.figures)]
        for table in [*map(points, section.charts), *section.tables]:
            found += _cells(section.name, table)
    about = {"title": report.title, "subject": report.subject, "project": report.project, "zone": report.zone}
    times = {"since_ms": str(report.since_ms), "until_ms": str(report.until_ms)}
    return pa.Table.from_pylist(found, SCHEMA.with_metadata(about | times))


def _figure(section: str, place: int, one: Figure) -> dict[str, Any]:
    named = {
        "section": section,
        "item": "figures",
        "row": place,
        "key": one.title,
        "column": one.name,
        "kind": one.kind,
    }
    return named | _value(one.value) | {"before": one.before, "known": one.known}


def _cells(section: str, table: Table) -> list[dict[str, Any]]:
    return [
        {
            "section": section,
            "item": table.name,
            "row": place,
            "key": str(row[0]),
            "column": column.name,
            "kind": column.kind,
        }
        | _value(value)
        for place, row in enumerate(table.rows)
        for column, value in zip(table.columns, row, strict=True)
    ]


def _value(value: Value) -> dict[str, Any]:
    return {"text": value} if isinstance(value, str) else {"number": None if value is None else float(value)}


def write(report: Report, path: Path) -> None:
    """Write the table as parquet."""
    pq.write_table(rows(report), path, compression="zstd")
