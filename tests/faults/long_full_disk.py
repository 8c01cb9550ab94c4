"""A file system of a few megabytes that is filled to its last byte under load, twice. Mounting it needs root."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED, acknowledged, pushing, total
from tests.faults.test_full_disk import PATIENCE_S, PAUSE_S, WRITERS
from tests.running import running

DISK: Final = "200m"
FULL_S: Final = 6.0
TIMES: Final = 2
RESUMES_S: Final = 10.0


@pytest.mark.timeout(300)
async def test_a_full_disk_damages_nothing(tmp_path: Path) -> None:
    """Log and store share it: refusals come within a second, and it goes on within ten when there is room."""
    with small_disk(tmp_path / "data") as disk:
        async with running(tmp_path, **UNLIMITED) as service:
            first = service.roles()
            async with pushing(service, WRITERS, pause_s=PAUSE_S) as writers:
                for _ in range(TIMES):
                    await acknowledged(writers, 100)
                    before, refused = total(writers), sum(len(writer.refusals) for writer in writers)
                    async with filled(disk / "filler"):
                        await asyncio.sleep(FULL_S)
                    began = time.monotonic()
                    refused = sum(len(writer.refusals) for writer in writers) - refused
                    print(f"full for {FULL_S:g} s: {total(writers) - before} taken, {refused} refused")
                    assert refused
                    await acknowledged(writers, 20)
                    print(f"20 more taken {time.monotonic() - began:.1f} s after there was room")
                    assert time.monotonic() - began < RESUMES_S
            await check_exactly_once(service, writers)
            assert service.roles() == first
    refusals = [answer for writer in writers for answer in writer.refusals]
    slowest = max(answer.elapsed.total_seconds() for answer in refusals)
    print(f"the slowest of {len(refusals)} refusals took {slowest * 1000:.0f} ms")
    assert {answer.status_code for answer in refusals} == {503}
    assert slowest < PATIENCE_S


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount an empty file system of `DISK` in a new folder while the block runs."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@asynccontextmanager
async def filled(filler: Path) -> AsyncIterator[None]:
    """Take all the room that there is, and what becomes free, while the block runs."""

    async def fill() -> None:
        while True:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
                    while file.write(b"x" * size) == size:
                        pass
            await asyncio.sleep(0.02)

    task = asyncio.create_task(fill())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.to_thread(filler.unlink)
