"""What a reader makes of a file: whose calls were recorded, readings, events, and what was left out and why."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from rtcpulse.agent.series import Sample
from rtcpulse.agent.shape import clip
from rtcpulse.importing.hints import NOTHING, Hints
from schemas.errors import UnreadableRecording

MAGIC: Final = b"\x1f\x8b"
UNPACKED_MAX: Final = 2 << 30
_WRITER_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out: why, of what, how often, and where first (a line or a member of the file)."""

    reason: str
    what: str
    count: int
    first: str


class Skips:
    """Counts what is left out of one file."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], list[Any]] = {}

    def note(self, reason: str, what: str, where: str, count: int = 1) -> None:
        """Count something that is left out."""
        self._counts.setdefault((reason, what), [0, where])[0] += count

    def all(self) -> list[Skipped]:
        """Return everything, what was left out most often first."""
        found = [
            Skipped(reason, clip(what), count, clip(first)) for (reason, what), (count, first) in self._counts.items()
        ]
        return sorted(found, key=lambda one: (-one.count, one.reason, one.what))


@dataclass(slots=True)
class Recorded:
    """One person's recorded session: members of the batch's `session`, readings by peer connection, events."""

    about: dict[str, Any] = field(default_factory=dict)
    pcs: dict[str, list[Sample]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, pc: str, sample: Sample, skips: Skips, where: str) -> None:
        """Add a reading; one that is not after the one before it, or has no time, is left out."""
        readings = self.pcs.setdefault(pc, [])
        if not 0 < sample.t < 1e14:
            skips.note("the reading has no time", pc, where)
        elif readings and round(sample.t, 1) <= round(readings[-1].t, 1):
            skips.note("the reading is not after the one before it", pc, where)
        else:
            readings.append(sample)


class Recording:
    """A file that was opened: its plain bytes, whether or not it was gzip, and what is said of it if it is a capture.

    Raises:
        UnreadableRecording: it cannot be read; the sentence names it.
    """

    def __init__(self, path: Path, hints: Hints = NOTHING) -> None:
        self.path = path
        self.hints = hints
        try:
            self.plain = _unpacked(path)
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


def parsed(text: bytes | str) -> Any:
    """Return a JSON value; NaN and infinities, which are no JSON, are nothing."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    return json.loads(text, parse_constant=lambda _: None)


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        return content
    with gzip.open(path) as stream:
        plain = stream.read(UNPACKED_MAX + 1)
    if len(plain) > UNPACKED_MAX:
        raise UnreadableRecording(f"{path}: unpacks to more than {UNPACKED_MAX} bytes")
    return plain
