"""One run of the harness: the real service, writers that remember, kills at chosen moments, and the check."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.faults.load import Writer
from tests.faults.planted.planting import environment
from tests.running import Running, running

UNLIMITED: Final = {"key_requests_per_s": 100_000, "key_bytes_per_s": 1_000_000_000}
LONGEST_S: Final = 60.0


class NotDone(Exception):
    """The run itself did not come to its end: it says nothing about the service."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to the service.

    Attributes:
        fault: which one is planted; "": none.
        kills: the moments at which a role is killed.
        batches: how many are acknowledged at least, before the kills and after them.
        writers: who pushes at the same time.
    """

    fault: str = ""
    kills: tuple[str, ...] = ()
    batches: int = 60
    writers: int = 4


@asynccontextmanager
async def after(plan: Plan, folder: Path, **settings: object) -> AsyncIterator[tuple[Running, list[Writer]]]:
    """Yield the service and its writers when all that is planned has happened and nobody pushes any more.

    Raises:
        NotDone: a kill did not come about, or what was to be planted was not.
    """
    marks = folder / "marks"
    marks.mkdir()
    environ = environment(marks, plan.fault, plan.kills)
    async with running(folder, environ, **UNLIMITED, **settings) as service:
        async with pushing(service, plan.writers) as writers:
            await acknowledged(writers, plan.batches)
            await _until_killed(marks, plan.kills)
            await acknowledged(writers, plan.batches)
        for name in ("core", "collector", plan.fault):
            if f"planted {name}" not in service.journal.read_text():
                raise NotDone(f"{name} was not planted\n{service.tail()}")
        yield service, writers


@asynccontextmanager
async def pushing(service: Running, number: int, *, pause_s: float = 0) -> AsyncIterator[list[Writer]]:
    """Push while the block runs; at its end each writer waits for its last answer."""
    stop = asyncio.Event()
    writers = [Writer(service.collector, pause_s=pause_s) for _ in range(number)]
    tasks = [asyncio.create_task(writer.run(stop)) for writer in writers]
    try:
        yield writers
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), LONGEST_S)


async def acknowledged(writers: Sequence[Writer], more: int) -> None:
    """Wait until that many batches more were acknowledged.

    Raises:
        NotDone: they are not within a minute.
    """
    wanted = total(writers) + more
    try:
        async with asyncio.timeout(LONGEST_S):
            while total(writers) < wanted:
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise NotDone(f"{total(writers)} of {wanted} batches are acknowledged after {LONGEST_S:g} s") from None


def total(writers: Sequence[Writer]) -> int:
    """Return how many batches were acknowledged."""
    return sum(len(writer.acknowledged) for writer in writers)


async def _until_killed(marks: Path, kills: Sequence[str]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            while not all((marks / moment).exists() for moment in kills):
                await asyncio.sleep(0.02)
    except TimeoutError:
        missing = [moment for moment in kills if not (marks / moment).exists()]
        raise NotDone(f"nothing was killed at {missing}") from None
