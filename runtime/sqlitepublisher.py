"""The writing side of the SQLite log: one thread commits whatever waits as one transaction (group commit)."""

import asyncio
import fcntl
import json
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from typing import Final

import structlog

from runtime import sqlitesegments as files
from runtime.log import Message
from schemas.errors import LogBusy, LogFull, LogUnavailable

GROUP_MAX: Final = 512
LOG_UNUSED_S: Final = 1.0
ENDED: Final = "the thread that writes the log has ended"
Waiting = tuple[Message, "Future[tuple[int, int]]"]
_journal = structlog.get_logger(__name__)


class SqlitePublisher:
    """`runtime.log.Publisher` on a folder of segments. One process at a time.

    Args:
        directory: the log's folder; made if it is not there.
        segment_bytes: a segment is closed when it is larger.
        budget_bytes: the log refuses when what may not be deleted is larger.
        retention_s: age at which read segments are deleted.
        queue_bytes: what may wait for the disk.
        group: the consumer whose unread messages are never deleted.

    Raises:
        LogBusy: another process writes this log.
    """

    def __init__(
        self,
        directory: Path,
        *,
        segment_bytes: int = 256 << 20,
        budget_bytes: int = 20 << 30,
        retention_s: float = 7 * 86400,
        queue_bytes: int = 64 << 20,
        group: str = "ingest",
    ) -> None:
        self.log_id = files.create(directory)
        self._directory = directory
        self._lock_file = (directory / "writer.lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock_file.close()
            raise LogBusy(f"another process writes the log in {directory}; one process at a time can") from None
        self._limits = (segment_bytes, budget_bytes, retention_s, queue_bytes)
        self._group = group
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._counting = threading.Lock()
        self._end = files.end_of(directory)
        self._connection: sqlite3.Connection | None = None
        self._kept_bytes = 0
        self._tidied = 0.0
        self._closed = False
        self._failure = ""
        self._thread = threading.Thread(target=self._write, name="sqlite-log", daemon=True)
        self._thread.start()

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append durably; see `runtime.log.Publisher.publish`."""
        if self._closed:
            raise LogUnavailable("the log is closed")
        if not self._thread.is_alive():
            raise LogUnavailable(ENDED)
        if self._queued_bytes + len(message.value) > self._limits[3]:
            raise LogUnavailable("too much waits for the disk")
        done: Future[tuple[int, int]] = Future()
        self._count(len(message.value))
        self._queue.put((message, done))
        return await asyncio.shield(asyncio.wrap_future(done))

    def trouble(self) -> str:
        """Say in a sentence why the log cannot take messages now; nothing where it can."""
        if self._closed:
            return "the log is closed"
        if not self._thread.is_alive():
            return ENDED
        if self._queued_bytes > self._limits[3] * 0.9:
            return "too much waits for the disk"
        return self._failure

    async def close(self) -> None:
        """Write what waits and release the log."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _count(self, size: int) -> None:
        with self._counting:
            self._queued_bytes += size

    def _write(self) -> None:
        running = True
        while running:
            group, running = self._take()
            if group:
                self._commit(group)
                self._count(-sum(len(message.value) for message, _ in group))
        if self._connection:
            self._connection.close()
        self._lock_file.close()

    def _take(self) -> tuple[Sequence[Waiting], bool]:
        """Wait for a message and take along what stands behind it; False when the log is to be closed."""
        first = self._queue.get()
        if first is None:
            return [], False
        group = [first]
        while len(group) < GROUP_MAX:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, False
            group.append(item)
        return group, True

    def _commit(self, group: Sequence[Waiting]) -> None:
        try:
            first = self._append([message for message, _ in group])
        except (LogFull, LogUnavailable) as error:
            self._refuse(group, error)
            return
        except Exception as error:  # noqa: BLE001 - the thread goes on, else every push would wait for ever
            _journal.error("log_write_failed", exc_info=error)
            self._reopen()
            self._refuse(group, LogUnavailable(f"the log cannot be written: {error!r}"))
            return
        self._failure = ""
        for place, (_, done) in enumerate(group):
            done.set_result((0, first + place))

    def _refuse(self, group: Sequence[Waiting], error: Exception) -> None:
        self._failure = str(error)
        for _, done in group:
            done.set_exception(error)

    def _append(self, messages: Sequence[Message]) -> int:
        try:
            connection = self._segment()
            now_ms = time.time_ns() // 1_000_000
            rows = [
                (self._end + place, now_ms, message.key, json.dumps(message.headers), message.value)
                for place, message in enumerate(messages)
            ]
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", rows)
                connection.execute("COMMIT")
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            self._reopen()
            raise LogUnavailable(f"the log cannot be written: {error}") from error
        first, self._end = self._end, self._end + len(messages)
        return first

    def _reopen(self) -> None:
        """Forget the connection and look where the log really ends: a failed commit may have reached the disk."""
        if self._connection:
            self._connection.close()
            self._connection = None
        try:
            self._end = max(self._end, files.end_of(self._directory))
        except (sqlite3.Error, OSError):
            return

    def _segment(self) -> sqlite3.Connection:
        """Return the segment to write to; close a full one, delete what may go, refuse over the budget."""
        if self._connection and time.monotonic() - self._tidied < LOG_UNUSED_S:
            return self._connection
        self._tidied = time.monotonic()
        segment_bytes, budget_bytes, retention_s, _ = self._limits
        found = files.segments(self._directory)
        self._kept_bytes = self._delete_old(found, retention_s, budget_bytes)
        if self._kept_bytes > budget_bytes:
            self._tidied = 0.0
            raise LogFull(
                f"the log holds {self._kept_bytes} bytes that are unread or young; its budget is {budget_bytes}"
            )
        if self._connection and found and files.size(found[-1]) > segment_bytes:
            self._connection.close()
            self._connection = None
            found = []
        if not self._connection:
            path = found[-1] if found else self._directory / f"{self._end:020}{files.SUFFIX}"
            self._connection = files.open_for_writing(path)
        return self._connection

    def _delete_old(self, found: Sequence[Path], retention_s: float, budget_bytes: int) -> int:
        """Delete read segments that are old, or that the budget needs; return the bytes that stay."""
        log_id, committed = files.committed(self._directory, self._group)
        committed = committed if log_id == self.log_id else 0
        total = sum(files.size(segment) for segment in found)
        for segment, following in pairwise(found):
            read = files.first_offset(following) <= committed
            old = time.time() - following.stat().st_ctime > retention_s
            if not read or not (old or total > budget_bytes):
                break
            total -= files.size(segment)
            files.remove(segment)
        return total
