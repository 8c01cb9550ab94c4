"""Heads of requests are bounded in size and time; a client that does not keep to it loses its connection."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rtcpulse.serve import serve
from tests.running import START_S, free_port

TIMEOUT_S = 0.6


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body."""
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve the echo and connect to it."""
    stop, port = asyncio.Event(), free_port()
    serving = asyncio.create_task(serve(echo, ("127.0.0.1", port), stop, header_timeout_s=TIMEOUT_S, drain_s=1))
    async with asyncio.timeout(START_S):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.02)
    try:
        yield reader, writer
    finally:
        writer.close()
        stop.set()
        await serving


def a_request(*headers: bytes, body: bytes = b"") -> bytes:
    """Return a POST."""
    return b"\r\n".join([b"POST / HTTP/1.1", b"host: x", b"content-length: %d" % len(body), *headers, b"", body])


async def test_a_connection_that_is_kept_alive_takes_request_after_request() -> None:
    """Also when the time between them is longer than a head may take; bodies have limits of their own."""
    async with served() as (reader, writer):
        for size in (10, 100_000, 20):
            writer.write(a_request(body=b"x" * size))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(size) == b"x" * size
            await asyncio.sleep(TIMEOUT_S * 1.2)


@pytest.mark.parametrize(
    "begun", [b"", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nhost: x\r\nx-a: "], ids=["nothing", "line", "header"]
)
async def test_a_head_that_does_not_end_is_given_up(begun: bytes) -> None:
    """A byte now and then does not prolong it."""
    async with served() as (reader, writer):
        writer.write(begun)
        began = time.monotonic()
        dripping = asyncio.create_task(drip(writer)) if begun else None
        answer = await asyncio.wait_for(reader.read(), 5)
        if dripping:
            dripping.cancel()
        assert answer.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < TIMEOUT_S + 2


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a byte every 100 ms."""
    while True:
        await asyncio.sleep(0.1)
        writer.write(b"a")


@pytest.mark.parametrize(
    "head",
    [
        a_request(b"x-long: " + b"a" * 20_000),
        a_request(*(b"x-%d: y" % number for number in range(101))),
        b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\nx-endless: " + b"a" * 1_000_000,
    ],
    ids=["one long header", "many headers", "a long address", "a header without an end"],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes) -> None:
    """With 400, and the connection is closed; the application sees nothing of it."""
    async with served() as (reader, writer):
        writer.write(head)
        answer = b""
        try:
            while part := await asyncio.wait_for(reader.read(1000), 5):
                answer += part
        except ConnectionResetError:
            pass
        assert answer.startswith(b"HTTP/1.1 400")
        assert b" 200 " not in answer


@pytest.mark.parametrize(
    "framing",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked",
        b"content-length: 5\r\ncontent-length: 6",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity",
        b"content-length: +5",
        b"content-length : 5",
        b"transfer-encoding:\x0bchunked",
    ],
)
async def test_two_framings_of_one_body_are_refused(framing: bytes) -> None:
    """One answer, or none, and never that of a request inside the body."""
    inner = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
    async with served() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\n" + framing + b"\r\n\r\n" + inner)
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.startswith(b"HTTP/1.1 400")
