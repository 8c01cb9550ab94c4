"""Entries of a setting, and of a file of the same entries that is read again when it changes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from schemas.errors import ConfigurationError

T = TypeVar("T")
Parse = Callable[[Sequence[str], str], Mapping[str, T]]
"""Entries, and the name of their setting, to what they say by key; a wrong one is a ConfigurationError."""

_journal = structlog.get_logger(__name__)


class Entries(Generic[T]):
    """What a setting and a file say by key. While the file is wrong or away, what it last held stays.

    Args:
        setting: its name, for sentences; that of the file ends in `_FILE`.
        text: its value, entries separated by commas.
        file: one entry a line; lines that begin with # are none.
        parse: reads entries. A sentence of its names an entry by its number, since it may hold a secret.

    Raises:
        ConfigurationError: an entry is wrong, or the file cannot be read.
    """

    def __init__(self, setting: str, text: str, file: Path | None, parse: Parse[T]) -> None:
        self._setting = f"{setting}_FILE"
        self._parse = parse
        self._fixed = parse(text.split(","), setting)
        self._file = file
        self._stamp: tuple[int, ...] = ()
        self._trouble = ""
        self._read: Mapping[str, T] = {}
        if file is not None:
            self._stamp, self._read = self._stamped(file), self._in_file(file)

    def __bool__(self) -> bool:
        """Whether there are any, or may be: an empty file lets nobody in."""
        return bool(self._fixed) or self._file is not None

    def known(self) -> Mapping[str, T]:
        """Return what is known now; the setting's entries win."""
        return {**self._from_file(), **self._fixed}

    def trouble(self) -> str:
        """Look at the file and say in a sentence what is wrong with it; nothing where it is as it should be."""
        self._from_file()
        return self._trouble

    def _from_file(self) -> Mapping[str, T]:
        if self._file is None:
            return {}
        try:
            stamp = self._stamped(self._file)
            if stamp != self._stamp or self._trouble:
                self._read = self._in_file(self._file)
                self._stamp = stamp
                self._note("")
        except ConfigurationError as error:
            self._note(f"{error}; the keys that it held before stay")
        return self._read

    def _note(self, trouble: str) -> None:
        """Journal what is wrong with the file when that changes."""
        if trouble and trouble != self._trouble:
            _journal.error("keys_file_wrong", detail=trouble)
        elif self._trouble and not trouble:
            _journal.info("keys_file_right", setting=self._setting)
        self._trouble = trouble

    def _stamped(self, file: Path) -> tuple[int, ...]:
        """Return what changes when the file does."""
        try:
            status = file.stat()
        except OSError as error:
            raise ConfigurationError(f"{self._setting} cannot be read: {error.strerror}") from None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _in_file(self, file: Path) -> Mapping[str, T]:
        try:
            lines = file.read_text("utf-8").splitlines()
        except OSError as error:
            raise ConfigurationError(f"{self._setting} cannot be read: {error.strerror}") from None
        except ValueError:
            raise ConfigurationError(f"{self._setting} is not UTF-8") from None
        return self._parse(["" if line.startswith("#") else line for line in lines], self._setting)
