"""A kill at every system call that makes a batch last, on its way through the log and through the store.

`make faults` runs this; its name keeps it out of `make test`, because each kill is followed by a start.
"""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED
from tests.faults.load import Writer
from tests.faults.planted.planting import environment
from tests.faults.test_kills import the_role, until_well
from tests.faults.tracing import HOLD, KILL, calls_in, ended_in, traced
from tests.running import Running, running

CALLS: Final = ("fdatasync", "fsync", "rename", "renameat", "renameat2", "pwrite64")
KILLS_MAX: Final = 120
QUIET_S: Final = 6.0
"""How long nothing is called before a batch has come to its end: the jobs come every 2 s."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", ["collector", "core"])
async def test_a_kill_at_every_call_loses_and_doubles_nothing(role: str, tmp_path: Path) -> None:
    """At the first call of a batch's way, between the first and the second, and so on until the way is at its end.

    Merges are stopped, so that none hides a double.
    """
    (tmp_path / "marks").mkdir()
    async with running(tmp_path, environment(tmp_path / "marks"), log_segment_bytes=1, **UNLIMITED) as service:
        writer = Writer(service.collector)
        await settled(service, writer)
        kills = 0
        last: list[str] = []
        while kills < KILLS_MAX and await killed_after(service, role, kills, writer, tmp_path / "record"):
            kills += 1
            last.append((calls_in(tmp_path / "record") or ["not written down"])[-1])
            await settled(service, writer)
        await settled(service, writer)
    print(f"{role}: {kills} kills, the last call begun before each:")
    print("\n".join(f"  {call.partition(' ')[0]} {call.rpartition('/data/')[2]}" for call in last))
    assert 3 < kills < KILLS_MAX


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["", "log_never_synced"])
async def test_an_answer_comes_after_its_fsync(fault: str, tmp_path: Path) -> None:
    """No kill of a process can show that: the system calls do, and show the fault that leaves it out."""
    (tmp_path / "marks").mkdir()
    async with running(tmp_path, environment(tmp_path / "marks", fault), **UNLIMITED) as service:
        writer = Writer(service.collector)
        await writer.once()
        async with traced((await the_role(service, "collector")).pid, ["fdatasync"], tmp_path / "record"):
            await writer.once()
        assert f"planted {fault}" in service.journal.read_text()
    assert any("-wal" in call for call in calls_in(tmp_path / "record")) is not bool(fault)


async def killed_after(service: Running, role: str, ended: int, writer: Writer, record: Path) -> bool:
    """Push a batch to a role that dies when so many calls have ended and no other has; whether it came to that."""
    process = await the_role(service, role)
    async with traced(process.pid, CALLS, record, HOLD if ended else KILL):  # or the writer asks again
        pushing = asyncio.create_task(writer.once())
        came = await until_ended(process, record, ended)
        if came:
            with contextlib.suppress(psutil.NoSuchProcess):  # strace was asked to kill it
                process.kill()
            await asyncio.to_thread(psutil.wait_procs, [process], timeout=5)
    await pushing
    return came


async def until_ended(process: psutil.Process, record: Path, wanted: int, under: str = "") -> bool:
    """Wait until so many calls have ended, none of 0 when the process has died; False where nothing more is called.

    With `under` only the calls on files with that in their path are counted.
    """
    heard, moved_at = 0, time.monotonic()
    while time.monotonic() - moved_at < QUIET_S:
        ended = ended_in(record, under)
        if (ended >= wanted) if wanted else not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        if ended > heard:
            heard, moved_at = ended, time.monotonic()
        await asyncio.sleep(0.02)
    return False


async def settled(service: Running, writer: Writer) -> None:
    """Push another batch and wait until both roles are well and it is stored, minutes included."""
    await writer.once()
    await until_well(f"{service.collector}/readyz")
    await until_well(f"{service.dashboard}/healthz")
    await check_exactly_once(service, [writer])
