"""When which report goes to whom: a YAML file of schedules, and what is due by it.

A run is named by its scheduled time. A time that passed while nobody looked is made up for, the latest one only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cronsim import CronSim, CronSimError

from analytics.reports.order import Order, check
from analytics.reports.scope import Scope, checked, range_of, zone_of
from schemas.errors import ConfigurationError

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
_FILE: Final = "RTCPULSE_REPORT_SCHEDULES"
_FIELDS: Final = 5
"""Of a cron expression; a sixth would be seconds, and runs are looked for by the minute."""


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a report goes: exactly one of a folder, addresses of mail, and the address of a webhook."""

    folder: str = ""
    mail: tuple[str, ...] = ()
    webhook: str = ""

    def kinds(self) -> list[str]:
        """Return which of the three are named."""
        return [name for name in ("folder", "mail", "webhook") if getattr(self, name)]


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One schedule. `cron` has five fields, in the clock of the zone; `range` ends at the run's time."""

    name: Name
    cron: str
    deliver: tuple[Delivery, ...]
    timezone: str = ""
    range: str = "7d"
    project: str = "default"
    format: str = "pdf"
    rows: str = ""
    room: str = ""
    app: str = ""
    browser: str = ""
    os: str = ""
    network_type: str = ""
    country: str = ""
    region: str = ""
    node: str = ""
    tag: str = ""

    def latest(self, now: datetime) -> datetime:
        """Return the last time of the schedule that is not after `now`, in UTC.

        Times of one zone are compared by its clock, which shows an hour twice when summer time ends.
        """
        local = now.astimezone(zone_of(self.timezone)).replace(second=0, microsecond=0)
        return next(CronSim(self.cron, _after(local), reverse=True)).astimezone(UTC)

    def next(self, now: datetime) -> datetime:
        """Return its first time after `now`, in UTC."""
        times = CronSim(self.cron, now.astimezone(zone_of(self.timezone)))
        return next(one for one in (time.astimezone(UTC) for time in times) if one > now)

    def order(self, run: datetime) -> Order:
        """Return what is to be made at a run.

        Raises:
            ConfigurationError: the range or another part of it cannot be asked for.
        """
        begin, end = range_of(self.range, run.timestamp(), self.timezone)
        named = {name: getattr(self, name) for name in _CIRCUMSTANCES}
        return Order(checked(Scope(self.project, begin, end, self.timezone, **named)), self.format, self.rows)


_CIRCUMSTANCES: Final = ("room", "app", "browser", "os", "network_type", "country", "region", "node", "tag")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    schedules: tuple[Schedule, ...]
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due."""

    schedule: Schedule
    run: datetime


def read(path: Path) -> Sequence[Schedule]:
    """Return the schedules of a file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong; the sentence says what and where.
    """
    try:
        found = msgspec.yaml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigurationError(f"{_FILE} is {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{_FILE}: {path}: {error}") from None
    schedules = [msgspec.structs.replace(one, timezone=one.timezone or found.timezone) for one in found.schedules]
    for one in schedules:
        try:
            _check(one)
        except (ConfigurationError, CronSimError) as error:
            raise ConfigurationError(f"{_FILE}: {path}: schedule {one.name!r}: {error}") from None
    if len({one.name for one in schedules}) < len(schedules):
        raise ConfigurationError(f"{_FILE}: {path}: two schedules have the same name; what ran is remembered by it")
    return schedules


def _check(one: Schedule) -> None:
    now = datetime.now(UTC)
    zone_of(one.timezone)
    try:
        CronSim(one.cron, now)
    except CronSimError as error:
        raise _wrong_cron(one, str(error)) from None
    if len(one.cron.split()) != _FIELDS:
        raise _wrong_cron(one, "Wrong number of fields")
    check(one.order(now))
    _check_deliveries(one)


def _check_deliveries(one: Schedule) -> None:
    if not one.deliver:
        raise ConfigurationError("deliver is empty: at least one of folder, mail, webhook")
    for place, delivery in enumerate(one.deliver):
        if len(delivery.kinds()) != 1:
            raise ConfigurationError(
                f"deliver[{place}] names {delivery.kinds() or 'nothing'}: one of folder, mail, webhook"
            )


def _wrong_cron(one: Schedule, said: str) -> ConfigurationError:
    return ConfigurationError(f"cron is {one.cron!r}: {said}; five fields, for instance '0 6 * * 1'")


def due(schedule: Schedule, last: datetime, now: datetime) -> Due | None:
    """Return the run that is due after the last one; of several that were missed the latest.

    Args:
        schedule: whose.
        last: the run that was handled last, or when the schedule was first seen.
        now: which time it is.
    """
    run = schedule.latest(now)
    return Due(schedule, run) if run > last else None


def _after(local: datetime) -> datetime:
    """Return the next minute: going back from there, the minute itself is found too."""
    return datetime.fromtimestamp(local.timestamp() + 60, local.tzinfo)
