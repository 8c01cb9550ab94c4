"""What the Reports page shows of the schedules: each with its last run, as the file of this machine has them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from analytics.reports import schedules
from analytics.reports.schedules import Schedule
from dashboard.workshop import Planned
from rtcpulse.reporting.runs import Run, Runs
from rtcpulse.reporting.service import now_utc, runs_path
from runtime.settings import Settings

FILTERS = ("room", "app", "browser", "os", "network_type", "country", "region", "node", "tag")


def planned(settings: Settings) -> Sequence[Planned]:
    """Return the schedules of all projects.

    Raises:
        ConfigurationError: the file of the schedules, or that of their runs, cannot be read.
    """
    if settings.report_schedules is None:
        return []
    runs = Runs(runs_path(settings))
    return [_planned(one, runs.of(one.name), now_utc()) for one in schedules.read(settings.report_schedules)]


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
