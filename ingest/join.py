"""A batch into frames: RTP streams with remote report, codec, source, playout and owner; transports with their pair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ingest import members, missing
from ingest.decode import Batch, Item, Series, runs
from ingest.frame import Frame
from ingest.members import Place
from ingest.missing import Received
from ingest.owners import Owners, spans
from ingest.pairs import in_use
from schemas.stats import MEMBERS

IDENTITY: Final = frozenset({"id", "type", "timestamp"})
# What other browsers and libraries say beside W3C's members; read by nobody here, and known not to be news.
FOREIGN: Final = frozenset(
    {"mediaType", "isRemote", "rtcpTransportStatsId", "trackId", "codecType", "googTimingFrameInfo"}
)


@dataclass(slots=True)
class Unknown:
    """What a batch held that nobody knows."""

    types: int = 0
    members: int = 0


@dataclass(slots=True)
class Frames:
    """The rows of a block before they are rows."""

    streams: Frame = field(default_factory=Frame)
    transports: Frame = field(default_factory=Frame)
    # For each stream slot, the transport slot of the same connection; -1 where there is none.
    transport_of: list[int] = field(default_factory=list)


def join(batch: Batch, message: int, frames: Frames) -> Unknown:
    """Add the rows of a batch, which is the block's `message`-th, and count what nobody knows."""
    unknown = Unknown()
    owners = Owners(batch.tracks)
    labels = {entry.pc: entry.label for entry in batch.pcs}
    received = [
        _join_series(_Objects(series, unknown), batch, message, frames, owners, labels.get(series.pc, ""))
        for series in batch.series
    ]
    for series, track, rows in missing.missing(batch, received, owners):
        start = frames.streams.slot(message, len(series.t), baseline=series.baseline)
        frames.transport_of.append(-1)
        label = labels.get(series.pc, "")
        missing.put(frames.streams, start, series, track, rows, writer=batch.writer, label=label)
    return unknown


class _Objects:
    """The stats objects of a series, by type and id."""

    def __init__(self, series: Series, unknown: Unknown) -> None:
        self.series = series
        self.size = len(series.t)
        self.by_type: dict[str, list[Item]] = {}
        self.by_id: dict[str, list[Item]] = {}
        for item in series.objects:
            known = MEMBERS.get(item.type)
            if known is None:
                unknown.types += 1
                continue
            unknown.members += _unknown(item.s, known) + _unknown(item.f, known)
            self.by_type.setdefault(item.type, []).append(item)
            self.by_id.setdefault(item.id, []).append(item)

    def of(self, kind: str) -> Sequence[Item]:
        return self.by_type.get(kind, ())

    def with_id(self, item_id: Any) -> Sequence[Item]:
        return self.by_id.get(item_id, ()) if item_id else ()


def _unknown(given: Mapping[str, Any], known: Mapping[str, Any]) -> int:
    return sum(1 for name in given if name not in known and name not in IDENTITY and name not in FOREIGN)


def _join_series(
    objects: _Objects, batch: Batch, message: int, frames: Frames, owners: Owners, label: str
) -> list[Received]:
    """Add the rows of a series and return its inbound streams."""
    received: list[Received] = []
    if not objects.size:
        return received
    transports = _join_transports(objects, message, frames.transports, label)
    for kind, direction in (("inbound-rtp", "inbound"), ("outbound-rtp", "outbound")):
        slots: dict[tuple[str, int], int] = {}
        for item in objects.of(kind):
            ssrc = _ssrc(item)
            start = slots.get((item.id, ssrc))
            if start is None:
                start = frames.streams.slot(message, objects.size, baseline=objects.series.baseline)
                slots[item.id, ssrc] = start
                transport = _text(item, "transportId")
                frames.transport_of.append(transports.get(transport, next(iter(transports.values()), -1)))
                _put_identity(frames.streams, start, objects, item, batch.writer, direction, label)
            joined = _put_stream(frames.streams, start, objects, item, direction, owners)
            if direction == "inbound":
                received.append(joined)
    return received


def _put_identity(
    frame: Frame, start: int, objects: _Objects, item: Item, writer: str, direction: str, label: str
) -> None:
    pc, size, ssrc = objects.series.pc, objects.size, _ssrc(item)
    frame.put("t", start, objects.series.t)
    frame.put_text("pc", start, size, pc)
    frame.put_text("pc_label", start, size, label)
    frame.put_text("stream", start, size, f"{writer[:8]}-{pc}-{direction.removesuffix('bound')}-{ssrc or item.id}")
    frame.put_steady("ssrc", start, size, ssrc)
    frame.put_text("stats_id", start, size, item.id)
    frame.put_text("direction", start, size, direction)


