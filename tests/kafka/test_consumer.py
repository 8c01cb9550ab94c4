"""The reader when its log is in trouble: a broker that dies, a topic that is another one, offsets that cannot be."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

from runtime.kafkaconsumer import KafkaConsumer
from runtime.kafkaurl import KafkaAddress
from runtime.log import Entry
from runtime.logheads import of_topic
from schemas.errors import LogMismatch, LogUnavailable
from tests.kafka.broker import Broker
from tests.kafka.conftest import made
from tests.kafka.load import READ_S, consuming, number_of, publish, publishing

pytestmark = pytest.mark.timeout(120)


async def some(consumer: KafkaConsumer, count: int = 1, *, patient: bool = False) -> list[Entry]:
    """Read until there are `count` entries; where patient, also while the log cannot be read."""
    entries: list[Entry] = []
    deadline = time.monotonic() + READ_S
    while len(entries) < count:
        assert time.monotonic() < deadline, f"{len(entries)} of {count} entries came"
        try:
            entries += await consumer.poll(max_messages=50, max_bytes=1 << 20, timeout_s=0.5)
        except LogUnavailable:
            if not patient:
                raise
            await asyncio.sleep(0.2)
    return entries


async def commit_all(consumer: KafkaConsumer, entries: list[Entry]) -> None:
    """Commit behind the last entry of each partition."""
    for partition, offset in {entry.partition: entry.offset for entry in entries}.items():
        await consumer.commit(partition, offset + 1)


async def committed_by_hand(address: KafkaAddress, group: str, offset: int, metadata: str) -> None:
    """Commit past rtcpulse, as an operator's tool would."""
    tool = AIOKafkaConsumer(bootstrap_servers=list(address.servers), group_id=group, enable_auto_commit=False)
    place = TopicPartition(address.topic, 0)
    tool.assign([place])
    await tool.start()
    await tool.commit({place: OffsetAndMetadata(offset, metadata)})
    await tool.stop()


async def test_a_broker_that_is_started_again_is_read_on(address: KafkaAddress, kafka: Broker) -> None:
    """The consumer says that it cannot read, and then goes on where it was, without a gap."""
    async with publishing(address) as publisher, consuming(address, "restart") as consumer:
        await publish(publisher, range(200))
        before = await some(consumer, 100)
        await commit_all(consumer, before)
        kafka.kill()
        with pytest.raises(LogUnavailable):
            await consumer.bounds()
        kafka.start()
        await kafka.until_up()
        await publish(publisher, range(200, 300))
        after = await some(consumer, 300 - len(before), patient=True)
        numbers = [number_of(entry) for entry in before + after]
        assert set(numbers) == set(range(300))
        for partition in {entry.partition for entry in after}:
            offsets = [entry.offset for entry in before + after if entry.partition == partition]
            assert sorted(set(offsets)) == list(range(len(set(offsets))))


