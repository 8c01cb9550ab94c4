"""A report as one html page: nothing is loaded from elsewhere, light and dark, readable on a phone and on paper."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import jinja2

from analytics.reports.drawing import svg
from analytics.reports.model import NUMERIC, Figure, Report, Table, Value
from analytics.reports.shown import UNKNOWN, change, period, shown

_HERE: Final = Path(__file__).parent
_PAGES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def html(report: Report) -> Iterable[str]:
    """Yield the page in pieces."""

    def cell(value: Value, place: int, table: Table) -> str:
        return shown(value, table.columns[place].kind, report.zone)

    def changed(figure: Figure) -> tuple[str, str]:
        return change(figure, report.zone)

    page = _PAGES.get_template("page.html.jinja")
    return page.generate(
        report=report, period=period(report), cell=cell, changed=changed, numeric=NUMERIC, unknown=UNKNOWN,
        style=(_HERE / "page.css").read_text(), figure=lambda one: shown(one.value, one.kind, report.zone),
        chart=lambda one: svg(one, report.zone),
    )  # fmt: skip


def write(report: Report, path: Path) -> None:
    """Write the page."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(html(report))
