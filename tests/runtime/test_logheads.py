"""Heads of messages from both logs, and how old what waits is."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime import logheads, logs
from runtime import sqlitesegments as files
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkaurl import parse
from runtime.log import Message
from runtime.retention import Unread
from runtime.settings import Settings
from runtime.sqlitepublisher import SqlitePublisher
from schemas.headers import Headers, encode
from tests.kafka.broker import Broker

HOUR_MS = 3_600_000
T = 1_700_000_000_000


def a_message(number: int) -> Message:
    """Return a message of project p, received at second `number`."""
    return Message(b"p\0s", b"x" * 1000, encode(Headers("p", T + number * 1000, "batches")))


async def test_heads_of_files_over_segments(tmp_path: Path) -> None:
    """From an offset on, below another, at most so many; where reading stopped is said."""
    log = SqlitePublisher(tmp_path, segment_bytes=1)
    for number in range(6):
        log._tidied = 0.0
        await log.publish(a_message(number))
    await log.close()
    heads = logheads.of_files(tmp_path, 1, 5, 100)
    assert [(one.offset, one.project, one.received_ms) for one in heads.found] == [
        (number, "p", T + number * 1000) for number in range(1, 5)
    ]
    assert heads.until == {0: 5}
    few = logheads.of_files(tmp_path, 1, 5, 2)
    assert ([one.offset for one in few.found], few.until) == ([1, 2], {0: 3})
    assert abs(heads.found[0].written_ms - time.time() * 1000) < 60_000


async def test_a_segment_without_its_table_is_empty_and_a_deleted_one_stays_away(tmp_path: Path) -> None:
    """Its writer was killed before it made it; and reading must not make a file of the log."""
    gone = tmp_path / f"{0:020}.sqlite"
    with pytest.raises(files.Error):
        files.open_for_reading(gone).execute("SELECT 1 FROM messages")
    assert not gone.exists()
    gone.touch()
    assert logheads.of_files(tmp_path, 0, 5, 10).found == []


async def test_damaged_headers_have_no_time(tmp_path: Path) -> None:
    """They are heads all the same."""
    log = SqlitePublisher(tmp_path)
    await log.publish(Message(b"k", b"", {"received_ms": "soon"}))
    await log.close()
    (head,) = logheads.of_files(tmp_path, 0, 1, 10).found
    assert (head.project, head.received_ms) == ("", 0)


async def test_the_oldest_unread_message_of_files(tmp_path: Path) -> None:
    """Its age is that of the first that is not committed."""
    settings = Settings(data=tmp_path, log_days=2)
    log = await logs.open_publisher(settings)
    assert await logs.unread(settings, await logs.standing(settings)) == Unread(0, 48 * HOUR_MS)
    await log.publish(a_message(0))
    found = await logs.unread(settings, await logs.standing(settings))
    assert abs(found.oldest_ms - time.time() * 1000) < 60_000
    assert (found.kept_ms, found.deletes) == (48 * HOUR_MS, False)
    consumer = await logs.open_consumer(settings)
    await consumer.commit(0, 1)
    assert (await logs.unread(settings, await logs.standing(settings))).oldest_ms == 0
    await consumer.close()
    await log.close()


@pytest.fixture
def topic(kafka: Broker, tmp_path: Path) -> Callable[[], Settings]:
    """Settings of a topic of its own on a real broker."""
    return lambda: Settings(data=tmp_path, log_url=kafka.url(f"heads.{tmp_path.name}"), log_partitions=2, log_days=3)


async def test_heads_and_age_on_kafka(topic: Callable[[], Settings]) -> None:
    """The same from a topic, over its partitions, without a group; the retention is the topic's own."""
    settings = topic()
    await logs.make_log(settings)
    log = await KafkaPublisher.open(parse(settings.log_url), logs._rules(settings))
    began_ms = time.time() * 1000 - 1000
    positions = [
        await log.publish(Message(f"p\0{number}".encode(), b"x", a_message(number).headers)) for number in range(12)
    ]
    await log.close()
    standing = await logs.standing(settings)
    assert len({partition for partition, _ in positions}) == 2
    heads = await logs.heads(settings, standing, dict.fromkeys(standing.bounds, 0), 100)
    assert sorted((one.partition, one.offset) for one in heads.found) == sorted(positions)
    assert {one.received_ms for one in heads.found} == {T + number * 1000 for number in range(12)}
    assert heads.until == {partition: part.end for partition, part in standing.bounds.items()}
    unread = await logs.unread(settings, standing)
    assert began_ms < unread.oldest_ms < time.time() * 1000 + 1000
    assert (unread.kept_ms, unread.deletes) == (72 * HOUR_MS, True)


def test_a_warning_from_half_of_the_retention_on() -> None:
    """Not a moment before; it says what is lost when, which differs between the logs."""
    on_kafka = Unread(T, 8 * HOUR_MS, deletes=True)
    assert on_kafka.warning(T + 4 * HOUR_MS - 1) == ""
    assert on_kafka.warning(T + 4 * HOUR_MS) == (
        "The oldest unread message has waited 4.0 h of the 8.0 h that the log keeps: from 15 Nov 06:13 UTC on Kafka "
        "deletes messages that were acknowledged and never stored. See why ingest does not keep up, and raise the "
        "topic's retention.ms until it has."
    )
    on_files = Unread(T, 8 * HOUR_MS).warning(T + 5 * HOUR_MS)
    assert "nothing unread is deleted" in on_files
    assert "refuses pushes with 503" in on_files
    assert Unread(T, 0, deletes=True).warning(T + 10**12) == ""
    assert Unread(0, 8 * HOUR_MS).warning(T) == ""