async def test_a_topic_that_is_made_anew_is_another_log(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """It has grown past the committed offsets before anybody looked, and still nothing of it is taken for the old."""
    async with consuming(address, "anew") as consumer:
        async with publishing(address) as publisher:
            await publish(publisher, range(100))
        await commit_all(consumer, await some(consumer, 100))
        await admin.delete_topics([address.topic])
        await asyncio.sleep(1)
        await made(address)
        async with publishing(address) as publisher:
            await publish(publisher, range(1000, 1400))
        with pytest.raises(LogMismatch, match="made anew"):
            await some(consumer, 1, patient=True)
        with pytest.raises(LogUnavailable, match="not this consumer's"):
            await consumer.commit(0, 10**6)


async def test_offsets_of_another_log_are_refused(address: KafkaAddress) -> None:
    """The broker has kept the offsets of a topic that was deleted: what was committed names its log."""
    await committed_by_hand(address, "other", 0, "0" * 32)
    async with consuming(address, "other") as consumer:
        with pytest.raises(LogMismatch, match="made anew"):
            await some(consumer)


async def test_a_log_that_ends_below_what_was_committed_is_refused(address: KafkaAddress) -> None:
    """Whoever wrote the offset: reading on would leave messages out."""
    await committed_by_hand(address, "beyond", 5, "")
    async with consuming(address, "beyond") as consumer:
        with pytest.raises(LogMismatch, match="has read partition 0 to 5, but it ends at 0"):
            await some(consumer)


async def test_partitions_that_are_added_stop_the_reader(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """A session would move."""
    async with publishing(address) as publisher, consuming(address, "added") as consumer:
        await publish(publisher, range(20))
        await some(consumer, 20)
        await admin.create_partitions({address.topic: NewPartitions(6)})
        await asyncio.sleep(0.5)
        await publish(publisher, range(20, 40))
        with pytest.raises(LogMismatch, match="has 6 partitions now, and had 4"):
            await some(consumer, 20)


async def test_what_retention_has_deleted_unread_is_gone_and_the_rest_is_read(
    address: KafkaAddress, admin: AIOKafkaAdminClient
) -> None:
    """Kafka deletes by age; the reader goes on at what is left."""
    async with publishing(address) as publisher:
        await publish(publisher, range(200))
    async with consuming(address, "retention") as consumer:
        entries = await some(consumer, 10)
        place = TopicPartition(address.topic, entries[0].partition)
        await consumer.commit(place.partition, 2)
    await admin.delete_records({place: RecordsToDelete(before_offset=8)})
    async with consuming(address, "retention") as consumer:
        offsets = [entry.offset for entry in await some(consumer, 192) if entry.partition == place.partition]
        assert offsets[0] == 8
        assert (await consumer.bounds())[place.partition].first == 8


async def test_commits_never_go_back_and_keep_the_logs_id(address: KafkaAddress) -> None:
    """Also over two lives of a member that has a name, which is given its partitions at once."""
    async with publishing(address) as publisher:
        await publish(publisher, range(100))
    async with consuming(address, "back", name="one") as consumer:
        entries = await some(consumer, 100)
        await commit_all(consumer, entries)
        ends = await consumer.bounds()
        for partition in consumer.epochs:
            await consumer.commit(partition, 1)
    began = time.monotonic()
    async with consuming(address, "back", name="one") as consumer:
        while not consumer.epochs:
            await asyncio.sleep(0.05)
        assert time.monotonic() - began < 4, "a member that comes back does not wait for itself to be missed"
        assert await consumer.bounds() == ends
        assert {bounds.committed for bounds in ends.values()} == {bounds.end for bounds in ends.values()}
        assert not await consumer.poll(max_messages=10, max_bytes=1000, timeout_s=0.5)


async def test_a_driver_that_hangs_is_replaced(address: KafkaAddress) -> None:
    """Its fetching has ended in silence; entries are there, and none comes (aiokafka issue 1154)."""
    async with publishing(address) as publisher, consuming(address, "hangs") as consumer:
        await publish(publisher, range(50))
        await commit_all(consumer, await some(consumer, 50))
        consumer._stuck_s = 1
        consumer._client._fetcher._fetch_task.cancel()
        await publish(publisher, range(50, 100))
        assert {number_of(entry) for entry in await some(consumer, 50)} == set(range(50, 100))


async def test_a_header_without_a_value_stops_nobody(address: KafkaAddress) -> None:
    """Kafka has such; others may write to the topic. Neither the reader nor who counts headers ends by it."""
    other = AIOKafkaProducer(bootstrap_servers=list(address.servers))
    await other.start()
    headers = [("project", None), ("n", b"1")]
    await other.send_and_wait(address.topic, b"1 odd", partition=0, headers=headers)
    await other.stop()
    async with consuming(address, "odd") as consumer:
        (entry,) = await some(consumer)
    assert (entry.message.value, entry.message.headers) == (b"1 odd", {"n": "1"})
    heads = await of_topic(address, {0: 0}, {0: 1}, 100)
    assert [(head.offset, head.project) for head in heads.found] == [(0, "")]
