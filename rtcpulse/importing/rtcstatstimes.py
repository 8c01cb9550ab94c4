"""When the lines of an RTCStatsDump were written: each says how many ms after the one before, the first since 1970.

Of a line that cannot be read that is lost, and with it when all that follows was. It is placed by the first report
after it, whose objects have epoch times of their own.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from collector.sources.traces.recorded import Skips
from rtcpulse.importing.recording import Recording

EPOCH_FROM_MS: Final = 1e12
"""September 2001: before that nothing of this was recorded, so the clock never had the time of the epoch."""
Line = tuple[str, list[Any], float]
"""Where it stands, its entry, and its time, ms since the Unix epoch; 0 where nothing tells it."""


def timed(
    recording: Recording, skips: Skips, first: int, told_ms: Callable[[list[Any]], float | None]
) -> Iterator[Line]:
    """Yield the entries from line `first` on.

    Args:
        recording: the file.
        skips: where lines that cannot be read are counted, and those among them whose time was missed.
        first: the number of the first entry's line.
        told_ms: what the stats objects of an entry say of its time; None where it has none.
    """
    unreadable: list[str] = []
    waiting: list[Line] = []
    t, seen, lost = 0.0, 0, ""
    for where, entry in recording.lines(skips, first, unreadable):
        elapsed = entry[-1] if isinstance(entry, list) and len(entry) >= 4 else None
        if isinstance(elapsed, bool) or not isinstance(elapsed, int | float):
            skips.note("the line is not [event, peer connection, value, ..., time]", "", where)
            unreadable.append(where)
            continue
        if len(unreadable) > seen:
            seen, lost = len(unreadable), lost or unreadable[seen]
        t += elapsed
        if not lost and t >= EPOCH_FROM_MS:
            yield from map(_as_it_is, waiting)
            waiting = []
            yield where, entry, t
            continue
        waiting.append((where, entry, t))
        told = told_ms(entry) or 0.0
        if told >= EPOCH_FROM_MS:
            skips.note("a time is lost with the line: what follows is placed by its reports", "", lost or waiting[0][0])
            yield from ((place, one, at + told - t) for place, one, at in waiting)
            t, lost, waiting = told, "", []
    if waiting:
        skips.note("a time is lost with the line, and no report after it tells one", "", lost or waiting[0][0])
    yield from map(_as_it_is, waiting)


def _as_it_is(line: Line) -> Line:
    where, entry, t = line
    return where, entry, t if t >= EPOCH_FROM_MS else 0.0
