"""Where reading stands in each partition of a Kafka log, and whether the log is still the one that was opened."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.kafkadriver import unavailable
from runtime.kafkaownership import Ownership
from runtime.kafkarules import Rules
from runtime.kafkatopic import TopicView
from runtime.kafkaurl import KafkaAddress
from schemas.counted import counted
from schemas.errors import LogMismatch

ASK_S: Final = 5.0

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: a topic, what it has to be, its id, and for which group."""

    address: KafkaAddress
    rules: Rules
    log_id: str
    group: str

    def at(self, partition: int) -> TopicPartition:
        """Return the driver's name of a partition."""
        return TopicPartition(self.address.topic, partition)


@dataclass(slots=True)
class Place:
    """How far a partition is in one epoch: committed, and taken from the driver."""

    epoch: int
    committed: int
    read: int


class Places:
    """The place of each partition; a partition has begun when it has one in its present epoch.

    Args:
        source: what is read.
        view: asks about the topic.
        ownership: which partitions this consumer has.
    """

    def __init__(self, source: Source, view: TopicView, ownership: Ownership) -> None:
        self._source = source
        self._view = view
        self._ownership = ownership
        self._places: dict[int, Place] = {}
        self._beginning = asyncio.Lock()
        self.looked_at = time.monotonic()

    def __getitem__(self, partition: int) -> Place:
        return self._places[partition]

    def has_begun(self, partition: int) -> bool:
        """Whether reading stands somewhere in a partition that this consumer has."""
        place = self._places.get(partition)
        return place is not None and place.epoch == self._ownership.epochs.get(partition)

    def begun(self) -> Sequence[int]:
        """Return the partitions that have begun."""
        return [partition for partition in self._ownership.epochs if self.has_begun(partition)]

    def forget(self, partition: int | None = None) -> None:
        """Let a partition begin again at its committed offset; None: each."""
        if partition is None:
            self._places.clear()
        else:
            self._places.pop(partition, None)

    async def begin(self, client: AIOKafkaConsumer) -> None:
        """Set out where the group has committed, in each partition that was given since the last call.

        Raises:
            LogMismatch: the log is not the one that was opened, or ends below what was committed.
            LogUnavailable: the log cannot be asked now.
        """
        async with self._beginning:
            epochs = self._ownership.epochs
            given = [partition for partition in epochs if not self.has_begun(partition)]
            if not given:
                return
            await self.look()
            committed = await self._view.committed(self._source.group, self._source.rules.partitions)
            ends = await self.ends(client, given)
            for partition in given:
                if self._ownership.epochs.get(partition) == epochs[partition]:
                    start = self._start(partition, committed.get(partition), *ends[partition])
                    with unavailable("seeking"):
                        client.seek(self._source.at(partition), start)
                    self._places[partition] = Place(epochs[partition], start, start)

    async def look(self) -> None:
        """See that the topic is the one that was opened.

        Raises:
            LogMismatch: it is not.
            LogUnavailable: no broker can be asked, or it is gone.
        """
        topic = await self._view.look()
        name, expected = self._source.address.topic, self._source
        if topic.log_id != expected.log_id:
            raise LogMismatch(f"the topic {name} was made anew: it is another log than {expected.log_id}")
        if topic.partitions != expected.rules.partitions:
            raise LogMismatch(
                f"the topic {name} has {counted(topic.partitions, 'partition')} now, and had "
                f"{expected.rules.partitions}: sessions would move between them"
            )
        self.looked_at = time.monotonic()

    async def ends(self, client: AIOKafkaConsumer, partitions: Iterable[int]) -> Mapping[int, tuple[int, int]]:
        """Return of each partition the first offset that is kept and the next to be written.

        Raises:
            LogUnavailable: the log cannot be asked now.
        """
        asked = [self._source.at(partition) for partition in partitions]
        with unavailable("asking for the topic's ends"):
            async with asyncio.timeout(ASK_S):
                first = await client.beginning_offsets(asked)
                end = await client.end_offsets(asked)
        return {at.partition: (first[at], end[at]) for at in asked}

    async def out_of_range(self, client: AIOKafkaConsumer, asked: Mapping[TopicPartition, int]) -> None:
        """Let what was asked below the log's beginning begin again at what is left.

        Raises:
            LogMismatch: the log ends below what was asked.
            LogUnavailable: the log cannot be asked now.
        """
        ends = await self.ends(client, [at.partition for at in asked])
        for at, offset in asked.items():
            first, end = ends[at.partition]
            if offset > end:
                raise LogMismatch(f"partition {at.partition} was read to {offset}, but {_ends(end)}")
            if offset < first:
                self.forget(at.partition)

    def _start(self, partition: int, known: tuple[int, str] | None, first: int, end: int) -> int:
        if known is None:
            return first
        group, (offset, log_id) = self._source.group, known
        if log_id and log_id != self._source.log_id:
            raise LogMismatch(
                f"the offsets of {group} are those of log {log_id}, but {self._source.address.topic} is log "
                f"{self._source.log_id}: the topic was made anew. To read the new one from its start, delete the "
                "offsets of that group"
            )
        if offset > end:
            raise LogMismatch(f"{group} has read partition {partition} to {offset}, but {_ends(end)}")
        if offset < first:
            _journal.error("unread_messages_gone", partition=partition, first=offset, end=first)
        return max(offset, first)


def _ends(end: int) -> str:
    return f"it ends at {end}: it was recreated or cut"
