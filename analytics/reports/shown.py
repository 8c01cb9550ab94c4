"""Values as people read them: units, digits, moments in the report's zone, and changes with their direction."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from analytics.reports.model import Figure, Kind, Report, Value

UNKNOWN: Final = "–"
UNITS: Final[dict[Kind, tuple[float, str]]] = {
    "ratio": (100, " %"),
    "points": (100, " pp"),
    "ms": (1, " ms"),
    "s": (1, " s"),
    "kbps": (1e-3, " kbit/s"),
    "minutes": (1 / 60_000, " min"),
    "score": (1, ""),
    "count": (1, ""),
}
"""What a value is multiplied with, and the unit that stands behind it."""


def shown(value: Value, kind: Kind, zone: str) -> str:
    """Return a value as text; a dash where it is unknown."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, str):
        return value
    return moment(value, zone) if kind == "moment" else _number(value, kind)


def _number(value: float, kind: Kind) -> str:
    if kind == "count":
        return f"{round(value):,}"
    scale, unit = UNITS.get(kind, (1, ""))
    number = value * scale
    if number == 0:
        return f"0{unit}"
    if kind == "points":
        return f"{number:+.1f}{unit}"
    digits = 2 if kind == "score" or abs(number) < 1 else 1 if abs(number) < 100 else 0
    return f"{number:,.{digits}f}{unit}"


def moment(epoch_ms: float, zone: str, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time in a zone."""
    return local(epoch_ms, zone).strftime(form)


def local(epoch_ms: float, zone: str) -> datetime:
    """Return a time with its zone."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def period(report: Report) -> str:
    """Return the range of a report with its zone and what that is apart from UTC."""
    begin, end = (moment(at, report.zone) for at in (report.since_ms, report.until_ms))
    apart = local(report.until_ms, report.zone).strftime("%z")
    name = report.zone if report.zone == "UTC" else f"{report.zone}, UTC{apart[:3]}:{apart[3:]}"
    return f"{begin} to {end} ({name})"


def change(figure: Figure, zone: str) -> tuple[str, str]:
    """Return the change since the period before in words, and whether that is `good`, `bad`, or neither (empty)."""
    value, before = figure.value, figure.before
    if not figure.compared or not isinstance(value, int | float):
        return "", ""
    if not isinstance(before, int | float):
        return "unknown before", ""
    was = f"was {shown(before, figure.kind, zone)}"
    if shown(value, figure.kind, zone) == shown(before, figure.kind, zone):
        return f"as before ({was})", ""
    arrow = "▲" if value > before else "▼"
    if figure.better == "neither":
        return f"{arrow} {was}", ""
    return f"{arrow} {was}", "good" if (value > before) == (figure.better == "higher") else "bad"
