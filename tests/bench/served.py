"""Servers of the bench as processes of their own, and the sender that posts to them, whose CPU is not counted."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.bench import spent
from tests.running import free_port

CONNECTIONS: Final = 16
WARM: Final = 50
START_S: Final = 60
STOP_S: Final = 20
_HEAD: Final = "POST /v1/batches HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
_UNLIMITED: Final = {"RTCPULSE_KEY_REQUESTS_PER_S": "1000000", "RTCPULSE_KEY_BYTES_PER_S": "100000000000"}


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    port: int
    pid: int

    async def cpu_of(self, bodies: Sequence[bytes]) -> float:
        """Post every body, each answered with 202, and return the CPU seconds that the server used.

        Raises:
            AssertionError: an answer was another one.
        """
        before = spent.of_process(self.pid)
        await self.post(bodies)
        return spent.of_process(self.pid) - before

    async def post(self, bodies: Sequence[bytes]) -> None:
        """Post every body over a few connections that are kept."""
        waiting = iter(bodies)
        await asyncio.gather(*(self._post(waiting) for _ in range(CONNECTIONS)))

    async def _post(self, waiting: Iterator[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for body in waiting:
            head = f"{_HEAD}content-length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert answer.startswith(b"http/1.1 202"), answer
            length = answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await (reader.readexactly(int(length)) if length else reader.readuntil(b"0\r\n\r\n"))
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def our_collector(data: Path) -> AsyncIterator[Served]:
    """Run `rtcpulse collector` on a folder of its own, without quotas."""
    port = free_port()
    own = {"RTCPULSE_DATA": str(data), "RTCPULSE_COLLECTOR_LISTEN": f"127.0.0.1:{port}", **_UNLIMITED}
    async with _serving(("rtcpulse", "collector"), port, own) as served:
        yield served


@asynccontextmanager
async def idiomatic_collector() -> AsyncIterator[Served]:
    """Run the reference of R4."""
    port = free_port()
    async with _serving(("tests.bench.idiomatic", str(port)), port, {}) as served:
        yield served


@asynccontextmanager
async def _serving(arguments: Sequence[str], port: int, settings: Mapping[str, str]) -> AsyncIterator[Served]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("RTCPULSE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        env=environ | dict(settings),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_ready(port)
        yield Served(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), STOP_S)


async def _until_ready(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(START_S):
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
