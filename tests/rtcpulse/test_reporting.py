"""Scheduled reports: when they are due, that each arrives once, and what happens when something is in the way."""

import base64
import email
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.reports.schedules import Schedule, due, read
from rtcpulse.reporting.couriers import Couriers
from rtcpulse.reporting.runs import Run, Runs
from rtcpulse.reporting.service import AGAIN, Reporting
from runtime.chdbstore import ChdbStore
from runtime.leader import Alone
from runtime.settings import Settings
from schemas.errors import ConfigurationError
from tests.rtcpulse.places import a_hook, a_post

SIX: datetime = datetime(2026, 3, 30, 6, tzinfo=ZoneInfo("Europe/Berlin"))
SECRET = "of the test"


def everywhere(folder: Path, hook: str) -> list[dict[str, Any]]:
    """Return a delivery of each kind."""
    return [{"folder": str(folder / "out")}, {"webhook": hook}, {"mail": ["ops@example.org"]}]


class Desk:
    """A service with a clock of its own, which can be started again on the same folder."""

    def __init__(self, store: ChdbStore, folder: Path, deliver: Sequence[dict[str, Any]], **settings: Any) -> None:
        path = folder / "schedules.yaml"
        one = {"name": "daily", "cron": "0 6 * * *", "range": "1d", "format": "csv", "deliver": list(deliver)}
        path.write_text(json.dumps({"timezone": "Europe/Berlin", "schedules": [one]}))
        self.now = SIX - timedelta(hours=1)
        self._store = store
        self._folder = folder
        self._schedules = read(path)
        self._settings = Settings(report_webhook_secret=SECRET, report_private="127.0.0.0/8", **settings)
        self.start()

    def start(self) -> None:
        """Begin anew: what is not in the file is forgotten."""
        self.runs = Runs(self._folder / "runs.json")
        couriers = Couriers(self._settings, [one for plan in self._schedules for one in plan.deliver])
        self.service = Reporting(self._store, self._schedules, self.runs, couriers, Alone(), lambda: self.now)

    async def at(self, now: datetime) -> Run:
        """Look at a time; return what then is known of the run."""
        self.now = now
        await self.service.look()
        found = self.runs.of("daily")
        assert found
        return found


async def test_a_run_is_brought_once(store: ChdbStore, tmp_path: Path) -> None:
    """Nothing at first sight; at its time it goes everywhere; not again after a restart; what was missed once."""
    async with a_hook() as hook, a_post() as post:
        desk = Desk(store, tmp_path, everywhere(tmp_path, hook.url), report_smtp=post.url)
        assert (await desk.at(SIX - timedelta(minutes=30))).state == "seen"
        assert (await desk.at(SIX + timedelta(seconds=3))).state == "done"
        desk.start()
        await desk.at(SIX + timedelta(minutes=1))
        assert (hook.asked, len(post.letters), len(list((tmp_path / "out").iterdir()))) == (1, 1, 1)
        desk.start()
        missed = await desk.at(SIX + timedelta(days=4, hours=1))
        assert (missed.state, missed.at) == ("done", SIX + timedelta(days=4))
        assert (hook.asked, len(post.letters), len(list((tmp_path / "out").iterdir()))) == (2, 2, 2)


async def test_what_arrives_is_the_report(store: ChdbStore, tmp_path: Path) -> None:
    """The same bytes in folder, letter and post; the post is signed over its id, time and body."""
    async with a_hook() as hook, a_post() as post:
        desk = Desk(store, tmp_path, everywhere(tmp_path, hook.url), report_smtp=post.url)
        await desk.at(SIX - timedelta(minutes=1))
        await desk.at(SIX)
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == "daily-report-default-20260329T0600-20260330T0600.csv"
    assert "2026-03-29 06:00 to 2026-03-30 06:00 (Europe/Berlin, UTC+02:00)" in file.read_text("utf-8-sig")
    ((headers, body),) = hook.taken
    assert body == file.read_bytes()
    assert headers["webhook-id"] == f"daily-{int(SIX.timestamp())}-1"
    moment = headers["webhook-timestamp"]
    signed = b".".join((headers["webhook-id"].encode(), moment.encode(), body))
    by_hand = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(by_hand).decode()}"
    letter = email.message_from_bytes(post.letters[0])
    (attached,) = [part for part in letter.walk() if part.get_filename()]
    assert attached.get_filename() == file.name
    assert attached.get_payload(decode=True) == body
    assert letter["To"] == "ops@example.org"


async def test_a_failure_is_tried_again_and_only_what_failed(store: ChdbStore, tmp_path: Path) -> None:
    """The folder has it at once; the hook gets it when it takes it, after the pause and not before."""
    async with a_hook() as hook:
        hook.status = 503
        desk = Desk(store, tmp_path, [{"webhook": hook.url}, {"folder": str(tmp_path / "out")}])
        await desk.at(SIX - timedelta(minutes=1))
        failed = await desk.at(SIX)
        assert (failed.state, failed.delivered, failed.attempts) == ("begun", (1,), 1)
        assert "answered 503" in failed.problem
        (tmp_path / "out").rename(tmp_path / "kept")
        desk.start()
        await desk.at(SIX + AGAIN[0] / 2)
        assert hook.asked == 1
        hook.status = 204
        assert (await desk.at(SIX + AGAIN[0])).state == "done"
        assert (len(hook.taken), (tmp_path / "out").exists()) == (1, False)


