"""Whether the event loop of a test kept its time: peers, relay and agents share it, so their truth is only as good.

A machine that stands still for a moment makes packets late that the relay had let go in time; what the peers then say
is right, and no longer what the relay knows. Such a call is made again.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from rtcpulse.demo.impairment import Impairment
from tests.e2e.calls import CallTruth, impaired_call

TICK_S: Final = 0.01
MEAN_MS_MAX: Final = 2.0
ATTEMPTS: Final = 3


@dataclass(slots=True)
class Lateness:
    """How much later than asked the loop woke a sleeper, ms."""

    each_ms: list[float] = field(default_factory=list)

    @property
    def mean_ms(self) -> float:
        """Return the mean."""
        return sum(self.each_ms) / len(self.each_ms) if self.each_ms else 0.0

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.each_ms.append((time.perf_counter() - began - TICK_S) * 1000)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[Lateness]:
    """Measure the loop's lateness until the block ends."""
    lateness = Lateness()
    task = asyncio.ensure_future(lateness.watch())
    try:
        yield lateness
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def calm_calls(collector_url: str, impairments: Sequence[Impairment], seconds: float) -> list[CallTruth]:
    """Run calls beside each other, again while the loop was late on average; the last ones are judged as they are."""
    for attempt in range(ATTEMPTS):
        async with watched_loop() as lateness:
            truths = await asyncio.gather(
                *(impaired_call(collector_url, there, seconds=seconds, seed=_seed(there)) for there in impairments)
            )
        print(f"attempt {attempt}: the loop was {lateness.mean_ms:.2f} ms late on average")
        if lateness.mean_ms <= MEAN_MS_MAX:
            break
    return truths


def _seed(there: Impairment) -> int:
    return round(there.loss * 100 + there.delay_ms)
