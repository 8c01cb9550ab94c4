"""What every log must do, run over each adapter."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runtime.kafkaconsumer import KafkaConsumer, Membership
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkarules import Rules
from runtime.kafkatopic import TopicView
from runtime.kafkaurl import parse
from runtime.log import Consumer, Message, Publisher
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from tests.kafka.broker import Broker


@dataclass(frozen=True, slots=True)
class Log:
    """An adapter: how it is opened for writing and for reading, and how many partitions it has."""

    publisher: Callable[[], Awaitable[Publisher]]
    consumer: Callable[[str], Awaitable[Any]]
    partitions: int


Adapter = Callable[[Path], Log]


def sqlite(_: pytest.FixtureRequest) -> Adapter:
    """Return what makes a SQLite log in a folder."""
    return _sqlite


def kafka(request: pytest.FixtureRequest) -> Adapter:
    """Return what makes a topic of a real broker, which is started here: before any test's event loop runs."""
    return partial(_kafka, request.getfixturevalue("kafka"))


def _sqlite(folder: Path) -> Log:

    async def publisher() -> Publisher:
        return SqlitePublisher(folder)

    async def consumer(group: str) -> SqliteConsumer:
        return SqliteConsumer(folder, group=group)

    return Log(publisher, consumer, 1)


def _kafka(broker: Broker, folder: Path) -> Log:
    address = parse(broker.url(f"{folder.parent.name}.{folder.name}"))
    rules = Rules(partitions=3)

    async def made() -> None:
        view = TopicView(address)
        await view.make(rules)
        await view.close()

    async def publisher() -> Publisher:
        await made()
        return await KafkaPublisher.open(address, rules)

    async def consumer(group: str) -> KafkaConsumer:
        await made()
        return await KafkaConsumer.open(address, rules, Membership(f"{address.topic}.{group}"))

    return Log(publisher, consumer, rules.partitions)


@pytest.fixture(params=[sqlite, kafka])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Log]:
    """Each adapter in turn: makes logs by name."""
    adapter: Adapter = request.param(request)
    return lambda name: adapter(tmp_path / name)


@pytest.fixture
def log(make: Callable[[str], Log]) -> Log:
    """Each adapter in turn, empty."""
    return make("log")


def a_message(number: int, key: bytes = b"p\0s") -> Message:
    """Return a message that is told from others."""
    return Message(key, f"body {number}".encode(), {"project": "p", "n": str(number)})


@asynccontextmanager
async def writing(log: Log) -> AsyncIterator[Publisher]:
    """Open for writing."""
    publisher = await log.publisher()
    try:
        yield publisher
    finally:
        await publisher.close()


async def read(consumer: Consumer, count: int) -> list[Any]:
    """Read until there are `count` entries."""
    entries: list[Any] = []
    async with asyncio.timeout(10):
        while len(entries) < count:
            entries += await consumer.poll(max_messages=7, max_bytes=1 << 20, timeout_s=0.2)
    return entries


async def test_what_is_published_is_read_in_order_and_whole(log: Log) -> None:
    """Key, headers and value come back; offsets grow; publish says the position."""
    async with writing(log) as publisher:
        positions = [await publisher.publish(a_message(number)) for number in range(20)]
    consumer = await log.consumer("g")
    entries = await read(consumer, 20)
    assert [(entry.partition, entry.offset) for entry in entries] == positions
    assert [entry.message for entry in entries] == [a_message(number) for number in range(20)]
    await consumer.close()


async def test_many_publish_at_the_same_time(log: Log) -> None:
    """Each gets a position of its own, and none is lost."""
    async with writing(log) as publisher:
        positions = await asyncio.gather(*(publisher.publish(a_message(number)) for number in range(300)))
    assert len(set(positions)) == 300
    consumer = await log.consumer("g")
    by_position = {(entry.partition, entry.offset): entry.message for entry in await read(consumer, 300)}
    assert by_position == {position: a_message(number) for number, position in enumerate(positions)}
    await consumer.close()


