"""Watches the schedules and makes what is due: one run at a time, while this process leads."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from msgspec.structs import replace

from analytics.reports.order import named, produce
from analytics.reports.schedules import Due, Schedule, due
from rtcpulse.reporting.couriers import Couriers, Parcel
from rtcpulse.reporting.runs import Run, Runs
from runtime.leader import Leadership
from runtime.outbound import NotDelivered
from runtime.settings import Settings
from runtime.store import Store
from schemas.errors import ConfigurationError, RtcpulseError

LOOK_S: Final = 5.0
AGAIN: Final = tuple(timedelta(seconds=one) for one in (30, 120, 600, 1800, 3600, 7200))
"""How long after each failure a run is tried again; after the last one it is given up."""
Clock = Callable[[], datetime]

_journal = structlog.get_logger(__name__)


def runs_path(settings: Settings) -> Path:
    """Return the file that remembers what was sent."""
    return settings.data / "report-runs.json"


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Reporting:
    """The service.

    Args:
        store: what reports are made of.
        schedules: what is due when.
        runs: what was done.
        couriers: who bring it.
        leadership: of several processes one works.
        clock: which time it is.
    """

    def __init__(
        self,
        store: Store,
        schedules: Sequence[Schedule],
        runs: Runs,
        couriers: Couriers,
        leadership: Leadership,
        clock: Clock = now_utc,
    ) -> None:
        self._store = store
        self._schedules = schedules
        self._runs = runs
        self._couriers = couriers
        self._leadership = leadership
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`."""
        try:
            while not stop.is_set():
                if self._leadership.term() is not None:
                    await self._looked()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_S)
        finally:
            await self._couriers.close()

    async def _looked(self) -> None:
        try:
            await self.look()
        except OSError as error:  # what was done cannot be remembered, so nothing is done
            _journal.warning("report_runs_not_written", error=str(error))

    async def look(self) -> None:
        """Do what is due now, and what failed before and is due again."""
        for schedule in self._schedules:
            now = self._clock()
            last = self._runs.seen(schedule.name, now)
            fresh = due(schedule, last.at, now)
            if fresh is not None:
                await self._work(fresh, self._runs.note(schedule.name, Run(fresh.run, "begun")))
            elif last.state == "begun" and (last.retry_at is None or last.retry_at <= now):
                await self._work(Due(schedule, last.at), last)

    async def _work(self, one: Due, run: Run) -> None:
        """Make a report and bring it; what went wrong is noted and tried again."""
        name = one.schedule.name
        try:
            run = await self._delivered(one, run)
        except Exception as error:  # noqa: BLE001 - a report that cannot be made must not end ingest
            if not isinstance(error, RtcpulseError):
                _journal.exception("report_failed", schedule=name)
            self._failed(one, self._runs.of(name) or run, error)
            return
        self._runs.note(name, replace(run, state="done", problem="", retry_at=None))
        _journal.info("report_delivered", schedule=name, run=str(one.run))

    def _failed(self, one: Due, run: Run, error: Exception) -> None:
        """Note what went wrong and when it is tried again; never where the order itself is wrong."""
        again = run.attempts < len(AGAIN) and not isinstance(error, ConfigurationError)
        at = self._clock() + AGAIN[run.attempts] if again else None
        state = "begun" if again else "given_up"
        run = replace(run, begun=-1, attempts=run.attempts + 1, retry_at=at, problem=str(error), state=state)
        self._runs.note(one.schedule.name, run)
        _journal.warning(
            "report_not_delivered", schedule=one.schedule.name, run=str(run.at), state=state, error=str(error)
        )

    async def _delivered(self, one: Due, run: Run) -> Run:
        """Make a run's file and bring it to each of its places that has not got it; return the run as it then is.

        Raises:
            RtcpulseError: something went wrong; what was brought by then is noted.
        """
        schedule = one.schedule
        run = self._after_crash(schedule, run)
        order = schedule.order(one.run.astimezone(UTC))
        with TemporaryDirectory(prefix="rtcpulse-report-") as folder:
            path = Path(folder) / f"report.{order.form}"
            await asyncio.to_thread(produce, self._store, order, path)
            title = f"{schedule.name}: {schedule.range} to {one.run.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            problems = []
            for place, delivery in enumerate(schedule.deliver):
                if place in run.delivered:
                    continue
                run = self._runs.note(schedule.name, replace(run, begun=place))
                identity = f"{schedule.name}-{int(one.run.timestamp())}-{place}"
                parcel = Parcel(path, identity, f"{schedule.name}-{named(order)}", title)
                try:
                    await self._couriers.bring(parcel, delivery)
                except NotDelivered as error:
                    problems.append(str(error))
                    run = self._runs.note(schedule.name, replace(run, begun=-1))
                    continue
                brought = replace(run, begun=-1, delivered=(*run.delivered, place))
                run = self._runs.note(schedule.name, brought)
        if problems:
            raise NotDelivered("; ".join(problems))
        return run

    def _after_crash(self, schedule: Schedule, run: Run) -> Run:
        """Return a run whose delivery was cut off by a crash: what may have arrived is not sent a second time."""
        if run.begun < 0:
            return run
        again = run.begun < len(schedule.deliver) and bool(schedule.deliver[run.begun].folder)
        delivered = run.delivered if again else (*run.delivered, run.begun)
        if not again:
            _journal.warning("report_may_have_arrived", schedule=schedule.name, run=str(run.at), delivery=run.begun)
        return self._runs.note(schedule.name, replace(run, begun=-1, delivered=delivered))
