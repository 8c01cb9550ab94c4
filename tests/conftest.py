"""Fixtures of all tests: a store embedded and one behind a wire, a project for each test, the running service."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from tests.clickhouse.running import Gateway, a_gateway
from tests.e2e.servers import pipeline_on_servers
from tests.kafka.broker import Broker
from tests.running import Running, running


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make recordings` says."""
    parser.addoption("--cases", type=Path, help="folder with the recordings of others")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbStore]:
    """The embedded store with all tables; the engine opens one folder in a process's life, so all tests share it."""
    one = ChdbStore(tmp_path_factory.mktemp("store"), memory_bytes=2 << 30)
    migrate.apply(one, {"raw_days": 10_000, "rollup_days": 10_000})
    yield one
    one.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A server of ClickHouse's wire, shared by the tests that leave it running."""
    one = a_gateway(tmp_path_factory.mktemp("gateway"))
    yield one
    one.kill()


@pytest.fixture(scope="session")
def clickhouse(gateway: Gateway) -> Iterator[ClickhouseStore]:
    """The store behind that wire, with all tables."""
    one = ClickhouseStore(gateway.target)
    migrate.apply(one, {"raw_days": 10_000, "rollup_days": 10_000})
    yield one
    one.close()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A Kafka broker; who kills it starts it again. Without Java or Maven this fails."""
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    broker.start()
    try:
        asyncio.run(broker.until_up())
        yield broker
    finally:
        broker.stop()


@pytest.fixture
def project() -> str:
    """A project that no other test has."""
    return f"p{secrets.token_hex(6)}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pipeline(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The service, shared by the tests that leave it as they found it: `rtcpulse up`, or every role on servers."""
    run = pipeline_on_servers if os.environ.get("RTCPULSE_TEST_SERVERS") else running
    async with run(tmp_path_factory.mktemp("up")) as service:
        yield service
