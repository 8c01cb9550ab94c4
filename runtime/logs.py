"""Opens the log that the settings name: SQLite files, or a topic of Kafka with a spool on disk before it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime import kafkatopic, kafkaurl, logheads
from runtime import sqlitesegments as files
from runtime.kafkaconsumer import KafkaConsumer, Membership
from runtime.kafkaleader import KafkaLeadership
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkarules import Rules
from runtime.leader import Alone
from runtime.log import Bounds, Publisher
from runtime.logsocket import SocketPublisher
from runtime.retention import Unread
from runtime.settings import Settings, masked
from runtime.spool import SpoolingPublisher, open_spooling
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import ConfigurationError, LogBusy, LogMismatch, LogUnavailable

SCHEME: Final = "sqlite:///"
GROUP: Final = "ingest"
DAY_MS: Final = 86_400_000
KAFKA_DEADLINE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the log stands for ingest: its id, and each partition."""

    log_id: str
    bounds: Mapping[int, Bounds]

    @property
    def end(self) -> int:
        """Positions that were ever written."""
        return sum(part.end for part in self.bounds.values())

    @property
    def committed(self) -> int:
        """Positions that ingest has finished with."""
        return sum(part.committed for part in self.bounds.values())


def is_on_kafka(settings: Settings) -> bool:
    """Whether the log is a topic that others run."""
    return settings.log_directory_url.startswith(kafkaurl.SCHEME)


def log_directory(settings: Settings) -> Path:
    """Return the folder of the SQLite log.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL has another scheme.
    """
    url = settings.log_directory_url
    if not url.startswith(SCHEME) or not url.removeprefix(SCHEME):
        shown = masked(url.partition("?")[0])
        raise ConfigurationError(f"RTCPULSE_LOG_URL is {shown!r}: a log is {SCHEME}DIR or {kafkaurl.FORM}")
    return Path(url.removeprefix(SCHEME))


async def open_publisher(settings: Settings) -> SqlitePublisher | SpoolingPublisher:
    """Open the log to write to it.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL is wrong, another process writes the log, or the topic is not there.
    """
    if not is_on_kafka(settings):
        return SqlitePublisher(
            log_directory(settings),
            segment_bytes=settings.log_segment_bytes,
            budget_bytes=settings.log_budget_bytes,
            retention_s=settings.log_days * 86400,
            queue_bytes=settings.queue_bytes,
        )
    address = kafkaurl.parse(settings.log_url)
    kafka = await KafkaPublisher.open(
        address, _rules(settings), queue_bytes=settings.queue_bytes, deadline_s=KAFKA_DEADLINE_S
    )
    try:
        return await open_spooling(
            kafka, settings.data / "spool", budget_bytes=settings.spool_bytes, queue_bytes=settings.queue_bytes
        )
    except BaseException:
        await kafka.close()
        raise


async def open_consumer(settings: Settings, group: str = GROUP) -> SqliteConsumer | KafkaConsumer:
    """Open the log to read from it.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL is wrong, or the topic is not there.
        LogMismatch: the offsets are those of another log.
        LogUnavailable: no broker can be reached.
    """
    if not is_on_kafka(settings):
        return SqliteConsumer(log_directory(settings), group=group)
    address = kafkaurl.parse(settings.log_url)
    return await KafkaConsumer.open(address, _rules(settings), Membership(group, settings.log_member))


async def open_leadership(settings: Settings) -> Alone | KafkaLeadership:
    """Return who decides whether this process runs the analytics jobs: the log's group, or nobody on one machine.

    Raises:
        LogUnavailable: no broker can be reached.
    """
    if not is_on_kafka(settings):
        return Alone()
    return await KafkaLeadership.open(kafkaurl.parse(settings.log_url))


async def make_log(settings: Settings) -> str:
    """Make the log if it is not there, and return its id.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL is wrong, or the topic is not as the settings say.
        LogUnavailable: no broker can be reached.
    """
    if not is_on_kafka(settings):
        return await asyncio.to_thread(files.create, log_directory(settings))
    view = kafkatopic.TopicView(kafkaurl.parse(settings.log_url))
    try:
        return (await view.make(_rules(settings))).log_id
    finally:
        await view.close()


