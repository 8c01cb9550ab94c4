"""The log port: what stands between the collector and ingest. Adapters: SQLite files, Kafka.

Vocabulary. A *message* is a key, headers and a value. A *partition* is an ordered sequence of messages; its *offset* is
the message's place, growing by at least one. A *position* is (log id, partition, offset). A consumer's *committed*
offset is the first one it has not finished with. Each time a partition is given to a consumer, that is a new *epoch* of
it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: key and value as bytes, headers as text."""

    key: bytes
    value: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message at its place in the log."""

    partition: int
    offset: int
    message: Message


@dataclass(frozen=True, slots=True)
class Bounds:
    """A partition as it stands: the first offset still kept, the next to be written, the committed one."""

    first: int
    end: int
    committed: int


class Publisher(Protocol):
    """Appends to the log. One per process; safe for concurrent tasks of one event loop.

    Guarantee: when `publish` returns, the message is durable (fsynced, or acknowledged by all in-sync replicas) and
    will be read exactly in that partition. When it raises, the message may or may not be in the log.
    """

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append durably and return (partition, offset).

        Raises:
            LogFull: the log is at its budget; unread messages are never deleted.
            LogUnavailable: the log cannot be written now.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and release the log. Safe to call twice."""
        ...


class Consumer(Protocol):
    """Reads the log in order, each partition by one consumer of the group at a time, and remembers how far it got.

    Guarantee: entries of a partition come in offset order without gaps of what is kept; nothing is committed but by
    `commit`. After a restart reading goes on at the committed offset. A partition whose entries were handed out is not
    given to another consumer until they are committed or `poll` is called again, for as long as the log can wait.
    """

    @property
    def log_id(self) -> str:
        """The log's identity, made by migrate. Another id means another log, whatever its address."""
        ...

    @property
    def epochs(self) -> Mapping[int, int]:
        """The partitions that this consumer has now, and the epoch of each; it may change at any `await`."""
        ...

    async def poll(self, *, max_messages: int, max_bytes: int, timeout_s: float) -> Sequence[Entry]:
        """Return the next entries, as soon as there is one; empty after `timeout_s` seconds without any.

        Raises:
            LogUnavailable: the log cannot be read now.
            LogMismatch: the log ends below what was committed, or has another id.
        """
        ...

    async def seek(self, partition: int, offset: int) -> None:
        """Go on reading a partition at `offset`: recovery may have to read again what was committed."""
        ...

    async def commit(self, partition: int, offset: int) -> None:
        """Remember that every entry below `offset` is done. Never goes back.

        Raises:
            LogUnavailable: it could not be remembered now, or the partition is another consumer's.
        """
        ...

    async def bounds(self) -> Mapping[int, Bounds]:
        """Return the state of each partition of this consumer.

        Raises:
            LogUnavailable: the log cannot be asked now.
        """
        ...

    async def close(self) -> None:
        """Give the partitions back and release the log. Safe to call twice."""
        ...
