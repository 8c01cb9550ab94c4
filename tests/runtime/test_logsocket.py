"""Appending through the log's writer: positions and errors come through as they are."""

import asyncio
from pathlib import Path

import pytest

from runtime.log import Message
from runtime.logsocket import SocketPublisher, log_server
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import LogUnavailable


async def test_messages_and_errors_come_through(tmp_path: Path) -> None:
    """Bytes, key and headers are kept; what the log refuses is refused; nobody is there after the end."""
    log = SqlitePublisher(tmp_path / "log", queue_bytes=1000)
    server = log_server(log, tmp_path / "edge.sock")
    await server.start()
    asking = await asyncio.to_thread(SocketPublisher, tmp_path / "edge.sock")
    message = Message(b"\0key", b"\x1f\x8b\xff", {"project": "p", "x": "é"})
    assert await asking.publish(message) == (0, 0)
    with pytest.raises(LogUnavailable, match="waits for the disk"):
        await asking.publish(Message(b"k", b"x" * 1001))
    await asking.close()
    await server.close()
    consumer = SqliteConsumer(tmp_path / "log")
    assert [entry.message for entry in await consumer.poll(max_messages=5, max_bytes=100, timeout_s=1)] == [message]
    await consumer.close()
    await log.close()
    with pytest.raises(LogUnavailable, match="nobody answers"):
        SocketPublisher(tmp_path / "edge.sock")