async def test_it_is_given_up_in_the_end(store: ChdbStore, tmp_path: Path) -> None:
    """After the last pause; the next run begins anew."""
    async with a_post() as post:
        post.refuses = True
        desk = Desk(store, tmp_path, [{"mail": ["ops@example.org"]}], report_smtp=post.url)
        await desk.at(SIX - timedelta(minutes=1))
        now = SIX
        for pause in AGAIN:
            assert (await desk.at(now)).state == "begun"
            now += pause
        assert (await desk.at(now)).state == "given_up"
        post.refuses = False
        assert (await desk.at(now + timedelta(hours=1))).state == "given_up"
        assert (await desk.at(SIX + timedelta(days=1))).state == "done"
    assert len(post.letters) == 1


@pytest.mark.parametrize(("place", "asked"), [("webhook", 0), ("folder", 1)])
async def test_what_a_crash_cut_off_is_not_sent_twice(store: ChdbStore, tmp_path: Path, place: str, asked: int) -> None:
    """A post that may have arrived is not posted again; a file is put under its name again, which is the same file."""
    async with a_hook() as hook:
        where = {"webhook": hook.url, "folder": str(tmp_path / "out")}
        desk = Desk(store, tmp_path, [{place: where[place]}])
        desk.runs.note("daily", Run(SIX.astimezone(UTC), "begun", begun=0))
        desk.start()
        run = await desk.at(SIX + timedelta(minutes=1))
        assert (run.state, run.delivered) == ("done", (0,))
        files = list((tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []
        assert hook.asked + len(files) == asked


async def test_a_hook_on_a_private_network_has_to_be_allowed(store: ChdbStore, tmp_path: Path) -> None:
    """The sentence names the setting."""
    async with a_hook() as hook:
        desk = Desk(store, tmp_path, [{"webhook": hook.url}])
        desk._settings = Settings(report_webhook_secret=SECRET)
        desk.start()
        await desk.at(SIX - timedelta(minutes=1))
        assert "RTCPULSE_REPORT_PRIVATE allows networks" in (await desk.at(SIX)).problem
        assert hook.asked == 0


def test_times_are_the_zones() -> None:
    """An hour that does not come is made up for at its end, one that comes twice is run once; the minute counts."""
    night = Schedule("n", "30 2 * * *", (), timezone="Europe/Berlin")
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert night.next(before) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    autumn = [night.latest(datetime(2026, 10, 25, hour, 45, tzinfo=UTC)) for hour in (0, 1, 2)]
    assert len(set(autumn)) == 1
    twice = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1, 2)]
    hourly = Schedule("h", "0 * * * *", (), timezone="Europe/Berlin")
    runs = [hourly.latest(moment) for moment in twice]
    assert runs == twice
    assert all(due(hourly, one, two) for one, two in pairwise(runs)), "two o'clock comes twice: a run each"
    assert night.next(twice[1]) > twice[1], "what is next is never past"
    run = night.latest(datetime(2026, 7, 1, 0, 30, 59, tzinfo=UTC))
    assert run == datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    assert due(night, run, run + timedelta(hours=5)) is None
    assert due(night, run - timedelta(days=3), run) is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cron": "61 * * * *"}, "schedule 'a': cron is '61"),
        ({"cron": "@never"}, "cron is '@never'"),
        ({"cron": "* * * * * *"}, r"cron is '\* \* \* \* \* \*': Wrong number of fields"),
        ({"timezone": "Mars/Base"}, "no time zone"),
        ({"range": "soon"}, "the range is 'soon'"),
        ({"format": "docx"}, "the format is 'docx'"),
        ({"rows": "samples", "format": "pdf"}, "the format is 'pdf': rows are csv, parquet, xlsx"),
        ({"deliver": []}, "deliver is empty"),
        ({"deliver": [{"folder": "x", "webhook": "y"}]}, r"deliver\[0\] names"),
        ({"deliver": [{"pigeon": "x"}]}, r"pigeon.*\$.schedules\[0\].deliver"),
        ({"name": "a b"}, r"\$.schedules\[0\].name"),
    ],
)
def test_a_wrong_schedule_is_a_sentence(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """It names the file, the schedule and what is wrong."""
    path = tmp_path / "s.yaml"
    good = {"name": "a", "cron": "0 6 * * 1", "deliver": [{"folder": "x"}]}
    path.write_text(json.dumps({"schedules": [good]}))
    assert read(path)[0].timezone == "UTC"
    path.write_text(json.dumps({"schedules": [good | change]}))
    with pytest.raises(ConfigurationError, match=said) as told:
        read(path)
    assert str(path) in str(told.value)


def test_two_of_one_name_and_missing_settings_are_told(tmp_path: Path) -> None:
    """And a file that is not there, and a memory that cannot be read."""
    path = tmp_path / "s.yaml"
    good = {"name": "a", "cron": "0 6 * * 1", "deliver": [{"mail": ["a@example.org"]}, {"webhook": "https://x"}]}
    path.write_text(json.dumps({"schedules": [good, good]}))
    with pytest.raises(ConfigurationError, match="same name"):
        read(path)
    with pytest.raises(ConfigurationError, match="No such file"):
        read(tmp_path / "none.yaml")
    path.write_text(json.dumps({"schedules": [good]}))
    deliveries = read(path)[0].deliver
    with pytest.raises(ConfigurationError, match="RTCPULSE_REPORT_SMTP is not set"):
        Couriers(Settings(), deliveries)
    with pytest.raises(ConfigurationError, match="RTCPULSE_REPORT_WEBHOOK_SECRET is not set"):
        Couriers(Settings(), deliveries[1:])
    with pytest.raises(ConfigurationError, match="smtp://USER"):
        Couriers(Settings(report_smtp="mail.example.org", report_webhook_secret="x"), deliveries)
    (tmp_path / "runs.json").write_text("{")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Runs(tmp_path / "runs.json")
