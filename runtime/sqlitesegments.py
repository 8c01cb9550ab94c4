"""The files of the SQLite log: one database a segment, named by its first offset, and the log's identity beside them.

    DIR/log-id              the log's identity, made once
    DIR/00000000000000000000.sqlite ...
    DIR/offsets/GROUP       what the consumer GROUP has committed: log id and offset

Only the writer's connection writes and checkpoints: SQLite before 3.51.3 can damage a WAL that two connections reset.
"""

import os
import re
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SUFFIX: Final = ".sqlite"
_NAME: Final = re.compile(rf"[0-9]{{20}}{re.escape(SUFFIX)}")
Error = sqlite3.Error
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS messages (
    offset INTEGER PRIMARY KEY, written_ms INTEGER NOT NULL,
    key BLOB NOT NULL, headers TEXT NOT NULL, value BLOB NOT NULL
)
"""


def create(directory: Path) -> str:
    """Make the log if it is not there and return its id."""
    (directory / "offsets").mkdir(parents=True, exist_ok=True)
    path = directory / "log-id"
    if not path.exists():
        replace_durably(path, secrets.token_hex(8))
    return path.read_text().strip()


def segments(directory: Path) -> Sequence[Path]:
    """Return the segments in order. Whatever else lies in the folder, such as a copy of one, is none."""
    return sorted(path for path in directory.glob(f"*{SUFFIX}") if _NAME.fullmatch(path.name))


def first_offset(segment: Path) -> int:
    """Return the offset that a segment begins with."""
    return int(segment.stem)


def containing(directory: Path, offset: int) -> Path | None:
    """Return the segment that holds `offset` or comes first after it; None where there is none."""
    found = segments(directory)
    below = [segment for segment in found if first_offset(segment) <= offset]
    return below[-1] if below else (found[0] if found else None)


def size(segment: Path) -> int:
    """Return a segment's bytes on disk, its WAL included."""
    parts = (segment, segment.with_name(segment.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def remove(segment: Path) -> None:
    """Delete a segment with its WAL."""
    for tail in ("", "-wal", "-shm"):
        segment.with_name(segment.name + tail).unlink(missing_ok=True)


def open_for_writing(segment: Path) -> sqlite3.Connection:
    """Open a segment as its only writer: every commit is on the disk when it returns."""
    connection = sqlite3.connect(segment, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA page_size = 4096")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute(_SCHEMA)
    return connection


def open_for_reading(segment: Path) -> sqlite3.Connection:
    """Open a segment to read beside its writer; one that was deleted meanwhile does not come back as an empty file."""
    address = f"{segment.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def end_of(directory: Path) -> int:
    """Return the offset that will be written next."""
    found = segments(directory)
    if not found:
        return 0
    connection = open_for_reading(found[-1])
    try:
        row = connection.execute("SELECT max(offset) FROM messages").fetchone()
    except sqlite3.OperationalError:  # killed before the table was made
        row = (None,)
    finally:
        connection.close()
    return first_offset(found[-1]) if row[0] is None else int(row[0]) + 1


def committed(directory: Path, group: str) -> tuple[str, int]:
    """Return (log id, offset) that a group committed; ("", 0) where it has not yet."""
    try:
        log_id, offset = (directory / "offsets" / group).read_text().split()
    except FileNotFoundError:
        return "", 0
    return log_id, int(offset)


def replace_durably(path: Path, text: str) -> None:
    """Write a small file so that a crash leaves the old text or the new one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
