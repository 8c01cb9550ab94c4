"""Kafka behind a proxy that refuses, holds or cuts: the spool takes what it cannot, up to its size, and then it is 503.

The broker itself is well all the time: what fails is the way to it, for the collector and for core alike.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import psutil
import pytest

from runtime.logs import standing
from runtime.settings import Settings
from runtime.spool import GROUP
from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED, acknowledged, pushing, total
from tests.faults.load import Writer
from tests.faults.proxy import Mode, Proxy
from tests.kafka.broker import Broker
from tests.running import Running, running

CUT_OFF_S: Final = float(os.environ.get("RTCPULSE_TEST_CUT_OFF_S", "2"))
WRITERS: Final = 4
PAUSE_S: Final = 0.05
"""The load is one that the spool can be drained under, on a slow machine too."""
SMALL_BYTES: Final = 400_000
COLLECTOR_BYTES: Final = 512 << 20
FULL_S: Final = 60.0


@pytest.mark.timeout(180 + 6 * CUT_OFF_S)
async def test_what_is_acknowledged_while_kafka_is_cut_off_is_stored_once(kafka: Broker, tmp_path: Path) -> None:
    """Refused, black-holed and cut in mid-reply, one after the other under load."""
    log_url = kafka.url_in_front(f"t{secrets.token_hex(4)}")
    async with Proxy(kafka.front, kafka.behind) as proxy, running(tmp_path, log_url=log_url, **UNLIMITED) as service:
        async with pushing(service, WRITERS, pause_s=PAUSE_S) as writers, weighed(service) as peaks:
            for mode in (Mode.REFUSE, Mode.BLACKHOLE, Mode.CUT):
                await acknowledged(writers, 20)
                await drained(service)
                await proxy.switch(mode)
                before = total(writers)
                await asyncio.sleep(CUT_OFF_S)
                print(f"{mode}: {total(writers) - before} acknowledged in {CUT_OFF_S:g} s, {proxy.cut} replies cut")
                await acknowledged(writers, 20)
                await proxy.switch(Mode.PASS)
            await acknowledged(writers, 20)
        await drained(service)
        await check_exactly_once(service, writers, log_url=kafka.url(log_url.rpartition("/")[2]))
    print(f"{total(writers)} acknowledged, the collector took {max(peaks) >> 20} MB")
    assert proxy.cut
    assert max(peaks) < COLLECTOR_BYTES


@pytest.mark.timeout(180 + 2 * CUT_OFF_S)
async def test_a_full_spool_refuses_and_loses_nothing(kafka: Broker, tmp_path: Path) -> None:
    """503 with Retry-After at the spool's size; what was taken before is stored once when Kafka is back."""
    log_url = kafka.url_in_front(f"t{secrets.token_hex(4)}")
    settings = {"log_url": log_url, "spool_bytes": SMALL_BYTES, **UNLIMITED}
    async with Proxy(kafka.front, kafka.behind) as proxy, running(tmp_path, **settings) as service:
        async with pushing(service, WRITERS) as writers:
            await acknowledged(writers, 20)
            await proxy.switch(Mode.REFUSE)
            refusal = await refused(writers)
            before = total(writers)
            await proxy.switch(Mode.PASS)
            await acknowledged(writers, 20)
        await drained(service)
        await check_exactly_once(service, writers, log_url=kafka.url(log_url.rpartition("/")[2]))
    assert refusal.status_code == 503
    assert int(refusal.headers["retry-after"]) > 0
    assert before > 20


async def refused(writers: Sequence[Writer]) -> httpx.Response:
    """Wait until a writer is refused, and return the answer that says so."""
    async with asyncio.timeout(FULL_S):
        while not any(writer.refusals for writer in writers):
            await asyncio.sleep(0.1)
    return next(writer.refusals[0] for writer in writers if writer.refusals)


async def drained(service: Running) -> None:
    """Wait until no message is in the spool."""
    address = f"sqlite:///{service.data / 'spool'}"
    async with asyncio.timeout(FULL_S):
        while True:
            spool = await standing(Settings(data=service.data, log_url=address), group=GROUP)
            if spool.end == spool.committed:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def weighed(service: Running) -> AsyncIterator[list[int]]:
    """Note how much memory the collector has, five times a second, while the block runs."""
    seen = [0]

    async def look() -> None:
        while True:
            with contextlib.suppress(psutil.NoSuchProcess, KeyError):
                seen.append(service.roles()["collector"].memory_info().rss)
            await asyncio.sleep(0.2)

    task = asyncio.ensure_future(look())
    try:
        yield seen
    finally:
        task.cancel()
