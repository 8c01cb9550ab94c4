"""How often a session is read and sent: its own pace, or the one that the collector's answer asks for."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

POLL_MS: Final = (500, 60_000)
SEND_MS: Final = (500, 600_000)
"""What may be asked, least and most: as in the browser."""


class Pace:
    """Shared by all that reads and sends of one session. Use it in the thread of the event loop.

    Args:
        poll_s: seconds between two readings, when nobody asks for others.
        send_s: seconds between two batches, likewise.
        changed: is called when something else is asked for.
    """

    def __init__(self, poll_s: float, send_s: float, changed: Callable[["Pace"], None] | None = None) -> None:
        self.poll_s, self.send_s = poll_s, send_s
        self._own = poll_s, send_s
        self._told = changed
        self._changed = asyncio.Event()

    def obey(self, answer: Mapping[str, Any]) -> None:
        """Take the pace that the collector's answer to a batch asks for; where it asks for none, it is one's own."""
        poll_s, send_s = self._own
        asked = (
            _bounded(answer.get("poll_ms"), POLL_MS, poll_s),
            _bounded(answer.get("send_ms"), SEND_MS, send_s),
        )
        if asked == (self.poll_s, self.send_s):
            return
        self.poll_s, self.send_s = asked
        if self._told:
            self._told(self)
        self._changed.set()
        self._changed = asyncio.Event()

    async def read_again(self, since: float) -> float:
        """Wait until the next reading after the one that was due at `since` (the loop's time); return when it was."""
        return await self._after(since, lambda: self.poll_s)

    async def send_again(self, since: float) -> float:
        """Wait until the next batch after the one that was due at `since` (the loop's time); return when it was."""
        return await self._after(since, lambda: self.send_s)

    async def _after(self, since: float, length_s: Callable[[], float]) -> float:
        """Wait, by another length when one is asked for meanwhile. What is overdue is not made good."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (rest_s := since + length_s() - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._changed.wait()
                    began = loop.time()
        await asyncio.sleep(0)
        return max(since + length_s(), began)


def _bounded(asked: Any, limits: tuple[int, int], own_s: float) -> float:
    """Return seconds of what is asked in ms; one's own where nothing is, or no number."""
    if not isinstance(asked, int | float) or isinstance(asked, bool) or not asked > 0:
        return own_s
    return min(max(asked, limits[0]), limits[1]) / 1000
