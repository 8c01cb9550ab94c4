"""A topic of its own for each test, and a way to reach past rtcpulse to the broker."""

import secrets
from collections.abc import AsyncIterator

import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient

from runtime.kafkarules import Rules
from runtime.kafkatopic import TopicView
from runtime.kafkaurl import KafkaAddress, parse
from tests.kafka.broker import Broker

RULES = Rules(partitions=4)


@pytest_asyncio.fixture
async def address(kafka: Broker) -> KafkaAddress:
    """An empty topic."""
    one = parse(kafka.url(f"t{secrets.token_hex(6)}"))
    await made(one)
    return one


@pytest_asyncio.fixture
async def admin(kafka: Broker) -> AsyncIterator[AIOKafkaAdminClient]:
    """The broker as its operator reaches it."""
    one = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{kafka.port}")
    await one.start()
    yield one
    await one.close()


async def made(address: KafkaAddress, rules: Rules = RULES) -> None:
    """Make a topic."""
    view = TopicView(address)
    try:
        await view.make(rules)
    finally:
        await view.close()
