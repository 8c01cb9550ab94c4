"""A worker whose log goes away in the middle of a block, or whose partition becomes another's: nothing is left out."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingest.worker import Worker
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.log import Bounds, Entry
from runtime.sqliteconsumer import SqliteConsumer
from schemas.errors import LogUnavailable
from tests.ingest.test_recovery import EXPECTED, bodies, fill, standing, work


class Interrupted(SqliteConsumer):
    """A log that gives three messages and is then away for a moment."""

    polls = 0

    async def poll(self, *, max_messages: int, max_bytes: int, timeout_s: float) -> Sequence[Entry]:
        """Return few entries, and fail at the second call."""
        self.polls += 1
        if self.polls == 2:
            raise LogUnavailable("away for a moment")
        return await super().poll(max_messages=min(3, max_messages), max_bytes=max_bytes, timeout_s=timeout_s)


class Moved(SqliteConsumer):
    """A log whose partition goes at the first commit and comes back at once, as another epoch."""

    epoch, begun = 1, 0

    @property
    def epochs(self) -> Mapping[int, int]:
        """The partition, given twice."""
        return {0: self.epoch}

    async def bounds(self) -> Mapping[int, Bounds]:
        """Return the state, from where this epoch's commits may go on."""
        self.begun = self.epoch
        return await super().bounds()

    async def commit(self, partition: int, offset: int) -> None:
        """Refuse what comes before the partition was looked at."""
        if self.epoch == 1:
            self.epoch = 2
        if self.begun != self.epoch:
            raise LogUnavailable("the partition is another consumer's")
        await super().commit(partition, offset)


async def until_committed(consumer: SqliteConsumer, store: ChdbStore, until: int) -> None:
    """Run a worker until it has committed."""
    stop = asyncio.Event()
    running = asyncio.ensure_future(Worker(consumer, store, Instruments(), block_s=0.05).run(stop))
    try:
        async with asyncio.timeout(20):
            while consumer._committed < until:
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        await running
        await consumer.close()


async def test_what_was_read_before_the_log_went_away_is_stored(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """It was handed out, so the log does not give it again."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await until_committed(Interrupted(tmp_path), store, 8)
    assert standing(store, log_id) == EXPECTED


async def test_a_partition_that_moves_is_taken_over_anew(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Rows that were stored in its first epoch are not stored again in the second."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await until_committed(Moved(tmp_path), store, 8)
    assert standing(store, log_id) == EXPECTED


async def test_a_partition_that_moves_with_nothing_to_insert(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Every position is done; the worker does not wait for ever to commit what is not its own."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, store, 8)
    (tmp_path / "offsets" / "ingest").unlink()
    await until_committed(Moved(tmp_path), store, 8)
    assert standing(store, log_id) == EXPECTED
