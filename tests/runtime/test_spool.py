"""The spool: what was accepted while the log was away comes to it, in order, and nothing is lost in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from runtime.log import Message
from runtime.spool import SPOOLED, SpoolingPublisher, open_spooling
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import LogFull, LogUnavailable, Refused
from schemas.reasons import Reason


class Reachable:
    """A real log with a switch: while it is off, nothing comes through."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.on = True
        self.limit = 1 << 20
        self.unforeseen = 0
        self._log = SqlitePublisher(directory)

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append, where it can be reached."""
        if not self.on:
            raise LogUnavailable("switched off")
        if self.unforeseen:
            self.unforeseen -= 1
            raise ValueError("nobody foresaw this")
        if len(message.value) > self.limit:
            raise Refused(Reason.TOO_LARGE, "over the limit")
        return await self._log.publish(message)

    def trouble(self) -> str:
        """Say whether it is off."""
        return "" if self.on else "switched off"

    async def close(self) -> None:
        """Close the log."""
        await self._log.close()

    async def bodies(self) -> list[int]:
        """Return what is in the log, in order."""
        consumer = SqliteConsumer(self.directory, group="test")
        entries = await consumer.poll(max_messages=100_000, max_bytes=1 << 30, timeout_s=0)
        await consumer.close()
        return [int(entry.message.value.split()[0]) for entry in entries]


def a_message(number: int, size: int = 0) -> Message:
    """Return a message that is told from others."""
    return Message(b"k", f"{number} ".encode() + b"x" * size, {"n": str(number)})


@pytest_asyncio.fixture
async def log(tmp_path: Path) -> AsyncIterator[Reachable]:
    """The log behind the spool."""
    one = Reachable(tmp_path / "log")
    yield one
    await one.close()


async def spooling(log: Reachable, budget_bytes: int = 50 << 20) -> SpoolingPublisher:
    """Return a spool before the log, in the folder beside it."""
    return await open_spooling(log, log.directory.parent / "spool", budget_bytes=budget_bytes, queue_bytes=10 << 20)


async def until_drained(publisher: SpoolingPublisher) -> None:
    """Wait until nothing is in the spool."""
    async with asyncio.timeout(10):
        while publisher.waiting:
            await asyncio.sleep(0.02)


async def test_a_log_that_is_there_is_written_at_once(log: Reachable) -> None:
    """The position is the log's, and nothing is spooled."""
    publisher = await spooling(log)
    assert [await publisher.publish(a_message(number)) for number in range(3)] == [(0, 0), (0, 1), (0, 2)]
    assert (publisher.waiting, publisher.trouble()) == (0, "")
    await publisher.close()


async def test_what_came_while_it_was_away_comes_in_order(log: Reachable) -> None:
    """Also what comes while the spool is drained; and then the log is written at once again."""
    publisher = await spooling(log)
    await publisher.publish(a_message(0))
    log.on = False
    for number in range(1, 40):
        assert (await publisher.publish(a_message(number)))[0] == SPOOLED
    assert publisher.trouble() == ""
    log.on = True
    for number in range(40, 200):
        await publisher.publish(a_message(number))
    await until_drained(publisher)
    assert await log.bodies() == list(range(200))
    async with asyncio.timeout(5):
        while (await publisher.publish(a_message(200)))[0] == SPOOLED:
            await asyncio.sleep(0.02)
    await publisher.close()


async def test_a_spool_that_a_process_left_is_drained_by_the_next(log: Reachable) -> None:
    """What was acknowledged is on the disk."""
    first = await spooling(log)
    log.on = False
    await asyncio.gather(*(first.publish(a_message(number)) for number in range(100)))
    first._task.cancel()
    await first._spool.close()
    await first._reader.close()
    log.on = True
    second = await spooling(log)
    await until_drained(second)
    assert sorted(await log.bodies()) == list(range(100))
    await second.close()


async def test_an_error_that_nobody_foresaw_does_not_end_the_draining(log: Reachable) -> None:
    """What was acknowledged comes to the log when the error is gone."""
    publisher = await spooling(log)
    log.on = False
    await publisher.publish(a_message(0))
    log.unforeseen = 2
    log.on = True
    await until_drained(publisher)
    assert (await log.bodies(), log.unforeseen) == ([0], 0)
    await publisher.close()


async def until_full(publisher: SpoolingPublisher) -> int:
    """Publish until the spool refuses; return how many messages it took."""
    for number in range(200):
        publisher._spool._tidied = 0.0
        try:
            await publisher.publish(a_message(number, 20_000))
        except LogFull as error:
            assert "budget" in str(error)  # noqa: PT017 - the number of messages is what is wanted
            return number
    return 200


async def test_a_full_spool_refuses_and_takes_again(log: Reachable) -> None:
    """Nothing that was accepted is given up for room."""
    publisher = await spooling(log, budget_bytes=1 << 20)
    log.on = False
    accepted = await until_full(publisher)
    assert 20 < accepted < 200
    assert "budget" in publisher.trouble()
    log.on = True
    await until_drained(publisher)
    await publisher.publish(a_message(accepted))
    await until_drained(publisher)
    assert await log.bodies() == list(range(accepted + 1))
    await publisher.close()


async def test_a_message_that_the_log_refuses_waits_and_is_not_dropped(log: Reachable) -> None:
    """It was acknowledged; somebody has lowered the log's limit since, and raises it again."""
    publisher = await spooling(log)
    log.on = False
    for number in range(3):
        await publisher.publish(a_message(number, 1000))
    log.limit, log.on = 500, True
    await asyncio.sleep(1.5)
    assert publisher.waiting == 3
    log.limit = 2000
    await until_drained(publisher)
    assert set(await log.bodies()) == {0, 1, 2}
    await publisher.close()


async def test_what_stands_around_a_refused_message_does_not_come_again_and_again(log: Reachable) -> None:
    """Each try would add it to the log once more, for as long as nobody raises the limit."""
    publisher = await spooling(log)
    log.on = False
    for number in range(10):
        await publisher.publish(a_message(number, 1000 if number == 4 else 0))
    log.limit, log.on = 500, True
    await asyncio.sleep(3.5)
    assert publisher.waiting == 6
    log.limit = 2000
    await until_drained(publisher)
    assert sorted(await log.bodies()) == sorted([*range(10), *range(5, 10)])
    await publisher.close()


async def test_an_offset_that_cannot_be_written_does_not_leave_the_spool_in_use(log: Reachable) -> None:
    """As on a full disk. What was moved is no longer waiting, and the log is written at once again."""
    publisher = await spooling(log)
    log.on = False
    for number in range(5):
        await publisher.publish(a_message(number))
    in_the_way = log.directory.parent / "spool" / "offsets" / "drain"
    in_the_way.mkdir(parents=True)
    log.on = True
    async with asyncio.timeout(5):
        while len(await log.bodies()) < 5:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    in_the_way.rmdir()
    await until_drained(publisher)
    async with asyncio.timeout(5):
        while (await publisher.publish(a_message(5)))[0] == SPOOLED:
            await asyncio.sleep(0.02)
    await publisher.close()
