"""Batches of our own, one JSON object a line: they go on as they are, with their own session, writer and seq."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from collector.sources.traces.cut import ImportBatch
from collector.sources.traces.recorded import Skips
from rtcpulse.importing.recording import Recording
from schemas.batch import decode


def recognises(first: Any, _: bytes) -> bool:
    """Return whether a file holds batches; `first` is the JSON value of its first line, where it is one."""
    return isinstance(first, Mapping) and {"writer", "session"} <= first.keys()


def read(recording: Recording, skips: Skips) -> Iterator[ImportBatch]:
    """Yield the batches of a file; lines that are none are counted."""
    lines = recording.plain.split(b"\n")
    for where, value in recording.lines(skips):
        line = lines[int(where.removeprefix("line ")) - 1].strip()
        try:
            batch = decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            kind = str(error) if isinstance(value, Mapping) else "not a JSON object"
            skips.note("the line is no batch", kind, where)
            continue
        yield ImportBatch(batch.session.id, batch.seq, line, where)
