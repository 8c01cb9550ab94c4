"""Whose media a stream is: the batch's `tracks`, found by SSRC, else by media section, else by track identifier."""

from collections import defaultdict
from collections.abc import Sequence

from schemas.batch import Track


class Owners:
    """The tracks of one batch."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._known: dict[tuple[str, str, str, object], list[Track]] = defaultdict(list)
        for track in sorted(tracks, key=lambda entry: entry.t):
            for name, value in (("ssrc", track.ssrc), ("mid", track.mid), ("track", track.track_identifier)):
                if value not in (None, ""):
                    self._known[track.pc, track.direction, name, value].append(track)

    def of(self, pc: str, direction: str, *, ssrc: int, mid: str, identifier: str) -> Sequence[Track]:
        """Return the entries of a stream in order of time; each holds from its `t` on."""
        for name, value in (("ssrc", ssrc), ("mid", mid), ("track", identifier)):
            found = self._known.get((pc, direction, name, value))
            if found:
                return found
        return []


def spans(entries: Sequence[Track], times: Sequence[float]) -> Sequence[tuple[int, int, Track]]:
    """Return (first row, number of rows, entry) for the rows at `times`; rows before the first entry have no owner."""
    found = []
    for place, entry in enumerate(entries):
        until = entries[place + 1].t if place + 1 < len(entries) else float("inf")
        rows = [row for row, t in enumerate(times) if entry.t <= t < until]
        if rows:
            found.append((rows[0], len(rows), entry))
    return found
