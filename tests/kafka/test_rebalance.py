"""Partitions that move between consumers: each entry is finished by one of them, and no insert is overtaken."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from runtime.kafkaconsumer import KafkaConsumer
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkaurl import KafkaAddress
from runtime.log import Entry
from schemas.errors import LogUnavailable
from tests.kafka.conftest import RULES
from tests.kafka.load import READ_S, consuming, number_of, publish, publishing

pytestmark = pytest.mark.timeout(120)


class Store:
    """What was finished, by whom: a message is in it once its entry was committed."""

    def __init__(self) -> None:
        self.finished: Counter[int] = Counter()
        self.by: dict[str, int] = {}

    @asynccontextmanager
    async def working(self, consumer: KafkaConsumer, name: str) -> AsyncIterator[None]:
        """Work until the block ends; what was begun is finished first."""
        stop = asyncio.Event()
        task = asyncio.ensure_future(self.work(consumer, name, stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def work(self, consumer: KafkaConsumer, name: str, stop: asyncio.Event) -> None:
        """Read, insert (which takes a while), commit; entries of a partition that has gone are dropped."""
        while not stop.is_set():
            try:
                entries = await consumer.poll(max_messages=200, max_bytes=1 << 20, timeout_s=0.2)
            except LogUnavailable:
                continue
            epochs = dict(consumer.epochs)
            for partition in {entry.partition for entry in entries}:
                own = [entry for entry in entries if entry.partition == partition]
                await self._block(consumer, name, own, epochs)

    async def _block(self, consumer: KafkaConsumer, name: str, own: list[Entry], epochs: dict[int, int]) -> None:
        partition = own[0].partition
        await asyncio.sleep(0.02)
        if consumer.epochs.get(partition) != epochs[partition]:
            return
        try:
            await consumer.commit(partition, own[-1].offset + 1)
        except LogUnavailable:
            return
        self.finished.update(map(number_of, own))
        self.by[name] = self.by.get(name, 0) + len(own)


async def test_two_consumers_under_load_finish_each_message_once(address: KafkaAddress) -> None:
    """One joins, another leaves, while messages come: what was committed covers all of them, and nothing twice."""
    store = Store()
    published = itertools.count()
    async with publishing(address) as publisher, consuming(address, "load") as first:
        load = asyncio.ensure_future(publish_until(publisher, published, lambda: len(store.by) == 3))
        async with store.working(first, "first"):
            await until(lambda: store.by.get("first", 0) > 500)
            async with consuming(address, "load") as second, store.working(second, "second"):
                await until(lambda: store.by.get("second", 0) > 500)
            await until(lambda: len(first.epochs) == RULES.partitions)
        await first.close()
        async with consuming(address, "load") as third, store.working(third, "third"):
            count = await load
            await until(lambda: len(store.finished) == count)
    assert set(store.finished) == set(range(count))
    assert set(store.finished.values()) == {1}


async def publish_until(publisher: KafkaPublisher, numbers: Iterator[int], enough: Callable[[], bool]) -> int:
    """Publish without a pause until it is enough; return how many messages that were."""
    count = 0
    while not enough():
        part = list(itertools.islice(numbers, 100))
        acknowledged, _ = await publish(publisher, part)
        assert len(acknowledged) == len(part)
        count += len(part)
        await asyncio.sleep(0.05)
    return count


async def until(true: Callable[[], object], within_s: float = READ_S) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def handed_out(consumer: KafkaConsumer) -> list[Entry]:
    """Poll until there is something."""
    while True:
        entries = await consumer.poll(max_messages=500, max_bytes=1 << 20, timeout_s=0.5)
        if entries:
            return list(entries)


async def test_a_revoked_partition_waits_for_what_is_in_hand(address: KafkaAddress) -> None:
    """The other consumer gets nothing until the insert in flight is committed."""
    async with publishing(address) as publisher, consuming(address, "wait") as first:
        await publish(publisher, range(300))
        entries = await handed_out(first)
        epochs = dict(first.epochs)
        async with consuming(address, "wait") as second:
            await asyncio.sleep(3)
            assert first.epochs == epochs
            assert not second.epochs
            for partition in {entry.partition for entry in entries}:
                last = max(entry.offset for entry in entries if entry.partition == partition)
                await first.commit(partition, last + 1)
            await until(lambda: len(first.epochs) == len(second.epochs) == 2)
            assert set(first.epochs) | set(second.epochs) == set(epochs)
            assert all(epoch > epochs[partition] for partition, epoch in first.epochs.items())
            gone = next(iter(second.epochs))
            with pytest.raises(LogUnavailable, match="not this consumer's"):
                await first.commit(gone, 1000)


async def test_a_revoked_partition_goes_when_poll_is_called_again(address: KafkaAddress) -> None:
    """Who polls has no insert in flight; what it had is read again by the next owner."""
    async with publishing(address) as publisher, consuming(address, "again") as first:
        await publish(publisher, range(300))
        await handed_out(first)
        async with consuming(address, "again") as second:
            await asyncio.sleep(3)
            assert not second.epochs
            await first.poll(max_messages=1, max_bytes=1000, timeout_s=0.2)
            await until(lambda: len(first.epochs) == len(second.epochs) == 2)
            bounds = await second.bounds()
            assert all(part.committed == 0 for part in bounds.values())
            seen: list[Entry] = []
            while len(seen) < sum(part.end for part in bounds.values()):
                seen += await second.poll(max_messages=500, max_bytes=1 << 20, timeout_s=0.5)


async def test_who_works_for_too_long_loses_its_partitions(address: KafkaAddress) -> None:
    """The group waits three quarters of its time; then the epoch has changed, so that nothing more is inserted."""
    async with publishing(address) as publisher, consuming(address, "long") as first:
        await publish(publisher, range(300))
        entries = await handed_out(first)
        epochs = dict(first.epochs)
        began = time.monotonic()
        async with consuming(address, "long") as second:
            await until(lambda: second.epochs)
            assert 4 < time.monotonic() - began < 15
            assert all(first.epochs.get(partition) != epoch for partition, epoch in epochs.items())
            with pytest.raises(LogUnavailable):
                await first.commit(entries[0].partition, entries[0].offset + 1)


async def test_a_consumer_that_was_expelled_does_not_wait(address: KafkaAddress) -> None:
    """The group has gone on without it: its partitions are another's, and it says so at once."""
    async with publishing(address) as publisher, consuming(address, "expelled") as first:
        await publish(publisher, range(300))
        await handed_out(first)
        epochs = dict(first.epochs)
        first._client._coordinator.reset_generation()  # as at the answer that the group does not know it
        await until(lambda: not first.epochs or first.epochs != epochs, within_s=5)
        await until(lambda: len(first.epochs) == 4)
        assert all(epoch > epochs[partition] for partition, epoch in first.epochs.items())
