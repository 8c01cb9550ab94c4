"""Where aiokafka's public face is not enough: each place where its inside is touched is in this module.

Written for aiokafka 0.14. What is missing there: a request that tells a topic's id, a way to give a producer up whose
broker is gone (`stop` waits for messages that never expire), and a word on whether partitions were given back or lost.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from schemas.errors import ConfigurationError, LogUnavailable

STOP_S: Final = 5.0
_NO_ID: Final = bytes(16)


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # the driver has no types
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """Return the bytes as they are."""
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        """Take sixteen bytes."""
        return data.read(16)


class _TopicResponse(Response):  # type: ignore[misc]  # the driver has no types
    """Metadata, version 12: the first lines of the protocol's that name topic ids stand at version 10."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _TopicStruct(RequestStruct):  # type: ignore[misc]  # the driver has no types
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TopicResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicRequest(Request[_TopicStruct]):  # type: ignore[misc]  # the driver has no types
    """Asks for one topic by name, and never makes it."""

    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_TopicStruct]) -> _TopicStruct:
        """Return the request as it goes over the wire."""
        return request_struct_class([(_NO_ID, self._topic, {})], False, False, {})


async def topic_metadata(admin: AIOKafkaAdminClient, topic: str) -> dict[str, Any]:
    """Ask one broker for a topic: `brokers` as a list, and error_code, topic_id (hex), partitions of the topic.

    Raises:
        ConfigurationError: the brokers are too old to tell a topic's id.
        KafkaError: the broker does not answer.
    """
    try:
        response = await admin._send_request(_TopicRequest(topic))
    except (NotImplementedError, IncompatibleBrokerVersion):
        raise ConfigurationError("RTCPULSE_LOG_URL: the brokers tell no topic ids; Kafka 3.1 or newer does") from None
    told = response.to_object()
    found: dict[str, Any] = told["topics"][0]
    return found | {"brokers": told["brokers"], "topic_id": found["topic_id"].hex()}


async def give_up(producer: AIOKafkaProducer, reason: str) -> None:
    """Stop a producer without waiting for its broker: what it has not delivered yet fails at once.

    Args:
        producer: started or not.
        reason: what the error of the messages that fail says.
    """
    sender = producer._sender
    if sender.sender_task:
        sender.sender_task.remove_done_callback(sender._fail_all)  # it fails itself where there are no transactions
    producer._message_accumulator.fail_all(KafkaError(reason))
    with contextlib.suppress(Exception):  # it is thrown away, whatever state it was in
        await asyncio.wait_for(producer.stop(), STOP_S)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.client.close(), STOP_S)
    if sender.sender_task and sender.sender_task.done() and not sender.sender_task.cancelled():
        sender.sender_task.exception()  # seen, so that nobody is told of it


async def leave(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, whether or not its broker answers."""
    with contextlib.suppress(Exception):  # it is thrown away, whatever state it was in
        await asyncio.wait_for(consumer.stop(), STOP_S)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(consumer._client.close(), STOP_S)


def generation(consumer: AIOKafkaConsumer) -> int:
    """Return the number of the deal of partitions that a consumer takes part in; -1 where it takes part in none."""
    coordinator = consumer._coordinator
    return -1 if coordinator is None else int(coordinator.generation)


def was_expelled(consumer: AIOKafkaConsumer) -> bool:
    """Whether the group went on without this consumer: its partitions are others' already."""
    return generation(consumer) < 0


def heed(consumer: AIOKafkaConsumer) -> None:
    """Raise what has stopped a consumer's part in its group; it stays stopped until somebody heeds it.

    Raises:
        KafkaError: why.
    """
    consumer._coordinator.check_errors()


@contextlib.contextmanager
def unavailable(doing: str) -> Iterator[None]:
    """Turn the driver's errors, and waiting too long, into the log's.

    Raises:
        LogUnavailable: what was being done, and the driver's words.
    """
    try:
        yield
    except (KafkaError, OSError, TimeoutError, AssertionError) as error:  # the driver asserts what a broker may break
        words = str(error) or type(error).__name__
        raise LogUnavailable(f"{doing} did not succeed: {words}") from error


def texts(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Return a record's headers as text; one without a value, which Kafka allows, is left out."""
    return {name: value.decode(errors="replace") for name, value in headers if value is not None}
