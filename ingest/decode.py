"""Messages to batches, loosely: the collector has checked the types, so members are read as they come.

A batch of the verbatim form is turned into the columnar one here, so that everything behind sees one shape.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from isal import isal_zlib
from msgspec import Meta, Struct

from schemas.batch import Event, NodeScrape, PeerConnection, Session, Track
from schemas.stats import QUALITY_LIMITATIONS, kinds

UNPACKED_MAX: Final = 64 << 20
_KNOWN: Final = frozenset(kinds())
_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31
_INT64_DIGITS: Final = 19


Counted = Annotated[int, Meta(ge=0, lt=2**53)]
"""A count that its column holds; nothing else passes the collector."""


class Undecodable(Exception):
    """The bytes are no batch; the message says what was wrong."""


class Item(Struct, gc=False):
    """One stats object along its series' times: what stays in `s`, arrays in `f`."""

    type: str
    id: str
    s: dict[str, Any] = {}
    f: dict[str, Any] = {}

    def alive(self, size: int) -> Sequence[tuple[int, int]]:
        """Return the runs of rows (first, number) in which the object has any value; all where nothing changes."""
        if not self.f:
            return [(0, size)]
        first = next(iter(self.f.values()))
        if None not in first:
            return [(0, size)]
        return runs([any(values[row] is not None for values in self.f.values()) for row in range(size)])


def runs(there: Sequence[bool]) -> Sequence[tuple[int, int]]:
    """Return the runs of rows (first, number) that are true."""
    found: list[tuple[int, int]] = []
    for row, alive in enumerate(there):
        if alive and found and sum(found[-1]) == row:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif alive:
            found.append((row, 1))
    return found


class Series(Struct, gc=False):
    """Samples of one peer connection; with `baseline` the first one was sent before."""

    pc: str
    t: list[float]
    objects: list[Item]
    baseline: bool = False


class _Sample(Struct, gc=False):
    t: float
    pc: str
    stats: list[dict[str, Any]]
    baseline: bool = False


class Batch(Struct, gc=False):
    """A batch whose series are all columnar."""

    writer: str
    session: Session
    seq: Counted | None = None
    origin_id: str | None = None
    every_ms: float | None = None
    dropped: Counted = 0
    pcs: list[PeerConnection] = []
    tracks: list[Track] = []
    series: list[Series] = []
    samples: list[_Sample] = []
    events: list[Event] = []
    nodes: list[NodeScrape] = []


_decoder: Final = msgspec.json.Decoder(Batch)


def unpacked(value: bytes) -> bytes:
    """Return the plain bytes of a message's value.

    Raises:
        Undecodable: damaged gzip, or more than it may be.
    """
    if not value.startswith(_MAGIC):
        return value
    stream = isal_zlib.decompressobj(_GZIP)
    try:
        plain = bytes(stream.decompress(value, UNPACKED_MAX))
    except isal_zlib.error as error:  # type: ignore[misc]  # the stub has it as a variable
        raise Undecodable(f"gzip: {error}") from None
    if not stream.eof:
        raise Undecodable("gzip: cut, or larger than allowed")
    return plain


def unpacked_size(value: bytes) -> int:
    """Return to how many bytes a value says it unpacks (the last four bytes of gzip, RFC 1952), at most the cap."""
    size = int.from_bytes(value[-4:], "little") if value.startswith(_MAGIC) else len(value)
    return min(size, UNPACKED_MAX)


def body_hash(plain: bytes) -> int:
    """Return 64 bits that tell one unpacked body from another."""
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "little")


