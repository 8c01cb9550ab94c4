"""Pages of rows as a file, page by page: csv, parquet or xlsx. No page is kept once it is written."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import xlsxwriter

from analytics.reports.asking import Tell, unheard
from analytics.reports.csvsheet import FORMULA
from analytics.reports.rows import Rows
from analytics.reports.scope import Scope
from analytics.reports.writers import placed
from analytics.reports.xlsx import OPTIONS
from runtime.store import Store

_FORMULA: Final = "^([" + "".join(f"\\x{{{ord(one):x}}}" for one in FORMULA) + "])"
SHEET_ROWS: Final = 1_048_576
"""Of a sheet, the heading included; more go on in the next one."""
EXCEL_EPOCH_DAYS: Final = 25_569
DAY_MS: Final = 86_400_000
Pages = Iterable[pa.Table]


def csv(pages: Pages, path: Path, _: Scope) -> None:
    """Write rows as csv, UTF-8: times in UTC, texts in quotes and such that no spreadsheet runs them."""
    writer = None
    try:
        for page in pages:
            rows = _safe(page)
            writer = writer or pyarrow.csv.CSVWriter(path, rows.schema)
            writer.write_table(rows)
    finally:
        if writer:
            writer.close()


def _safe(page: pa.Table) -> pa.Table:
    """Return rows whose texts no spreadsheet takes for formulas; numbers stay numbers."""
    for place, field in enumerate(page.schema):
        if pa.types.is_string(field.type):
            safe = pc.replace_substring_regex(page[place], pattern=_FORMULA, replacement=r"'\1")
            page = page.set_column(place, field, safe)
    return page


def parquet(pages: Pages, path: Path, _: Scope) -> None:
    """Write rows as parquet, a row group a page."""
    writer = None
    try:
        for page in pages:
            writer = writer or pq.ParquetWriter(path, page.schema, compression="zstd")
            writer.write_table(page)
    finally:
        if writer:
            writer.close()


def xlsx(pages: Pages, path: Path, scope: Scope) -> None:
    """Write rows as a workbook made at the range's end; when a sheet is full the next one goes on. Times in UTC."""
    with xlsxwriter.Workbook(path, OPTIONS | {"constant_memory": True}) as book:
        book.set_properties(
            {"author": "rtcpulse", "created": datetime.fromtimestamp(scope.until_s, UTC).replace(tzinfo=None)}
        )
        sheets = _Sheets(book)
        for page in pages:
            sheets.write(page)


class _Sheets:
    """The sheets of a workbook, filled one after the other."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._heading = book.add_format({"bold": True})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._sheet: Any = None
        self._row = 0

    def write(self, page: pa.Table) -> None:
        """Write a page below what was written."""
        if self._sheet is None:
            self._begin(page.schema)
        texts = [pa.types.is_string(field.type) for field in page.schema]
        for row in zip(*(_cells(column) for column in page.columns), strict=True):
            if self._row == SHEET_ROWS:
                self._begin(page.schema)
            for place, value in enumerate(row):
                if value is None:
                    continue
                if texts[place]:
                    self._sheet.write_string(self._row, place, value)
                else:
                    self._sheet.write_number(self._row, place, value)
            self._row += 1

    def _begin(self, schema: pa.Schema) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for place, field in enumerate(schema):
            moment = pa.types.is_timestamp(field.type)
            self._sheet.set_column(place, place, 23 if moment else 14, self._moment if moment else None)
        for place, field in enumerate(schema):
            self._sheet.write_string(
                0, place, f"{field.name} (UTC)" * pa.types.is_timestamp(field.type) or field.name, self._heading
            )
        self._row = 1


def _cells(column: pa.ChunkedArray) -> list[Any]:
    """Return values as a sheet has them: a time is its day since the end of 1899."""
    if pa.types.is_timestamp(column.type):
        days = pc.divide(pc.cast(column.cast(pa.timestamp("ms", "UTC")).cast(pa.int64()), pa.float64()), float(DAY_MS))
        column = pc.add(days, float(EXCEL_EPOCH_DAYS))
    found: list[Any] = column.to_pylist()
    return found


ROW_WRITERS: Final[Mapping[str, Callable[[Pages, Path, Scope], None]]] = {"csv": csv, "parquet": parquet, "xlsx": xlsx}


def export(store: Store, scope: Scope, kind: str, form: str, path: Path, tell: Tell = unheard) -> None:
    """Write the rows of a kind in a scope to a file.

    Raises:
        ConfigurationError: scope, kind or path is wrong.
        StoreRejected, StoreUnavailable: as the store does; no file is left.
    """
    rows = Rows(store, scope, kind)
    with placed(path) as beside:
        ROW_WRITERS[form](rows.pages(tell), beside, scope)
