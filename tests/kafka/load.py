"""Messages, and who publishes and reads them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from runtime.kafkaconsumer import KafkaConsumer, Membership
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkaurl import KafkaAddress
from runtime.log import Entry, Message
from schemas.errors import LogUnavailable
from tests.kafka.conftest import RULES

READ_S = 30.0
QUICK = {"session_s": 6.0, "rebalance_s": 8.0}


def a_message(number: int, size: int = 200) -> Message:
    """Return a message that is told from others; its key is one of fifty."""
    return Message(b"k%d" % (number % 50), b"%d " % number + b"x" * size, {"n": str(number)})


def number_of(entry: Entry) -> int:
    """Return which message an entry holds."""
    return int(entry.message.value.split()[0])


@asynccontextmanager
async def publishing(
    address: KafkaAddress, *, deadline_s: float = 10, stuck_s: float = 30
) -> AsyncIterator[KafkaPublisher]:
    """Open for writing."""
    publisher = await KafkaPublisher.open(address, RULES, deadline_s=deadline_s, stuck_s=stuck_s)
    try:
        yield publisher
    finally:
        await publisher.close()


@asynccontextmanager
async def consuming(address: KafkaAddress, group: str, name: str = "") -> AsyncIterator[KafkaConsumer]:
    """Open for reading."""
    consumer = await KafkaConsumer.open(address, RULES, Membership(group, name, **QUICK))
    try:
        yield consumer
    finally:
        await consumer.close()


async def publish(publisher: KafkaPublisher, numbers: Sequence[int], *, size: int = 200) -> tuple[set[int], set[int]]:
    """Publish messages side by side; return which were acknowledged and which were not."""
    ends = await asyncio.gather(
        *(publisher.publish(a_message(number, size)) for number in numbers), return_exceptions=True
    )
    for end in ends:
        assert isinstance(end, tuple | LogUnavailable), repr(end)
    acknowledged = {number for number, end in zip(numbers, ends, strict=True) if isinstance(end, tuple)}
    return acknowledged, set(numbers) - acknowledged


async def everything(address: KafkaAddress, group: str, wanted: set[int]) -> Counter[int]:
    """Read until every wanted message was seen and nothing more comes; return how often each was."""
    seen: Counter[int] = Counter()
    async with consuming(address, group) as consumer:
        deadline = time.monotonic() + READ_S
        while True:
            entries = await consumer.poll(max_messages=1000, max_bytes=8 << 20, timeout_s=0.5)
            seen.update(map(number_of, entries))
            if not entries and wanted <= set(seen):
                return seen
            assert time.monotonic() < deadline, f"{len(wanted - set(seen))} of {len(wanted)} messages are missing"
