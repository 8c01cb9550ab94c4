"""A TCP proxy on the loopback that fails on demand: what a network does to a connection, switched while it runs."""

import asyncio
import contextlib
from enum import StrEnum
from typing import Any, Final, Self

READ_BYTES: Final = 1 << 16
LONG_BYTES: Final = 4096
"""From this size on a request is one with data, longer than greetings and most statements."""
HOST: Final = "127.0.0.1"


class Mode(StrEnum):
    """What happens to connections.

    Attributes:
        PASS: all goes through.
        REFUSE: connections are reset, and new ones are refused.
        BLACKHOLE: connections stay open and nothing arrives, until the mode changes; no byte is lost for good.
        CUT: requests arrive; of each reply the first half does, and then the connection is reset.
        CUT_REQUEST: all goes through but requests of `LONG_BYTES` or more that come at once: of such a one the first
            half arrives, and then the connection is reset.
    """

    PASS = "pass"
    REFUSE = "refuse"
    BLACKHOLE = "blackhole"
    CUT = "cut"
    CUT_REQUEST = "cut request"


class Proxy:
    """Stands between clients and a server; make it with `async with`, it passes at first.

    Args:
        port: where it listens.
        server: the port of the server behind it.

    Attributes:
        cut: replies and requests that were cut so far.
    """

    def __init__(self, port: int, server: int) -> None:
        self.cut = 0
        self._ports = (port, server)
        self._mode = Mode.PASS
        self._listening: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        await self.switch(Mode.PASS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.switch(Mode.REFUSE)
        self._open.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def switch(self, mode: Mode) -> None:
        """Change what happens, to the connections that are open too."""
        self._mode = mode
        if mode is Mode.REFUSE:
            self._refuse()
        elif self._listening is None:
            self._listening = await asyncio.start_server(self._serve, HOST, self._ports[0])
        if mode is Mode.BLACKHOLE:
            self._open.clear()
        else:
            self._open.set()

    def _refuse(self) -> None:
        if self._listening:
            self._listening.close()
            self._listening = None
        for end in self._ends:
            end.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._ends.add(writer)
        try:
            behind, to_server = await asyncio.open_connection(HOST, self._ports[1])
            self._ends.add(to_server)
            try:
                await _first(self._requests(reader, to_server), self._replies(behind, writer))
            finally:
                self._end(to_server)
        except OSError:
            return
        finally:
            self._end(writer)

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._ends.discard(writer)
        writer.transport.abort()

    async def _requests(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(READ_BYTES):
            await self._open.wait()
            if self._mode is Mode.CUT_REQUEST and len(data) >= LONG_BYTES:
                self.cut += 1
                sink.write(data[: len(data) // 2])
                await sink.drain()
                return
            sink.write(data)
            await sink.drain()

    async def _replies(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(READ_BYTES):
            await self._open.wait()
            if self._mode is Mode.CUT:
                self.cut += 1
                sink.write(data[: len(data) // 2])
                return
            sink.write(data)
            await sink.drain()


async def _first(*ways: Any) -> None:
    """Run the ways of a connection until one of them ends."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await task
