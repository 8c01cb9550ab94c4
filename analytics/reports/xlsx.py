"""A report as a workbook: figures, a sheet for each table, and the workbook's own charts over their data.

No text is taken for a formula or an address, and numbers are numbers with a format, so that they can be added up.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from analytics.reports.csvsheet import points
from analytics.reports.model import Chart, Column, Kind, Report, Table, Value
from analytics.reports.shown import change, local, period

OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
FORMATS: Final[dict[Kind, str]] = {
    "count": "#,##0",
    "ratio": "0.0%",
    "points": "+0.0%;-0.0%;0.0%",
    "ms": "#,##0.0",
    "s": "#,##0.0",
    "kbps": "#,##0",
    "minutes": "#,##0.0",
    "score": "0.00",
    "moment": "yyyy-mm-dd hh:mm",
}
SCALES: Final[dict[Kind, float]] = {"minutes": 1 / 60_000, "kbps": 1e-3}
"""What stands in a cell is in the unit that the heading names."""
UNITS: Final[dict[Kind, str]] = {"ms": "ms", "s": "s", "minutes": "min", "kbps": "kbit/s"}
COLOURS: Final = {"main": "#0072B2", "poor": "#D55E00", "second": "#009E73", "unknown": "#B8BDC2"}
DATA: Final = "Chart data"
SHEET_NAME_MAX: Final = 31
WIDEST: Final = 60
CHART_ROWS: Final = 17


def write(report: Report, path: Path) -> None:
    """Write the workbook; its times are the range's end, not now."""
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        end = local(report.until_ms, "UTC").replace(tzinfo=None)
        book.set_properties({"title": report.title, "subject": report.subject, "author": "rtcpulse", "created": end})
        sheets = _Sheets(book, report.zone)
        _summary(book.add_worksheet("Summary"), report, sheets)
        if report.charts():
            page, data = book.add_worksheet("Charts"), book.add_worksheet(DATA)
            sheets.charts(page, data, report.charts())
        for table in report.tables():
            sheets.table(book.add_worksheet(table.title[:SHEET_NAME_MAX]), table)


def _summary(sheet: Any, report: Report, sheets: "_Sheets") -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 2, 14)
    sheet.set_column(3, 3, 44)
    sheet.set_column(4, 4, 26)
    sheet.write_string(0, 0, report.title, sheets.format(bold=True, size=16))
    about = (("about", report.subject), ("project", report.project), ("period", period(report)))
    for row, (what, said) in enumerate(about, 1):
        sheet.write_string(row, 0, what)
        sheet.write_string(row, 1, said)
    row = 5
    for sentence in (sentence for section in report.sections for sentence in section.sentences):
        sheet.write_string(row, 0, sentence)
        row += 1
    row += 1
    for place, title in enumerate(("Figure", "Value", "Before", "Known", "Change")):
        sheet.write_string(row, place, title, sheets.format(bold=True))
    for row, one in enumerate(report.figures(), row + 1):  # noqa: B020 - the table goes on where the text ended
        sheets.cell(sheet, row, 0, f"{one.title} ({UNITS[one.kind]})" if one.kind in UNITS else one.title, "text")
        sheets.cell(sheet, row, 1, one.value, one.kind)
        sheets.cell(sheet, row, 2, one.before, one.kind)
        sheets.cell(sheet, row, 3, one.known, "text")
        sheets.cell(sheet, row, 4, change(one, report.zone)[0], "text")


