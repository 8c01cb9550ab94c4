"""Sessions that somebody watches: for a while they are asked to poll and send at another pace.

A file in DATA, written by `rtcpulse watch` and the dashboard and read by every collector when it changes; of several
collectors on several machines, or a dashboard apart from them, the setting names a file that all of them have.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
import structlog
from msgspec import Meta, Struct

from schemas.errors import ConfigurationError

EVERY: Final = "*"
POLL_MS: Final = 1000
SEND_MS: Final = 2000
_journal = structlog.get_logger(__name__)


class Watch(Struct, frozen=True):
    """One line of the file.

    Attributes:
        project: whose.
        session: its id; `*` is every session of the project that no other line names.
        until_ms: ms since the Unix epoch; then it is over.
        poll_ms: from one reading to the next.
        send_ms: from one batch to the next.
    """

    project: str
    session: str
    until_ms: int
    poll_ms: Annotated[int, Meta(ge=500, le=60_000)] = POLL_MS
    send_ms: Annotated[int, Meta(ge=500, le=600_000)] = SEND_MS


def read(path: Path) -> list[Watch]:
    """Return the lines of a file; of one that is not there, none.

    Raises:
        ConfigurationError: a line is wrong, or the file cannot be read.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Watch))
        except msgspec.DecodeError as error:
            raise ConfigurationError(f"{path}, line {number}: {error}") from None
    return found


def write(path: Path, watches: Sequence[Watch]) -> None:
    """Put a file in the place of the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in watches))
    beside.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let nobody else change the file meanwhile, by a lock on a file beside it, which stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Watching:
    """Who is watched, as the file says now. While it is wrong, what it last said stays."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp: tuple[int, ...] = ()
        self._known: dict[tuple[str, str], Watch] = {}

    def of(self, project: str, session: str, now_ms: int) -> Watch | None:
        """Return at which pace a session is watched now; None where nobody watches it."""
        self._refresh()
        for name in (session, EVERY):
            one = self._known.get((project, name))
            if one and now_ms < one.until_ms:
                return one
        return None

    def begin(self, watch: Watch, now_ms: int) -> list[Watch]:
        """Watch a session, in the place of what was said of it before; return the lines that are not over.

        Raises:
            ConfigurationError: the file is wrong, or cannot be read or written.
        """
        return self._change((watch.project, watch.session), [watch], now_ms)

    def end(self, project: str, session: str, now_ms: int) -> list[Watch]:
        """Watch a session no longer; return the lines that are not over.

        Raises:
            ConfigurationError: the file is wrong, or cannot be read or written.
        """
        return self._change((project, session), [], now_ms)

    def _change(self, whose: tuple[str, str], added: Sequence[Watch], now_ms: int) -> list[Watch]:
        if self._path is None:
            raise ConfigurationError("no file says who is watched")
        try:
            with _alone(self._path):
                known = [one for one in read(self._path) if now_ms < one.until_ms]
                left = [*(one for one in known if (one.project, one.session) != whose), *added]
                write(self._path, left)
        except OSError as error:
            raise ConfigurationError(f"{self._path} cannot be written: {error.strerror}") from None
        return left

    def _refresh(self) -> None:
        if self._path is None:
            return
        try:
            found = self._path.stat()
            stamp: tuple[int, ...] = (found.st_mtime_ns, found.st_ino, found.st_size)
        except OSError:
            stamp = ()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._known = {(one.project, one.session): one for one in read(self._path)}
        except ConfigurationError as error:
            _journal.warning("watched_file_wrong", error=str(error))
