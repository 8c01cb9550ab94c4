"""A kill between plain writes of core to files of the store and the log: parts, their sums, offsets.

A batch's way has about a hundred: they are counted first, and the kills are spread evenly over them. Merges are
stopped, so that none hides a double.
"""

import asyncio
import contextlib
import math
import os
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.faults.harness import UNLIMITED
from tests.faults.load import Writer
from tests.faults.long_syscalls import settled, until_ended
from tests.faults.planted.planting import environment
from tests.faults.test_kills import the_role
from tests.faults.tracing import HOLD, calls_in, ended_in, traced
from tests.running import Running, running

KILLS: Final = int(os.environ.get("RTCPULSE_TEST_KILLS", "20"))
CALLS: Final = ("write",)
UNDER: Final = "/data/"


@pytest.mark.timeout(3600)
async def test_a_kill_between_writes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Each kill is followed by a start, another batch and the check."""
    record = tmp_path / "record"
    (tmp_path / "marks").mkdir()
    async with running(tmp_path, environment(tmp_path / "marks"), log_segment_bytes=1, **UNLIMITED) as service:
        writer = Writer(service.collector)
        await settled(service, writer)
        number = await written(service, writer, record)
        last: list[str] = []
        points = range(1, number + 1, math.ceil(number / KILLS))
        for ended in points:
            if await killed_between(service, writer, record, ended):
                concerned = [call for call in calls_in(record) if UNDER in call]
                last.append(concerned[-1].rpartition(UNDER)[2].partition(" ")[0])
            await settled(service, writer)
    print(f"core: {number} writes, {len(last)} kills; the last write begun before each:")
    print("\n".join(f"  {path}" for path in last))
    assert len(last) > len(points) // 2


async def written(service: Running, writer: Writer, record: Path) -> int:
    """Push a batch and return after how many writes it had come to its end, held back as they are before a kill."""
    process = await the_role(service, "core")
    async with traced(process.pid, CALLS, record, HOLD):
        await writer.once()
        assert not await until_ended(process, record, 10_000, UNDER)
    return ended_in(record, UNDER)


async def killed_between(service: Running, writer: Writer, record: Path, ended: int) -> bool:
    """Push a batch to core, which dies when so many writes have ended; whether it came to that."""
    process = await the_role(service, "core")
    async with traced(process.pid, CALLS, record, HOLD):
        await writer.once()
        came = await until_ended(process, record, ended, UNDER)
        if came:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
            await asyncio.to_thread(psutil.wait_procs, [process], timeout=5)
    return came