class _Sheets:
    """Writes into the sheets of one workbook, whose formats it keeps."""

    def __init__(self, book: Any, zone: str) -> None:
        self._book = book
        self._zone = zone
        self._formats: dict[tuple[Any, ...], Any] = {}

    def format(self, *, bold: bool = False, size: int = 11, number: str = "General") -> Any:
        """Return a format, made once."""
        key = (bold, size, number)
        if key not in self._formats:
            wanted = {"bold": bold, "font_size": size, "num_format": number}
            self._formats[key] = self._book.add_format(wanted)
        return self._formats[key]

    def cell(self, sheet: Any, row: int, column: int, value: Value, kind: Kind) -> None:
        """Write one value; what is unknown stays empty."""
        if value is None or value == "":
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif kind == "moment":
            sheet.write_datetime(row, column, self._local(value), self.format(number=FORMATS[kind]))
        else:
            sheet.write_number(
                row, column, value * SCALES.get(kind, 1), self.format(number=FORMATS.get(kind, "General"))
            )

    def table(self, sheet: Any, table: Table, top: int = 0) -> None:
        """Write a table with a fixed and filtered heading, and its note below."""
        for place, column in enumerate(table.columns):
            sheet.write_string(top, place, self._heading(column), self.format(bold=True))
            sheet.set_column(place, place, _width(table, place, column))
        for row, values in enumerate(table.rows, top + 1):
            for place, (value, column) in enumerate(zip(values, table.columns, strict=True)):
                self.cell(sheet, row, place, value, column.kind)
        last = top + len(table.rows)
        if table.rows:
            sheet.autofilter(top, 0, last, len(table.columns) - 1)
        sheet.freeze_panes(top + 1, 0)
        more = f"The first {len(table.rows):,} of {table.total:,}." if table.total else ""
        if note := f"{more} {table.note}".strip():
            sheet.write_string(last + 2, 0, note)

    def charts(self, page: Any, data: Any, charts: list[Chart]) -> None:
        """Write the points of all charts, one beside the other, and draw them on a page of their own."""
        left = 0
        for place, chart in enumerate(charts):
            table = points(chart)
            data.write_string(0, left, chart.title, self.format(bold=True))
            for row, values in enumerate([tuple(map(self._heading, table.columns)), *table.rows], 1):
                for at, (value, column) in enumerate(zip(values, table.columns, strict=True)):
                    self.cell(data, row, left + at, value, column.kind)
            data.set_column(left, left, 18)
            page.insert_chart(place // 2 * CHART_ROWS, place % 2 * 9, self._chart(chart, len(table.rows), left))
            left += len(table.columns) + 1

    def _chart(self, chart: Chart, rows: int, left: int) -> Any:
        wanted = {"lines": {"type": "line"}, "stack": {"type": "column", "subtype": "stacked"}, "bars": {"type": "bar"}}
        drawn = self._book.add_chart(wanted[chart.form])
        for place, one in enumerate(chart.series, left + 1):
            colour = {"color": COLOURS[one.tone]}
            look = {"line": colour | {"width": 2}} if chart.form == "lines" else {"fill": colour, "gap": 60}
            begin, end = 2, rows + 1
            places = {"categories": [DATA, begin, left, end, left], "values": [DATA, begin, place, end, place]}
            drawn.add_series({"name": one.name, **places, **look})
        drawn.set_title({"name": chart.title, "name_font": {"size": 12}})
        drawn.set_y_axis({"num_format": FORMATS.get(chart.kind, "General"), "reverse": chart.form == "bars"})
        # By default times are a scale of days, on which all of a day stand at one place.
        drawn.set_x_axis({"num_format": "dd mmm hh:mm", "text_axis": True} if chart.times else {})
        drawn.show_blanks_as("gap")
        drawn.set_legend({"position": "bottom"})
        drawn.set_size({"width": 560, "height": 320})
        return drawn

    def _heading(self, column: Column) -> str:
        if column.kind == "moment":
            return f"{column.title} ({self._zone})"
        return f"{column.title} ({UNITS[column.kind]})" if column.kind in UNITS else column.title

    def _local(self, epoch_ms: float) -> datetime:
        return local(epoch_ms, self._zone).replace(tzinfo=None)


def _width(table: Table, place: int, column: Column) -> int:
    texts = [row[place] for row in table.rows if isinstance(row[place], str)]
    longest = max((len(str(text)) for text in texts), default=0)
    return min(WIDEST, max(longest, len(column.title) + 8, 16 if column.kind == "moment" else 0) + 2)
