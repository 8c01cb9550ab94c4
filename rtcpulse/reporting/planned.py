"""What the Reports page shows of the schedules: each with its last run, as the file of this machine has them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from analytics.reports import schedules
from analytics.reports.schedules import Schedule
from dashboard.workshop import Planned
from rtcpulse.reporting.runs import Run, Runs
from rtcpulse.reporting.service import now_utc, runs_path
from runtime.settings import Settings

FILTERS = ("room", "app", "browser", "os", "network_type", "country", "region", "node", "tag")


class Plan:
    """The schedules of all projects. Cheap to call: every open page does, all the time.

    The file of the schedules is read once, as the jobs that carry them out do it, so both know the same; that of the
    runs when it has changed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._schedules: Sequence[Schedule] | None = None
        self._runs: Runs | None = None
        self._of: tuple[int, int, int] | None = None

    def __call__(self) -> Sequence[Planned]:
        """Return the schedules with their last runs.

        Raises:
            ConfigurationError: the file of the schedules, or that of their runs, cannot be read.
        """
        if self._settings.report_schedules is None:
            return []
        if self._schedules is None:
            self._schedules = schedules.read(self._settings.report_schedules)
        path = runs_path(self._settings)
        now = _state(path)
        if self._runs is None or now != self._of:
            self._runs, self._of = Runs(path), now
        return [_planned(one, self._runs.of(one.name), now_utc()) for one in self._schedules]


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with a file; None: there is none. A new one is moved into its place, so the inode does."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _planned(one: Schedule, run: Run | None, now: datetime) -> Planned:
    ran = run if run and run.state != "seen" else None
    whose = ", ".join(f"{name} {getattr(one, name)}" for name in FILTERS if getattr(one, name))
    what = f"{one.rows or 'report'} of {whose or 'the whole service'}, {one.range}, {one.format}"
    return Planned(
        name=one.name,
        project=one.project,
        cron=one.cron,
        zone=one.timezone,
        what=what,
        deliver=tuple(kind for delivery in one.deliver for kind in delivery.kinds()),
        next_ms=_ms(one.next(now)),
        last_ms=_ms(ran.at) if ran else None,
        state=ran.state if ran else "seen",
        problem=ran.problem if ran else "",
    )


def _ms(moment: datetime) -> int:
    return round(moment.astimezone(UTC).timestamp() * 1000)
