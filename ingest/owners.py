"""Whose media a stream is: the batch's `tracks`, found by SSRC, else by media section, else by track identifier."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from schemas.batch import Track

Address = tuple[str, object]


class Owners:
    """The tracks of one batch.

    Attributes:
        wanted: by peer connection, the tracks that its receiver wants at some time.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.wanted: dict[str, set[str]] = defaultdict(set)
        self._entries = sorted(tracks, key=_time)
        self._known: dict[tuple[str, str, str, object], list[Track]] = defaultdict(list)
        for track in self._entries:
            for name, value in (("ssrc", track.ssrc), ("mid", track.mid), ("track", track.track_identifier)):
                if value not in (None, ""):
                    self._known[track.pc, track.direction, name, value].append(track)
            if track.wanted and track.track and track.direction == "inbound":
                self.wanted[track.pc].add(track.track)

    def of(self, pc: str, direction: str, *, ssrc: int, mid: str, identifier: str) -> Sequence[Track]:
        """Return the entries of a stream in order of time; each holds from its `t` on."""
        for name, value in (("ssrc", ssrc), ("mid", mid), ("track", identifier)):
            found = self._known.get((pc, direction, name, value))
            if found:
                return found
        return []

    def received(self, pc: str, track: str) -> Sequence[Track]:
        """Return the inbound entries of a track in order of time."""
        return self._inbound.get((pc, track), [])

    def wish(self, pc: str, track: str, t: float) -> Track | None:
        """Return the entry by which the receiver wants a track at `t`, unmuted; None where it does not.

        The latest entry says so, and all of them where several are of one time. One whose address has gone to another
        track since says nothing any more.
        """
        said = self.received(pc, track)
        until = bisect_right(said, t, key=_time)
        latest = said[bisect_left(said, said[until - 1].t, key=_time) : until] if until else []
        held = [entry for entry in latest if self._holds(entry, t)]
        return held[-1] if held and all(entry.wanted and not entry.muted for entry in latest) else None

    @cached_property
    def _inbound(self) -> dict[tuple[str, str], list[Track]]:
        found: dict[tuple[str, str], list[Track]] = defaultdict(list)
        for entry in self._entries:
            if entry.direction == "inbound":
                found[entry.pc, entry.track].append(entry)
        return found

    def _holds(self, entry: Track, t: float) -> bool:
        for name, value in addresses(entry.ssrc, entry.mid, entry.track_identifier):
            said = self._known[entry.pc, entry.direction, name, value]
            if said[bisect_right(said, t, key=_time) - 1].track != entry.track:
                return False
        return True


def addresses(ssrc: int | None, mid: str, identifier: str) -> list[Address]:
    """Return what a stream or an entry is known by; an SSRC of 0 and empty texts are none."""
    return [(name, value) for name, value in (("ssrc", ssrc), ("mid", mid), ("track", identifier)) if value]


def spans(entries: Sequence[Track], times: Sequence[float]) -> Sequence[tuple[int, int, Track]]:
    """Return (first row, number of rows, entry) for the rows at `times`; rows before the first entry have no owner."""
    found = []
    for place, entry in enumerate(entries):
        until = entries[place + 1].t if place + 1 < len(entries) else float("inf")
        rows = [row for row, t in enumerate(times) if entry.t <= t < until]
        if rows:
            found.append((rows[0], len(rows), entry))
    return found


def _time(entry: Track) -> float:
    return entry.t
