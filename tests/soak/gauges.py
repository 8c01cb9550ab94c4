"""What the processes of a service hold, looked at every few seconds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

import psutil

from tests.running import Running

EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """What one process held at one moment.

    Attributes:
        memory: resident set, bytes.
        threads: of the system.
        descriptors: open files and sockets.
    """

    memory: int
    threads: int
    descriptors: int


@asynccontextmanager
async def watched(service: Running) -> AsyncIterator[dict[str, list[Held]]]:
    """Look at every role while the block runs; the dictionary fills meanwhile, by role."""
    seen: dict[str, list[Held]] = {}

    async def look() -> None:
        while True:
            for role, process in service.roles().items():
                with contextlib.suppress(psutil.NoSuchProcess):
                    held = Held(process.memory_info().rss, process.num_threads(), process.num_fds())
                    seen.setdefault(role, []).append(held)
            await asyncio.sleep(EVERY_S)

    task = asyncio.create_task(look())
    try:
        yield seen
    finally:
        task.cancel()


def quarters(values: Sequence[int]) -> tuple[int, int]:
    """Return the medians of the second and of the last quarter: what stands after the start, and what came of it.

    Raises:
        ValueError: there are fewer than four values.
    """
    quarter = len(values) // 4
    if not quarter:
        raise ValueError(f"{len(values)} values have no quarters")
    return int(median(values[quarter : 2 * quarter])), int(median(values[-quarter:]))