async def standing(settings: Settings, group: str = GROUP) -> Standing:
    """Return how the log stands for a group, without joining it.

    Raises:
        LogUnavailable: the log cannot be asked.
    """
    if is_on_kafka(settings):
        topic, bounds = await kafkatopic.standing(kafkaurl.parse(settings.log_url), group)
        return Standing(topic.log_id, bounds)
    return await asyncio.to_thread(_of_files, log_directory(settings), group)


def _of_files(directory: Path, group: str) -> Standing:
    log_id = files.create(directory)
    of_log, committed = files.committed(directory, group)
    if of_log not in {"", log_id}:
        raise LogMismatch(f"the offsets of {group} are those of log {of_log}, but {directory} holds log {log_id}")
    found = files.segments(directory)
    try:
        end = files.end_of(directory)
    except files.Error as error:
        raise LogUnavailable(f"the log in {directory} cannot be read: {error}") from None
    return Standing(log_id, {0: Bounds(files.first_offset(found[0]) if found else 0, end, committed)})


async def heads(settings: Settings, log: Standing, since: logheads.Places, most: int) -> logheads.Heads:
    """Return the heads of at most `most` messages of each partition, from `since` on, that the log had at `log`.

    Raises:
        LogUnavailable: the log cannot be read.
    """
    until = {partition: part.end for partition, part in log.bounds.items()}
    if is_on_kafka(settings):
        return await logheads.of_topic(kafkaurl.parse(settings.log_url), since, until, most)
    return await asyncio.to_thread(logheads.of_files, log_directory(settings), since[0], until[0], most)


async def kept_ms(settings: Settings) -> int:
    """Return how long the log keeps messages, ms; 0: for ever.

    Raises:
        LogUnavailable: the log cannot be asked.
    """
    if not is_on_kafka(settings):
        return settings.log_days * DAY_MS
    view = kafkatopic.TopicView(kafkaurl.parse(settings.log_url))
    try:
        return await view.retention_ms()
    finally:
        await view.close()


async def weaknesses(settings: Settings) -> Sequence[str]:
    """Return in sentences with which settings of the log's topic an acknowledged message can be lost.

    Raises:
        ConfigurationError: the topic is not there, or not as the settings say.
        LogUnavailable: no broker can be asked.
    """
    if not is_on_kafka(settings):
        return ()
    view = kafkatopic.TopicView(kafkaurl.parse(settings.log_url))
    try:
        return (await view.checked(_rules(settings)))[1]
    finally:
        await view.close()


async def unread(settings: Settings, log: Standing, kept: int | None = None) -> Unread:
    """Return how old the oldest message is that a group has not finished.

    Args:
        settings: where the log is.
        log: how it stands for the group.
        kept: how long the log keeps messages, ms, where that is known already.

    Raises:
        LogUnavailable: the log cannot be read.
    """
    since = {partition: max(part.first, part.committed) for partition, part in log.bounds.items()}
    behind = any(since[partition] < part.end for partition, part in log.bounds.items())
    found = (await heads(settings, log, since, 1)).found if behind else ()
    oldest_ms = min((one.written_ms for one in found), default=0)
    return Unread(oldest_ms, await kept_ms(settings) if kept is None else kept, deletes=is_on_kafka(settings))


async def any_publisher(settings: Settings) -> Publisher:
    """Open the log to append to it, through its writer where another process is that.

    Raises:
        ConfigurationError: RTCPULSE_LOG_URL is wrong, or the topic is not there.
        LogUnavailable: the log's writer does not answer, or no broker can be reached.
    """
    if is_on_kafka(settings):
        address = kafkaurl.parse(settings.log_url)
        return await KafkaPublisher.open(
            address, _rules(settings), queue_bytes=settings.queue_bytes, deadline_s=KAFKA_DEADLINE_S
        )
    try:
        return await open_publisher(settings)
    except LogBusy:
        return SocketPublisher(writer_socket(settings))


def writer_socket(settings: Settings) -> Path:
    """Return where the writer of the SQLite log takes messages from other processes of its user."""
    return settings.data / "edge.sock"


def _rules(settings: Settings) -> Rules:
    return Rules(
        partitions=settings.log_partitions,
        value_bytes=max(settings.unpacked_bytes, settings.body_bytes, settings.ws_message_bytes),
        retention_ms=settings.log_days * DAY_MS,
    )
