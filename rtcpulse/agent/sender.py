"""Delivers cut batches in order: retries with back-off, a bounded buffer, and nothing ever raised at the caller."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import structlog

from rtcpulse.agent.post import Answer, Collector
from rtcpulse.agent.writer import Cut

log = structlog.get_logger(__name__)

FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0


@dataclass(slots=True)
class Delivery:
    """What became of the batches so far."""

    accepted: int = 0
    refused: int = 0
    given_up: int = 0
    attempts: int = 0


class Sender:
    """One queue to one collector. A thread of its own does the waiting, so a hanging collector delays nobody else."""

    def __init__(
        self,
        collector: Collector,
        *,
        buffer_bytes: int,
        on_lost: Callable[[int], None],
        on_accepted: Callable[[Mapping[str, Any]], None] = lambda _: None,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self.delivery = Delivery()
        self._collector = collector
        self._buffer_bytes = buffer_bytes
        self._on_lost = on_lost
        self._on_accepted = on_accepted
        self._first_wait_s = first_wait_s
        self._queue: deque[Cut] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rtcpulse-agent")
        self._task = asyncio.create_task(self._run())

    def put(self, cut: Cut) -> None:
        """Queue a batch; over the buffer's size the oldest ones are given up and counted.

        The first in the queue may be under way, or stored without our knowing, so it stays.
        """
        self._queue.append(cut)
        while len(self._queue) > 2 and sum(len(one.body) for one in self._queue) > self._buffer_bytes:
            given_up = self._queue[1]
            del self._queue[1]
            self._give_up(given_up)
        self._idle.clear()
        self._wake.set()

    async def close(self, timeout_s: float) -> None:
        """Try to deliver what is queued for `timeout_s` seconds, then end. Safe to call twice."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        self._task.cancel()
        self._collector.abort()
        await asyncio.gather(self._task, return_exceptions=True)
        while self._queue:
            self._give_up(self._queue.popleft())
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            if not self._queue:
                self._wake.clear()
                self._idle.set()
                continue
            cut = self._queue[0]
            answer = await self._post(cut)
            failures = 0 if answer.accepted or answer.final else failures + 1
            if failures:
                await asyncio.sleep(self._wait_s(failures, answer))
            else:
                self._settle(cut, answer)

    async def _post(self, cut: Cut) -> Answer:
        self.delivery.attempts += 1
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._collector.post, cut.body)

    def _settle(self, cut: Cut, answer: Answer) -> None:
        if self._queue and self._queue[0] is cut:
            self._queue.popleft()
        if answer.accepted:
            self.delivery.accepted += 1
            self._on_accepted(answer.told)
            return
        self.delivery.refused += 1
        self._on_lost(cut.samples)
        log.warning("the collector refused a batch for good", status=answer.status, seq=cut.seq)

    def _give_up(self, cut: Cut) -> None:
        self.delivery.given_up += 1
        self._on_lost(cut.samples)

    def _wait_s(self, failures: int, answer: Answer) -> float:
        """Return full-jitter back-off, never less than the collector asked for."""
        ceiling = min(LONGEST_WAIT_S, self._first_wait_s * 2.0 ** min(failures - 1, 16))
        wait_s = random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads retries, nothing secret
        return max(wait_s, min(answer.retry_after_s or 0.0, LONGEST_WAIT_S))
