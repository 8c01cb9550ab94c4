"""The collector in this process, asked as a server asks an application, so that no client puts anything right first."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from collector.app import create_app
from collector.edge import Edge
from collector.quota import Quota
from collector.sdk import files
from collector.sender import Keys, networks
from runtime.instruments import Instruments
from runtime.log import Entry
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from tests.ingest.running import RECEIVED

KEY: Final = "k"
REFUSALS: Final = frozenset({400, 401, 408, 413, 415, 422})
LATER: Final = frozenset({429, 503})
Header = tuple[bytes, bytes]


class Door:
    """A collector as its server sees it.

    Args:
        app: the collector.
        log: the folder of its log.
    """

    def __init__(self, app: Any, log: Path) -> None:
        self.app = app
        self._reader = SqliteConsumer(log, group="fuzz")

    async def post(self, body: bytes, headers: Sequence[Header], query: bytes) -> bool:
        """Push a body in two pieces; return whether it was taken.

        Raises:
            AssertionError: the answer is none that a client can act on.
        """
        half = len(body) // 2
        said = await self._asked(
            {"type": "http", "method": "POST", "path": "/v1/batches", "scheme": "http", "http_version": "1.1"},
            headers,
            query,
            [
                {"type": "http.request", "body": body[:half], "more_body": True},
                {"type": "http.request", "body": body[half:]},
            ],
        )
        start, content = said[0], said[1]["body"]
        if start["status"] == 202:
            return True
        _check_refusal(start["status"], json.loads(content), dict(start["headers"]))
        return False

    async def stream(self, messages: Sequence[bytes | str], query: bytes) -> int:
        """Send messages through one WebSocket; return how many batches were taken.

        Raises:
            AssertionError: a message was not answered.
        """
        events = [{"type": "websocket.connect"}, *map(_message, messages), {"type": "websocket.disconnect"}]
        said = await self._asked({"type": "websocket", "path": "/v1/stream", "scheme": "ws"}, (), query, events)
        assert said[0]["type"] == "websocket.accept"
        if said[1:2] and said[1]["type"] == "websocket.close":
            return 0
        answers = [json.loads(one["bytes"]) for one in said[1:]]
        assert len(answers) == len(messages)
        for answer in answers:
            if "refused" in answer:
                _check_refusal(answer["refused"]["status"], answer["refused"], None)
        return sum("ack" in answer for answer in answers)

    async def admitted(self) -> list[Entry]:
        """Return what came into the log since the last look."""
        entries: list[Entry] = []
        while found := await self._reader.poll(max_messages=1000, max_bytes=1 << 30, timeout_s=0):
            entries += found
        return entries

    @property
    def log_id(self) -> str:
        """The log's id."""
        return self._reader.log_id

    async def close(self) -> None:
        """Close what reads the log."""
        await self._reader.close()

    async def _asked(
        self, scope: dict[str, Any], headers: Sequence[Header], query: bytes, events: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        waiting = iter(events)
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return next(waiting)

        async def send(event: dict[str, Any]) -> None:
            said.append(event)

        path = scope["path"]
        more = {"headers": list(headers), "query_string": query, "client": ("127.0.0.1", 1), "server": ("c", 80)}
        await self.app(scope | more | {"asgi": {"version": "3.0"}, "raw_path": path, "root_path": ""}, receive, send)
        return said


def _message(content: bytes | str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text" if isinstance(content, str) else "bytes": content}


def _check_refusal(status: int, problem: dict[str, Any], headers: dict[bytes, bytes] | None) -> None:
    assert status in REFUSALS | LATER, problem
    assert problem["status"] == status
    assert problem["retry"] is (status in LATER)
    assert problem["reason"]
    assert problem["detail"]
    if headers is not None and status in LATER:
        assert int(headers[b"retry-after"]) >= 1


@contextmanager
def opened(folder: Path) -> Iterator[tuple[asyncio.Runner, Door]]:
    """Open a collector with a key, behind a proxy that it trusts, on a loop that lasts from example to example."""

    async def make() -> tuple[Door, SqlitePublisher]:
        publisher = SqlitePublisher(folder)
        edge = Edge(publisher, Keys(f"{KEY}:fuzz"), Quota(1e9, 1e12), Instruments(), now_ms=lambda: RECEIVED)
        app = create_app(edge, files=files(), ready=publisher.trouble, trusted=networks("127.0.0.0/8"))
        return Door(app, folder), publisher

    with asyncio.Runner() as runner:
        door, publisher = runner.run(make())
        try:
            yield runner, door
        finally:
            runner.run(door.close())
            runner.run(publisher.close())
