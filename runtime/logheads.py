"""The heads of a log's messages, without their bodies: what was accepted, of which project and when.

Read from the log itself, without a group: what ingest and the store say of the same positions can be held against it.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime import sqlitesegments as files
from runtime.kafkadriver import leave, texts, unavailable
from runtime.kafkatopic import REQUEST_MS
from runtime.kafkaurl import KafkaAddress
from schemas.errors import LogUnavailable

WAIT_MS: Final = 500
READ_S: Final = 20.0
"""Seconds after which reading a topic ends with what it has: its messages come with their bodies."""
Places = Mapping[int, int]
"""An offset of each partition."""


@dataclass(frozen=True, slots=True)
class Head:
    """One message's place and what its headers say; times are milliseconds since the Unix epoch.

    Attributes:
        received_ms: when the collector took it; 0 where the header is damaged.
        written_ms: when the log took it.
    """

    partition: int
    offset: int
    project: str
    received_ms: int
    written_ms: int


@dataclass(frozen=True, slots=True)
class Heads:
    """What was read: the heads, in order within a partition, and of each partition the first offset not looked at."""

    found: Sequence[Head]
    until: Places


def of_files(directory: Path, since: int, until: int, most: int) -> Heads:
    """Return at most `most` heads of a SQLite log from `since` on, below `until`.

    Raises:
        LogUnavailable: a segment cannot be read.
    """
    found: list[Head] = []
    try:
        for segment, following in _with_ends(files.segments(directory), until):
            if following > since and files.first_offset(segment) < until and len(found) < most:
                found += _of_segment(segment, since, until, most - len(found))
    except sqlite3.Error as error:
        raise LogUnavailable(f"the log in {directory} cannot be read: {error}") from None
    return Heads(found, {0: found[-1].offset + 1 if len(found) == most and found else until})


def _with_ends(segments: Sequence[Path], until: int) -> list[tuple[Path, int]]:
    ends = [files.first_offset(segment) for segment in segments[1:]]
    return list(zip(segments, [*ends, until], strict=True)) if segments else []


def _of_segment(segment: Path, since: int, until: int, most: int) -> list[Head]:
    if not segment.exists():  # deleted since it was listed: it was old and read
        return []
    connection = files.open_for_reading(segment)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
            return []  # its writer has not made the table yet
        rows = connection.execute(
            "SELECT offset, written_ms, headers FROM messages WHERE offset >= ? AND offset < ? ORDER BY offset LIMIT ?",
            (since, until, most),
        ).fetchall()
    finally:
        connection.close()
    return [_head(0, offset, written_ms, json.loads(headers)) for offset, written_ms, headers in rows]


async def of_topic(address: KafkaAddress, since: Places, until: Places, most: int) -> Heads:
    """Return at most about `most` heads of each partition of a topic, from `since` on, below `until`.

    Raises:
        LogUnavailable: the brokers cannot be asked.
    """
    asked = {TopicPartition(address.topic, part): until[part] for part in since if since[part] < until[part]}
    found: list[Head] = []
    reached = dict(until)
    reader = AIOKafkaConsumer(
        **address.client(), request_timeout_ms=REQUEST_MS, auto_offset_reset="earliest", enable_auto_commit=False
    )
    deadline = time.monotonic() + READ_S
    try:
        with unavailable("reading the messages' headers"):
            if asked:
                await reader.start()
                reader.assign(list(asked))
                for place in asked:
                    reader.seek(place, since[place.partition])
                    reached[place.partition] = since[place.partition]
            open_places = set(asked)
            while open_places and time.monotonic() < deadline:
                batch = await reader.getmany(*open_places, timeout_ms=WAIT_MS)
                for place, records in batch.items():
                    found += [
                        _head(place.partition, one.offset, one.timestamp, texts(one.headers))
                        for one in records
                        if one.offset < asked[place]
                    ]
                for place in list(open_places):
                    reached[place.partition] = min(await reader.position(place), asked[place])
                    if reached[place.partition] >= min(asked[place], since[place.partition] + most):
                        open_places.remove(place)
    finally:
        await asyncio.shield(leave(reader))
    return Heads(found, reached)


def _head(partition: int, offset: int, written_ms: int, headers: Mapping[str, Any]) -> Head:
    received = str(headers.get("received_ms", ""))
    received_ms = int(received) if received.isascii() and received.isdecimal() and len(received) < 15 else 0
    return Head(partition, offset, str(headers.get("project", "")), received_ms, written_ms)
