"""The topic of a Kafka log: made by migrate, looked at before it is used and while it is.

A topic's id is the log's id: Kafka makes it with the topic, keeps it for as long as the topic lives, and gives a topic
of the same name that is made later another one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from runtime.kafkadriver import leave, topic_metadata, unavailable
from runtime.kafkajournal import limit_driver_log
from runtime.kafkarules import REPLICAS, Rules
from runtime.kafkaurl import KafkaAddress
from runtime.log import Bounds
from schemas.errors import ConfigurationError, LogUnavailable

REQUEST_MS: Final = 10_000
AGAIN_S: Final = 0.2
_NOT_THERE: Final = {UnknownTopicOrPartitionError.errno}

_Answer = TypeVar("_Answer")
_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it stands.

    Attributes:
        log_id: its id.
        partitions: how many.
        replicas: of how many brokers each message is, at least.
    """

    log_id: str
    partitions: int
    replicas: int


class TopicView:
    """Asks the brokers about one topic, over a connection of its own that is made again when it breaks."""

    def __init__(self, address: KafkaAddress) -> None:
        limit_driver_log()
        self._address = address
        self._admin: AIOKafkaAdminClient | None = None
        self._connecting = asyncio.Lock()

    async def look(self) -> Topic:
        """Return the topic as it stands.

        Raises:
            LogUnavailable: no broker can be asked, or the topic is not there.
            ConfigurationError: the brokers are too old.
        """
        told = await self._told()
        if told["error_code"]:
            error = for_code(told["error_code"])
            raise LogUnavailable(f"the topic {self._address.topic} cannot be used: {error.__name__}")
        replicas = min((len(part["replicas"]) for part in told["partitions"]), default=0)
        return Topic(told["topic_id"], len(told["partitions"]), replicas)

    async def exists(self) -> bool:
        """Whether the topic is there.

        Raises:
            LogUnavailable: no broker can be asked.
        """
        return (await self._told())["error_code"] not in _NOT_THERE

    async def check(self, rules: Rules) -> Topic:
        """Return the topic, if it is what it has to be.

        Raises:
            ConfigurationError: it is not there, or is not as the rules say; the sentence says what to do.
            LogUnavailable: no broker can be asked.
        """
        topic, weaknesses = await self.checked(rules)
        for weakness in weaknesses:
            _journal.warning("topic_weak", topic=self._address.topic, why=weakness)
        return topic

    async def checked(self, rules: Rules) -> tuple[Topic, Sequence[str]]:
        """Return the topic, if it is what it has to be, and where it is weak; see `Rules.weaknesses`.

        Raises:
            ConfigurationError, LogUnavailable: as of `check`.
        """
        name = self._address.topic
        if not await self.exists():
            raise ConfigurationError(f"RTCPULSE_LOG_URL: there is no topic {name}; `rtcpulse migrate` makes it")
        topic = await self.look()
        told = await self._configuration()
        rules.check(name, topic.partitions, told)
        return topic, rules.weaknesses(topic.replicas, told)

    async def make(self, rules: Rules) -> Topic:
        """Make the topic if it is not there, and return it checked.

        Raises:
            ConfigurationError: it is not as the rules say, or the brokers do not make it.
            LogUnavailable: no broker can be asked.
        """
        if not await self.exists():
            replicas = min(REPLICAS, len((await self._told())["brokers"]))
            topic = NewTopic(self._address.topic, rules.partitions, replicas, topic_configs=rules.settings(replicas))
            with unavailable("making the topic"):
                admin = await self._client()
                ((_, code, words),) = (await admin.create_topics([topic])).topic_errors
            if code not in {0, TopicAlreadyExistsError.errno}:
                raise ConfigurationError(f"the brokers do not make the topic {self._address.topic}: {words}")
            await self._until_there()
            _journal.info("topic_made", topic=self._address.topic, partitions=rules.partitions, replicas=replicas)
        return await self.check(rules)

    async def retention_ms(self) -> int:
        """Return how long messages stay, read or not; 0: for ever.

        Raises:
            LogUnavailable: no broker can be asked.
        """
        return max(0, int((await self._configuration()).get("retention.ms", 0)))

    async def _until_there(self) -> None:
        """Wait until every broker that is asked may know a topic that was made a moment ago."""
        deadline = time.monotonic() + REQUEST_MS / 1000
        while (await self._told())["error_code"]:
            if time.monotonic() > deadline:
                raise LogUnavailable(f"the topic {self._address.topic} was made, but is not there yet")
            await asyncio.sleep(AGAIN_S)

    async def committed(self, group: str, partitions: int) -> Mapping[int, tuple[int, str]]:
        """Return (offset, metadata) of each partition of which a group has committed anything.

        Raises:
            LogUnavailable: the group's broker cannot be asked.
        """
        asked = [TopicPartition(self._address.topic, partition) for partition in range(partitions)]
        with unavailable("asking for the committed offsets"):
            admin = await self._client()
            told = await _patiently(lambda: admin.list_consumer_group_offsets(group, partitions=asked))
        return {place.partition: (known.offset, known.metadata) for place, known in told.items() if known.offset >= 0}

    async def close(self) -> None:
        """Close the connection."""
        admin, self._admin = self._admin, None
        if admin:
            await admin.close()

    async def _told(self) -> dict[str, Any]:
        try:
            with unavailable("asking the brokers"):
                return await topic_metadata(await self._client(), self._address.topic)
        except LogUnavailable:
            await self.close()
            raise

    async def _client(self) -> AIOKafkaAdminClient:
        async with self._connecting:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**self._address.client(), request_timeout_ms=REQUEST_MS)
                try:
                    await admin.start()
                except BaseException:
                    await admin.close()
                    raise
                self._admin = admin
            return self._admin

    async def _configuration(self) -> Mapping[str, str]:
        with unavailable("asking for the topic's settings"):
            admin = await self._client()
            (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, self._address.topic)])
        return {entry[0]: entry[1] for entry in response.resources[0][4]}


async def _patiently(ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Ask again while the brokers say "not yet": the first question after a start makes the offsets' topic."""
    deadline = time.monotonic() + REQUEST_MS / 1000
    while True:
        try:
            return await ask()
        except KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
        await asyncio.sleep(AGAIN_S)


async def standing(address: KafkaAddress, group: str) -> tuple[Topic, Mapping[int, Bounds]]:
    """Return the topic and how each partition of it stands for a group, without joining the group.

    Raises:
        LogUnavailable: the brokers cannot be asked.
    """
    view = TopicView(address)
    reader = AIOKafkaConsumer(**address.client(), request_timeout_ms=REQUEST_MS)
    try:
        topic = await view.look()
        committed = await view.committed(group, topic.partitions)
        asked = [TopicPartition(address.topic, partition) for partition in range(topic.partitions)]
        with unavailable("asking for the topic's ends"):
            await reader.start()
            first = await reader.beginning_offsets(asked)
            end = await reader.end_offsets(asked)
    finally:
        await leave(reader)
        await view.close()
    known = {place.partition: committed.get(place.partition, (first[place], ""))[0] for place in asked}
    return topic, {place.partition: Bounds(first[place], end[place], known[place.partition]) for place in asked}
