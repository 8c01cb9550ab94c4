"""A receiver of webhooks on the loopback, which can say no, hang, and be away."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

OK: Final = "200 OK"
DOWN: Final = "503 Service Unavailable"
HANGS: Final = ""


@dataclass(slots=True)
class Received:
    """One request: its path, headers in small letters, the body, and what it was answered."""

    path: str
    headers: dict[str, str]
    body: bytes
    answer: str

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts of a message."""
        said: list[dict[str, Any]] = json.loads(self.body)["alerts"]
        return said


@dataclass(slots=True)
class Receiver:
    """Answers each request with `answer`; an empty one is none."""

    answer: str = OK
    extra: str = ""
    received: list[Received] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    def taken(self) -> list[Received]:
        """Return the requests that were answered well."""
        return [one for one in self.received if one.answer == OK]

    async def start(self) -> None:
        """Listen, on the port of before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            answer = self.answer
            self.received.append(Received(request.split()[1], headers, body, answer))
            if answer == HANGS:
                await reader.read()  # until the other side gives up
                return
            writer.write(f"HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n{self.extra}\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def receiving(answer: str = OK) -> AsyncIterator[Receiver]:
    """Run a receiver until the block ends."""
    one = Receiver(answer)
    await one.start()
    try:
        yield one
    finally:
        await one.stop()