def _put_stream(frame: Frame, start: int, objects: _Objects, item: Item, direction: str, owners: Owners) -> Received:
    inbound = direction == "inbound"
    size = objects.size
    _put(frame, start, size, item, members.INBOUND if inbound else members.OUTBOUND)
    _put_texts(frame, start, size, item, members.INBOUND_TEXT if inbound else members.OUTBOUND_TEXT)
    frame.put_text("kind", start, size, _text(item, "kind") or _text(item, "mediaType"))
    if not inbound and item.s.get("rid") is None and item.s.get("encodingIndex") is not None:
        frame.put_text("layer", start, size, f"{item.s['encodingIndex']:g}")
    for codec, there in _named(objects, item, "codecId"):
        for first, count in there:
            frame.put_text("codec", start + first, count, _text(codec, "mimeType").rpartition("/")[2].lower())
            if clock_rate := _scaled(_last(codec, "clockRate"), 1):
                frame.put_steady("clock_rate", start + first, count, clock_rate)
    for remote in _remotes(objects, item, "remote-outbound-rtp" if inbound else "remote-inbound-rtp"):
        _put(frame, start, size, remote, members.REMOTE_OUTBOUND if inbound else members.REMOTE_INBOUND)
    if inbound:
        for playout, _ in _named(objects, item, "playoutId"):
            _put(frame, start, size, playout, members.PLAYOUT)
    else:
        for source, there in _named(objects, item, "mediaSourceId"):
            _put(frame, start, size, source, members.SOURCE)
            for first, count in there:
                frame.put_text("track_identifier", start + first, count, _text(source, "trackIdentifier"))
    _put_content(frame, start, size, item)
    return _put_owner(frame, start, objects, item, direction, owners)


def _put_content(frame: Frame, start: int, size: int, item: Item) -> None:
    """Note that video is a shared screen's, as Chromium says it; what the tracks say is noted later and wins."""
    if "contentType" in item.f:
        frame.put_texts("source", start, [_CONTENT.get(str(value)) for value in item.f["contentType"]])
    else:
        frame.put_text("source", start, size, _CONTENT.get(_text(item, "contentType"), ""))


def _put_owner(frame: Frame, start: int, objects: _Objects, item: Item, direction: str, owners: Owners) -> Received:
    identifier = _text(item, "trackIdentifier")
    for source in objects.with_id(_last(item, "mediaSourceId")):
        identifier = _text(source, "trackIdentifier")
    ssrc, mid = _ssrc(item), _text(item, "mid")
    entries = owners.of(objects.series.pc, direction, ssrc=ssrc, mid=mid, identifier=identifier)
    for first, size, entry in spans(entries, objects.series.t):
        row = start + first
        frame.put_text("track", row, size, entry.track)
        frame.put_text("publisher", row, size, entry.publisher)
        frame.put_text("source", row, size, entry.source)
        if entry.muted is not None:
            frame.put_steady("muted", row, size, entry.muted)
        if entry.wanted is not None:
            frame.put_steady("wanted", row, size, entry.wanted)
    return Received(item, ssrc, mid, identifier, entries)


def _remotes(objects: _Objects, item: Item, kind: str) -> Iterable[Item]:
    found = [remote for remote, _ in _named(objects, item, "remoteId") if remote.type == kind]
    if found:
        return found
    ssrc = _ssrc(item)
    return [
        remote
        for remote in objects.of(kind)
        if _last(remote, "localId") == item.id or (ssrc and not _last(remote, "localId") and _ssrc(remote) == ssrc)
    ]


def _join_transports(objects: _Objects, message: int, frame: Frame, label: str) -> dict[str, int]:
    """Add a slot for each transport; where the browser has none, for each transport that a selected pair names."""
    slots: dict[str, int] = {}
    for item in objects.of("transport"):
        start = _transport_slot(objects, message, frame, item.id, label, slots)
        _put(frame, start, objects.size, item, members.TRANSPORT)
        _put_texts(frame, start, objects.size, item, members.TRANSPORT_TEXT)
        frame.put_text("counted_on", start, objects.size, "transport")
    pairs = _selected(objects)
    counted = bool(slots)
    for transport, pair in pairs:
        start = _transport_slot(objects, message, frame, transport, label, slots)
        _put_pair(frame, start, objects, pair)
        if not counted:
            _put(frame, start, objects.size, pair, members.PAIR_COUNTERS)
            frame.put_text("counted_on", start, objects.size, "candidate-pair")
    return slots


def _transport_slot(objects: _Objects, message: int, frame: Frame, name: str, label: str, slots: dict[str, int]) -> int:
    start = slots.get(name)
    if start is None:
        start = slots[name] = frame.slot(message, objects.size, baseline=objects.series.baseline)
        frame.put("t", start, objects.series.t)
        frame.put_text("pc", start, objects.size, objects.series.pc)
        frame.put_text("pc_label", start, objects.size, label)
        frame.put_text("transport", start, objects.size, name)
    return start


