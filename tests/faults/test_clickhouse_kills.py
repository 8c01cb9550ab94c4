"""Kill -9 of ClickHouse's wire and of core under load: every acknowledged batch is stored exactly once there."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.clickhouse.running import PASSWORD, QUOTED, Gateway, a_gateway
from tests.faults.load import Writer
from tests.faults.test_kills import UNLIMITED, check_stored_once, the_role, until_well
from tests.running import Running, running

WRITERS: Final = 3
LONGEST_S: Final = 1.5
ROUNDS: Final = (False, True, *([False, True] if "RTCPULSE_TEST_KILLS" in os.environ else []))
"""Whether core is killed together with the server; more of each in `make faults`."""


@pytest.mark.timeout(240)
async def test_every_acknowledged_batch_is_stored_once_in_clickhouse(tmp_path: Path) -> None:
    """`rtcpulse up` with nothing but another address of the store; the doctor agrees, and nobody says the password."""
    dice = random.Random(5)
    (tmp_path / "gateway").mkdir()
    gateway = await asyncio.to_thread(a_gateway, tmp_path / "gateway")
    try:
        async with running(tmp_path, store_url=gateway.url, **UNLIMITED) as service:
            stop = asyncio.Event()
            writers = [Writer(service.collector) for _ in range(WRITERS)]
            pushing = [asyncio.create_task(writer.run(stop)) for writer in writers]
            for together in ROUNDS:
                await kill_both(service, gateway, dice, together=together)
            stop.set()
            await asyncio.gather(*pushing)
            await check_stored_once(service, writers)
            print(f"{sum(len(one.acknowledged) for one in writers)} acknowledged")
            said = await asyncio.to_thread(the_doctor, service)
            assert not (service.data / "core.sock").exists()
    finally:
        gateway.kill()
    assert "BAD" not in said.replace("BAD disk", "")
    assert "and 0 rows of the ledger stand twice" in said
    assert all(secret not in service.journal.read_text() + said for secret in (PASSWORD, QUOTED))


async def kill_both(service: Running, gateway: Gateway, dice: random.Random, *, together: bool) -> None:
    """Kill the server while core works, and core while the server is away, so that it starts without, or later."""
    await until_well(f"{service.dashboard}/healthz")
    await asyncio.sleep(dice.uniform(0.2, LONGEST_S))
    await asyncio.to_thread(gateway.kill)
    if together:
        (await the_role(service, "core")).kill()
        await asyncio.sleep(4)
    await asyncio.sleep(dice.uniform(0.0, 0.5))
    await asyncio.to_thread(gateway.start)
    await asyncio.sleep(dice.uniform(0.2, LONGEST_S))
    if not together:
        (await the_role(service, "core")).kill()


def the_doctor(service: Running) -> str:
    """Return what `rtcpulse doctor` says."""
    environ = {"RTCPULSE_DATA": str(service.data), "RTCPULSE_STORE_URL": service.store_url}
    command = [sys.executable, "-m", "rtcpulse", "doctor"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60).stdout
