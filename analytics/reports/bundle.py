"""The bundle of an incident: one zip with all that is known of it, to be read, computed with, and asked again.

Inside: the summary as html and pdf, the charts, the rows around it as csv and parquet, the statements with their
parameters, the functions that they call, and the versions of everything. The same rows give the same bytes.
"""

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import pyarrow as pa

from analytics.reports import htmlpage, pdf
from analytics.reports.asking import Asked, Tell, unheard
from analytics.reports.drawing import LIGHT, svg
from analytics.reports.incident import About, incident
from analytics.reports.model import Report
from analytics.reports.rowfiles import ROW_WRITERS
from analytics.reports.rows import Rows
from analytics.reports.scope import Scope
from analytics.reports.shown import local
from analytics.reports.writers import placed
from runtime.migrate import DIRECTORY
from runtime.store import Parameter, Store

_FUNCTIONS: Final = DIRECTORY / "functions"
_ROWS: Final = ("samples", "minutes", "sessions", "incidents")
_FORMS: Final = ("csv", "parquet")


def bundle(store: Store, project: str, wanted: str, path: Path, zone: str = "UTC", tell: Tell = unheard) -> None:
    """Write the bundle of an incident.

    Raises:
        ConfigurationError: there is no such incident, or the file cannot be written.
        StoreRejected, StoreUnavailable: as the store does.
    """
    about = incident(store, project, wanted, zone, tell)
    with TemporaryDirectory(prefix="rtcpulse-bundle-") as folder, placed(path) as beside:
        root = Path(folder)
        htmlpage.write(about.report, root / "summary.html")
        pdf.write(about.report, root / "summary.pdf")
        for chart in about.report.charts():
            _put(root / "charts" / f"{chart.name}.svg", svg(chart, zone, style=LIGHT))
        _rows(store, about.scope, root / "rows", tell)
        _events(about.report, root / "rows", about.scope)
        _statements(about, root / "sql")
        _put(root / "versions.json", _versions(about, root))
        _zip(root, beside, local(about.report.until_ms, "UTC"))


def _rows(store: Store, scope: Scope, folder: Path, tell: Tell) -> None:
    """Write the rows of the session around the incident, and the session's own, whenever it began."""
    folder.mkdir()
    for kind in _ROWS:
        whole = replace(scope, since_s=0) if kind == "sessions" else scope
        rows = Rows(store, whole, kind)
        for form in _FORMS:
            ROW_WRITERS[form](rows.pages(tell), folder / f"{kind}.{form}", scope)


def _events(report: Report, folder: Path, scope: Scope) -> None:
    """Write the session's events, which the report has as a table."""
    (events,) = [one for one in report.tables() if one.name == "events"]
    schema = pa.schema(
        [(one.name, pa.timestamp("ms", "UTC") if one.kind == "moment" else pa.string()) for one in events.columns]
    )
    rows = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in events.rows], schema)
    for form in _FORMS:
        ROW_WRITERS[form]([rows], folder / f"events.{form}", scope)


def _statements(about: About, folder: Path) -> None:
    for place, one in enumerate(about.asked, 1):
        _put(folder / f"{place:02}_{one.name}.sql", statement(one))
    for function in sorted(_FUNCTIONS.glob("*.sql")):
        _put(folder / "functions" / function.name, function.read_text())


def statement(one: Asked) -> str:
    """Return a statement that any ClickHouse client runs as it was run."""
    sets = "".join(f"SET param_{name} = {_literal(value)};\n" for name, value in sorted(one.parameters.items()))
    return f"-- {one.name}\n{sets}{one.sql};\n"


def _literal(value: Parameter) -> str:
    text = str(value) if not isinstance(value, bool) else str(int(value))
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _versions(about: About, root: Path) -> str:
    """Return what it was made with, and what each file's bytes are."""
    made_with: Mapping[str, str] = {str(what): str(value) for what, value in about.report.tables()[-1].rows}
    files = {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    told = {
        "rtcpulse": version("rtcpulse"),
        "incident": about.found["incident"],
        "made_with": made_with,
        "sha256": files,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _zip(root: Path, path: Path, made: datetime) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as whole:
        for file in sorted(one for one in root.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(root)), made.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with file.open("rb") as source, whole.open(entry, "w") as target:
                shutil.copyfileobj(source, target)
