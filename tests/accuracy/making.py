"""Makes runs against a running service and collects what it found of them."""

import asyncio
import gzip
import json
import secrets
import time
from collections.abc import Callable, Sequence

import httpx
from msgspec.structs import replace

from tests.accuracy.calls import made
from tests.accuracy.runs import Run
from tests.accuracy.series import BAD, SECONDS, Modelled
from tests.accuracy.truth import Outcome
from tests.accuracy.watching import SETTLE_S, Watch
from tests.analytics.modelled import START, moved
from tests.e2e.calm import watched_loop
from tests.running import Running

AT_ONCE = 5
APART_MS = 120_000
ROUND_S = 6.0
Say = Callable[[str], None]


async def real(service: Running, runs: Sequence[Run], say: Say) -> list[Outcome]:
    """Make runs with real calls, some at a time, and watch the table meanwhile."""
    watch = Watch(service)
    watching = asyncio.create_task(watch.run())
    outcomes: list[Outcome] = []
    try:
        for begin in range(0, len(runs), AT_ONCE):
            some = runs[begin : begin + AT_ONCE]
            async with watched_loop() as lateness:
                outcomes += await asyncio.gather(
                    *(made(run, service.collector, seed=begin + place) for place, run in enumerate(some))
                )
            say(f"{begin + len(some)} of {len(runs)} runs; the loop was {lateness.mean_ms:.1f} ms late on average")
        await asyncio.sleep(SETTLE_S)
    finally:
        watching.cancel()
    return await watch.found(outcomes)


async def pushed(service: Running, runs: Sequence[Modelled]) -> list[Outcome]:
    """Push modelled runs, one after the other up to a moment ago: what begins together may have one cause.

    When they are found says nothing, so it is left out.
    """
    now_ms = time.time() * 1000
    outcomes, sessions = [], []
    async with httpx.AsyncClient(base_url=service.collector, trust_env=False) as client:
        for number, run in enumerate(runs):
            by_ms = now_ms - 20_000 - SECONDS * 1000 - number * APART_MS - START
            tag = f"-{secrets.token_hex(4)}"
            for place, person in enumerate(run.people(tag)):
                network = run.networks[place] if run.networks else ""
                body = gzip.compress(json.dumps(moved(person, by_ms)).encode())
                headers = {"x-forwarded-for": network} if network else {}
                answer = await client.post("/v1/batches", content=body, headers=headers)
                assert answer.status_code == 202, answer.text
            began_ms, ended_ms = (START + by_ms + 1000 * second if run.truth else 0.0 for second in BAD)
            expected = run.expected(tag)
            sessions += [one.session for one in expected]
            outcomes.append(Outcome(run.name, "modelled", "watched", False, began_ms, ended_ms, expected, ()))
    stored = f"SELECT count() >= {len(sessions)} FROM sessions FINAL WHERE session IN {{s:Array(String)}}"
    await service.until(stored, {"s": sessions}, within_s=60)
    await asyncio.sleep(ROUND_S)
    found = await Watch(service).found(outcomes)
    return [replace(one, found=tuple(replace(it, seen_ms=None) for it in one.found)) for one in found]
