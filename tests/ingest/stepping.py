"""A log, a worker and a store of which any call may be the last: what the property test plays its steps on."""

import asyncio
import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute

from ingest.worker import Worker
from runtime.instruments import Instruments
from runtime.log import Entry, Message
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from runtime.store import Parameter, Store
from schemas.errors import StoreUnavailable
from tests.ingest.test_recovery import Killed

PATIENCE_S: Final = 120.0
HOWS: Final = ("before", "after", "part")


@dataclass(slots=True)
class Fuse:
    """Ends the worker, or one of its calls, at a call that was chosen.

    Attributes:
        left: calls until it blows; negative: it does not.
        how: whether the call has done nothing, all, or one of its days.
        error: what the call raises.
        blown: how often it blew.
    """

    left: int = -1
    how: str = HOWS[0]
    error: BaseException = field(default_factory=Killed)
    blown: int = 0

    def blows(self) -> bool:
        """Count a call; say whether it is the one."""
        self.left = max(self.left - 1, -2)
        self.blown += self.left == -1
        return self.left == -1

    def set(self, left: int, how: str, *, kill: bool) -> None:
        """Blow at the call after `left` others: a kill, or a store that is away for a moment."""
        self.left, self.how = left, how
        self.error = Killed() if kill else StoreUnavailable("away for a moment")


class Breaking:
    """The store, whose calls pass a fuse."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Insert all; where the fuse blows all, nothing, or what lies in the last of several partitions."""
        blows = bool(rows.num_rows) and self._fuse.blows()
        if blows and self._fuse.how == "part":
            days = pa.compute.floor_temporal(rows["t" if "t" in rows.column_names else "received"], unit="day")
            last = pa.compute.equal(days, pa.compute.max(days))
            if not pa.compute.all(last).as_py():
                self._store.insert(table, rows.filter(last), token=token)
        elif not blows or self._fuse.how == "after":
            self._store.insert(table, rows, token=token)
        if blows:
            raise self._fuse.error

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Ask the store, if the fuse holds."""
        if self._fuse.blows():
            raise self._fuse.error
        return self._store.query(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Ask the store."""
        self._store.execute(sql, parameters)

    def close(self) -> None:
        """Leave it open: it is everybody's."""


class Gated(SqliteConsumer):
    """A log that gives what lies below `until`, so that blocks are the same in every run; its commits pass the fuse."""

    until = 0

    def __init__(self, directory: Path, fuse: Fuse) -> None:
        super().__init__(directory)
        self._fuse = fuse

    async def poll(self, *, max_messages: int, max_bytes: int, timeout_s: float) -> Sequence[Entry]:
        """Return the next entries below the gate."""
        most = min(max_messages, self.until - self._next)
        if most <= 0:
            await asyncio.sleep(0.002)
            return []
        return await super().poll(max_messages=most, max_bytes=max_bytes, timeout_s=timeout_s)

    async def commit(self, partition: int, offset: int) -> None:
        """Commit; where the fuse blows perhaps not."""
        blows = self._fuse.blows()
        if not blows or self._fuse.how == "after":
            await super().commit(partition, offset)
        if blows:
            raise self._fuse.error

    @property
    def committed(self) -> int:
        """The offset below which everything is done."""
        return self._committed


class Recorded(SqlitePublisher):
    """A log that remembers what it has acknowledged, in order of offsets."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.messages: list[Message] = []

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append and remember."""
        at = await super().publish(message)
        assert at == (0, len(self.messages))
        self.messages.append(message)
        return at


class Workers:
    """One worker after the other on one log: when one is dead or stopped the next begins with the next work."""

    def __init__(self, directory: Path, store: Store, fuse: Fuse) -> None:
        self._directory = directory
        self._store: Any = Breaking(store, fuse)
        self._fuse = fuse
        self._task: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def work(self, until: int) -> None:
        """Let the worker do all below `until`, or die of it."""
        if self._task is None:
            self._consumer = Gated(self._directory, self._fuse)
            self._stop = asyncio.Event()
            worker = Worker(self._consumer, self._store, Instruments(), block_s=0.05)
            self._task = asyncio.create_task(worker.run(self._stop))
        self._consumer.until = until
        async with asyncio.timeout(PATIENCE_S):
            while not self._task.done() and self._consumer.committed < until:
                await asyncio.sleep(0.002)
        if self._task.done():
            await self.stop()

    async def drain(self, until: int) -> None:
        """Let as many workers as it takes do all below `until`."""
        for _ in itertools.count():
            await self.work(until)
            if self._task is not None:
                return

    async def stop(self) -> None:
        """Stop the worker as the service does, or bury it."""
        if self._task is not None:
            self._stop.set()
            with contextlib.suppress(Killed):
                await self._task
            self._task = None
            await self._consumer.close()
