"""WS /v1/stream: each batch acknowledged by its key, refusals with their reason, and the connection goes on."""

import gzip
import json
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.builders import a_batch, a_series, inbound
from tests.running import Running, running


def url(service: Running, query: str = "") -> str:
    """Return the address of the stream."""
    return service.collector.replace("http", "ws") + "/v1/stream" + query


def a_push(session: str, seq: int = 0) -> dict[str, Any]:
    """Return an envelope with a batch of now."""
    now = time.time() * 1000
    series = a_series([now - 2000, now], inbound(received=[1, 2], lost=[0, 0]))
    return {"sent": now, "batch": a_batch(seq=seq, session=session, series=[series])}


@pytest_asyncio.fixture
async def socket(pipeline: Running) -> AsyncIterator[ClientConnection]:
    """A connection to the running collector."""
    async with connect(url(pipeline), proxy=None) as one:
        yield one


async def ask(socket: ClientConnection, message: str | bytes) -> Any:
    """Send a message and return the answer."""
    await socket.send(message)
    return json.loads(await socket.recv())


async def test_batches_are_acknowledged_and_stored(socket: ClientConnection, pipeline: Running) -> None:
    """Text, bytes and gzip; the acknowledgement names writer and seq."""
    session = f"s-{secrets.token_hex(6)}"
    for seq in range(3):
        text = json.dumps(a_push(session, seq))
        answer = await ask(socket, (text, text.encode(), gzip.compress(text.encode()))[seq])
        assert answer == {"ack": {"writer": "w" * 32, "seq": seq, "origin_id": None}}
    await pipeline.until(
        "SELECT count() = 3 FROM batches WHERE session = {s:String} AND source = 'stream' AND outcome = 'stored'",
        {"s": session},
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("hello", "not_json"),
        ("{}", "bad_shape"),
        ("", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"\x1f\x8b rubbish", "bad_gzip"),
        ('{"batch": {"v": 1, "writer": "w", "seq": 4}}', "bad_shape"),
        ('{"batch": 7}', "bad_shape"),
        ('{"sent": "soon", "batch": {}}', "bad_shape"),
        ("[" * 10_000 + "]" * 10_000, "bad_shape"),
        ('{"batch": ' + "[" * 10_000 + "]" * 10_000 + "}", "too_deep"),
        (gzip.compress(b" " * (64 << 20)), "too_large_unpacked"),
    ],
)
async def test_a_refusal_has_its_reason_and_the_next_batch_is_taken(
    socket: ClientConnection, message: str | bytes, reason: str
) -> None:
    """The connection is not at fault."""
    answer = await ask(socket, message)
    assert answer["refused"]["reason"] == reason, answer
    assert "ack" in await ask(socket, json.dumps(a_push(f"s-{secrets.token_hex(6)}")))


async def test_a_message_over_the_limit_ends_the_connection(pipeline: Running) -> None:
    """2 MB are not even read."""
    async with connect(url(pipeline), proxy=None) as socket:
        with pytest.raises(ConnectionClosed) as ended:
            await ask(socket, b" " * (2 << 20))
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1009


async def test_keys_and_connections_are_limited(tmp_path: Path) -> None:
    """Without a key the connection is closed with the reason; so is one too many of an address."""
    async with running(tmp_path, keys="k:p", connections_per_address=2) as service:
        for query, reason in (("", "missing_key"), ("?key=x", "unknown_key")):
            async with connect(url(service, query), proxy=None) as socket:
                with pytest.raises(ConnectionClosed) as ended:
                    await socket.recv()
                assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (1008, reason)  # type: ignore[union-attr]
        async with (
            connect(url(service, "?key=k"), proxy=None) as one,
            connect(url(service, "?key=k"), proxy=None) as two,
        ):
            for socket in (one, two):
                assert "ack" in await ask(socket, json.dumps(a_push("s")))
            async with connect(url(service, "?key=k"), proxy=None) as three:
                with pytest.raises(ConnectionClosed) as ended:
                    await three.recv()
                assert ended.value.rcvd.reason == "overloaded"  # type: ignore[union-attr]
