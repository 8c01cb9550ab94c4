"""What the dashboard shows of its process and of the log, looked up once a second, off the requests' way."""

import asyncio
import contextlib
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Final

from dashboard.health import Health
from runtime import logs
from runtime.logs import Standing
from runtime.retention import Unread
from runtime.settings import Settings
from schemas.errors import Transient

LogAt = Callable[[], Awaitable[Standing]]
WAITING_MAX: Final = 5000
"""Messages in flight whose headers are read for a look."""
WAITING_OF_TOPIC: Final = 500
"""The same of each partition of a topic: they come with their bodies."""
MINUTE_MS: Final = 60_000


class Looking:
    """Looks at log and disk.

    Args:
        settings: where the data is.
        log_at: returns how the log stands for ingest.
        every_s: seconds between two looks.
    """

    def __init__(self, settings: Settings, log_at: LogAt, *, every_s: float = 1.0) -> None:
        self._settings = settings
        self._log_at = log_at
        self._every_s = every_s
        self._last = Health(version=version("rtcpulse"))
        self._kept_ms: int | None = None

    def now(self) -> Health:
        """Return the latest look."""
        return self._last

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; while the log is away what is known of it stands."""
        while not stop.is_set():
            with contextlib.suppress(Transient):
                self._last = await self._look(await self._log_at())
            free = shutil.disk_usage(self._settings.data).free
            self._last = replace(self._last, disk_free_bytes=free)
            try:
                await asyncio.wait_for(stop.wait(), self._every_s)
            except TimeoutError:
                continue

    async def _look(self, log: Standing) -> Health:
        waiting, oldest_ms = await self._waiting(log)
        if self._kept_ms is None:
            self._kept_ms = await logs.kept_ms(self._settings)
        return replace(
            self._last,
            log_end=log.end,
            log_committed=log.committed,
            looked_at=time.time(),
            log_id=log.log_id,
            committed=[log.bounds[number].committed if number in log.bounds else 0 for number in range(_most(log))],
            waiting=waiting,
            unread=Unread(oldest_ms, self._kept_ms, deletes=logs.is_on_kafka(self._settings)),
        )

    async def _waiting(self, log: Standing) -> tuple[Mapping[tuple[str, int], int], int]:
        """Return what waits by project and minute, and when the log took the oldest of it, ms; 0: nothing waits."""
        if log.end <= log.committed:
            return {}, 0
        since = {number: max(part.first, part.committed) for number, part in log.bounds.items()}
        most = WAITING_OF_TOPIC if logs.is_on_kafka(self._settings) else WAITING_MAX
        found = (await logs.heads(self._settings, log, since, most)).found
        counted = Counter((one.project, one.received_ms // MINUTE_MS * MINUTE_MS) for one in found)
        return counted, min((one.written_ms for one in found), default=0)


def _most(log: Standing) -> int:
    return max(log.bounds, default=-1) + 1
