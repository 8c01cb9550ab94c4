"""A collector's stand-in: serves the SDK and the test's pages, keeps what the SDK posts, answers as the test says."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import uvicorn
from isal import igzip

from collector.sdk import files
from schemas.batch import Batch, decode

_PAGE: Final = Path(__file__).with_name("call.js")
_GZIP: Final = b"\x1f\x8b"


@dataclass
class Post:
    """One attempt of the SDK to send a batch: the body as it came, and what the receiver answered."""

    body: bytes
    query: dict[str, list[str]]
    content_type: str
    at: float
    status: int

    @property
    def text(self) -> bytes:
        """The unpacked body."""
        return igzip.decompress(self.body) if self.body.startswith(_GZIP) else self.body

    @property
    def batch(self) -> Batch:
        """The body, decoded strictly."""
        return decode(self.text)


@dataclass
class Receiver:
    """The state that the tests look at and set: `answers` are given in turn, then 202 with `advice` as its JSON."""

    port: int
    posts: list[Post] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    advice: dict[str, float] = field(default_factory=dict)
    methods: list[str] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where batches go."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def page_url(self) -> str:
        """Where pages come from: another origin than the batches' receiver, as in life."""
        return f"http://localhost:{self.port}"

    def accepted(self) -> list[Batch]:
        """Return what was answered with 202, each (session, writer, seq) once, in order of seq."""
        kept = {(post.batch.session.id, post.batch.seq): post.batch for post in self.posts if post.status == 202}
        return [kept[key] for key in sorted(kept, key=lambda key: (key[0], key[1] or 0))]

    async def wait(self, count: int, seconds: float = 45) -> None:
        """Wait until `count` posts came.

        Raises:
            TimeoutError: they did not come in time.
        """
        async with asyncio.timeout(seconds):
            while len(self.posts) < count:
                await asyncio.sleep(0.05)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        body = b""
        while scope["method"] == "POST" and (message := await receive()).get("type") == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.methods.append(scope["method"])
        status, headers, answer = self._answer(scope, body)
        headers = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after", **headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, scope: dict[str, Any], body: bytes) -> tuple[int, dict[str, str], bytes]:
        path = scope["path"]
        if path == "/v1/batches":
            status, headers = self.answers.pop(0) if self.answers else (202, {})
            types = dict(scope["headers"]).get(b"content-type", b"").decode()
            query = parse_qs(scope["query_string"].decode())
            self.posts.append(Post(body, query, types, time.time(), status))
            return status, headers, json.dumps(self.advice).encode()
        if path.startswith("/sdk/"):
            content, kind = files()[path.removeprefix("/sdk/")]
            return 200, {"content-type": kind}, content
        if path == "/call.js":
            return 200, {"content-type": "text/javascript"}, _PAGE.read_bytes()
        if path in self.pages:
            return 200, {"content-type": "text/html; charset=utf-8"}, self.pages[path].encode()
        return 204 if path == "/favicon.ico" else 404, {}, b""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the test runner's signal handlers alone."""
        yield


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def receiving(port: int | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver on loopback."""
    receiver = Receiver(port or free_port())
    config = uvicorn.Config(receiver, host="127.0.0.1", port=receiver.port, lifespan="off", log_level="critical")
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield receiver
    finally:
        server.should_exit = server.force_exit = True
        await task
