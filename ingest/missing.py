"""Wanted media of which nothing comes: a row without packets for each sample at which a track has no inbound-rtp.

A browser makes an inbound-rtp with the first packet, so media that never come have no stats object. What their receiver
wants stands in `tracks`. Where anything may be the track's stream, it is: a row says that there is surely none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ingest.decode import Batch, Item, Series
from ingest.frame import Frame
from ingest.owners import Owners, addresses
from schemas.batch import Track

KINDS: Final = {"microphone": "audio", "screen_share_audio": "audio", "camera": "video", "screen_share": "video"}


class Received(NamedTuple):
    """An inbound-rtp of a series, what it is known by, and the entries of its owners."""

    item: Item
    ssrc: int
    mid: str
    identifier: str
    owners: Sequence[Track]


def missing(
    batch: Batch, received: Sequence[Sequence[Received]], owners: Owners
) -> Iterator[tuple[Series, str, dict[int, Track]]]:
    """Yield (series, track, entry by row) of each wanted track that has no stream in some rows.

    Nothing is said of a track that has a stream on another connection of the batch, nor where two series of one
    connection overlap: each may have what the other lacks.

    Args:
        batch: the batch.
        received: the inbound streams of each of its series.
        owners: its tracks.
    """
    for place, series in enumerate(batch.series):
        wanted = owners.wanted.get(series.pc)
        wanted = wanted and wanted - _steady(received[place], len(series.t))
        if not wanted or any(_overlap(series, other) for other in batch.series if other is not series):
            continue
        others = [one for at, some in enumerate(received) if at != place for one in some]
        wanted -= {entry.track for one in others for entry in one.owners}
        here = _Here(series, received[place])
        for track in sorted(wanted):
            rows = _rows(series, track, owners, here.told & ~here.of(track, owners.received(series.pc, track)))
            if rows:
                yield series, track, rows


def put(
    frame: Frame, start: int, series: Series, track: str, rows: dict[int, Track], *, writer: str, label: str
) -> None:
    """Note the rows of a track without a stream, in a slot of the series' size.

    A row that follows one in which the track was there, muted, unwanted or not known is marked: the time between the
    two is not known to be without packets. An entry of the time of the first sample after the baseline is no change,
    but the state that every batch repeats: nothing is known of the baseline then, and who reads the rows asks for the
    one before.
    """
    size = len(series.t)
    frame.put("t", start, series.t)
    frame.put_text("pc", start, size, series.pc)
    frame.put_text("pc_label", start, size, label)
    frame.put_text("stream", start, size, f"{writer[:8]}-{series.pc}-wanted-{track}")
    frame.put_text("direction", start, size, "inbound")
    frame.put_text("track", start, size, track)
    for first, count, entry in _runs(rows):
        row = start + first
        is_repeated = first == 1 and series.baseline and entry.t == series.t[1]
        if first and first - 1 not in rows and not is_repeated:
            frame.put_steady("restarted", row, 1, 1)
        for name, value in (("alive", 1), ("packets", 0), ("wanted", 1)):
            frame.put_steady(name, row, count, value)
        if entry.muted is not None:
            frame.put_steady("muted", row, count, entry.muted)
        frame.put_text("publisher", row, count, entry.publisher)
        frame.put_text("source", row, count, entry.source)
        frame.put_text("kind", row, count, KINDS.get(entry.source, ""))
        frame.put_text("mid", row, count, entry.mid)
        frame.put_text("track_identifier", row, count, entry.track_identifier)


def _runs(rows: dict[int, Track]) -> list[tuple[int, int, Track]]:
    """Return (first row, number of rows, entry) of rows that follow each other and have one entry."""
    runs: list[tuple[int, int, Track]] = []
    for row, entry in rows.items():
        first, count, before = runs[-1] if runs else (-1, 0, entry)
        if first + count == row and before is entry:
            runs[-1] = (first, count + 1, entry)
        else:
            runs.append((row, 1, entry))
    return runs


def _steady(received: Sequence[Received], size: int) -> set[str]:
    """Return the tracks that have a stream of their own in every row: all of them, in most batches."""
    found, always = set(), [(0, size)]
    for item, _, _, _, owners in received:
        if len(owners) == 1 and item.alive(size) == always:
            found.add(owners[0].track)
    return found


def _overlap(one: Series, other: Series) -> bool:
    if one.pc != other.pc or not one.t or not other.t:
        return False
    return one.t == other.t or (min(one.t) < max(other.t) and min(other.t) < max(one.t))


class _Here:
    """What a series has, as bits: bit n of a number is row n.

    Attributes:
        told: the rows in which anything was told of the connection.
    """

    def __init__(self, series: Series, received: Sequence[Received]) -> None:
        size = len(series.t)
        self.told = 0
        for item in series.objects:
            self.told |= _bits(item, size)
        self._owned: dict[str, int] = defaultdict(int)
        self._at: dict[object, int] = defaultdict(int)
        self._ownerless: dict[frozenset[str], int] = defaultdict(int)
        for one in received:
            bits = _bits(one.item, size)
            known = addresses(one.ssrc, one.mid, one.identifier)
            for entry in one.owners:
                self._owned[entry.track] |= bits
            for address in known:
                self._at[address] |= bits
            if not any(entry.track for entry in one.owners):
                self._ownerless[frozenset(name for name, _ in known)] |= bits

    def of(self, track: str, entries: Sequence[Track]) -> int:
        """Return the rows in which something may be a track's stream.

        Its own, one that any of its entries names, or one of no track of which nothing can be compared with what they
        name.
        """
        bits = self._owned.get(track, 0)
        for entry in entries:
            named = addresses(entry.ssrc, entry.mid, entry.track_identifier)
            for address in named:
                bits |= self._at.get(address, 0)
            for known, rows in self._ownerless.items():
                if known.isdisjoint(name for name, _ in named):
                    bits |= rows
        return bits


def _bits(item: Item, size: int) -> int:
    return sum(((1 << count) - 1) << first for first, count in item.alive(size))


def _rows(series: Series, track: str, owners: Owners, bits: int) -> dict[int, Track]:
    """Return the rows of `bits` in which the track is wanted, with the entry that says so."""
    wishes = {row: owners.wish(series.pc, track, t) for row, t in enumerate(series.t) if bits >> row & 1}
    return {row: entry for row, entry in wishes.items() if entry is not None}
