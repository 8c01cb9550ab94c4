"""A supervisor of the processes on servers: whoever ends is started again, and the time until it works is noted."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.e2e.servers import Part, Servers

READY_S: Final = 90.0
LOOK_S: Final = 0.05
WORKS: Final = {"ingest": "partitions_given", "analytics": "leadership"}


@dataclass
class Supervised:
    """The processes of servers, each of which is started again in its folder when it ends.

    Attributes:
        servers: whose they are.
        took_s: seconds from a process's start until it worked, by role, of those during which no outage was.
        ended: what a process said last that ended by itself.
        outages: twice the outages of what all share that are over, and one more while one lasts.
    """

    servers: Servers
    took_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ended: list[str] = field(default_factory=list)
    outages: int = 0

    async def until_ready(self, place: int) -> Part:
        """Wait until whoever runs at a place of `servers.parts` works, and return it.

        Raises:
            AssertionError: nobody does in time; the message has the last lines of its journal.
        """
        deadline = time.monotonic() + READY_S
        while not await works(self.servers.parts[place]):
            assert time.monotonic() < deadline, f"not ready after {READY_S:g} s\n{self.servers.parts[place].tail()}"
            await asyncio.sleep(LOOK_S)
        return self.servers.parts[place]

    async def kill(self, place: int) -> None:
        """Kill whoever lives at a place, once somebody does."""
        while self.servers.parts[place].process.returncode is not None:
            await asyncio.sleep(LOOK_S)
        await self.servers.parts[place].kill()

    async def keep(self, place: int) -> None:
        """Start whoever ends at a place again, until cancelled."""
        while True:
            part = self.servers.parts[place]
            if await part.process.wait() >= 0:
                self.ended.append(part.tail().rpartition("rtcpulse: ")[2].replace("\n", " "))
            began, outages = time.monotonic(), self.outages
            heir = await self.servers.again(part)
            while heir.process.returncode is None and not await works(heir):
                await asyncio.sleep(LOOK_S)
            if heir.process.returncode is None and outages == self.outages and not outages % 2:
                self.took_s[heir.role].append(time.monotonic() - began)


async def works(part: Part) -> bool:
    """Whether a process lives and does its work: it is ready by its own word."""
    if part.process.returncode is not None:
        return False
    if part.role in WORKS:
        return bool(part.said(WORKS[part.role]))
    path = "/readyz" if part.role == "collector" else "/healthz"
    with contextlib.suppress(httpx.TransportError):
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(part.address + path)).is_success
    return False


@asynccontextmanager
async def supervised(servers: Servers) -> AsyncIterator[Supervised]:
    """Start whoever ends again while the block runs; at its end everybody works.

    Raises:
        AssertionError: somebody does not in time.
    """
    one = Supervised(servers)
    places = range(len(servers.parts))
    for place in places:
        await one.until_ready(place)
    keeping = [asyncio.create_task(one.keep(place)) for place in places]
    try:
        yield one
        for place in places:
            await one.until_ready(place)
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