async def test_reading_goes_on_at_the_committed_offset(log: Log) -> None:
    """What was read and not committed is read again by the next consumer; groups do not know each other."""
    async with writing(log) as publisher:
        for number in range(10):
            await publisher.publish(a_message(number))
    first = await log.consumer("g")
    entries = await read(first, 10)
    await first.commit(entries[3].partition, entries[3].offset + 1)
    await first.commit(entries[1].partition, entries[1].offset + 1)  # never goes back
    await first.close()
    second = await log.consumer("g")
    assert [entry.offset for entry in await read(second, 6)] == [entry.offset for entry in entries[4:]]
    await second.close()
    other = await log.consumer("other")
    assert len(await read(other, 10)) == 10
    await other.close()


async def test_a_seek_reads_again(log: Log) -> None:
    """Recovery goes back below the committed offset."""
    async with writing(log) as publisher:
        for number in range(5):
            await publisher.publish(a_message(number))
    consumer = await log.consumer("g")
    entries = await read(consumer, 5)
    partition = entries[0].partition
    await consumer.commit(partition, entries[-1].offset + 1)
    await consumer.seek(partition, entries[2].offset)
    assert [entry.offset for entry in await read(consumer, 3)] == [entry.offset for entry in entries[2:]]
    await consumer.close()


async def test_a_reader_waits_for_what_comes(log: Log) -> None:
    """A poll returns as soon as there is one, and empty after its time."""
    async with writing(log) as publisher:
        consumer = await log.consumer("g")
        assert not await consumer.poll(max_messages=5, max_bytes=100, timeout_s=0.05)
        waiting = asyncio.ensure_future(consumer.poll(max_messages=5, max_bytes=100, timeout_s=10))
        await asyncio.sleep(0.1)
        partition, _ = await publisher.publish(a_message(1))
        assert len(await asyncio.wait_for(waiting, 5)) == 1
        bounds = await consumer.bounds()
        assert (bounds[partition].end - bounds[partition].first, bounds[partition].committed) == (1, 0)
        assert set(bounds) == set(consumer.epochs) == set(range(log.partitions))
        await consumer.close()


async def test_a_partition_is_read_in_order_and_a_key_stays_in_its_partition(log: Log) -> None:
    """Nothing is left out between two offsets; between partitions there is no order."""
    async with writing(log) as publisher:
        for number in range(60):
            await publisher.publish(a_message(number, b"p\0s%d" % (number % 10)))
    consumer = await log.consumer("g")
    entries = await read(consumer, 60)
    for partition in {entry.partition for entry in entries}:
        offsets = [entry.offset for entry in entries if entry.partition == partition]
        assert offsets == list(range(len(offsets)))
    assert len({(entry.message.key, entry.partition) for entry in entries}) == 10
    await consumer.close()


async def test_a_poll_keeps_to_its_limits(log: Log) -> None:
    """It ends with the message that reaches the bytes; what is left over comes next."""
    async with writing(log) as publisher:
        for number in range(12):
            await publisher.publish(Message(b"k", bytes([number]) * 1000))
    consumer = await log.consumer("g")
    sizes: list[int] = []
    values: list[int] = []
    async with asyncio.timeout(10):
        while len(values) < 12:
            found = await consumer.poll(max_messages=5, max_bytes=2500, timeout_s=0.2)
            sizes.append(len(found))
            values += [entry.message.value[0] for entry in found]
    assert values == list(range(12))
    assert max(sizes) == 3
    await consumer.close()


async def test_a_log_keeps_its_id_and_another_has_another(make: Callable[[str], Log]) -> None:
    """The id tells a recreated log from the one that was."""
    log = make("log")
    first, again = await log.consumer("g"), await log.consumer("h")
    other = await make("other").consumer("g")
    assert first.log_id == again.log_id != other.log_id
    for consumer in (first, again, other):
        await consumer.close()


async def test_closing_finishes_what_was_accepted(log: Log) -> None:
    """Publishes that were under way are durable or fail; closing twice is no error."""
    publisher = await log.publisher()
    under_way = [asyncio.ensure_future(publisher.publish(a_message(number))) for number in range(50)]
    await asyncio.sleep(0)
    await publisher.close()
    await publisher.close()
    accepted = [task for task in under_way if not task.exception()] if all(t.done() for t in under_way) else under_way
    count = len([await task for task in accepted])
    consumer = await log.consumer("g")
    assert len(await read(consumer, count)) == count == 50
    await consumer.close()
