"""Kill -9 of edge and core at random moments under load: every acknowledged batch is stored exactly once."""

import asyncio
import contextlib
import os
import random
import time
from pathlib import Path
from statistics import median
from typing import Final

import httpx
import psutil
import pytest

from runtime import sqlitesegments
from tests.faults.load import SAMPLES, STREAMS, Writer
from tests.running import Running, running

KILLS: Final = int(os.environ.get("RTCPULSE_TEST_KILLS", "5"))
WRITERS: Final = 8
WHILE_WORKING: Final = 0.8
LONGEST_S: Final = 2.5
UNLIMITED: Final = {"key_requests_per_s": 100_000, "key_bytes_per_s": 1_000_000_000}

STORED: Final = """
SELECT session, countIf(outcome = 'stored') AS stored, uniqExactIf(seq, outcome = 'stored') AS seqs,
       countIf(outcome = 'dead_letter') AS dead
FROM batches GROUP BY session
"""
ROWS: Final = """
SELECT session, count() AS rows, uniqExact(log_offset, log_index) AS positions, sum(d_packets) AS packets,
       sum(d_packets_lost) AS lost
FROM stream_samples GROUP BY session
"""
MINUTES: Final = """
SELECT session, sum(samples) AS rows, sum(packets) AS packets, sum(packets_lost) AS lost
FROM stream_minutes FINAL WHERE deleted = 0 GROUP BY session
"""


@pytest.mark.timeout(300 + 15 * KILLS)
async def test_every_acknowledged_batch_is_stored_exactly_once(tmp_path: Path) -> None:
    """Raw rows without FINAL, the ledger and the minutes agree with what the writers were told."""
    dice = random.Random(3)
    async with running(tmp_path, **UNLIMITED) as service:
        stop = asyncio.Event()
        writers = [Writer(service.collector) for _ in range(WRITERS)]
        pushing = [asyncio.create_task(writer.run(stop)) for writer in writers]
        collector_s, core_s = await asyncio.gather(
            kill_often(service, "collector", f"{service.collector}/readyz", dice),
            kill_often(service, "core", f"{service.dashboard}/healthz", dice),
        )
        stop.set()
        await asyncio.gather(*pushing)
        await check_stored_once(service, writers)
        repeats = sum(writer.attempts - len(writer.acknowledged) for writer in writers)
        print(f"{sum(len(one.acknowledged) for one in writers)} acknowledged, {repeats} pushed again")
    for role, seconds in (("collector", collector_s), ("core", core_s)):
        print(f"{role}: {KILLS} kills, well again after {median(seconds):.1f} s, {max(seconds):.1f} s at most")


async def kill_often(service: Running, role: str, health: str, dice: random.Random) -> list[float]:
    """Kill a role `KILLS` times at random moments: of its work mostly, of its start now and then.

    Returns:
        The seconds from a kill to an answer that it is well, for those that were not killed before it.
    """
    seconds: list[float] = []
    died = time.monotonic()
    for number in range(KILLS):
        process = await the_role(service, role)
        if dice.random() < WHILE_WORKING:
            await until_well(health)
            if number:
                seconds.append(time.monotonic() - died)
        await asyncio.sleep(dice.uniform(0.0, LONGEST_S))
        process.kill()
        await asyncio.to_thread(psutil.wait_procs, [process])
        died = time.monotonic()
    return seconds


async def until_well(address: str) -> None:
    """Wait until a role answers that it is well."""
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(address)).is_success:
                    return
            await asyncio.sleep(0.05)


async def the_role(service: Running, role: str) -> psutil.Process:
    """Return the role's living process, waiting until it is started again."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(psutil.NoSuchProcess):
                found = service.roles().get(role)
                if found and found.status() != psutil.STATUS_ZOMBIE:
                    return found
            await asyncio.sleep(0.02)


async def check_stored_once(service: Running, writers: list[Writer]) -> None:
    """Compare the tables with what was acknowledged; wait for ingest and for the minutes to come up first."""
    directory = service.data / "log"
    end = sqlitesegments.end_of(directory)
    await service.until(f"SELECT count() >= {end} FROM batches", within_s=90)
    by_session = {row["session"]: row for row in service.query(STORED)}
    assert by_session.keys() == {writer.session for writer in writers}
    assert service.query("SELECT count() AS n, uniqExact(log_offset) AS o FROM batches") == [{"n": end, "o": end}]
    rows = {row["session"]: row for row in service.query(ROWS)}
    for writer in writers:
        batches = len(writer.acknowledged)
        told = by_session[writer.session]
        assert (told["stored"], told["seqs"], told["dead"]) == (batches, batches, 0)
        assert rows[writer.session] == expected(writer) | {"positions": batches * SAMPLES * STREAMS}
    await service.until(
        f"SELECT (SELECT sum(samples) FROM stream_minutes FINAL) = (SELECT count() FROM stream_samples) AND {end} > 0",
        within_s=60,
    )
    minutes = {row["session"]: row for row in service.query(MINUTES)}
    assert minutes == {writer.session: expected(writer) for writer in writers}


def expected(writer: Writer) -> dict[str, object]:
    """Return what the tables must hold of a writer's acknowledged batches."""
    ticks = len(writer.acknowledged) * SAMPLES
    return {
        "session": writer.session,
        "rows": ticks * STREAMS,
        "packets": (ticks - 1) * 10 * STREAMS,
        "lost": (ticks - 1) * STREAMS,
    }
