"""A collector on a log of its own, asked in-process; what it published can be read."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from collector.admit import Limits
from collector.app import create_app
from collector.edge import Edge
from collector.quota import Quota
from collector.sdk import files
from collector.sender import Geography, Keys, networks
from collector.signers import Signers
from collector.tokens import Tokens
from runtime.instruments import Instruments
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from tests.builders import T0


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector whose clock stands at T0 plus a minute."""

    app: FastAPI
    edge: Edge
    directory: Path

    def client(self, address: str = "203.0.113.77") -> httpx.AsyncClient:
        """Return a client that sends from an address."""
        transport = httpx.ASGITransport(app=self.app, client=(address, 1234))
        return httpx.AsyncClient(transport=transport, base_url="http://collector")

    async def published(self) -> list[Any]:
        """Return what is in the log."""
        consumer = SqliteConsumer(self.directory, group="test")
        entries = await consumer.poll(max_messages=1000, max_bytes=1 << 30, timeout_s=0)
        await consumer.close()
        return list(entries)


Make = Callable[..., Collector]


@pytest_asyncio.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Return a function that makes a collector with keys, limits and proxies."""
    made: list[Edge] = []

    def make(keys: str = "", *, proxies: str = "", limits: Limits | None = None, **more: Any) -> Collector:
        publisher = SqlitePublisher(tmp_path / "log", **more.pop("log", {}))
        quota = Quota(*more.pop("quota", (1000, 1e9)))
        signers = more.pop("signers", None) or Signers()
        known = Keys(keys, more.pop("keys_file", None), closed=bool(signers))
        edge = Edge(
            publisher,
            known,
            quota,
            Instruments(),
            limits or Limits(),
            more.pop("geography", Geography()),
            now_ms=more.pop("now_ms", lambda: int(T0) + 60_000),
            tokens=Tokens(signers),
        )
        made.append(edge)
        app = create_app(
            edge,
            files=files(),
            ready=lambda: publisher.trouble() or known.trouble(),
            trusted=networks(proxies),
            **more,
        )
        return Collector(app, edge, tmp_path / "log")

    yield make
    for edge in made:
        await edge.publisher.close()


@pytest.fixture
def collector(make: Make) -> Collector:
    """Return a collector without keys."""
    return make()
