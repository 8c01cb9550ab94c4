"""SIGTERM drains; roles do not outlive their supervisor; one role's death leaves the other serving."""

import asyncio
import time
from pathlib import Path

import httpx
import psutil
import pytest

from schemas.errors import StoreUnavailable
from tests.faults.load import Writer
from tests.faults.test_kills import UNLIMITED, check_stored_once, the_role
from tests.running import Running, running


@pytest.mark.timeout(180)
async def test_sigterm_drains_and_the_next_start_goes_on(tmp_path: Path) -> None:
    """Under load it ends within 10 s with code 0, and after a start in the same folder everything is stored once."""
    stop = asyncio.Event()
    async with running(tmp_path, **UNLIMITED) as service:
        writers = [Writer(service.collector) for _ in range(4)]
        pushing = [asyncio.create_task(writer.run(stop)) for writer in writers]
        await asyncio.sleep(3)
        began = time.monotonic()
        service.process.terminate()
        assert await asyncio.wait_for(service.process.wait(), 15) == 0
        assert time.monotonic() - began < 10
    async with running(tmp_path, **UNLIMITED) as again:
        for writer in writers:
            writer.collector = again.collector
        await asyncio.sleep(1)
        stop.set()
        await asyncio.gather(*pushing)
        await check_stored_once(again, writers)


@pytest.mark.timeout(120)
async def test_roles_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    """They end by themselves, so that the next start finds log and store free."""
    async with running(tmp_path) as service:
        roles = list(service.roles().values())
        assert len(roles) == 2
        service.process.kill()
        await service.process.wait()
        gone, alive = await asyncio.to_thread(psutil.wait_procs, roles, timeout=15)
        assert (len(gone), alive) == (2, [])
    async with running(tmp_path):
        pass


@pytest.mark.timeout(120)
async def test_it_ends_while_it_is_asked(tmp_path: Path) -> None:
    """Who asks is told that the store is gone; a question that waited for its turn kept the process for ever."""
    async with running(tmp_path) as service:
        roles = list(service.roles().values())
        asking = [asyncio.create_task(asyncio.to_thread(asked_until_gone, service)) for _ in range(8)]
        await asyncio.sleep(1)
        service.process.terminate()
        assert await asyncio.wait_for(service.process.wait(), 15) == 0
        assert all(await asyncio.gather(*asking))
        assert psutil.wait_procs(roles, timeout=0)[1] == []
    assert "Traceback" not in service.journal.read_text()


@pytest.mark.timeout(120)
async def test_a_role_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """The supervisor outlives its roles: with the same time to finish as they have, it left one behind."""
    async with running(tmp_path, drain_s=1) as service:
        roles = service.roles()
        roles["core"].suspend()
        service.process.terminate()
        assert await asyncio.wait_for(service.process.wait(), 10) == 0
        assert psutil.wait_procs(list(roles.values()), timeout=0)[1] == []


def asked_until_gone(service: Running) -> bool:
    """Ask one question after the other until nobody answers."""
    while True:
        try:
            service.query("SELECT sleep(0.2)")
        except StoreUnavailable:
            return True


@pytest.mark.timeout(120)
async def test_one_role_serves_while_the_other_is_down(tmp_path: Path) -> None:
    """With core stopped pushes are acknowledged; with edge killed the dashboard answers; both come back."""
    async with running(tmp_path) as service, httpx.AsyncClient(trust_env=False) as client:
        (await the_role(service, "core")).kill()
        writer = Writer(service.collector)
        answer = await client.post(f"{service.collector}/v1/batches", json=writer.batch(0))
        assert answer.status_code == 202
        await service.until("SELECT count() FROM batches", within_s=30)
        (await the_role(service, "collector")).kill()
        assert (await client.get(f"{service.dashboard}/healthz")).status_code == 200
        async with asyncio.timeout(20):
            while True:
                try:
                    assert (await client.get(f"{service.collector}/readyz")).status_code == 200
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    break
