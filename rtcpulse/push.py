"""Pushes finished batches to a collector: several at a time, retried until they are durable or refused for good."""

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar

import structlog

from rtcpulse.agent.post import BATCHES, Answer, Collector
from rtcpulse.agent.writer import pack
from schemas.errors import CollectorUnreachable

log = structlog.get_logger(__name__)

AT_ONCE: Final = 4
LONGEST_WAIT_S: Final = 10.0


class Outgoing(Protocol):
    """A batch that is cut: JSON as it goes over the wire, not packed."""

    @property
    def session(self) -> str:
        """Whose it is."""

    @property
    def seq(self) -> int | None:
        """Which of its writer's."""

    @property
    def body(self) -> bytes:
        """The batch itself."""


B = TypeVar("B", bound=Outgoing)


@dataclass(slots=True)
class Pushed:
    """How many batches became durable, and how many the collector refused for good."""

    accepted: int = 0
    refused: int = 0


class Push(Generic[B]):
    """A few threads that post. Close it with `close`.

    Args:
        collector: its address.
        key: the writer's key; None where none is asked for.
        at_once: how many are under way at a time.
        path: where to post.
        patience_s: seconds without any answer after which it gives up; for ever where it is infinite.
        told: is called with each batch and the answer that decided on it.

    Raises:
        ConfigurationError: the address is not http or https.
    """

    def __init__(
        self,
        collector: str,
        key: str | None,
        at_once: int = AT_ONCE,
        *,
        path: str = BATCHES,
        patience_s: float = math.inf,
        told: Callable[[B, Answer], None] | None = None,
    ) -> None:
        Collector(collector)
        self.pushed = Pushed()
        self._path = path
        self._patience_s = patience_s
        self._told = told
        self._collector = collector
        self._key = key
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="rtcpulse-push")
        self._at_once = at_once

    async def all(self, batches: Iterable[B]) -> None:
        """Push every batch; they are made in a thread too, a few at a time, so the event loop stays free.

        Raises:
            CollectorUnreachable: its patience is at an end.
        """
        source = iter(batches)
        loop = asyncio.get_running_loop()
        while taken := await loop.run_in_executor(self._threads, lambda: list(islice(source, self._at_once * 4))):
            await asyncio.gather(*(self._one(batch) for batch in taken))

    def close(self) -> None:
        """End the threads; a post under way ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _one(self, batch: B) -> None:
        wait_s = 0.5
        silent_since = time.monotonic()
        while True:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._post, batch)
            if answer.accepted or answer.final:
                break
            if answer.status:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > self._patience_s:
                raise CollectorUnreachable(f"no collector answers at {self._collector}")
            await asyncio.sleep(min(LONGEST_WAIT_S, answer.retry_after_s or wait_s))
            wait_s *= 2
        self.pushed.accepted += answer.accepted
        self.pushed.refused += not answer.accepted
        if self._told is not None:
            self._told(batch, answer)
        elif answer.final:
            log.warning("a batch was refused", status=answer.status, session=batch.session, seq=batch.seq)

    def _post(self, batch: B) -> Answer:
        return Collector(self._collector, key=self._key, path=self._path).post(pack(batch.body))
