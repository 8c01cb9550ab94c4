"""A report as pages: set by Typst, which brings its own fonts, so that the same report is the same bytes anywhere.

Only where a name has letters that those fonts have not, the machine's fonts are looked into.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import typst

from analytics.reports.drawing import LIGHT, svg
from analytics.reports.model import NUMERIC, Chart, Column, Report, Section, Table, Value
from analytics.reports.shown import change, local, period, shown

_TEMPLATE: Final = Path(__file__).parent / "report.typ"
PARTS: Final = {
    "seen": 3.0,
    "cause_told": 1.0,
    "side_told": 0.9,
    "room": 1.2,
    "participant": 0.9,
    "participant_name": 1.0,
    "application": 1.1,
    "browser_told": 0.9,
    "title": 1.0,
    "value": 1.0,
    "what": 0.4,
}
"""Columns of sentences and names: how they part among them what the others leave; they break."""
LEFT_OUT: Final = frozenset({"session"})
"""Columns of ids that no paper needs; the other formats have them."""
BREAKABLE: Final = re.compile(r"[^\s-]{12}(?=[^\s-]{4})")
"""Where an id of many letters may break, which has no spaces."""
SEEN_MOST: Final = 2
"""Pieces of what was seen of an incident that stand in a table on paper; the other formats have all of them."""
WIDTH: Final = {True: 540, False: 330}
"""Of a chart in px, by whether it stands alone: texts are as large in both."""


def write(report: Report, path: Path) -> None:
    """Write the pages."""
    with TemporaryDirectory(prefix="rtcpulse-report-") as folder:
        root = Path(folder)
        sections = [_section(section, report, root) for section in report.sections]
        end = local(report.until_ms, "UTC")
        date = {name: getattr(end, name) for name in ("year", "month", "day", "hour", "minute", "second")}
        about = {"title": report.title, "subject": report.subject, "project": report.project, "period": period(report)}
        (root / "report.json").write_bytes(msgspec.json.encode(about | {"date": date, "sections": sections}))
        (root / "report.typ").write_bytes(_TEMPLATE.read_bytes())
        typst.compile(root / "report.typ", output=path, root=root, timestamp=report.until_ms // 1000, format="pdf")


def _section(section: Section, report: Report, root: Path) -> dict[str, Any]:
    figures = []
    for one in section.figures:
        moved, mood = change(one, report.zone)
        value = shown(one.value, one.kind, report.zone)
        figures.append({"title": one.title, "value": value, "known": one.known, "moved": moved, "mood": mood})
    alone = len(section.charts) == 1
    return {
        "title": section.title,
        "sentences": section.sentences,
        "figures": figures,
        "charts": [_chart(one, report.zone, root, alone=alone) for one in section.charts],
        "tables": [_table(one, report.zone) for one in section.tables],
    }


def _chart(chart: Chart, zone: str, root: Path, *, alone: bool) -> dict[str, str]:
    drawn = svg(chart, zone, WIDTH[alone], 140, LIGHT)
    file = f"{chart.name}.svg"
    (root / file).write_text(drawn)
    return {"title": chart.title, "note": chart.note, "file": file}


def _kept(table: Table) -> list[tuple[int, Column]]:
    return [(place, column) for place, column in enumerate(table.columns) if column.name not in LEFT_OUT]


def _table(table: Table, zone: str) -> dict[str, Any]:
    kept = _kept(table)
    heads = [{"title": one.title, "number": one.kind in NUMERIC, "parts": PARTS.get(one.name, 0)} for _, one in kept]
    rows = [[_on_paper(row[place], column, zone) for place, column in kept] for row in table.rows]
    title = f"{table.title} (the first {len(rows)} of {table.total:,})" if table.total else table.title
    return {"title": title, "columns": heads, "rows": rows, "note": table.note}


def _on_paper(value: Value, column: Column, zone: str) -> str:
    text = shown(value, column.kind, zone)
    pieces = text.split("; ") if column.name == "seen" else [text]
    more = len(pieces) - SEEN_MOST
    return _breakable("; ".join([*pieces[:SEEN_MOST], f"and {more} more"]) if more > 0 else text)


def _breakable(text: str) -> str:
    """Return a text that fits a narrow column: long words may break."""
    return BREAKABLE.sub(lambda found: f"{found[0]}\u200b", text)
