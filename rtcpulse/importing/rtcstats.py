"""RTCStatsDump, the files of rtcstats and of Chrome."""

from collections.abc import Mapping
from typing import Any, Final

from collector.sources.traces.client import client_of
from collector.sources.traces.recorded import Recorded, Skips, parsed
from collector.sources.traces.rtcstats import RtcstatsTrace, told_ms
from rtcpulse.importing.recording import Recording
from rtcpulse.importing.rtcstatstimes import timed
from schemas.errors import UnreadableRecording

HEAD: Final = b"RTCStatsDump"
FIRST_ENTRY: Final = 3
"""Line 1 is the name of the format, line 2 says of whom it is."""


def recognises(_: Any, plain_bytes: bytes) -> bool:
    """Return whether a file is such a dump."""
    return plain_bytes.startswith(HEAD)


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a dump; Chrome's may be of several pages, each of which is a session of its own.

    Raises:
        UnreadableRecording: its second line is not what the format says, or nothing in it tells when it was.
    """
    about = _about(recording)
    traces: dict[str, RtcstatsTrace] = {}
    latest = 0.0
    for where, entry, t in timed(recording, skips, FIRST_ENTRY, told_ms):
        latest = max(latest, t)
        traces.setdefault(_page(entry[1]), RtcstatsTrace(skips, about)).entry(entry, t, where)
    if traces and not latest:
        raise UnreadableRecording(f"{recording.path}: neither a line nor a stats object tells when it was recorded")
    return [trace.recorded for trace in traces.values()]


def _page(pc: Any) -> str:
    """Return the page of a peer connection that Chrome names by page and number; rtcstats has one page a file."""
    page, dash, number = str(pc or "").partition("-")
    return page if dash and page.isdecimal() and number.isdecimal() else ""


def _about(recording: Recording) -> dict[str, Any]:
    second = recording.plain.split(b"\n", 2)[1:2]
    try:
        head = parsed(second[0]) if second else None
    except (ValueError, RecursionError):
        head = None
    if not isinstance(head, Mapping):
        raise UnreadableRecording(f"{recording.path}, line 2: not the JSON object that says of whom the dump is")
    return client_of(head.get("userAgent"))
