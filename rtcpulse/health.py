"""What the dashboard shows of its process and of the log, looked up once a second, off the requests' way."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from dashboard.health import Health
from runtime.settings import Settings
from schemas.errors import Transient

LogAt = Callable[[], Awaitable[tuple[int, int]]]


class Looking:
    """Looks at log and disk.

    Args:
        settings: where the data is.
        log_at: returns how many positions the log has, and how many of them ingest has finished.
        every_s: seconds between two looks.
    """

    def __init__(self, settings: Settings, log_at: LogAt, *, every_s: float = 1.0) -> None:
        self._settings = settings
        self._log_at = log_at
        self._every_s = every_s
        self._last = Health()

    def now(self) -> Health:
        """Return the latest look."""
        return self._last

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`; while the log is away what is known of it stands."""
        end, committed = 0, 0
        while not stop.is_set():
            try:
                end, committed = await self._log_at()
                looked_at = time.time()
            except Transient:
                looked_at = self._last.looked_at
            self._last = Health(
                log_end=end,
                log_committed=committed,
                disk_free_bytes=shutil.disk_usage(self._settings.data).free,
                version=version("rtcpulse"),
                looked_at=looked_at,
            )
            try:
                await asyncio.wait_for(stop.wait(), self._every_s)
            except TimeoutError:
                continue
