"""Faults of the collector's process, and the moments at which it is killed."""

import itertools
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from runtime import sqlitesegments
from runtime.log import Message
from runtime.sqlitepublisher import SqlitePublisher, Waiting
from tests.faults.planted import moments

ANSWERED_S: Final = 0.3
DROPPED_EVERY: Final = 1000


def watch() -> None:
    """Name the moment before messages are written: `log_unwritten`."""
    moments.before(SqlitePublisher, "_append", "log_unwritten")


def acknowledge_before_fsync() -> None:
    """Answer as soon as a message is in hand, and write it afterwards."""

    def commit(self: SqlitePublisher, group: Sequence[Waiting]) -> None:
        for place, (_, done) in enumerate(group):
            done.set_result((0, self._end + place))
        time.sleep(ANSWERED_S)
        self._append([message for message, _ in group])

    moments.replace(SqlitePublisher, "_commit", lambda _: commit)


def one_in_a_thousand_dropped() -> None:
    """Acknowledge every batch, and write all but one in a thousand."""
    number = itertools.count(1)

    def dropping(publish: Any) -> Any:
        async def sometimes(self: SqlitePublisher, message: Message) -> Any:
            return (0, 0) if next(number) % DROPPED_EVERY == 0 else await publish(self, message)

        return sometimes

    moments.replace(SqlitePublisher, "publish", dropping)


def log_never_synced() -> None:
    """Write the log and never wait for the disk: no kill shows it, only the system calls do."""

    def unsynced(open_for_writing: Any) -> Any:
        def opened(segment: Path) -> sqlite3.Connection:
            connection: sqlite3.Connection = open_for_writing(segment)
            connection.execute("PRAGMA synchronous = OFF")
            return connection

        return opened

    moments.replace(sqlitesegments, "open_for_writing", unsynced)


FAULTS: Final[dict[str, Callable[[], None]]] = {
    "acknowledge_before_fsync": acknowledge_before_fsync,
    "one_in_a_thousand_dropped": one_in_a_thousand_dropped,
    "log_never_synced": log_never_synced,
}
