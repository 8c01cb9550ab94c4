"""The producer in trouble: nothing that was acknowledged is lost, and it comes out of it by itself."""

import asyncio
import time

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkarules import Rules
from runtime.kafkaurl import KafkaAddress
from runtime.log import Message
from schemas.errors import LogUnavailable, Refused
from schemas.reasons import Reason
from tests.kafka.broker import Broker
from tests.kafka.conftest import RULES, made
from tests.kafka.load import a_message, everything, publish, publishing

pytestmark = pytest.mark.timeout(120)


async def until_well(publisher: KafkaPublisher, within_s: float = 30) -> None:
    """Wait until the publisher is in no trouble."""
    deadline = time.monotonic() + within_s
    while publisher.trouble():
        assert time.monotonic() < deadline, publisher.trouble()
        await asyncio.sleep(0.1)


async def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(
    address: KafkaAddress, kafka: Broker
) -> None:
    """Messages are in flight at the kill; those that are acknowledged are there, and the same producer goes on."""
    async with publishing(address) as publisher:
        before, _ = await publish(publisher, range(300))
        assert len(before) == 300
        in_flight = asyncio.ensure_future(publish(publisher, range(300, 900), size=2000))
        await asyncio.sleep(0.05)
        kafka.kill()
        kafka.start()
        await kafka.until_up()
        during, unanswered = await in_flight
        await until_well(publisher)
        after, _ = await publish(publisher, range(900, 1000))
    assert len(after) == 100
    seen = await everything(address, "g", before | during | after)
    assert set(seen) <= before | during | unanswered | after
    assert all(seen[number] == 1 for number in before | after)


async def test_a_broker_that_is_away_is_unavailable_and_not_waited_for(address: KafkaAddress, kafka: Broker) -> None:
    """Each message fails within its deadline; when the broker is back, a producer is made anew, or the first one."""
    async with publishing(address, deadline_s=1, stuck_s=2) as publisher:
        await publish(publisher, range(10))
        kafka.kill()
        try:
            began = time.monotonic()
            acknowledged, lost = await publish(publisher, range(10, 40))
            assert not acknowledged
            assert time.monotonic() - began < 3
            assert publisher.trouble()
            await asyncio.sleep(3)
            began = time.monotonic()
            with pytest.raises(LogUnavailable):
                await publisher.publish(a_message(40))
            assert time.monotonic() - began < 0.9, "without a producer nobody waits for the deadline"
            assert publisher._queued_bytes == 0
            late = await KafkaPublisher.open(address, RULES)
            assert "did not succeed" in late.trouble()
        finally:
            kafka.start()
            await kafka.until_up()
        await until_well(late)
        await late.close()
        await until_well(publisher)
        after, _ = await publish(publisher, range(50, 60))
    seen = await everything(address, "g", set(range(10)) | after)
    assert set(seen) <= set(range(10)) | lost | after


async def test_a_broker_that_hangs_makes_the_producer_anew(address: KafkaAddress, kafka: Broker) -> None:
    """Its connections are open, and sends neither succeed nor fail."""
    async with publishing(address, deadline_s=1, stuck_s=2) as publisher:
        await publish(publisher, range(10))
        first = publisher._producer
        kafka.freeze()
        try:
            waiting = asyncio.ensure_future(publish(publisher, range(10, 20)))
            await asyncio.sleep(4)
            assert publisher._producer is not first
            assert publisher.trouble()
            assert await waiting == (set(), set(range(10, 20)))
        finally:
            kafka.thaw()
        await until_well(publisher)
        after, _ = await publish(publisher, range(20, 30))
        assert len(after) == 10


async def test_a_sender_that_died_is_noticed(address: KafkaAddress) -> None:
    """The driver's own task has ended, and its messages would wait for ever (aiokafka issue 1039)."""
    async with publishing(address, deadline_s=1, stuck_s=2) as publisher:
        await publish(publisher, range(10))
        assert publisher._producer is not None
        publisher._producer._sender.sender_task.cancel()
        _, lost = await publish(publisher, range(10, 20))
        assert len(lost) == 10
        await asyncio.sleep(2)
        await until_well(publisher)
        after, _ = await publish(publisher, range(20, 30))
        assert len(after) == 10


async def test_an_error_that_nobody_foresaw_does_not_end_the_watch(
    address: KafkaAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver breaks while its producer is made again: that is the trouble, and it is tried once more."""
    async with publishing(address) as publisher:
        with monkeypatch.context() as patch:
            patch.setattr("runtime.kafkapublisher.AIOKafkaProducer", lambda **_: 1 / 0)
            publisher._fail("thrown away by the test")
            async with asyncio.timeout(10):
                while "division" not in publisher.trouble():
                    await asyncio.sleep(0.05)
        await until_well(publisher)
        acknowledged, _ = await publish(publisher, range(10))
        assert len(acknowledged) == 10


async def test_what_waits_is_bounded(address: KafkaAddress, kafka: Broker) -> None:
    """A push over the bound fails at once, also when who asked for the others has gone."""
    publisher = await KafkaPublisher.open(address, RULES, queue_bytes=100_000, deadline_s=5)
    try:
        kafka.freeze()
        waiting = [asyncio.ensure_future(publisher.publish(a_message(number, 9_900))) for number in range(10)]
        await asyncio.sleep(0.1)
        for one in waiting[:5]:
            one.cancel()
        await asyncio.sleep(0.05)
        with pytest.raises(LogUnavailable, match="too much waits"):
            await publisher.publish(a_message(10, 9_900))
        assert "too much waits" in publisher.trouble()
        kafka.thaw()
        assert len(await asyncio.gather(*waiting[5:])) == 5
        await asyncio.sleep(0.2)
        assert publisher._queued_bytes == 0
    finally:
        kafka.thaw()
        await publisher.close()


def limited(message_bytes: int) -> ConfigResource:
    """Return the setting that limits the messages of the topic `small`."""
    return ConfigResource(ConfigResourceType.TOPIC, "small", {"max.message.bytes": str(message_bytes)})


async def test_a_message_that_is_too_large_is_refused_for_good(kafka: Broker, admin: AIOKafkaAdminClient) -> None:
    """By its size, or by the brokers where somebody has lowered the topic's limit since."""
    address = KafkaAddress((f"127.0.0.1:{kafka.port}",), "small")
    rules = Rules(partitions=1, value_bytes=200_000)
    await made(address, rules)
    publisher = await KafkaPublisher.open(address, rules)
    try:
        with pytest.raises(Refused) as refused:
            await publisher.publish(Message(b"k", b"x" * 300_000))
        assert refused.value.reason is Reason.TOO_LARGE
        await publisher.publish(Message(b"k", b"x" * 200_000))
        await admin.alter_configs([limited(50_000)])
        await asyncio.sleep(0.5)
        with pytest.raises(Refused) as refused:
            await publisher.publish(Message(b"k", b"x" * 200_000))
        assert refused.value.reason is Reason.TOO_LARGE
        await asyncio.sleep(1)
        assert "raise its max.message.bytes" in publisher.trouble()
        await admin.alter_configs([limited(300_000)])
        await until_well(publisher)
        await publisher.publish(Message(b"k", b"x" * 200_000))
    finally:
        await publisher.close()
