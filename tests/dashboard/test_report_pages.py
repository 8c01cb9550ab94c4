"""The Reports page in process: its address, what is ordered, how far it is, who may fetch it, the schedules."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from analytics.reports.asking import Tell
from analytics.reports.order import Order, produce
from dashboard import reportorder
from dashboard.address import read
from dashboard.pages import reports
from dashboard.readers import Guard, parsed
from dashboard.workshop import KEPT_S, PATH, WAITING_MAX, Planned, Workshop
from rtcpulse.reporting.planned import Plan
from rtcpulse.reporting.runs import Run, Runs
from rtcpulse.reporting.service import now_utc, runs_path
from runtime.chdbstore import ChdbStore
from runtime.settings import Settings
from schemas.errors import ConfigurationError

NOW_S = 1_795_680_000


def an_order(project: str, **said: str) -> Order:
    """Return what a form says."""
    return reportorder.order_of(reportorder.read(list(said.items())), project, NOW_S)


@pytest.fixture
def workshop(store: ChdbStore) -> Iterator[Workshop]:
    """One that makes reports of the store."""
    made = Workshop(partial(produce, store))
    yield made
    made.close()


def test_every_order_has_an_address() -> None:
    """Rows have formats of their own; what is unknown is as usual."""
    said = reportorder.read(
        [("what", "sessions"), ("period", "yesterday"), ("format", "parquet"), ("room", "a & b"), ("app", "a/1")]
    )
    assert reportorder.of(read(reportorder.search(said))) == said
    assert reportorder.read([("what", "sessions"), ("format", "pdf")])["format"] != "pdf"
    assert reportorder.search(reportorder.read([("what", "?"), ("period", "?"), ("format", "?")])) == "?"


def test_a_wrong_order_is_told_what_is_wrong() -> None:
    """Before anything is made."""
    for said, piece in (
        ({"zone": "Mars"}, "no time zone"),
        ({"period": "own", "from": "soon"}, "from is 'soon'"),
        ({"period": "own", "from": "2026-11-25 14:00", "to": "2026-11-25 13:00"}, "range is empty"),
        ({"tag": "acme"}, "NAME=VALUE"),
    ):
        with pytest.raises(ConfigurationError, match=piece):
            an_order("p", **said)
    own = an_order(
        "p", **{"period": "own", "from": "2026-11-25 14:00", "to": "2026-11-25 16:00", "zone": "Europe/Berlin"}
    )
    assert (own.scope.until_s - own.scope.since_s, own.scope.since_s % 86_400) == (7200, 13 * 3600)


async def test_a_report_is_made_and_fetched_by_its_project_only(workshop: Workshop, project: str) -> None:
    """The file is whole, has its name and type; of another project it is not there."""
    server = FastAPI()
    workshop.register(server)
    job = workshop.start(an_order(project, format="csv"))
    workshop._thread.submit(int).result(60)
    assert (job.state, job.problem) == ("done", "")
    readers = parsed(f"own:{project},other:{project}-x")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Guard(server, readers)), base_url="http://d.test"
    ) as client:
        found = await client.get(PATH + job.id, headers={"authorization": "Bearer own"})
        assert found.status_code == 200
        assert job.name in found.headers["content-disposition"]
        assert "Call quality report" in found.text
        assert (await client.get(PATH + job.id, headers={"authorization": "Bearer other"})).status_code == 404
        assert (await client.get(PATH + job.id)).status_code == 401
    assert PATH + job.id in str(reports.jobs(workshop.jobs(project)))
    assert not workshop.jobs(f"{project}-x")


def test_progress_is_told_and_old_files_go(project: str) -> None:
    """A failure is a sentence; many at once are refused; after an hour a file is no longer kept."""
    go, told, now = threading.Event(), threading.Event(), [float(NOW_S)]

    def slow(order: Order, path: Path, tell: Tell) -> None:
        tell(3, 12, "rooms")
        told.set()
        assert go.wait(20)
        if order.form == "html":
            raise ConfigurationError("the disk is full")
        path.write_text("whole")

    workshop = Workshop(slow, clock=lambda: now[0])
    first, second = (workshop.start(an_order(project, format=form)) for form in ("csv", "html"))
    assert told.wait(20)
    said = str(reports.jobs(workshop.jobs(project)))
    assert "25 % rooms" in said
    assert "progressbar" in said
    for _ in range(WAITING_MAX - 1):
        workshop.start(an_order(project))
    with pytest.raises(ConfigurationError, match="too many"):
        workshop.start(an_order(project))
    go.set()
    workshop._thread.submit(int).result(60)
    assert (first.state, second.state) == ("done", "failed")
    assert "failed: the disk is full" in str(reports.jobs([second]))
    now[0] += KEPT_S + 1
    assert first.path.exists()
    workshop.start(an_order(project))
    assert not first.path.exists()
    assert workshop.job(first.id, project) is None
    workshop.close()


def test_schedules_and_their_last_runs(tmp_path: Path) -> None:
    """As the service noted them; of another project none."""
    file = tmp_path / "schedules.yaml"
    to = f"deliver: [{{folder: {tmp_path}}}]"
    file.write_text(
        f"schedules:\n- {{name: weekly, cron: '0 6 * * 1', range: last-week, project: shop, room: choir, {to}}}\n"
        f"- {{name: daily, cron: '0 6 * * *', {to}}}\n"
    )
    settings = Settings(data=tmp_path, report_schedules=file)
    Runs(runs_path(settings)).note("weekly", Run(now_utc(), "given_up", problem="folder: no space left"))
    plan = Plan(settings)
    some = plan()
    assert [(one.name, one.state, one.deliver) for one in some] == [
        ("weekly", "given_up", ("folder",)), ("daily", "seen", ("folder",)),
    ]  # fmt: skip
    said = str(reports.planned(some, "shop"))
    for piece in ("weekly", "report of room choir, last-week, pdf", "given up: folder: no space left", "0 6 * * 1 UTC"):
        assert piece in said
    assert "daily" not in said
    assert "No report is scheduled" in str(reports.planned(some, "nobody"))
    file.write_text("schedules: what the jobs would read after a restart only")
    assert plan() == some
    Runs(runs_path(settings)).note("daily", Run(now_utc(), "done"))
    assert [one.state for one in plan()] == ["given_up", "done"]
    assert not Plan(Settings(data=tmp_path))()
    assert isinstance(some[0], Planned)
