"""What is the SQLite log's own: segments, retention, the budget, one writer, damage."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from runtime import sqlitesegments as files
from runtime.log import Message
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import ConfigurationError, LogFull, LogMismatch, LogUnavailable

BODY = b"x" * 50_000


async def fill(publisher: SqlitePublisher, count: int) -> None:
    """Publish large messages, looking at the limits before each."""
    for _ in range(count):
        publisher._tidied = 0.0
        await publisher.publish(Message(b"k", BODY))


async def test_segments_follow_each_other_and_are_read_as_one(tmp_path: Path) -> None:
    """Offsets go on over segments, also in a writer that starts again."""
    for _ in range(2):
        publisher = SqlitePublisher(tmp_path, segment_bytes=120_000)
        await fill(publisher, 10)
        await publisher.close()
    assert len(files.segments(tmp_path)) > 3
    consumer = SqliteConsumer(tmp_path)
    offsets: list[int] = []
    while entries := await consumer.poll(max_messages=3, max_bytes=1 << 20, timeout_s=0.1):
        offsets += [entry.offset for entry in entries]
    assert offsets == list(range(20))
    await consumer.close()


async def test_unread_messages_are_never_deleted(tmp_path: Path) -> None:
    """At its budget the log refuses; when they are read, old segments go and it takes messages again."""
    publisher = SqlitePublisher(tmp_path, segment_bytes=120_000, budget_bytes=600_000)
    with pytest.raises(LogFull, match="budget is 600000"):
        await fill(publisher, 40)
    assert "budget" in publisher.trouble()
    end = files.end_of(tmp_path)
    consumer = SqliteConsumer(tmp_path)
    assert (await consumer.bounds())[0].first == 0
    await consumer.commit(0, end)
    await fill(publisher, 2)
    assert publisher.trouble() == ""
    assert (await consumer.bounds())[0].first > 0
    assert files.end_of(tmp_path) == end + 2
    await consumer.close()
    await publisher.close()


async def test_read_segments_go_when_they_are_old(tmp_path: Path) -> None:
    """By age; the one that is written stays."""
    publisher = SqlitePublisher(tmp_path, segment_bytes=120_000, retention_s=0.0)
    await fill(publisher, 10)
    consumer = SqliteConsumer(tmp_path)
    await consumer.commit(0, 10)
    await fill(publisher, 2)
    assert len(files.segments(tmp_path)) == 1
    await consumer.close()
    await publisher.close()


async def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """The second is told, and may when the first is gone."""
    first = SqlitePublisher(tmp_path)
    with pytest.raises(ConfigurationError, match="another process writes"):
        SqlitePublisher(tmp_path)
    await first.close()
    await SqlitePublisher(tmp_path).close()


async def test_too_much_that_waits_is_refused(tmp_path: Path) -> None:
    """The queue before the disk is bounded."""
    publisher = SqlitePublisher(tmp_path, queue_bytes=10)
    with pytest.raises(LogUnavailable, match="waits"):
        await publisher.publish(Message(b"k", b"x" * 11))
    await publisher.close()
    with pytest.raises(LogUnavailable, match="closed"):
        await publisher.publish(Message(b"k", b"x"))


async def test_a_disk_that_fails_is_an_error_and_then_over(tmp_path: Path) -> None:
    """A failed commit is answered as such, and the next one works: nothing is numbered twice."""
    publisher = SqlitePublisher(tmp_path)
    assert await publisher.publish(Message(b"k", b"a")) == (0, 0)
    connection = publisher._connection
    assert connection is not None
    blocker = sqlite3.connect(files.segments(tmp_path)[0], isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 50")
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable, match="locked"):
        await publisher.publish(Message(b"k", b"b"))
    assert publisher.trouble()
    blocker.execute("ROLLBACK")
    blocker.close()
    assert await publisher.publish(Message(b"k", b"c")) == (0, 1)
    assert publisher.trouble() == ""
    await publisher.close()


async def test_an_offset_that_cannot_be_written_is_committed_later(tmp_path: Path) -> None:
    """As on a full disk: an error of the log, which its reader waits out, and nothing is taken for committed."""
    publisher = SqlitePublisher(tmp_path)
    await fill(publisher, 2)
    consumer = SqliteConsumer(tmp_path)
    in_the_way = tmp_path / "offsets" / "ingest.new"
    in_the_way.mkdir(parents=True)
    with pytest.raises(LogUnavailable, match="offset cannot be written"):
        await consumer.commit(0, 2)
    in_the_way.rmdir()
    await consumer.commit(0, 2)
    assert (await consumer.bounds())[0].committed == 2
    await consumer.close()
    await publisher.close()


async def test_whatever_goes_wrong_is_an_error_and_the_next_push_works(tmp_path: Path) -> None:
    """An error that nobody foresaw is answered and said; the thread that writes lives on."""
    publisher = SqlitePublisher(tmp_path)
    await fill(publisher, 1)
    offsets = tmp_path / "offsets" / "ingest"
    offsets.write_text("rubbish")
    for _ in range(2):
        async with asyncio.timeout(5):
            with pytest.raises(LogUnavailable, match="ValueError"):
                await fill(publisher, 1)
        assert "ValueError" in publisher.trouble()
    offsets.unlink()
    publisher._tidied = 0.0
    assert await publisher.publish(Message(b"k", BODY)) == (0, 1)
    assert publisher.trouble() == ""
    await publisher.close()


async def test_a_writer_that_has_ended_is_said(tmp_path: Path) -> None:
    """Ready would be a lie, and a push would wait for ever."""
    publisher = SqlitePublisher(tmp_path)
    publisher._queue.put(None)
    await asyncio.to_thread(publisher._thread.join)
    assert "has ended" in publisher.trouble()
    with pytest.raises(LogUnavailable, match="has ended"):
        await publisher.publish(Message(b"k", b"a"))


async def test_a_foreign_file_is_no_segment(tmp_path: Path) -> None:
    """A copy that somebody made in the folder is neither read nor written nor deleted."""
    publisher = SqlitePublisher(tmp_path, segment_bytes=120_000)
    await fill(publisher, 3)
    foreign = [tmp_path / f"{name}{files.SUFFIX}" for name in ("copy", "1", f"{9:020}-copy", "²" * 20)]
    for path in foreign:
        path.write_bytes(b"no database")
    await fill(publisher, 3)
    await publisher.close()
    again = SqlitePublisher(tmp_path)
    assert await again.publish(Message(b"k", b"a")) == (0, 6)
    await again.close()
    assert not set(foreign) & set(files.segments(tmp_path))
    assert [path.read_bytes() for path in foreign] == [b"no database"] * 4


async def test_offsets_of_another_log_are_refused(tmp_path: Path) -> None:
    """And those beyond its end."""
    publisher = SqlitePublisher(tmp_path)
    await publisher.publish(Message(b"k", b"a"))
    await publisher.close()
    offsets = tmp_path / "offsets" / "ingest"
    offsets.write_text("0123456789abcdef 1")
    with pytest.raises(LogMismatch, match="those of log 0123456789abcdef"):
        SqliteConsumer(tmp_path)
    offsets.write_text(f"{publisher.log_id} 7")
    with pytest.raises(LogMismatch, match="ends at 1"):
        SqliteConsumer(tmp_path)


async def test_a_segment_without_its_table_is_no_end(tmp_path: Path) -> None:
    """What a kill leaves between making the file and making the table."""
    publisher = SqlitePublisher(tmp_path)
    await publisher.close()
    (tmp_path / f"{0:020}{files.SUFFIX}").touch()
    consumer = SqliteConsumer(tmp_path)
    assert not await consumer.poll(max_messages=1, max_bytes=1, timeout_s=0)
    again = SqlitePublisher(tmp_path)
    assert await again.publish(Message(b"k", b"a")) == (0, 0)
    assert len(await consumer.poll(max_messages=1, max_bytes=1, timeout_s=1)) == 1
    await consumer.close()
    await again.close()