def _selected(objects: _Objects) -> Sequence[tuple[str, Item]]:
    """Return (transport, pair) of the pairs in use: as the transport says, else as they do."""
    chosen = [
        (item.id, pair)
        for item in objects.of("transport")
        for pair, _ in _named(objects, item, "selectedCandidatePairId")
        if pair.type == "candidate-pair"
    ]
    if chosen:
        return chosen
    by_transport: dict[str, list[Item]] = {}
    for pair in objects.of("candidate-pair"):
        by_transport.setdefault(_text(pair, "transportId") or "transport", []).append(pair)
    return [
        (transport, pair if all(chosen) else _only(pair, chosen))
        for transport, pairs in by_transport.items()
        for pair, chosen in in_use(pairs, objects.size)
    ]


def _named(objects: _Objects, item: Item, name: str) -> Sequence[tuple[Item, Sequence[tuple[int, int]]]]:
    """Return the objects that a member names, each with the runs of rows (first, number) in which it does.

    A member that stays names them in every row; of one that changes, as a sender's source does when its track is
    replaced, each object is silent in the rows in which another was named.
    """
    size, named = objects.size, item.f.get(name)
    if named is None:
        return [(other, [(0, size)]) for other in objects.with_id(item.s.get(name))]
    found = []
    for one in dict.fromkeys(value for value in named if value is not None):
        chosen = [value == one for value in named]
        found += [(other if all(chosen) else _only(other, chosen), runs(chosen)) for other in objects.with_id(one)]
    return found


def _only(item: Item, chosen: Sequence[bool]) -> Item:
    """Return an object that is silent in all rows but the chosen ones."""
    arrays = item.f | {name: [value] * len(chosen) for name, value in item.s.items()}
    cut = {name: [v if c else None for v, c in zip(values, chosen, strict=True)] for name, values in arrays.items()}
    return Item(item.type, item.id, {}, cut)


def _put_pair(frame: Frame, start: int, objects: _Objects, pair: Item) -> None:
    """Add the pair's numbers to the rows in which it is the selected one."""
    size = objects.size
    _put(frame, start, size, pair, members.PAIR)
    local = next(iter(objects.with_id(_last(pair, "localCandidateId"))), None)
    remote = next(iter(objects.with_id(_last(pair, "remoteCandidateId"))), None)
    for first, count in pair.alive(size):
        frame.put_text("pair", start + first, count, pair.id)
        if local:
            frame.put_text("local_type", start + first, count, _text(local, "candidateType"))
            frame.put_text("protocol", start + first, count, _text(local, "protocol"))
            frame.put_text("relay_protocol", start + first, count, _text(local, "relayProtocol"))
            frame.put_text("network_type", start + first, count, _text(local, "networkType"))
        if remote:
            frame.put_text("remote_type", start + first, count, _text(remote, "candidateType"))


def _put(frame: Frame, start: int, size: int, item: Item, places: Mapping[str, Place]) -> None:
    """Note an object's numbers; `alive` marks the rows in which the object was there at all."""
    for name, values in item.f.items():
        place = places.get(name)
        if place is not None:
            scaled = values if place.factor == 1 else [_scaled(value, place.factor) for value in values]
            frame.put(place.column, start, scaled)
    there = item.alive(size)
    for name, value in item.s.items():
        place = places.get(name)
        number = _scaled(value, place.factor) if place is not None and isinstance(value, int | float) else None
        if place is not None and number is not None:
            for first, count in there:
                frame.put_steady(place.column, start + first, count, number)
    for first, count in there:
        if item.type in _ROWS:
            frame.put_steady("alive", start + first, count, 1)


_CONTENT: Final = {"screenshare": "screen_share"}
_ROWS: Final = frozenset({"inbound-rtp", "outbound-rtp", "transport", "candidate-pair"})


def _put_texts(frame: Frame, start: int, size: int, item: Item, places: Mapping[str, str]) -> None:
    for name, column in places.items():
        if name in item.f:
            frame.put_texts(column, start, item.f[name])
        elif item.s.get(name) is not None:
            for first, count in item.alive(size):
                frame.put_text(column, start + first, count, str(item.s[name]))


def _scaled(value: Any, factor: float) -> float | None:
    try:
        return None if value is None else float(value) * factor
    except (TypeError, ValueError, OverflowError):
        return None


def _all(item: Item, name: str) -> Sequence[Any]:
    if name in item.f:
        return [value for value in item.f[name] if value is not None]
    return [item.s[name]] if item.s.get(name) is not None else []


def _last(item: Item, name: str) -> Any:
    values = _all(item, name)
    return values[-1] if values else None


def _text(item: Item, name: str) -> str:
    value = _last(item, name)
    return value if isinstance(value, str) else ""


def _ssrc(item: Item) -> int:
    value = _last(item, "ssrc")
    try:
        return int(float(value)) & 0xFFFFFFFF if value is not None else 0
    except (TypeError, ValueError, OverflowError):
        return 0
