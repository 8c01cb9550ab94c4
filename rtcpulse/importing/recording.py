"""A file of a recording: its bytes, its lines, the JSON in them."""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from collector.sources.traces.recorded import Skips, parsed
from rtcpulse.importing.hints import NOTHING, Hints
from schemas.errors import UnreadableRecording

MAGIC: Final = b"\x1f\x8b"
MARK: Final = codecs.BOM_UTF8
"""What some programs put before UTF-8; it is no part of the text."""
UNPACKED_MAX: Final = 2 << 30
_WRITER_BYTES: Final = 16


class Recording:
    """A file that was opened: its plain bytes, whether or not it was gzip, and what is said of it if it is a capture.

    Raises:
        UnreadableRecording: it cannot be read; the sentence names it.
    """

    def __init__(self, path: Path, hints: Hints = NOTHING) -> None:
        self.path = path
        self.hints = hints
        try:
            self.plain = _unpacked(path).removeprefix(MARK)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableRecording(f"{path}: damaged gzip: {error}") from None
        except OSError as error:
            raise UnreadableRecording(f"{path}: {error.strerror}") from None
        if not self.plain.strip():
            raise UnreadableRecording(f"{path}: the file is empty")

    @property
    def identity(self) -> str:
        """128 bits of the content, in hexadecimal: the same file is the same writer however often it is imported.

        With other hints it is another one, since something else may be read in it.
        """
        return blake2b(self.plain, digest_size=_WRITER_BYTES, key=self.hints.digest).hexdigest()

    def lines(self, skips: Skips, first: int = 1, unreadable: list[str] | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the JSON value of each line from number `first` on with where it stands.

        Those that have none are counted, and added to `unreadable` as they are met.
        """
        unreadable = [] if unreadable is None else unreadable
        lines = self.plain.split(b"\n")
        for number, line in enumerate(lines[first - 1 :], first):
            if not line.strip():
                continue
            where = f"line {number}"
            try:
                yield where, parsed(line)
            except UnicodeDecodeError:
                unreadable.append(where)
                skips.note("the line is not UTF-8", "", where)
            except (ValueError, RecursionError):
                unreadable.append(where)
                is_cut = number == len(lines)  # what is whole ends in a line feed
                skips.note("the last line is cut off" if is_cut else "the line is not JSON", "", where)

    def whole(self) -> Any:
        """Return the file as one JSON value.

        Raises:
            UnreadableRecording: it is none; the sentence says where it ends to be.
        """
        try:
            return parsed(self.plain)
        except json.JSONDecodeError as error:
            at = f"{self.path}, line {error.lineno}, column {error.colno}"
            raise UnreadableRecording(f"{at}: not JSON, or cut off: {error.msg}") from None
        except UnicodeDecodeError as error:
            raise UnreadableRecording(f"{self.path}: not UTF-8 at byte {error.start}") from None
        except (ValueError, RecursionError) as error:
            raise UnreadableRecording(f"{self.path}: not JSON that can be read: {error}") from None


def _unpacked(path: Path) -> bytes:
    """Return the plain bytes; a pipe is read once, and never more than may be."""
    with path.open("rb") as file:
        content = file.read(UNPACKED_MAX + 1)
    if content.startswith(MAGIC) and len(content) <= UNPACKED_MAX:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            plain, verb = stream.read(UNPACKED_MAX + 1), "unpacks to"
    else:
        plain, verb = content, "has"
    if len(plain) > UNPACKED_MAX:
        raise UnreadableRecording(f"{path}: {verb} more than {UNPACKED_MAX} bytes")
    return plain
