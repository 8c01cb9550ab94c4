"""Where the series of a webrtc-internals dump stand in time: it writes values without their times, one list a member.

A member's list is placed by its first and last time among the times of its object; an object by its times among the
polls of its peer connection.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

EXACT_MS: Final = 2.0
"""The first and last time of a list are whole milliseconds; an object's own times have fractions."""
POLL_MS: Final = 100.0
"""Objects of one poll are nearer to each other than that."""


@dataclass(frozen=True, slots=True)
class Values:
    """One member of one object: its values, and the times of the first and last of them, ms since the Unix epoch."""

    values: Sequence[Any]
    start: float | None
    end: float | None


def spread(line: Values) -> list[float]:
    """Return times for values that have none of their own: even from the first to the last."""
    count = len(line.values)
    if line.start is None or line.end is None or not count:
        return []
    step = (line.end - line.start) / max(1, count - 1)
    return [line.start + step * place for place in range(count)]


def offset(line: Values, times: Sequence[float], slack_ms: float) -> int | None:
    """Return at which of its object's times a member begins, None where that is not known.

    A list of another length began later, ended earlier, or has a hole; of the last nobody knows where the hole is.
    Where times repeat, as those of remote objects do, the one cannot be told from the other.
    """
    count, room = len(line.values), len(times) - len(line.values)
    if room == 0:
        return 0
    if room < 0 or not count or line.start is None or line.end is None:
        return None
    fitting = [
        begin
        for begin in range(room + 1)
        if abs(times[begin] - line.start) <= slack_ms and abs(times[begin + count - 1] - line.end) <= slack_ms
    ]
    return fitting[0] if len(fitting) == 1 and _stands_alone(times, fitting[0], count, slack_ms) else None


def _stands_alone(times: Sequence[float], begin: int, count: int, slack_ms: float) -> bool:
    """Return whether the times before and after a list are others than its first and last."""
    end = begin + count
    before = begin == 0 or times[begin] - times[begin - 1] > slack_ms
    return before and (end == len(times) or times[end] - times[end - 1] > slack_ms)


def polls(objects: Iterable[Sequence[float]]) -> list[float]:
    """Return when the peer connection was polled: the times of its objects, those of one poll taken together."""
    found: list[float] = []
    for t in sorted({t for times in objects for t in times}):
        if not found or t - found[-1] > POLL_MS:
            found.append(t)
    return found


def near(times: Sequence[float], at: Sequence[float]) -> list[int | None]:
    """Return which poll each time belongs to, None where there was none then."""
    return [_nearest(t, at) for t in times]


def _nearest(t: float, at: Sequence[float]) -> int | None:
    place = bisect_left(at, t)
    best = min((one for one in (place - 1, place) if 0 <= one < len(at)), key=lambda one: abs(at[one] - t), default=-1)
    return best if best >= 0 and abs(at[best] - t) <= POLL_MS else None


def reported(times: Sequence[float], at: Sequence[float]) -> list[int | None]:
    """Return which poll each value of a remote object belongs to.

    Its times are those of RTCP reports, and repeat until the next one comes. It is there in one poll after the other;
    the right place is where each report came before the poll that shows it first, and after the poll before that.
    """
    count, room = len(times), len(at) - len(times)
    if room <= 0:
        return [place if place >= 0 else None for place in range(room, room + count)]
    begin = min(range(room, -1, -1), key=lambda one: _contradictions(times, at, one))
    return list(range(begin, begin + count))


def _contradictions(times: Sequence[float], at: Sequence[float], begin: int) -> int:
    wrong = 0
    for place, t in enumerate(times):
        poll = begin + place
        is_new = place == 0 or t != times[place - 1]
        wrong += t > at[poll] + EXACT_MS
        wrong += bool(is_new and poll and t < at[poll - 1] - EXACT_MS)
    return wrong


def in_a_row(times: Sequence[float], at: Sequence[float]) -> list[int | None]:
    """Return which poll each value belongs to where times are only estimated: one poll after the other."""
    count, room = len(times), len(at) - len(times)
    if room <= 0 or not count:
        return [place if place >= 0 else None for place in range(room, room + count)]
    first = min(range(room + 1), key=lambda one: abs(at[one] - times[0]) + abs(at[one + count - 1] - times[-1]))
    return list(range(first, first + count))
