"""The proxy does to a connection what its mode says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.proxy import HOST, LONG_BYTES, Mode, Proxy
from tests.running import free_port


@asynccontextmanager
async def an_echo(port: int) -> AsyncIterator[None]:
    """Serve what comes back as it came."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HOST, port)
    try:
        yield
    finally:
        server.close()


async def test_each_mode_in_turn() -> None:
    """On one connection: it passes, is held, goes on, is cut in a reply; then none is taken, and again one is."""
    port, server = free_port(), free_port()
    async with an_echo(server), Proxy(port, server) as proxy:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"first")
        assert await reader.readexactly(5) == b"first"
        await proxy.switch(Mode.BLACKHOLE)
        writer.write(b"held")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.2)
        await proxy.switch(Mode.PASS)
        assert await reader.readexactly(4) == b"held"
        await proxy.switch(Mode.CUT)
        writer.write(b"halved")
        assert await _rest(reader) == b"hal"
        writer.close()
        await proxy.switch(Mode.REFUSE)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)
        await proxy.switch(Mode.PASS)
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()


async def test_a_long_request_is_cut_and_a_short_one_is_not() -> None:
    """The server has half of it when the connection ends."""
    port, server = free_port(), free_port()
    arrived = bytearray()
    ended = asyncio.Event()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.extend(await _rest(reader))
        ended.set()
        writer.close()

    async with await asyncio.start_server(keep, HOST, server), Proxy(port, server) as proxy:
        await proxy.switch(Mode.CUT_REQUEST)
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"short")
        await asyncio.sleep(0.1)
        writer.write(b"l" * LONG_BYTES)
        assert await _rest(reader) == b""
        await asyncio.wait_for(ended.wait(), 5)
        writer.close()
    assert arrived == b"short" + b"l" * (LONG_BYTES // 2)
    assert proxy.cut == 1


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Read to the end, however the connection ends."""
    found = b""
    try:
        while data := await reader.read(100):
            found += data
    except ConnectionError:
        return found
    return found
