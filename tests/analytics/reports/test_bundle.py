"""The bundle of an incident: what is inside, that it can be asked again, and that it is the same again."""

import hashlib
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pypdfium2
import pytest

from analytics.reports.bundle import bundle
from runtime.store import Store
from schemas.errors import ConfigurationError
from tests.analytics.reports.conftest import SINCE_S


@pytest.fixture
def incident(store: Store, calls: str) -> str:
    """The id of the incident of who lost most."""
    found = store.query(
        "SELECT incident FROM incidents FINAL WHERE project = {p:String} AND session = 'bob-now'", {"p": calls}
    ).to_pylist()
    return str(found[0]["incident"])


def test_it_has_summary_charts_rows_sql_and_versions(store: Store, calls: str, incident: str, tmp_path: Path) -> None:
    """And says of each file what its bytes are."""
    paths = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for path in paths:
        bundle(store, calls, incident, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    whole = zipfile.ZipFile(paths[0])
    names = set(whole.namelist())
    (made,) = {datetime(*entry.date_time, tzinfo=UTC) for entry in whole.infolist()}
    assert 0 < made.timestamp() - SINCE_S < 1200, "of the incident, not of now"
    rows = {
        f"rows/{kind}.{form}"
        for kind in ("samples", "minutes", "sessions", "incidents", "events")
        for form in ("csv", "parquet")
    }
    assert (
        rows | {"summary.html", "summary.pdf", "versions.json", "charts/loss_course.svg", "sql/01_incident.sql"}
        <= names
    )
    assert "sql/functions/rtc_ratio_v1.sql" in names
    versions = json.loads(whole.read("versions.json"))
    assert versions["sha256"] == {
        name: hashlib.sha256(whole.read(name)).hexdigest() for name in names - {"versions.json"}
    }
    assert versions["made_with"]["rule of causes"] == "rtc_cause_v2"
    assert versions["incident"] == incident
    whole.extractall(tmp_path)
    text = pypdfium2.PdfDocument(tmp_path / "summary.pdf")[0].get_textpage().get_text_bounded()
    assert "bob-now in standup" in text
    samples = pq.read_table(tmp_path / "rows" / "samples.parquet")
    assert set(samples["session"].to_pylist()) == {"bob-now"}
    assert pq.read_table(tmp_path / "rows" / "sessions.parquet").num_rows == 1
    assert "join_started" in pq.read_table(tmp_path / "rows" / "events.parquet")["event"].to_pylist()


def test_its_statements_can_be_asked_again(store: Store, calls: str, incident: str, tmp_path: Path) -> None:
    """What stands in a file, with the parameters that stand in it, gives rows."""
    bundle(store, calls, incident, tmp_path / "a.zip")
    whole = zipfile.ZipFile(tmp_path / "a.zip")
    asked = {}
    for name in sorted(one for one in whole.namelist() if re.match(r"sql/\d", one)):
        text = whole.read(name).decode()
        parameters = dict(re.findall(r"^SET param_(\w+) = '(.*)';$", text, re.MULTILINE))
        sql = re.sub(r"^(--.*|SET param_.*)$", "", text, flags=re.MULTILINE).strip().rstrip(";")
        asked[name[7:-4]] = store.query(sql, parameters).to_pylist()
    assert asked["incident"][0]["incident"] == incident
    assert {row["session"] for row in asked["incident"]} == {"bob-now"}
    assert "alice-now" in {row["participant"] for row in asked["meanwhile"]}
    assert len(asked["session_samples"]) > 10


def test_an_unknown_incident_is_a_sentence(store: Store, calls: str, tmp_path: Path) -> None:
    """And of another project's nothing is told."""
    with pytest.raises(ConfigurationError, match="has no incident 'none'"):
        bundle(store, calls, "none", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
