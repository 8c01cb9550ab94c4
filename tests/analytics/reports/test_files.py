"""The files, read by others: openpyxl, pyarrow, csv, pdfium; and the same bytes from the same rows."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pypdfium2
import pytest

from analytics.reports.csvsheet import safe
from analytics.reports.order import Order, produce
from analytics.reports.writers import FORMATS, MEDIA_TYPES
from runtime.store import Store
from schemas.errors import ConfigurationError
from tests.analytics.reports.conftest import FORMULA, LENGTH_S, SINCE_S, scope_of

END = datetime.fromtimestamp(SINCE_S + LENGTH_S, UTC)
"""What files say of when they were made: their range's end."""


def made(store: Store, project: str, form: str, path: Path, **more: Any) -> Path:
    """Write a report and return where it is."""
    produce(store, Order(scope_of(project, **more), form), path)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_rows_give_the_same_bytes(store: Store, calls: str, tmp_path: Path, form: str) -> None:
    """No clock, no random id, no order of chance."""
    first, second = (made(store, calls, form, tmp_path / f"{place}.{form}") for place in (1, 2))
    assert first.read_bytes() == second.read_bytes()
    assert form in MEDIA_TYPES
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"1.{form}", f"2.{form}"]


def test_pdf_is_read_by_pdfium(store: Store, calls: str, tmp_path: Path) -> None:
    """Every page has ink and its number; the text names the range, the zone and what the shares are of."""
    path = made(store, calls, "pdf", tmp_path / "a.pdf", zone="Europe/Berlin")
    document = pypdfium2.PdfDocument(path)
    assert 2 <= len(document) <= 8
    texts = [page.get_textpage().get_text_bounded() for page in document]
    assert "Europe/Berlin, UTC+0" in texts[0]
    assert "known of" in texts[0]
    assert FORMULA[:12] in "".join(texts)
    for number, page in enumerate(document, 1):
        assert f"{number} / {len(document)}" in texts[number - 1]
        assert page.render(scale=0.5).to_numpy().std() > 5
    colours = set(
        map(tuple, document[0].render(scale=1, rev_byteorder=True).to_numpy()[..., :3].reshape(-1, 3).tolist())
    )
    assert (0xD5, 0x5E, 0x00) in colours, "the chart's affected minutes are drawn in their colour"
    assert document.get_metadata_value("CreationDate").startswith(f"D:{END:%Y%m%d%H%M%S}")
    document.close()


def test_xlsx_is_read_by_openpyxl(store: Store, calls: str, tmp_path: Path) -> None:
    """Numbers are numbers that add up to SQL's, no cell is a formula, and the charts are the workbook's own."""
    book = openpyxl.load_workbook(made(store, calls, "xlsx", tmp_path / "a.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    rooms = {row[0]: row for row in book["Rooms"].iter_rows(values_only=True)}
    assert FORMULA in rooms
    whole = store.query(
        f"SELECT count() AS n FROM session_minutes FINAL WHERE project = {{p:String}} AND minute >= {SINCE_S} "
        f"AND minute < {SINCE_S + LENGTH_S}",
        {"p": calls},
    ).to_pylist()[0]["n"]
    assert sum(row[3] for row in rooms.values() if isinstance(row[3], int)) == whole
    assert rooms["@unknown"][4] is None, "an unknown share is empty, not zero"
    assert len(book["Charts"]._charts) >= 5
    assert book.properties.created == END.replace(tzinfo=None)


def test_parquet_is_read_by_pyarrow(store: Store, calls: str, tmp_path: Path) -> None:
    """One row a number, with what it is; the trend adds up to the figure, what is unknown is null."""
    read = pq.read_table(made(store, calls, "parquet", tmp_path / "a.parquet"))
    assert read.schema.metadata[b"zone"] == b"UTC"

    def numbers(item: str, column: str) -> Any:
        return read.filter((pc.field("item") == item) & (pc.field("column") == column))["number"]

    assert pc.sum(numbers("trend", "minutes")) == numbers("figures", "minutes")[0]
    assert None in numbers("rooms", "affected_share").to_pylist()


def test_csv_is_safe_in_a_spreadsheet(store: Store, calls: str, tmp_path: Path) -> None:
    """A name that is a formula gets an apostrophe; a number keeps its sign and is one."""
    with made(store, calls, "csv", tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    cells = [cell for line in lines for cell in line]
    assert f"'{FORMULA}" in cells
    assert "'@unknown" in cells
    assert [cell for cell in cells if cell[:1] in set("=+@\t\r") or (cell[:1] == "-" and not _is_number(cell))] == []
    assert safe(-1.5) == -1.5
    assert [safe(text) for text in ("-1+1", "\t=1", "\r=1", "\uff1d1", "plain")] == [
        "'-1+1",
        "'\t=1",
        "'\r=1",
        "'\uff1d1",
        "plain",
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_html_runs_and_loads_nothing(store: Store, calls: str, tmp_path: Path) -> None:
    """Names are text, the page forbids scripts and other places, and says what a share is of."""
    page = made(store, calls, "html", tmp_path / "a.html", room="standup").read_text()
    assert "default-src 'none'" in page
    assert "<script" not in page
    whole = made(store, calls, "html", tmp_path / "b.html").read_text()
    assert "=HYPERLINK(&#34;http" in whole
    assert "http://" not in whole.replace("http://www.w3.org/2000/svg", "").replace("http://example.invalid", "")


@pytest.mark.parametrize(("form", "said"), [("docx", "one of html, pdf, xlsx, csv, parquet"), ("", "format")])
def test_a_wrong_format_is_a_sentence(store: Store, calls: str, tmp_path: Path, form: str, said: str) -> None:
    """It names what there is, and no file is left."""
    with pytest.raises(ConfigurationError, match=said):
        made(store, calls, form, tmp_path / "a")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        made(store, calls, "csv", tmp_path / "nowhere" / "a.csv")
    assert list(tmp_path.iterdir()) == []
