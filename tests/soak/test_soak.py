"""A steady load of sessions that come and go: memory, threads and descriptors stay flat, and what is pushed shows soon.

`make soak` has half an hour of it and judges; `make test` has half a minute, too short to tell a start from a leak, and
sees that all of it works and that everything is stored once.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Final

import pytest

from tests.faults.checks import check_exactly_once
from tests.faults.harness import UNLIMITED
from tests.faults.load import Writer
from tests.running import Running, running
from tests.soak.gauges import quarters, watched

SOAK_S: Final = float(os.environ.get("RTCPULSE_TEST_SOAK_S", "20"))
LONG: Final = SOAK_S >= 600
WRITERS: Final = 6
PAUSE_S: Final = 0.1
SESSION_S: Final = 20.0
LAG_S: Final = 5.0
PROBE_EVERY_S: Final = 2.0
GROWTH: Final = 1.1
GROWTH_BYTES: Final = 48 << 20
GROWTH_COUNT: Final = 8
STORED: Final = "SELECT count() FROM batches WHERE session = {session:String}"


@pytest.mark.timeout(SOAK_S + 300)
async def test_nothing_grows_under_a_steady_load(tmp_path: Path) -> None:
    """From the second quarter of the time to the last; everything that was acknowledged is stored once."""
    async with running(tmp_path, **UNLIMITED) as service, watched(service) as seen:
        until = time.monotonic() + SOAK_S
        writers: list[Writer] = []
        lags: list[float] = []
        pushing = [sessions(service, until, writers) for _ in range(WRITERS)]
        await asyncio.gather(*pushing, probes(service, until, writers, lags))
        batches = sum(len(writer.acknowledged) for writer in writers)
        print(f"{batches} batches of {len(writers)} sessions in {SOAK_S:g} s; stored after {max(lags):.1f} s at most")
        for role, held in seen.items():
            for name, allowed in (("memory", GROWTH_BYTES), ("threads", GROWTH_COUNT), ("descriptors", GROWTH_COUNT)):
                early, late = quarters([getattr(one, name) for one in held])
                print(f"{role}: {name} {early} in the second quarter, {late} in the last")
                assert late <= early * GROWTH + allowed or not LONG, (role, name)
        await check_exactly_once(service, writers)
    assert not any(writer.refusals for writer in writers)
    assert max(lags) < LAG_S or not LONG


async def sessions(service: Running, until: float, writers: list[Writer]) -> None:
    """Push session after session, each for `SESSION_S`; add their writers."""
    while time.monotonic() < until:
        stop = asyncio.Event()
        writers.append(Writer(service.collector, pause_s=PAUSE_S))
        pushing = asyncio.create_task(writers[-1].run(stop))
        await asyncio.sleep(min(SESSION_S, until - time.monotonic()))
        stop.set()
        await pushing


async def probes(service: Running, until: float, writers: list[Writer], lags: list[float]) -> None:
    """Push a session of one batch now and then; add its writer, and the seconds until the ledger had it."""
    while time.monotonic() < until:
        probe = Writer(service.collector)
        writers.append(probe)
        await probe.once()
        began = time.monotonic()
        await service.until(STORED, {"session": probe.session}, within_s=60)
        lags.append(time.monotonic() - began)
        await asyncio.sleep(PROBE_EVERY_S)
