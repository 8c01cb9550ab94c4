"""What the address of the Reports page says: whom a report is of, when, and as what; and the order that it makes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from analytics.reports.order import Order, check
from analytics.reports.rowfiles import ROW_WRITERS
from analytics.reports.rows import KINDS
from analytics.reports.scope import Scope, checked, range_of, whole_minute, zone_of
from analytics.reports.writers import FORMATS
from dashboard.address import CIRCUMSTANCES, View
from schemas.errors import ConfigurationError

REPORT: Final = "report"
WHATS: Final[dict[str, str]] = {REPORT: "Call quality report"} | {str(kind): f"Rows: {kind}" for kind in KINDS}
PERIODS: Final = {
    "24h": "Last 24 hours", "7d": "Last 7 days", "4w": "Last 4 weeks", "yesterday": "Yesterday",
    "last-week": "Last week", "last-month": "Last month", "own": "From … to …",
}  # fmt: skip
FILTERS: Final = {
    "room": "Room", "app": "Application", "browser": "Browser", "os": "System", "network_type": "Kind of network",
    "country": "Country", "region": "Region", "node": "Media server", "tag": "Tag (NAME=VALUE)",
}  # fmt: skip
USUAL: Final = {"what": REPORT, "period": "7d", "from": "", "to": "", "zone": "UTC", "format": "pdf"}
NAMES: Final = (*USUAL, *FILTERS)
Said = Mapping[str, str]


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return what an address says, with what is usual where it says nothing."""
    known = {name: value for name, value in pairs if name in NAMES}
    said = dict.fromkeys(FILTERS, "") | USUAL | known
    said["what"] = said["what"] if said["what"] in WHATS else REPORT
    for name, offered in (("period", PERIODS), ("format", formats(said["what"]))):
        if said[name] not in offered:
            said[name] = USUAL[name] if USUAL[name] in offered else next(iter(offered))
    return said


def of(view: View) -> dict[str, str]:
    """Return what the address of a view says, its filters among it."""
    return read([*view.more, *((name, getattr(view, name)) for name in FILTERS if name in CIRCUMSTANCES)])


def search(said: Said, **more: str) -> str:
    """Return the part of an address from `?` on; what is usual is left out."""
    usual = dict.fromkeys(FILTERS, "") | USUAL
    return "?" + urlencode({name: value for name, value in (dict(said) | more).items() if value != usual.get(name, "")})


def formats(what: str) -> tuple[str, ...]:
    """Return what a report, or rows, can be made as."""
    return tuple(ROW_WRITERS) if what != REPORT else FORMATS


def order_of(said: Said, project: str, now_s: float) -> Order:
    """Return the order.

    Raises:
        ConfigurationError: something in it is wrong; the sentence says what.
    """
    zone = said["zone"].strip()
    if said["period"] == "own":
        since, until = (_moment(said[end], zone, end) for end in ("from", "to"))
    else:
        since, until = range_of(said["period"], now_s, zone)
    scope = Scope(project, since, until, zone, **{name: said[name].strip() for name in FILTERS})
    return check(Order(checked(scope), said["format"], "" if said["what"] == REPORT else said["what"]))


def _moment(text: str, zone: str, end: str) -> int:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(
            f"{end} is {text!r}: a day and a time of the zone, for instance 2026-11-25 14:00"
        ) from None
    placed = moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone))
    return whole_minute(placed.timestamp())


def told(order: Order) -> dict[str, Any]:
    """Return an order in words."""
    scope = order.scope
    whose = ", ".join(f"{FILTERS.get(name, name)} {value}" for name, value in scope.filters().items())
    return {"what": WHATS[order.rows or REPORT], "of": whose or "the whole service"}
