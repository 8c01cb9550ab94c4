"""Watches the table of incidents while runs go on, and notes when each was first there."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from tests.accuracy.truth import Found, Outcome
from tests.running import Running

POLL_S = 0.5
SETTLE_S = 16.0
_ALL = """
SELECT session, incident, cause, side,
    toUnixTimestamp64Milli(began) AS began_ms, toUnixTimestamp64Milli(ended) AS ended_ms
FROM incidents FINAL
"""


class Watch:
    """Notes incidents from `run` on, until it is cancelled."""

    def __init__(self, service: Running) -> None:
        self._service = service
        self._seen_ms: dict[str, float] = {}

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(POLL_S)

    async def found(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        """Return outcomes with what stands in the table now."""
        rows = await self._look()
        whole = []
        for outcome in outcomes:
            sessions = {expected.session for expected in outcome.sessions}
            found = tuple(
                Found(
                    row["session"],
                    row["began_ms"],
                    row["ended_ms"],
                    row["cause"],
                    row["side"],
                    self._seen_ms[row["incident"]],
                )
                for row in rows
                if row["session"] in sessions
            )
            whole.append(replace(outcome, found=found))
        return whole

    async def _look(self) -> list[dict[str, Any]]:
        rows = await asyncio.to_thread(self._service.query, _ALL)
        now_ms = time.time() * 1000
        for row in rows:
            self._seen_ms.setdefault(row["incident"], now_ms)
        return rows
