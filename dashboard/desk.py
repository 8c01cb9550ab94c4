"""What a page asks with: the queries, the reader's project, and a guard that turns a failed answer into a sentence."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from dash import Output
from dash.exceptions import PreventUpdate

from analytics.alerts.desk import AlertDesk
from analytics.queries import Queries
from dashboard import cards
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.health import Health
from dashboard.workshop import Planned, Workshop
from runtime.instruments import Instruments
from runtime.watching import Watching
from schemas.errors import RtcpulseError

ANYWAY_EVERY: Final = 5
"""Ticks after which a page is made again though nothing was computed: its range moves on with the time."""

_journal = structlog.get_logger(__name__)


def resting(tick: str) -> list[tuple[Output, bool, bool]]:
    """Return the `running` of a callback that a dcc.Interval calls: it rests until the answer is there.

    Else a tick would call again before a slow answer, which Dash then throws away: the page would never show one, and
    its questions would pile up.
    """
    return [(Output(tick, "disabled"), True, False)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Shared by all pages.

    Attributes:
        project: returns the project of the request that is being answered.
        objective: the share of known minutes that should be good.
        may_act: returns whether its reader may acknowledge and silence.
        sql: answers people's statements; None: nobody does.
        alerts: reads and notes what is said of alerts; None: there are none.
        workshop: makes reports; None: nobody does.
        planned: returns the schedules of reports.
        watching: whose clients are asked for more; None: collectors are elsewhere, and nobody knows.
    """

    queries: Queries
    instruments: Instruments
    health: Callable[[], Health]
    project: Callable[[], str]
    objective: float = 0.99
    may_act: Callable[[], bool] = bool
    sql: Endpoint | None = None
    alerts: AlertDesk | None = None
    workshop: Workshop | None = None
    planned: Callable[[], Sequence[Planned]] = tuple
    watching: Watching | None = None

    def answer(self, page: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, or the error as a card, our own mistakes too; the time goes to the metrics."""
        began = time.perf_counter()
        try:
            return make()
        except RtcpulseError as error:
            _journal.warning("page_failed", page=page, error=str(error)[:300])
            return cards.failed(str(error).split(". In scope ")[0])
        except Exception:  # noqa: BLE001 - a page that breaks says so and the others go on
            _journal.exception("page_broke", page=page)
            return cards.failed("The dashboard itself failed at this; its journal says where.")
        finally:
            self.instruments.time("dashboard_callback", time.perf_counter() - began, page=page)

    def news(self, page: str, make: Callable[[], Any], *, seen: Any, ticks: int, live: bool) -> tuple[Any, Any]:
        """Return the page and how far the jobs had come when it was made; `seen` is what the reader has of that.

        Raises:
            PreventUpdate: nothing was computed since, or the range is fixed and it is not time to look again.
        """
        version = self.answer(page, self.queries.jobs_version)
        if ticks % ANYWAY_EVERY and (version == seen or not live):
            raise PreventUpdate
        return self.answer(page, make), version if isinstance(version, int) else None
