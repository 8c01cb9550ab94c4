"""A traced session cut into batches, as the SDK would have cut it: each with the reading before it as baseline.

Writer and seq of a file's come from its content alone, so a file that is imported again is a repeat.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

import msgspec

from collector.sources.traces.recorded import Recorded
from schemas.batch import VERSION
from schemas.counted import counted
from schemas.series import Sample, series

READINGS_MAX: Final = 10
VALUES_MAX: Final = 60_000
EVENTS_MAX: Final = 500
SDK: Final = "rtcpulse-import/2"
"""The number rises when the same file would be cut otherwise."""


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """A batch that is cut: JSON as it goes over the wire, not packed, and where in the file it comes from."""

    session: str
    seq: int | None
    body: bytes
    where: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Readings of one peer connection that go together; with `baseline` the first of them went before."""

    pc: str
    samples: Sequence[Sample]
    baseline: bool


def cuts(recorded: Recorded, begun: Collection[str] = ()) -> Iterator[Cut]:
    """Yield the readings in portions that fit into a batch; of `begun` connections the first one went before."""
    for pc, readings in recorded.pcs.items():
        begin = 1 if pc in begun else 0
        while begin < len(readings):
            end = _end(readings, begin)
            yield Cut(pc, readings[max(0, begin - 1) : end], begin > 0)
            begin = end


def parts(recorded: Recorded, begun: Collection[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what goes into one batch each: where it comes from, and the members of the batch that hold it."""
    for cut in cuts(recorded, begun):
        yield (
            f"{cut.pc}, {counted(len(cut.samples) - cut.baseline, 'reading')}",
            {
                "every_ms": _every_ms(recorded.pcs[cut.pc]),
                "series": [series(cut.pc, cut.samples, baseline=cut.baseline)],
            },
        )
    events = sorted(recorded.events, key=lambda event: event["t"])
    for begin in range(0, len(events), EVENTS_MAX):
        some = events[begin : begin + EVENTS_MAX]
        yield f"events {begin} to {begin + len(some) - 1}", {"events": some}


def pcs_of(part: Mapping[str, Any], recorded: Recorded) -> list[dict[str, str]]:
    """Return the connections that a part of a trace is about, each once: a trace may have thousands of them."""
    spoken_of = dict.fromkeys(one.get("pc", "") for one in (*part.get("series", ()), *part.get("events", ())))
    return [{"pc": pc} for pc in spoken_of if pc in recorded.pcs]


def batches(recorded: Recorded, identity: str, session: str, about: Mapping[str, str]) -> Iterator[ImportBatch]:
    """Yield a session's batches.

    Args:
        recorded: the session.
        identity: its writer, the same whenever the file is read.
        session: its id.
        about: members of the batch's `session` that are said for the whole file and win over the recording's.
    """
    who = {"id": session, "sdk": SDK, **recorded.about, **{name: value for name, value in about.items() if value}}
    for seq, (where, part) in enumerate(parts(recorded)):
        batch = {"v": VERSION, "writer": identity, "seq": seq, "session": who, "pcs": pcs_of(part, recorded), **part}
        yield ImportBatch(session, seq, msgspec.json.encode(batch), where)


def _end(readings: Sequence[Sample], begin: int) -> int:
    """Return after which reading to cut, so that neither values nor readings are too many."""
    values = 0
    for place in range(begin, min(len(readings), begin + READINGS_MAX)):
        values += sum(map(len, readings[place].objects))
        if values > VALUES_MAX and place > begin:
            return place
    return min(len(readings), begin + READINGS_MAX)


def _every_ms(readings: Sequence[Sample]) -> float | None:
    """Return how often the recorder read, ms; None of a single reading."""
    steps = [after.t - before.t for before, after in pairwise(readings)]
    return round(median(steps)) if steps else None
