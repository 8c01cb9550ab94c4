"""Rows page by page: all of them once, in one order, however small the pages; and as files."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analytics.reports import rowfiles
from analytics.reports.order import Order, check
from analytics.reports.rowfiles import ROW_WRITERS, export
from analytics.reports.rows import KINDS, Rows
from runtime.store import Store
from schemas.errors import ConfigurationError
from tests.analytics.reports.conftest import FORMULA, LENGTH_S, SINCE_S, scope_of

_TABLES = {
    "minutes": ("session_minutes", "minute"),
    "sessions": ("sessions", "first_t"),
    "incidents": ("incidents", "began"),
    "samples": ("stream_samples", "t"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pages_have_every_row_once(store: Store, calls: str, kind: str) -> None:
    """As many as SQL counts; small pages, cut at times and at sessions, have the same rows in the same order."""
    name, time = _TABLES[kind]
    final = "" if kind == "samples" else "FINAL"
    counted = store.query(
        f"SELECT count() AS n FROM {name} {final} WHERE project = {{p:String}} AND {time} >= {SINCE_S} "
        f"AND {time} < {SINCE_S + LENGTH_S}",
        {"p": calls},
    ).to_pylist()[0]["n"]
    whole = pa.concat_tables(Rows(store, scope_of(calls), kind).pages())
    assert whole.num_rows == counted > 0
    heard: list[tuple[int, int, str]] = []
    small = list(
        Rows(store, scope_of(calls), kind, page=1 if kind == "incidents" else 3).pages(lambda *step: heard.append(step))
    )
    assert pa.concat_tables(small).equals(whole)
    assert len(small) > 1
    assert heard[-1][:2] == (counted, counted)


def test_pages_of_both_stores_are_the_same(store: Store, clickhouse: Store, calls: str) -> None:
    """Types too: a file's columns do not depend on where the rows are. A log's id is of the store."""
    for kind in KINDS:
        ours, theirs = (pa.concat_tables(Rows(one, scope_of(calls), kind).pages()) for one in (store, clickhouse))
        own = [name for name in ("log_id", "incident") if name in ours.column_names]
        assert ours.drop_columns(own).equals(theirs.drop_columns(own)), kind


@pytest.mark.parametrize("form", ROW_WRITERS)
def test_files_add_up_and_are_the_same_again(store: Store, calls: str, tmp_path: Path, form: str) -> None:
    """Lost and expected packets of the minutes, by another reader, against SQL."""
    paths = [tmp_path / f"{place}.{form}" for place in (1, 2)]
    for path in paths:
        export(store, scope_of(calls), "minutes", form, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    real = store.query(
        "SELECT count() AS n, sum(packets_lost_in) AS lost, sum(packets_expected_in) AS expected "
        "FROM session_minutes FINAL "
        f"WHERE project = {{p:String}} AND minute >= {SINCE_S} AND minute < {SINCE_S + LENGTH_S}",
        {"p": calls},
    ).to_pylist()[0]
    if form == "xlsx":
        made = openpyxl.load_workbook(paths[0]).properties.created
        assert made == datetime.fromtimestamp(SINCE_S + LENGTH_S, UTC).replace(tzinfo=None), "not now"
    rows = _read(paths[0], form)
    assert len(rows) == real["n"]
    assert sum(int(row["packets_lost_in"]) for row in rows) == real["lost"] > 0
    assert sum(int(row["packets_expected_in"]) for row in rows) == real["expected"]


def _read(path: Path, form: str) -> list[dict[str, Any]]:
    if form == "parquet":
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    sheets = openpyxl.load_workbook(path, read_only=True)
    lines = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(lines[0], line, strict=True)) for line in lines if line[0] != lines[0][0]]


def test_texts_are_safe_and_numbers_are_not_touched(store: Store, calls: str, tmp_path: Path) -> None:
    """In csv a formula gets an apostrophe; in xlsx it is a text; parquet has it as it is."""
    for form in ROW_WRITERS:
        export(store, scope_of(calls), "minutes", form, tmp_path / f"a.{form}")
    rooms = {form: {row["room"] for row in _read(tmp_path / f"a.{form}", form)} for form in ROW_WRITERS}
    assert {f"'{FORMULA}", "'@unknown", "standup"} == rooms["csv"]
    assert {FORMULA, "@unknown", "standup"} == rooms["xlsx"] == rooms["parquet"]
    page = pa.table({"text": ["-1", "\t+", "a\n=1"], "number": [-1, 0, 2]})
    safe = rowfiles._safe(page)
    assert safe["text"].to_pylist() == ["'-1", "'\t+", "a\n=1"]
    assert pc.sum(safe["number"]).as_py() == 1


def test_a_full_sheet_goes_on_in_the_next(
    monkeypatch: pytest.MonkeyPatch, store: Store, calls: str, tmp_path: Path
) -> None:
    """Each with the heading; no row is lost between them."""
    monkeypatch.setattr(rowfiles, "SHEET_ROWS", 5)
    export(store, scope_of(calls), "minutes", "xlsx", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [sheet.max_row for sheet in book][:2] == [5, 5]
    assert len({sheet.cell(1, 1).value for sheet in book}) == 1
    assert sum(sheet.max_row - 1 for sheet in book) == sum(
        page.num_rows for page in Rows(store, scope_of(calls), "minutes").pages()
    )


def test_no_rows_are_a_file_with_columns(store: Store, project: str, tmp_path: Path) -> None:
    """An empty table, not an error; what there is no kind or format of is a sentence."""
    for form in ROW_WRITERS:
        export(store, scope_of(project), "samples", form, tmp_path / f"a.{form}")
        assert _read(tmp_path / f"a.{form}", form) == []
    assert "jitter_ms" in pq.read_schema(tmp_path / "a.parquet").names
    with pytest.raises(ConfigurationError, match="one of minutes, sessions, incidents, samples"):
        export(store, scope_of(project), "packets", "csv", tmp_path / "b.csv")
    with pytest.raises(ConfigurationError, match="rows are csv, parquet, xlsx"):
        check(Order(scope_of(project), "pdf", "samples"))
