"""What a report is about: a project, a half-open range of whole minutes, a time zone, and who is looked at."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.store import Parameter
from schemas.errors import ConfigurationError

MINUTE_MS: Final = 60_000
STEPS_S: Final = ((3 * 3600, 300), (3 * 86_400, 3600))
"""Up to how long a range is (s), and the step of its trends (s); longer ones go by days."""
DAY_S: Final = 86_400
_LENGTH: Final = re.compile(r"(\d{1,4})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
CALENDAR: Final = ("yesterday", "last-week", "last-month")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and when. An empty circumstance is any; `tag` is `name=value` of the application's own tags.

    Attributes:
        since_s, until_s: epoch seconds, whole minutes; the end is left out, so that periods do not overlap.
        app: an application with or without its version.
    """

    project: str
    since_s: int
    until_s: int
    zone: str = "UTC"
    room: str = ""
    session: str = ""
    app: str = ""
    browser: str = ""
    os: str = ""
    network_type: str = ""
    country: str = ""
    region: str = ""
    node: str = ""
    tag: str = ""

    def parameters(self) -> dict[str, Parameter]:
        """Return them as the statements name them; `before` is the begin of a period of the same length before it."""
        named: dict[str, Parameter] = asdict(self)
        for other in ("since_s", "until_s", "tag"):
            del named[other]
        tag, _, value = self.tag.partition("=")
        begin = self.before().since_s
        return named | {"since": self.since_s, "until": self.until_s, "before": begin, "tag": tag, "tag_value": value}

    def before(self) -> "Scope":
        """Return the period of the same length that ended where this one began."""
        return replace(self, since_s=2 * self.since_s - self.until_s, until_s=self.since_s)

    def step_s(self) -> int:
        """Return the step of trends, s: five minutes, an hour or a day of the zone."""
        length = self.until_s - self.since_s
        return next((step for most, step in STEPS_S if length <= most), DAY_S)

    def filters(self) -> dict[str, str]:
        """Return the circumstances that are asked for."""
        named: Mapping[str, object] = asdict(self)
        return {name: str(named[name]) for name in named if name in FILTERS and named[name]}


FILTERS: Final = ("room", "session", "app", "browser", "os", "network_type", "country", "region", "node", "tag")


def checked(scope: Scope) -> Scope:
    """Return a scope that can be asked for.

    Raises:
        ConfigurationError: its zone, range or tag is wrong; the sentence says how.
    """
    zone_of(scope.zone)
    if scope.since_s >= scope.until_s:
        raise ConfigurationError("the range is empty: its begin has to be before its end, by a minute or more")
    if scope.tag and not scope.tag.partition("=")[2]:
        raise ConfigurationError(f"tag is {scope.tag!r}: a tag is NAME=VALUE")
    return scope


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        ConfigurationError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(f"{name!r} is no time zone: an IANA name, for instance Europe/Berlin") from None


def whole_minute(epoch_s: float) -> int:
    """Return the begin of a moment's minute, epoch seconds."""
    return int(epoch_s // 60) * 60


def range_of(text: str, now_s: float, zone: str) -> tuple[int, int]:
    """Return begin and end (epoch s) of `7d`, `24h`, `90m`, `4w`, or of a past day, week or month of the zone.

    A length is of the clock of the zone: of a day with a change of the hour it has 23 or 25 hours.

    Raises:
        ConfigurationError: it is none of these.
    """
    place = zone_of(zone)
    end = datetime.fromtimestamp(whole_minute(now_s), UTC).astimezone(place)
    if length := _LENGTH.fullmatch(text):
        apart = timedelta(**{_UNITS[length[2]]: int(length[1])})
        begin = end - apart if length[2] in "dw" else (end.astimezone(UTC) - apart)
        return round(begin.timestamp()), round(end.timestamp())
    today = end.replace(hour=0, minute=0)
    if text == "yesterday":
        begin, end = today - timedelta(days=1), today
    elif text == "last-week":
        end = today - timedelta(days=today.weekday())
        begin = end - timedelta(days=7)
    elif text == "last-month":
        end = today.replace(day=1)
        begin = (end - timedelta(days=1)).replace(day=1)
    else:
        raise ConfigurationError(
            f"the range is {text!r}: a length such as 24h, 7d or 4w, or one of {', '.join(CALENDAR)}"
        )
    return round(begin.timestamp()), round(end.timestamp())
