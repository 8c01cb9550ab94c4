"""A real collector that is offered more than it may take: it takes what it may, refuses the rest, and stays small."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import httpx
import psutil
import pytest

from tests.collector.openloop import Answer, Lines, offered, pushes_of
from tests.running import free_port

CAPACITY_PER_S: Final = 60
OFFERED_TIMES: Final = 4
SECONDS: Final = 5.0
GOODPUT_MIN: Final = 0.8
GROWTH_MAX_BYTES: Final = 40 << 20
QUOTA_PER_S: Final = 20
ROUNDS: Final = 4
ROUND_S: Final = 2.0
P99_TIMES_MAX: Final = 2.0
P99_FLOOR_S: Final = 0.03
"""Below this a p99 is the machine's noise, and twice of nothing is nothing."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A collector in a process of its own."""

    address: str
    process: psutil.Process


@asynccontextmanager
async def collecting(folder: Path, **settings: object) -> AsyncIterator[Serving]:
    """Run `rtcpulse collector` until the block ends."""
    listen = f"127.0.0.1:{free_port()}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RTCPULSE_")}
    environ |= {"RTCPULSE_DATA": str(folder), "RTCPULSE_COLLECTOR_LISTEN": listen, "RTCPULSE_KEYS": "a:a,b:b"}
    environ |= {f"RTCPULSE_{name.upper()}": str(value) for name, value in settings.items()}
    with (folder / "journal").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rtcpulse", "collector", env=environ, stdout=output, stderr=output
        )
    try:
        await _until_ready(f"http://{listen}/readyz")
        yield Serving(f"http://{listen}", psutil.Process(process.pid))
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0


async def _until_ready(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while True:
            try:
                if (await client.get(address)).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


@pytest.mark.alone
@pytest.mark.timeout(90)
async def test_four_times_its_capacity(tmp_path: Path) -> None:
    """It goes on taking what it may a second; every refusal says when to come back; its memory does not grow."""
    settings = {"requests_per_s": CAPACITY_PER_S, "key_requests_per_s": 100_000, "key_bytes_per_s": 1_000_000_000}
    async with collecting(tmp_path, **settings) as serving:
        lines = Lines(serving.address)
        push = pushes_of(serving.address, "a")
        await offered(lines, push, per_s=CAPACITY_PER_S, seconds=1)
        before = serving.process.memory_info().rss
        began = time.monotonic()
        answers = await offered(lines, push, per_s=CAPACITY_PER_S * OFFERED_TIMES, seconds=SECONDS)
        took_s = time.monotonic() - began
        grown = serving.process.memory_info().rss - before
        await lines.close()
    taken = sum(answer.status == 202 for answer in answers)
    goodput = taken / (CAPACITY_PER_S * took_s)
    print(f"{len(answers)} offered, {taken} taken: {goodput:.0%} of the capacity; {grown / (1 << 20):+.1f} MiB")
    check_refusals(answers)
    assert goodput >= GOODPUT_MIN
    assert any(answer.status == 503 for answer in answers)
    assert grown < GROWTH_MAX_BYTES


@pytest.mark.alone
@pytest.mark.timeout(90)
async def test_a_key_far_over_its_quota_does_not_slow_another(tmp_path: Path) -> None:
    """Ten times its quota is refused with 429; the other key's p99 stays within twice of what it is alone.

    A machine that stands still for a moment gives a round more than that: one of them must be within.
    """
    async with collecting(tmp_path, key_requests_per_s=QUOTA_PER_S) as serving:
        lines = Lines(serving.address)
        calm, loud = pushes_of(serving.address, "b"), pushes_of(serving.address, "a")
        quiet: list[float] = []
        flooded: list[float] = []
        await offered(lines, calm, per_s=QUOTA_PER_S, seconds=1)
        for _ in range(ROUNDS):
            alone = await offered(lines, calm, per_s=QUOTA_PER_S, seconds=ROUND_S)
            beside, flood = await asyncio.gather(
                offered(lines, calm, per_s=QUOTA_PER_S, seconds=ROUND_S),
                offered(lines, loud, per_s=QUOTA_PER_S * 10, seconds=ROUND_S),
            )
            assert {answer.status for answer in alone + beside} == {202}
            check_refusals(flood)
            quiet.append(p99_s(alone))
            flooded.append(p99_s(beside))
            assert any(answer.status == 429 for answer in flood)
            if flooded[-1] <= P99_TIMES_MAX * max(quiet[-1], P99_FLOOR_S):
                break
        await lines.close()
    print(f"p99 alone {_shown(quiet)}, beside the flood {_shown(flooded)}")
    assert flooded[-1] <= P99_TIMES_MAX * max(quiet[-1], P99_FLOOR_S), "in none of the rounds"


def _shown(seconds: list[float]) -> str:
    return " ".join(f"{value * 1000:.1f}" for value in seconds) + " ms"


def check_refusals(answers: list[Answer]) -> None:
    """Whatever was not taken says when to come back."""
    for answer in answers:
        if answer.status != 202:
            assert answer.status in {429, 503}
            assert int(answer.retry_after) >= 1


def p99_s(answers: list[Answer]) -> float:
    """Return the 99th percentile of the latencies."""
    return quantiles([answer.latency_s for answer in answers], n=100, method="inclusive")[-1]
