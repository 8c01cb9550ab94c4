"""What somebody asks for, and making it: the only way in for the command line, the schedules and the pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from analytics.reports import writers
from analytics.reports.asking import Tell, unheard
from analytics.reports.model import Report
from analytics.reports.room import room
from analytics.reports.rowfiles import ROW_WRITERS, export
from analytics.reports.rows import KINDS
from analytics.reports.scope import Scope, checked
from analytics.reports.service import service
from analytics.reports.shown import moment
from runtime.store import Store
from schemas.errors import ConfigurationError

_UNSAFE: Final = str.maketrans(dict.fromkeys(' /\\:*?"<>|\0\t\r\n', "-"))


@dataclass(frozen=True, slots=True)
class Order:
    """A report, or rows: of whom and when, and as what kind of file.

    Attributes:
        rows: minutes, sessions, incidents or samples instead of a report.
    """

    scope: Scope
    form: str = "html"
    rows: str = ""


def build(store: Store, scope: Scope, tell: Tell = unheard) -> Report:
    """Return a report as data: of a room where the scope names one, else of the service.

    Raises:
        ConfigurationError: the scope cannot be asked for.
        StoreRejected, StoreUnavailable: as the store does.
    """
    return (room if scope.room else service)(store, checked(scope), tell)


def check(order: Order) -> Order:
    """Return an order that can be carried out.

    Raises:
        ConfigurationError: scope, rows or format is wrong; the sentence says what there is.
    """
    checked(order.scope)
    if order.rows and order.rows not in KINDS:
        raise ConfigurationError(f"rows is {order.rows!r}: one of {', '.join(KINDS)}")
    formats = tuple(ROW_WRITERS) if order.rows else writers.FORMATS
    if order.form not in formats:
        what = "rows are" if order.rows else "it is one of"
        raise ConfigurationError(f"the format is {order.form!r}: {what} {', '.join(formats)}")
    return order


def produce(store: Store, order: Order, path: Path, tell: Tell = unheard) -> None:
    """Write what is ordered to a file; `tell` hears of each step.

    Raises:
        ConfigurationError: scope, format or path is wrong.
        StoreRejected, StoreUnavailable: as the store does.
    """
    check(order)
    if order.rows:
        export(store, order.scope, order.rows, order.form, path, tell)
        return
    writers.write(build(store, order.scope, tell), order.form, path)
    tell(1, 1, "written")


def named(order: Order) -> str:
    """Return the name of a report's file: what it is of, and its range as the zone's clocks show it."""
    scope = order.scope
    of = scope.room or scope.tag.partition("=")[2] or scope.app or scope.project
    begin, end = (moment(at * 1000, scope.zone, "%Y%m%dT%H%M") for at in (scope.since_s, scope.until_s))
    kind = order.rows or ("room" if scope.room else "report")
    return f"{kind}-{of}-{begin}-{end}".translate(_UNSAFE)[:150] + f".{order.form}"
