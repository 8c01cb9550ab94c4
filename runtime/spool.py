"""A bounded spool on disk before a log that others run: while it cannot be reached, what is accepted waits here.

The spool is a SQLite log of its own, so a message is as durable in it as in the log, and draining it is reading a log.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final, Protocol

import structlog

from runtime.log import Message, Publisher
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.errors import LogUnavailable, Refused

SPOOLED: Final = -1
"""The partition that `publish` names for a message in the spool: nobody knows yet which one it will come to."""
PROBE_S: Final = 1.0
DRAIN_MESSAGES: Final = 500
DRAIN_BYTES: Final = 4 << 20
SEGMENT_BYTES: Final = 16 << 20
GROUP: Final = "drain"

_journal = structlog.get_logger(__name__)


class Log(Publisher, Protocol):
    """A log that can say why it takes no messages."""

    def trouble(self) -> str:
        """Say in a sentence why the log cannot take messages now; nothing where it can."""
        ...


class SpoolingPublisher:
    """`runtime.log.Publisher` that goes on while the log behind it cannot be reached. Make it with `open_spooling`.

    Messages go to the log. When it does not take one, that one and all that follow go to the spool, until the spool is
    drained, in order. A message may come to the log twice, never not at all: ingest drops the repeat.
    """

    def __init__(self, log: Log, spool: SqlitePublisher, reader: SqliteConsumer, waiting: int) -> None:
        self._log = log
        self._spool = spool
        self._reader = reader
        self._waiting = waiting
        self._entering = 0
        self._at_once = DRAIN_MESSAGES
        self._draining = asyncio.Event()
        if waiting:
            self._draining.set()
        self._task = asyncio.ensure_future(self._drain())
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many messages are in the spool."""
        return max(0, self._waiting)

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append durably, to the log or to the spool; see `runtime.log.Publisher.publish`.

        Raises:
            LogFull: the log cannot be reached and the spool is at its budget.
            LogUnavailable: neither the log nor the spool can be written now.
        """
        if not self._draining.is_set():
            try:
                return await self._log.publish(message)
            except LogUnavailable as error:
                if self._closed:
                    raise
                if not self._draining.is_set():
                    _journal.warning("spool_begun", error=str(error))
                self._draining.set()
        self._entering += 1
        try:
            _, offset = await self._spool.publish(message)
            self._waiting += 1
        finally:
            self._entering -= 1
        return SPOOLED, offset

    def trouble(self) -> str:
        """Say in a sentence why no message can be taken now; nothing where one can."""
        return self._spool.trouble() if self._draining.is_set() else self._log.trouble()

    async def close(self) -> None:
        """Finish what was accepted; what is in the spool stays there for the next start."""
        if self._closed:
            return
        self._closed = True
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._log.close()
        await self._spool.close()
        await self._reader.close()

    async def _drain(self) -> None:
        while True:
            await self._draining.wait()
            try:
                await self._drain_some()
            except LogUnavailable:
                await asyncio.sleep(PROBE_S)
            except Refused as error:  # acknowledged is acknowledged: it waits until the log's limit is raised again
                _journal.error("spool_refused", error=str(error))
                await asyncio.sleep(PROBE_S)
            except Exception:  # noqa: BLE001 - whatever it met: nobody else drains what was acknowledged
                _journal.exception("spool_not_drained")
                await asyncio.sleep(PROBE_S)

    async def _drain_some(self) -> None:
        """Move messages from the spool to the log; when none is left and none is on its way in, go past the spool."""
        entries = await self._reader.poll(max_messages=self._at_once, max_bytes=DRAIN_BYTES, timeout_s=0)
        if not entries:
            if not self._waiting and not self._entering:
                self._draining.clear()
                _journal.info("spool_drained")
                return
            await asyncio.sleep(0.02)
            return
        failures = await _failures(self._log, [entry.message for entry in entries])
        taken = min(failures, default=len(entries))
        failure = failures.get(taken)
        if failure:
            await self._reader.seek(0, entries[taken].offset)
        # What follows a message that is refused would come to the log again with each try.
        self._at_once = 1 if isinstance(failure, Refused) else DRAIN_MESSAGES
        self._waiting -= taken
        if taken:
            await self._reader.commit(0, entries[taken - 1].offset + 1)
        if failure:
            raise failure


async def _failures(log: Publisher, messages: list[Message]) -> dict[int, BaseException]:
    """Publish messages in order and wait for all of them; return why which were not taken, by place."""
    under_way = [asyncio.ensure_future(log.publish(message)) for message in messages]
    ended = await asyncio.gather(*under_way, return_exceptions=True)
    return {place: end for place, end in enumerate(ended) if isinstance(end, BaseException)}


async def open_spooling(log: Log, directory: Path, *, budget_bytes: int, queue_bytes: int) -> SpoolingPublisher:
    """Put a spool before a log.

    Args:
        log: where messages go; it is closed with the spool.
        directory: the spool's folder; what a former process left there is drained first.
        budget_bytes: what may wait on the disk.
        queue_bytes: what may wait for the disk.

    Raises:
        ConfigurationError: another process has this spool.
    """
    spool = SqlitePublisher(
        directory,
        segment_bytes=min(SEGMENT_BYTES, max(1, budget_bytes // 8)),
        budget_bytes=budget_bytes,
        retention_s=0,
        queue_bytes=queue_bytes,
        group=GROUP,
    )
    reader = SqliteConsumer(directory, group=GROUP)
    bounds = (await reader.bounds())[0]
    return SpoolingPublisher(log, spool, reader, bounds.end - bounds.committed)
