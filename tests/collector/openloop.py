"""An open loop: requests leave at their times whether or not the earlier ones were answered, as users' devices do."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.load import Writer

ANSWER_S = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request ended.

    Attributes:
        status: of HTTP.
        retry_after: the header; "" where it is not there.
        latency_s: since the moment at which the request was due.
    """

    status: int
    retry_after: str
    latency_s: float


class Lines:
    """Connections that stay open; a request takes a free one or opens another."""

    def __init__(self, collector: str) -> None:
        self._where = urlsplit(collector)
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes, due: float) -> Answer:
        """Send a whole request and wait for its answer."""
        reader, writer = self._free.pop() if self._free else await self._open()
        writer.write(request)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_S)).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        await reader.readexactly(int(headers["content-length"])) if "content-length" in headers else await _chunks(
            reader
        )
        latency_s = time.monotonic() - due
        self._free.append((reader, writer))
        return Answer(int(first.split()[1]), headers.get("retry-after", ""), latency_s)

    async def close(self) -> None:
        """Close the connections."""
        for _, writer in self._free:
            writer.close()
            await writer.wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._where.hostname, self._where.port)


async def _chunks(reader: asyncio.StreamReader) -> None:
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)


def pushes_of(collector: str, key: str) -> Callable[[int], bytes]:
    """Return what makes the n-th push of a writer with a key, as it goes over the wire."""
    writer = Writer(collector)
    host = urlsplit(collector).netloc

    def push(number: int) -> bytes:
        body = json.dumps(writer.batch(number)).encode()
        head = f"POST /v1/batches?key={key} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    return push


async def offered(lines: Lines, request: Callable[[int], bytes], *, per_s: float, seconds: float) -> list[Answer]:
    """Offer so many requests a second for a time, come what may; return all answers."""
    began = time.monotonic()
    under_way = []
    for number in range(round(per_s * seconds)):
        due = began + number / per_s
        await asyncio.sleep(due - time.monotonic())
        under_way.append(asyncio.create_task(lines.ask(request(number), due)))
    return await asyncio.gather(*under_way)
