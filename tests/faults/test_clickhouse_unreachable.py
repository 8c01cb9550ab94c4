"""ClickHouse behind a proxy that refuses, holds or cuts: the log takes what the store cannot, and ingest comes back.

The server itself is well all the time: what fails is the way to it.
"""

import asyncio
import dataclasses
import os
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from ingest.worker import BACK_OFF_MAX_S
from runtime.clickhousestore import ClickhouseStore
from runtime.logs import standing
from runtime.settings import Settings
from schemas.tables import RAW
from tests.clickhouse.running import Gateway, a_gateway
from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED, acknowledged, pushing, total
from tests.faults.proxy import Mode, Proxy
from tests.faults.test_kills import until_well
from tests.running import Running, free_port, running

CUT_OFF_S: Final = float(os.environ.get("RTCPULSE_TEST_CUT_OFF_S", "2"))
WRITERS: Final = 4
PAUSE_S: Final = 0.05
MODES: Final = (Mode.REFUSE, Mode.BLACKHOLE, Mode.CUT, Mode.CUT_REQUEST)
RECOVERS_S: Final = BACK_OFF_MAX_S + 20
"""One pause that has begun, and then what has come to lie in the log."""
_STORED: Final = "SELECT max(log_offset) + 1 AS end FROM batches"


@pytest.mark.timeout(180 + 6 * CUT_OFF_S)
async def test_what_is_acknowledged_while_clickhouse_is_cut_off_is_stored_once(tmp_path: Path) -> None:
    """Refused, black-holed, cut in mid-reply and in mid-insert, one after the other under load."""
    (tmp_path / "gateway").mkdir()
    gateway = await asyncio.to_thread(a_gateway, tmp_path / "gateway")
    port = free_port()
    store_url = gateway.url.replace(f":{gateway.port}/", f":{port}/")
    try:
        async with Proxy(port, gateway.port) as proxy, running(tmp_path, store_url=store_url, **UNLIMITED) as service:
            await until_well(f"{service.dashboard}/healthz")
            await asyncio.to_thread(stop_merges, gateway)
            behind = dataclasses.replace(service, store_url=gateway.url)
            first = service.roles()
            async with pushing(service, WRITERS, pause_s=PAUSE_S) as writers:
                for mode in MODES:
                    await acknowledged(writers, 20)
                    cut, postponed, before = proxy.cut, postponements(service), total(writers)
                    await proxy.switch(mode)
                    await asyncio.sleep(CUT_OFF_S)
                    taken = total(writers) - before
                    assert taken
                    assert await statuses(service) <= {200, 503}
                    await proxy.switch(Mode.PASS)
                    took_s = await caught_up(behind)
                    said = f"{proxy.cut - cut} cut, {postponements(service) - postponed} blocks postponed"
                    print(f"{mode}: {taken} acknowledged in {CUT_OFF_S:g} s, {said}, stored after {took_s:.1f} s")
                    assert (proxy.cut > cut) is (mode in {Mode.CUT, Mode.CUT_REQUEST})
                    assert mode is Mode.BLACKHOLE or postponements(service) > postponed
            await check_exactly_once(behind, writers)
            assert service.roles() == first
    finally:
        gateway.kill()
    print(f"{total(writers)} acknowledged")
    assert not any(writer.refusals for writer in writers)


def stop_merges(gateway: Gateway) -> None:
    """Let no merge hide a double."""
    store = ClickhouseStore(gateway.target)
    try:
        for table in RAW:
            store.execute(f"SYSTEM STOP MERGES {table.name}")
    finally:
        store.close()


def postponements(service: Running) -> int:
    """Return how often ingest has said that it waits for the store."""
    return service.journal.read_text().count("block_postponed")


async def statuses(service: Running) -> set[int]:
    """Return what both processes answer; who waits for the store longer than a second has not answered."""
    found = set()
    async with httpx.AsyncClient(trust_env=False, timeout=1) as client:
        for address in (f"{service.collector}/readyz", f"{service.dashboard}/healthz", f"{service.dashboard}/"):
            try:
                found.add((await client.get(address, follow_redirects=True)).status_code)
            except httpx.ReadTimeout:
                continue
    return found


async def caught_up(service: Running) -> float:
    """Wait until all that is in the log now is stored; return the seconds that it took.

    Raises:
        TimeoutError: it takes longer than `RECOVERS_S`.
    """
    began = time.monotonic()
    ends = [bounds.end for bounds in (await standing(Settings(data=service.data))).bounds.values()]
    async with asyncio.timeout(RECOVERS_S):
        while (await asyncio.to_thread(service.query, _STORED))[0]["end"] < max(ends):
            await asyncio.sleep(0.1)
    return time.monotonic() - began
