"""`rtcpulse report` as people type it, and a scheduled report of a service that was down at its time."""

import asyncio
import csv
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from rtcpulse.__main__ import app
from rtcpulse.reporting.runs import Run, Runs
from schemas.errors import ConfigurationError
from tests.builders import a_batch, a_series, inbound
from tests.rtcpulse.test_commands import typed
from tests.running import Running, running


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "docx"), "it is one of html, pdf, xlsx, csv, parquet"),
        (("--rows", "packets", "--format", "csv"), "one of minutes, sessions, incidents, samples"),
        (("--rows", "samples", "--format", "pdf"), "rows are csv, parquet, xlsx"),
        (("--range", "soon"), "a length such as 24h"),
        (("--zone", "Mars/Base"), "no time zone"),
        (("--to", "-2h"), "--to needs --from"),
        (("--from", "-1h", "--to", "-2h"), "the range is empty"),
        (("--tag", "acme"), "NAME=VALUE"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    """Before the store is opened."""
    ended = CliRunner().invoke(app, ["report", *arguments])
    assert isinstance(ended.exception, ConfigurationError)
    assert said in str(ended.exception)


async def test_a_report_of_a_service_that_runs(pipeline: Running, tmp_path: Path) -> None:
    """What was pushed a moment ago is in it; the command prints where the file is."""
    now, room = time.time() * 1000, f"reported-{time.time_ns()}"
    series = a_series([now - 62_000, now - 61_000], inbound(received=[100, 198], lost=[1, 3]))
    body = a_batch(session=room, circumstances={"room": room}, series=[series])
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{pipeline.collector}/v1/batches", json=body)).status_code == 202
    await pipeline.until("SELECT count() FROM sessions FINAL WHERE room = {r:String}", {"r": room})
    out = tmp_path / "a.csv"
    arguments = ("report", "--from", "-10m", "--rows", "minutes", "--room", room, "--format", "csv", "--out", str(out))
    ended = await asyncio.to_thread(typed, pipeline.data, *arguments)
    assert (ended.returncode, ended.stdout.strip()) == (0, str(out)), ended.stderr
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["room"], row["packets_lost_in"], row["packets_expected_in"]) == (room, "2", "100")
    told = await asyncio.to_thread(typed, pipeline.data, "report", "bundle", "none", "--out", str(tmp_path / "b.zip"))
    assert (told.returncode, (tmp_path / "b.zip").exists()) == (2, False)
    assert "has no incident 'none'" in " ".join(told.stderr.split())


async def test_a_run_that_was_missed_is_made_up_for(tmp_path: Path) -> None:
    """The service was down at the time: when it comes up the report is made, and the command says so."""
    (tmp_path / "data").mkdir()
    plan = {"name": "daily", "cron": "0 0 * * *", "format": "html", "deliver": [{"folder": str(tmp_path / "out")}]}
    (tmp_path / "plan.yaml").write_text(json.dumps({"schedules": [plan]}))
    Runs(tmp_path / "data" / "report-runs.json").note("daily", Run(datetime.now(UTC) - timedelta(days=3), "done"))
    async with running(tmp_path, report_schedules=tmp_path / "plan.yaml") as service:
        deadline = time.monotonic() + 30
        while not (found := list((tmp_path / "out").glob("*.html"))) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        assert len(found) == 1
        assert "nothing is known" in found[0].read_text()
        told = await asyncio.to_thread(
            typed, service.data, "report", "schedules", "--json", RTCPULSE_REPORT_SCHEDULES=str(tmp_path / "plan.yaml")
        )
        row = json.loads(told.stdout)
    assert (row["name"], row["state"]) == ("daily", "done")
    assert row["last"] < row["next"]
