"""The formats that are imported, and which of them a file is of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.sources.traces.cut import ImportBatch, batches
from collector.sources.traces.recorded import Recorded, Skips, parsed
from rtcpulse.importing import internals, jitsi, ownbatches, pcap, rtcstats
from rtcpulse.importing.recording import Recording
from schemas.errors import UnreadableRecording

_SESSION_DIGITS: Final = 24


class Format(NamedTuple):
    """A format: its name, how it is known, and what reads it.

    `recognises` is given the JSON value of the first line (None where it is none) and all bytes.
    """

    name: str
    recognises: Callable[[Any, bytes], bool]
    read: Callable[[Recording, Skips], Sequence[Recorded]]


RECORDINGS: Final = (
    Format("pcap", pcap.recognises, pcap.read),
    Format("rtcstats", rtcstats.recognises, rtcstats.read),
    Format("webrtc-internals", internals.recognises, internals.read),
    Format("jitsi", jitsi.recognises, jitsi.read),
)
OWN: Final = "batches"
NAMES: Final = (*(one.name for one in RECORDINGS), OWN)


def format_of(recording: Recording) -> str:
    """Return the name of a file's format.

    Raises:
        UnreadableRecording: it is none of those that are imported.
    """
    first = _first(recording.plain)
    for one in RECORDINGS:
        if one.recognises(first, recording.plain):
            return one.name
    if ownbatches.recognises(first, recording.plain):
        return OWN
    raise UnreadableRecording(f"{recording.path}, line 1: of no format that is imported ({', '.join(NAMES)})")


def sessions(recording: Recording, name: str, skips: Skips) -> list[Recorded]:
    """Return the sessions of a recording that have anything in them.

    Raises:
        UnreadableRecording: it cannot be read at all.
    """
    read = next(one.read for one in RECORDINGS if one.name == name)
    return [one for one in read(recording, skips) if one.events or any(one.pcs.values())]


def batches_of(recording: Recording, name: str, skips: Skips, about: Mapping[str, str]) -> Iterator[ImportBatch]:
    """Yield every batch of a file.

    Raises:
        UnreadableRecording: it cannot be read at all.
    """
    if name == OWN:
        yield from ownbatches.read(recording, skips)
        return
    found = sessions(recording, name, skips)
    identity = recording.identity
    for number, one in enumerate(found):
        suffix = f"-{number}" if len(found) > 1 else ""
        yield from batches(one, identity, f"import-{identity[:_SESSION_DIGITS]}{suffix}", about)


def _first(plain: bytes) -> Any:
    """Return the JSON value of the first line that is not empty, None where it has none."""
    line = plain.lstrip().split(b"\n", 1)[0]
    try:
        return parsed(line)
    except (ValueError, RecursionError):
        return None
