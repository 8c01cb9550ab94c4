"""No room to write: pushes are refused at once, and taken again when there is room.

The room is taken away by RLIMIT_FSIZE, which needs no rights: the kernel refuses to extend any file of the process, so
that every append of the log, and every line of the journal, fails as it does on a full disk. `long_full_disk.py` fills
a real one.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import psutil
import pytest

from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED, acknowledged, pushing, total
from tests.faults.load import Writer
from tests.running import running

WRITERS: Final = 4
PAUSE_S: Final = 0.02
FULL_S: Final = 4.0
PATIENCE_S: Final = 1.0


@pytest.mark.timeout(180)
async def test_a_log_without_room_refuses_within_a_second(tmp_path: Path) -> None:
    """With 503 and Retry-After; nothing is damaged, and it goes on by itself."""
    async with running(tmp_path, **UNLIMITED) as service:
        async with pushing(service, WRITERS, pause_s=PAUSE_S) as writers:
            await acknowledged(writers, 40)
            with no_room(service.roles()["collector"]):
                refusals = await refused(writers, 3 * WRITERS)
                taken = total(writers)
                ready = await answer_of(f"{service.collector}/readyz")
                await asyncio.sleep(FULL_S)
                assert total(writers) == taken
            await acknowledged(writers, 40)
            assert (await answer_of(f"{service.collector}/readyz")).is_success
        await check_exactly_once(service, writers)
    assert ready.status_code == 503
    assert "log" in ready.text
    assert {answer.status_code for answer in refusals} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refusals)
    assert max(answer.elapsed.total_seconds() for answer in refusals) < PATIENCE_S


@contextmanager
def no_room(process: psutil.Process) -> Iterator[None]:
    """Let no file of a process grow while the block runs."""
    soft, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


async def refused(writers: Sequence[Writer], number: int) -> list[httpx.Response]:
    """Wait for that many refusals and return them."""
    async with asyncio.timeout(10):
        while len(found := [answer for writer in writers for answer in writer.refusals]) < number:
            await asyncio.sleep(0.02)
    return found


async def answer_of(address: str) -> httpx.Response:
    """Ask once."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(address)
