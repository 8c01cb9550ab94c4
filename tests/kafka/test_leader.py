"""One of several processes leads; when it goes, or is not heard of, another does, in a later term."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.kafkadriver import leave
from runtime.kafkaleader import KafkaLeadership
from runtime.kafkaurl import KafkaAddress
from tests.kafka.broker import Broker

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def joined(address: KafkaAddress) -> AsyncIterator[KafkaLeadership]:
    """Take part in the choice of a leader."""
    one = await KafkaLeadership.open(address)
    try:
        yield one
    finally:
        await one.close()


async def one_leads(*those: KafkaLeadership, within_s: float = 30) -> tuple[int, int]:
    """Wait until exactly one of those leads, and return its place among them and its term."""
    async with asyncio.timeout(within_s):
        while True:
            terms = [one.term() for one in those]
            if sum(term is not None for term in terms) == 1:
                (found,) = [(place, term) for place, term in enumerate(terms) if term is not None]
                return found
            await asyncio.sleep(0.05)


async def test_one_leads_and_another_after_it(address: KafkaAddress) -> None:
    """Whoever leaves hands over at once; the terms grow."""
    async with joined(address) as first:
        _, term = await one_leads(first)
        async with joined(address) as second:
            leader, later = await one_leads(first, second)
            assert later >= term
            those = [first, second]
            await those.pop(leader).close()
            _, last = await one_leads(*those)
            assert last > later
            assert [first, second][leader].term() is None


async def test_a_leader_that_is_not_heard_of_is_replaced(address: KafkaAddress) -> None:
    """Its heartbeats stop, as when its process is killed; the other leads within the session's time."""
    async with joined(address) as first:
        _, term = await one_leads(first)
        client = first._client
        assert client is not None
        client._coordinator._heartbeat_task.cancel()
        client._coordinator._coordination_task.cancel()
        async with joined(address) as second:
            async with asyncio.timeout(40):
                while second.term() is None:
                    await asyncio.sleep(0.1)
            later = second.term()
            assert later is not None
            assert later > term
        first._client = None
        await leave(client)


async def test_a_driver_that_broke_is_thrown_away(address: KafkaAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever error it meets, the process joins the group again and leads."""
    async with joined(address) as first:
        _, term = await one_leads(first)
        broken = first._client
        with monkeypatch.context() as patch:
            patch.setattr("runtime.kafkaleader.heed", lambda _: 1 / 0)
            async with asyncio.timeout(20):
                while first._client is broken:
                    await asyncio.sleep(0.05)
        _, later = await one_leads(first)
        assert later > term


async def test_leading_goes_on_after_the_broker_was_away(kafka: Broker, address: KafkaAddress) -> None:
    """While it is away nobody is sure to lead; afterwards one does."""
    async with joined(address) as first:
        await one_leads(first)
        kafka.kill()
        await asyncio.sleep(1)
        kafka.start()
        await kafka.until_up()
        await one_leads(first, within_s=60)
