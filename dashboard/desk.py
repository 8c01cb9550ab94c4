"""What a page asks with: the queries, the reader's project, and a guard that turns a failed answer into a sentence."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from analytics.queries import Queries
from dashboard import cards
from dashboard.health import Health
from runtime.instruments import Instruments
from schemas.errors import RtcpulseError

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Shared by all pages.

    Attributes:
        project: returns the project of the request that is being answered.
    """

    queries: Queries
    instruments: Instruments
    health: Callable[[], Health]
    project: Callable[[], str]

    def answer(self, page: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, or the error as a card; the time goes to the metrics."""
        began = time.perf_counter()
        try:
            return make()
        except RtcpulseError as error:
            _journal.warning("page_failed", page=page, error=str(error)[:300])
            return cards.failed(error)
        finally:
            self.instruments.time("dashboard_callback", time.perf_counter() - began, page=page)
