"""Pushes modelled batches to a collector: several at a time, in order per session, retried until they are durable."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from rtcpulse.agent.post import Answer, Collector
from rtcpulse.agent.writer import pack
from rtcpulse.demo.fleet import FleetBatch

log = structlog.get_logger(__name__)

AT_ONCE: Final = 4
LONGEST_WAIT_S: Final = 10.0


@dataclass(slots=True)
class Pushed:
    """How many batches became durable, and how many the collector refused for good."""

    accepted: int = 0
    refused: int = 0


class Push:
    """A few threads that post. Close it with `close`."""

    def __init__(self, collector: str, key: str | None, at_once: int = AT_ONCE) -> None:
        """Check the address.

        Raises:
            ConfigurationError: it is not http or https.
        """
        Collector(collector)
        self.pushed = Pushed()
        self._collector = collector
        self._key = key
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="rtcpulse-demo")
        self._at_once = at_once

    async def all(self, batches: Iterable[FleetBatch]) -> None:
        """Push every batch; they are made in a thread too, a few at a time, so the event loop stays free."""
        source = iter(batches)
        loop = asyncio.get_running_loop()
        while taken := await loop.run_in_executor(self._threads, lambda: list(islice(source, self._at_once * 4))):
            await asyncio.gather(*(self._one(batch) for batch in taken))

    def close(self) -> None:
        """End the threads; a post under way ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _one(self, batch: FleetBatch) -> None:
        wait_s = 0.5
        while True:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._post, batch)
            if answer.accepted or answer.final:
                break
            await asyncio.sleep(min(LONGEST_WAIT_S, answer.retry_after_s or wait_s))
            wait_s *= 2
        self.pushed.accepted += answer.accepted
        self.pushed.refused += not answer.accepted
        if answer.final:
            log.warning("a modelled batch was refused", status=answer.status, session=batch.session, seq=batch.seq)

    def _post(self, batch: FleetBatch) -> Answer:
        return Collector(self._collector, key=self._key).post(pack(batch.body))
