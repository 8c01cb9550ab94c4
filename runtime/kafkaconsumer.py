"""The reading side of a Kafka log: a member of a consumer group that commits by hand.

The driver fetches no further while what it has fetched is not taken, so who does not poll holds the log back. Each
entry is handed out only after a look at the topic's id: a topic that was made anew is another log.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from runtime.kafkadriver import heed, leave, texts, unavailable, was_expelled
from runtime.kafkaownership import Ownership
from runtime.kafkaplaces import Places, Source
from runtime.kafkarules import Rules
from runtime.kafkatopic import REQUEST_MS, TopicView
from runtime.kafkaurl import KafkaAddress
from runtime.log import Bounds, Entry, Message
from schemas.errors import LogUnavailable

PAUSE_S: Final = 0.05
COMMIT_S: Final = 10.0
SILENCE_S: Final = 2.0
FETCH_BYTES: Final = 16 << 20
FETCH_WAIT_MS: Final = 200
METADATA_MS: Final = 30_000
UNPOLLED_MS: Final = 86_400_000

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Membership:
    """How a consumer belongs to its group.

    Attributes:
        group: whose offsets these are.
        name: unique in the group and the same after a restart, which then moves no partition; "": without a name,
            and the group is left at the end.
        session_s: seconds without a sign of life after which the group goes on without it.
        rebalance_s: seconds that the group waits for its members to give their partitions back.
    """

    group: str = "ingest"
    name: str = ""
    session_s: float = 10
    rebalance_s: float = 30

    @property
    def in_hand_s(self) -> float:
        """How long entries in hand may hold the group up."""
        return self.rebalance_s * 0.75


class KafkaConsumer:
    """`runtime.log.Consumer` on a topic. Make it with `KafkaConsumer.open`.

    Args:
        address: brokers and topic.
        rules: what the topic has to be.
        member: how it belongs to its group.
        log_id: the topic's id.
        stuck_s: seconds without an entry, while the log has some, after which the driver's consumer is made anew.
    """

    def __init__(
        self, address: KafkaAddress, rules: Rules, member: Membership, *, view: TopicView, log_id: str, stuck_s: float
    ) -> None:
        self._source = Source(address, rules, log_id, member.group)
        self._member = member
        self._view = view
        self._stuck_s = stuck_s
        self._ownership = Ownership(lambda: was_expelled(self._client), wait_s=member.in_hand_s)
        self._places = Places(self._source, view, self._ownership)
        self._client: AIOKafkaConsumer
        self._kept: deque[Entry] = deque()
        self._looked_at_kept = True
        self._heard_at = time.monotonic()
        self._unfit = False
        self._closed = False

    @classmethod
    async def open(
        cls, address: KafkaAddress, rules: Rules, member: Membership = Membership(), *, stuck_s: float = 30
    ) -> Self:
        """Join the group. Which partitions come, and when, `epochs` says later.

        Raises:
            ConfigurationError: the topic is not there or not as the rules say.
            LogUnavailable: no broker can be reached.
        """
        view = TopicView(address)
        try:
            topic = await view.check(rules)
            consumer = cls(address, rules, member, view=view, log_id=topic.log_id, stuck_s=stuck_s)
            await consumer._connect()
        except BaseException:
            await view.close()
            raise
        return consumer

    @property
    def log_id(self) -> str:
        """The log's identity: the topic's id."""
        return self._source.log_id

    @property
    def epochs(self) -> Mapping[int, int]:
        """The partitions that this consumer has now; see `runtime.log.Consumer.epochs`."""
        return self._ownership.epochs

    async def poll(self, *, max_messages: int, max_bytes: int, timeout_s: float) -> Sequence[Entry]:
        """Return the next entries; see `runtime.log.Consumer.poll`. Where it raises, nothing was handed out."""
        deadline = time.monotonic() + timeout_s
        await self._ownership.polled()
        while True:
            self._keep_own()
            if not self._kept:
                await self._fetch(max_messages, max(0.0, deadline - time.monotonic()))
            if not self._looked_at_kept:
                await self._places.look()
                self._looked_at_kept = True
                self._keep_own()
            entries = self._take(max_messages, max_bytes)
            if entries or time.monotonic() >= deadline:
                self._ownership.hand_out(entries)
                return entries

    async def seek(self, partition: int, offset: int) -> None:
        """Go on reading a partition at `offset`; see `runtime.log.Consumer.seek`."""
        if self._places.has_begun(partition):
            with unavailable("seeking"):
                self._client.seek(self._source.at(partition), offset)
            self._places[partition].read = offset
            self._kept = deque(entry for entry in self._kept if entry.partition != partition)
            self._ownership.forget(partition)

    async def commit(self, partition: int, offset: int) -> None:
        """Remember that every entry below `offset` is done; see `runtime.log.Consumer.commit`."""
        if not self._places.has_begun(partition):
            raise LogUnavailable(f"partition {partition} is not this consumer's")
        place = self._places[partition]
        if offset > place.committed:
            with unavailable(f"committing partition {partition}"):
                await asyncio.wait_for(
                    self._client.commit({self._source.at(partition): (offset, self._source.log_id)}), COMMIT_S
                )
            place.committed = offset
        self._ownership.finish(partition, offset)

    async def bounds(self) -> Mapping[int, Bounds]:
        """Return the state of each partition of this consumer; see `runtime.log.Consumer.bounds`."""
        await self._places.begin(self._client)
        begun = self._places.begun()
        ends = await self._places.ends(self._client, begun)
        return {
            partition: Bounds(*ends[partition], self._places[partition].committed)
            for partition in begun
            if self._places.has_begun(partition)
        }

    async def close(self) -> None:
        """Leave the group, unless this member has a name, and release the log."""
        if self._closed:
            return
        self._closed = True
        self._ownership.drop()
        await leave(self._client)
        await self._view.close()

    async def _connect(self) -> None:
        member = self._member
        self._client = AIOKafkaConsumer(
            **self._source.address.client(),
            group_id=member.group,
            group_instance_id=member.name or None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=int(member.session_s * 1000),
            heartbeat_interval_ms=int(member.session_s * 250),
            rebalance_timeout_ms=int(member.rebalance_s * 1000),
            max_poll_interval_ms=UNPOLLED_MS,
            max_partition_fetch_bytes=self._source.rules.message_bytes,
            fetch_max_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            metadata_max_age_ms=METADATA_MS,
            request_timeout_ms=int(member.rebalance_s * 1000) + REQUEST_MS // 2,  # to join is to wait for the others
        )
        try:
            with unavailable("starting the consumer"):
                await asyncio.wait_for(self._client.start(), REQUEST_MS / 1000)
                self._client.subscribe(topics=[self._source.address.topic], listener=self._ownership)
        except BaseException:
            await leave(self._client)
            raise
        self._unfit = False

    async def _renew(self) -> None:
        """Throw the driver's consumer away and join the group again."""
        _journal.warning("consumer_renewed", group=self._member.group)
        self._ownership.drop()
        await leave(self._client)
        self._ownership.drop()
        self._places.forget()
        self._kept.clear()
        await self._connect()
        self._heard_at = time.monotonic()

    async def _fetch(self, max_messages: int, wait_s: float) -> None:
        """Take entries from the driver, waiting for `wait_s` seconds until there is one."""
        if self._unfit:
            await self._renew()
        self._heed()
        await self._places.begin(self._client)
        begun = self._places.begun()
        if not begun:
            await asyncio.sleep(min(PAUSE_S, wait_s))
        found = await self._records(begun, max_messages, wait_s) if begun else []
        for record in found:
            self._kept.append(_entry(record))
            self._places[record.partition].read = record.offset + 1
        if found:
            self._looked_at_kept = False
            self._heard_at = time.monotonic()
        else:
            await self._listen(begun)

    async def _records(self, begun: Sequence[int], max_messages: int, wait_s: float) -> list[ConsumerRecord]:
        try:
            asking = self._client.getmany(
                *map(self._source.at, begun), timeout_ms=int(wait_s * 1000), max_records=max_messages
            )
            found = await asyncio.wait_for(asking, wait_s + PAUSE_S)
        except TimeoutError:  # the driver waits for ever while partitions are dealt out
            return []
        except OffsetOutOfRangeError as error:
            await self._places.out_of_range(self._client, error.args[0])
            return []
        except KafkaError as error:
            raise self._failed(error) from error
        return [record for records in found.values() for record in records if self._places.has_begun(record.partition)]

    def _heed(self) -> None:
        try:
            heed(self._client)
        except KafkaError as error:
            raise self._failed(error) from error

    def _failed(self, error: KafkaError) -> LogUnavailable:
        self._unfit = not error.retriable
        return LogUnavailable(f"reading did not succeed: {error or type(error).__name__}")

    async def _listen(self, begun: Sequence[int]) -> None:
        """Ask in a long silence whether there is nothing or the driver hangs."""
        now = time.monotonic()
        if now - max(self._heard_at, self._places.looked_at) > SILENCE_S:
            await self._places.look()
        if now - self._heard_at > self._stuck_s:
            self._heard_at = now
            ends = await self._places.ends(self._client, begun)
            self._unfit = any(ends[one][1] > self._places[one].read for one in begun if self._places.has_begun(one))

    def _take(self, max_messages: int, max_bytes: int) -> Sequence[Entry]:
        entries: list[Entry] = []
        size = 0
        while self._kept and len(entries) < max_messages and size < max_bytes:
            entries.append(self._kept.popleft())
            size += len(entries[-1].message.value)
        return entries

    def _keep_own(self) -> None:
        """Forget what was fetched of partitions that have gone."""
        if any(not self._places.has_begun(entry.partition) for entry in self._kept):
            self._kept = deque(entry for entry in self._kept if self._places.has_begun(entry.partition))


def _entry(record: ConsumerRecord) -> Entry:
    message = Message(record.key or b"", record.value or b"", texts(record.headers))
    return Entry(record.partition, record.offset, message)
