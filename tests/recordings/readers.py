"""Readers of the recordings that the product does not import: what this project's own recorders wrote, here and there.

The formats that it does import are read by its own readers.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from collector.sources.traces.members import epoch_ms, plain
from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.importing.formats import format_of, sessions
from rtcpulse.importing.recording import Recording
from schemas.series import Sample

Reader = Callable[[Path], Recorded]


def read_own(path: Path) -> Recorded:
    """Read what `tests/fixtures/record_*.py` wrote: a head, then {t, peer, stats: {id: members}} a line."""
    found = Recorded({"room": path.name})
    for line in path.read_text().splitlines()[1:]:
        reading = json.loads(line)
        _add(found, reading["peer"], reading["t"], list(reading["stats"].values()))
    return found


def read_aiortc(path: Path) -> Recorded:
    """Read {t, pc, stats: {id: members}} a line, times in seconds."""
    found = Recorded({"room": path.name})
    for line in path.read_text().splitlines():
        reading = json.loads(line)
        _add(found, f"pc{reading['pc']}", reading["t"] * 1000, list(reading["stats"].values()))
    return found


def read_livekit(path: Path) -> Recorded:
    """Read {t, publisher: [stats], subscriber: [stats]} a line, `t` in seconds."""
    found = Recorded({"room": path.name})
    for line in path.read_text().splitlines():
        reading = json.loads(line)
        for role in ("publisher", "subscriber"):
            if reading.get(role):
                _add(found, role, reading["t"] * 1000, reading[role])
    return found


def read_imported(path: Path) -> Recorded:
    """Read the one session of a recording that the product imports."""
    recording = Recording(path)
    (found,) = sessions(recording, format_of(recording), Skips())
    return found


def _add(found: Recorded, pc: str, t: float, stats: list[dict[str, Any]]) -> None:
    skips = Skips()
    whole = [one | {"timestamp": epoch_ms(one.get("timestamp"))} for one in stats]
    kept = [one for one in (plain(one, skips, "") for one in whole) if one is not None]
    found.add(pc, Sample(t, kept), skips, "")


READERS: Final[dict[str, Reader]] = {
    "webrtc-internals/*.json": read_imported,
    "rtcstats-jitsi/*-*-*.jsonl": read_imported,
    "janus-*/*.getstats.jsonl": read_aiortc,
    "livekit-*/getstats-*dualpc.jsonl": read_livekit,
}


def recordings(folder: Path) -> list[tuple[Path, Reader]]:
    """Return the getStats recordings of a folder, each with its reader."""
    return [(path, reader) for pattern, reader in READERS.items() for path in sorted(folder.glob(pattern))]
