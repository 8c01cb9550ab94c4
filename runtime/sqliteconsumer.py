"""The reading side of the SQLite log, in the same process or another: reads beside the writer, commits to a file."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from runtime import sqlitesegments as files
from runtime.log import Bounds, Entry, Message
from schemas.errors import LogMismatch, LogUnavailable

PAUSE_S: Final = 0.03


class SqliteConsumer:
    """`runtime.log.Consumer` on a folder of segments; its one partition is 0.

    Args:
        directory: the log's folder, made by migrate or by the publisher.
        group: whose offsets these are.

    Raises:
        LogMismatch: the offsets belong to another log, or lie beyond its end.
    """

    def __init__(self, directory: Path, *, group: str = "ingest") -> None:
        self._directory = directory
        self._group = group
        self._log_id = files.create(directory)
        log_id, self._committed = files.committed(directory, group)
        if log_id and log_id != self._log_id:
            raise LogMismatch(
                f"the offsets of {group} are those of log {log_id}, but {directory} holds log {self._log_id}"
            )
        end = files.end_of(directory)
        if self._committed > end:
            raise LogMismatch(f"{group} has read the log to {self._committed}, but {directory} ends at {end}")
        self._next = self._committed
        self._segment: Path | None = None
        self._connection: sqlite3.Connection | None = None

    @property
    def log_id(self) -> str:
        """The log's identity."""
        return self._log_id

    @property
    def epochs(self) -> Mapping[int, int]:
        """The one partition, for as long as the process lives."""
        return {0: 1}

    async def poll(self, *, max_messages: int, max_bytes: int, timeout_s: float) -> Sequence[Entry]:
        """Return the next entries; see `runtime.log.Consumer.poll`."""
        deadline = time.monotonic() + timeout_s
        while True:
            entries = await asyncio.to_thread(self._read, max_messages, max_bytes)
            if entries or time.monotonic() >= deadline:
                return entries
            await asyncio.sleep(min(PAUSE_S, max(0.0, deadline - time.monotonic())))

    async def commit(self, partition: int, offset: int) -> None:
        """Remember durably that every entry below `offset` is done."""
        if partition == 0 and offset > self._committed:
            path = self._directory / "offsets" / self._group
            try:
                await asyncio.to_thread(files.replace_durably, path, f"{self._log_id} {offset}")
            except OSError as error:
                raise LogUnavailable(f"the offset cannot be written: {error}") from error
            self._committed = offset

    async def bounds(self) -> Mapping[int, Bounds]:
        """Return the state of the one partition."""
        return {0: await asyncio.to_thread(self._bounds)}

    async def seek(self, partition: int, offset: int) -> None:
        """Go on reading at `offset`; see `runtime.log.Consumer.seek`."""
        if partition == 0:
            self._next = offset

    async def close(self) -> None:
        """Release the segment that is open."""
        self._release()

    def _release(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _bounds(self) -> Bounds:
        found = files.segments(self._directory)
        return Bounds(files.first_offset(found[0]) if found else 0, files.end_of(self._directory), self._committed)

    def _read(self, max_messages: int, max_bytes: int) -> Sequence[Entry]:
        try:
            entries = self._entries(max_messages, max_bytes)
            if not entries and self._advance():
                entries = self._entries(max_messages, max_bytes)
        except sqlite3.Error as error:
            self._release()
            raise LogUnavailable(f"the log cannot be read: {error}") from error
        if entries:
            self._next = entries[-1].offset + 1
        return entries

    def _entries(self, max_messages: int, max_bytes: int) -> Sequence[Entry]:
        if self._connection is None and not self._advance():
            return []
        assert self._connection is not None  # noqa: S101 - `_advance` said so
        entries: list[Entry] = []
        size = 0
        rows = self._connection.execute(
            "SELECT offset, key, headers, value FROM messages WHERE offset >= ? ORDER BY offset LIMIT ?",
            (self._next, max_messages),
        )
        for offset, key, headers, value in rows:
            entries.append(Entry(0, offset, Message(key, value, json.loads(headers))))
            size += len(value)
            if size >= max_bytes:
                break
        return entries

    def _advance(self) -> bool:
        """Open the segment of the next offset, if it is another one than is open; False where there is none."""
        segment = files.containing(self._directory, self._next)
        if segment is None or (segment == self._segment and self._connection is not None):
            return False
        self._release()
        self._segment = segment
        self._connection = files.open_for_reading(segment)
        try:
            self._connection.execute("SELECT 1 FROM messages LIMIT 1")
        except sqlite3.OperationalError:  # its writer has not made the table yet
            self._release()
            self._segment = None
            return False
        return True
