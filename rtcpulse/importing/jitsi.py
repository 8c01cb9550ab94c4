"""Jitsi's rtcstats dumps, one person's session a file."""

from collections.abc import Mapping
from typing import Any

from collector.sources.traces.jitsi import JitsiTrace
from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.importing.recording import Recording


def recognises(first: Any, _: bytes) -> bool:
    """Return whether a file is such a dump; `first` is the JSON value of its first line, where it is one."""
    if isinstance(first, Mapping):
        return "statsSessionId" in first
    return isinstance(first, list) and len(first) >= 4 and isinstance(first[0], str)


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a dump, which is one person's session."""
    trace = JitsiTrace(skips)
    for where, entry in recording.lines(skips):
        trace.entry(entry, where)
    return [trace.recorded]