def decode(plain: bytes) -> Batch:
    """Decode an unpacked body.

    Raises:
        Undecodable: not JSON, or not the shape of a batch.
    """
    try:
        batch = _read(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Undecodable(str(error)) from None
    if (batch.seq is None) == (batch.origin_id is None):
        raise Undecodable("a batch has either seq or origin_id")
    for series in batch.series:
        length = len(series.t)
        for item in series.objects:
            if any(values.__class__ is not list or len(values) != length for values in item.f.values()):
                _mend(item, length, series.pc)
        if any("ssrc" in item.f for item in series.objects):
            series.objects = [part for item in series.objects for part in _by_ssrc(item)]
    if batch.samples:
        batch.series = [*batch.series, *_columnar(batch.samples)]
        batch.samples = []
    return batch


def _read(plain: bytes) -> Batch:
    """Read a body; a number that no double holds, which the collector skips where nobody knows it, is null."""
    try:
        return _decoder.decode(plain)
    except msgspec.DecodeError as error:
        if "out of range" not in str(error):
            raise
    return msgspec.convert(json.loads(plain, parse_int=_whole, parse_float=_number), Batch)


def _whole(text: str) -> float | None:
    return int(text) if len(text) <= _INT64_DIGITS else _number(text)


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _mend(item: Item, length: int, pc: str) -> None:
    """Take away what says nothing; a member that nobody knows may be anything, and is kept to be counted.

    Raises:
        Undecodable: an array of a known member has another length than the times.
    """
    for name, values in list(item.f.items()):
        if values is None:
            del item.f[name]
        elif not isinstance(values, list) or len(values) != length:
            if name in _KNOWN:
                raise Undecodable(f"arrays of {item.id} differ in length from the times of {pc}")
            item.f[name] = [None] * length


def _by_ssrc(item: Item) -> list[Item]:
    """Return an object whose SSRC changes as one for each SSRC, as verbatim samples have them: its counters are others.

    Where it is not told it is the one before.
    """
    told = item.f.get("ssrc")
    if told is None or "ssrc" in item.s:
        return [item]
    known = next((one for one in told if one is not None), None)
    along = [known := one if one is not None else known for one in told]
    rest = {name: values for name, values in item.f.items() if name != "ssrc"}
    found = []
    for ssrc in dict.fromkeys(one if isinstance(one, int | float | str) else None for one in along):
        cut = {
            n: [v if one == ssrc else None for v, one in zip(values, along, strict=True)] for n, values in rest.items()
        }
        found.append(Item(item.type, item.id, item.s | {"ssrc": ssrc}, cut or {"ssrc": along}))
    return found


def _columnar(samples: Sequence[_Sample]) -> list[Series]:
    by_pc: dict[str, list[_Sample]] = defaultdict(list)
    for sample in samples:
        by_pc[sample.pc].append(sample)
    return [_series(pc, sorted(own, key=lambda sample: sample.t)) for pc, own in by_pc.items()]


def _series(pc: str, samples: Sequence[_Sample]) -> Series:
    found: dict[tuple[str, str, Any], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for place, sample in enumerate(samples):
        for stats in sample.stats:
            ssrc = stats.get("ssrc")  # in what no collector has seen it may be a list
            told = ssrc if isinstance(ssrc, int | float | str) else None
            found[str(stats.get("id")), str(stats.get("type")), told].append((place, stats))
    items = [Item(kind, name, {}, _arrays(own, len(samples))) for (name, kind, _), own in found.items()]
    for item in items:
        _settle(item)
    return Series(pc, [sample.t for sample in samples], items, samples[0].baseline)


def _arrays(own: Sequence[tuple[int, dict[str, Any]]], count: int) -> dict[str, list[Any]]:
    """Return an object's members as arrays over `count` samples, from its dictionaries and their places."""
    names = list(own[0][1])
    arrays: dict[str, list[Any]] = {}
    if [place for place, _ in own] == list(range(count)) and all(list(stats) == names for _, stats in own):
        # There in every sample with the same members, as nearly every object is.
        columns = zip(*[stats.values() for _, stats in own], strict=True)
        arrays = dict(zip(names, map(list, columns), strict=True))
        records = arrays.pop("qualityLimitationDurations", ())
        own = [(place, {"qualityLimitationDurations": record}) for place, record in enumerate(records)]
    for place, stats in own:
        _add(arrays, stats, place, count)
    return arrays


def _add(arrays: dict[str, list[Any]], stats: dict[str, Any], place: int, count: int) -> None:
    for name, value in stats.items():
        if name == "qualityLimitationDurations" and isinstance(value, dict):
            flat = {f"{name}.{reason}": value[reason] for reason in QUALITY_LIMITATIONS if reason in value}
            _add(arrays, flat, place, count)
            continue
        array = arrays.get(name)
        if array is None:
            array = arrays[name] = [None] * count
        array[place] = value


def _settle(item: Item) -> None:
    """Move what identifies the object to `s`; the id and type are the object's own."""
    item.f.pop("id", None)
    item.f.pop("type", None)
    if not item.type.startswith("remote-"):
        item.f.pop("timestamp", None)
    for name, array in list(item.f.items()):
        value = array[0] if array[0] is not None else next((one for one in array if one is not None), None)
        if not (isinstance(value, str) or (name == "ssrc" and value is not None)):
            continue
        if array.count(value) + array.count(None) == len(array):
            item.s[name] = value
            if len(item.f) > 1:
                del item.f[name]
