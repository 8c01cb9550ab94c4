"""May this body enter? Decodes it strictly and checks what types cannot say. Pure: the time is passed in."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from collector.unpack import unpack
from schemas.batch import FIELD_NAMES, VERSION, Batch, SeriesObject, decode
from schemas.errors import Refused
from schemas.headers import CLOCK_SHIFT_MS, TOO_NEW_MS, TOO_OLD_MS
from schemas.reasons import Reason

T = TypeVar("T")
_WITH_ROWS: Final = frozenset({"inbound-rtp", "outbound-rtp", "transport", "candidate-pair"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one body may be."""

    body_bytes: int = 1 << 20
    unpacked_bytes: int = 4 << 20
    samples_per_batch: int = 5000
    rows_per_batch: int = 100_000
    objects_per_batch: int = 20_000
    values_per_batch: int = 500_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """A body that may enter: the batch and its plain bytes."""

    batch: Batch
    plain: bytes


def admit(body: bytes, limits: Limits, *, received_ms: int, sent_ms: float | None, live: bool = True) -> Admitted:
    """Decode and check one body.

    Args:
        body: as it came, gzip or plain.
        limits: sizes.
        received_ms: the collector's clock, ms since the Unix epoch.
        sent_ms: the client's clock when it sent, where it says so.
        live: it must not be older than live samples are; an import may be.

    Raises:
        Refused: why, with the path of what was wrong.
    """
    if len(body) > limits.body_bytes:
        raise Refused(Reason.TOO_LARGE, f"the body has {len(body)} bytes; at most {limits.body_bytes} are taken")
    plain = unpack(body, limits.unpacked_bytes)
    check_utf8(plain)
    _check_amount(plain, limits)
    batch = read(plain, decode)
    _check_repeat_key(batch)
    _check_shapes(batch, limits.samples_per_batch)
    _check_rows(batch, limits.rows_per_batch)
    _check_times(batch, received_ms, sent_ms, live=live)
    return Admitted(batch, plain)


def _check_amount(plain: bytes, limits: Limits) -> None:
    """Refuse what would take fifty times its bytes as it is decoded: a stats object of 20 bytes has room for all."""
    objects, values = plain.count(b"{"), plain.count(b",")
    if objects > limits.objects_per_batch or values > limits.values_per_batch:
        most = f"at most {limits.objects_per_batch} and {limits.values_per_batch} are taken"
        raise Refused(Reason.TOO_MANY_SAMPLES, f"{objects} JSON objects and {values} values; {most}")


def check_utf8(plain: bytes) -> None:
    """Refuse what is no text: the decoder skips members that it does not know, and ingest reads them."""
    try:
        plain.decode()
    except UnicodeDecodeError:
        raise Refused(Reason.NOT_UTF8, "the body is not UTF-8") from None


def read(plain: bytes, decoder: Callable[[bytes], T]) -> T:
    """Decode strictly.

    Raises:
        Refused: TOO_DEEP, BAD_SHAPE or NOT_JSON, with the path of what was wrong.
    """
    try:
        return decoder(plain)
    except RecursionError:
        raise Refused(Reason.TOO_DEEP, "the JSON is nested too deeply") from None
    except msgspec.ValidationError as error:
        raise Refused(Reason.BAD_SHAPE, str(error)) from None
    except msgspec.DecodeError as error:
        raise Refused(Reason.NOT_JSON, str(error)) from None


def _check_repeat_key(batch: Batch) -> None:
    if batch.v != VERSION:
        raise Refused(Reason.UNSUPPORTED_VERSION, f"v is {batch.v}; this collector reads {VERSION} - at `$.v`")
    if (batch.seq is None) == (batch.origin_id is None):
        raise Refused(Reason.BAD_SHAPE, "a batch has either seq or origin_id - at `$.seq`")


def _check_shapes(batch: Batch, samples_max: int) -> None:
    samples = len(batch.samples) + sum(len(series.t) for series in batch.series) + len(batch.nodes)
    if samples + len(batch.events) > samples_max:
        raise Refused(
            Reason.TOO_MANY_SAMPLES, f"{samples} samples and {len(batch.events)} events; at most {samples_max}"
        )
    for place, series in enumerate(batch.series):
        for number, item in enumerate(series.objects):
            if not _fits(item, len(series.t)):
                _refuse_lengths(item, len(series.t), f"$.series[{place}].objects[{number}].f")
    for place, scrape in enumerate(batch.nodes):
        for number, one in enumerate(scrape.metrics):
            if len(one.labels) != len(one.values):
                detail = f"{len(one.values)} values beside {len(one.labels)} labels"
                raise Refused(Reason.BAD_SHAPE, f"{detail} - at `$.nodes[{place}].metrics[{number}].values`")


def _check_rows(batch: Batch, rows_max: int) -> None:
    """Refuse a small body that would become many rows: each object has one for each time of its series.

    Of verbatim samples every object counts at every time of its connection: ids that change make columns of holes. A
    track that is wanted counts likewise: while it has no stream, it has a row.
    """
    rows = sum(len(series.t) * sum(item.type in _WITH_ROWS for item in series.objects) for series in batch.series)
    times: Counter[str] = Counter(sample.pc for sample in batch.samples)
    objects: dict[str, set[tuple[str, str]]] = {pc: set() for pc in times}
    for sample in batch.samples:
        objects[sample.pc].update((stats.type, stats.id) for stats in sample.stats)  # type: ignore[attr-defined]
    rows += sum(times[pc] * len(found) for pc, found in objects.items())
    for series in batch.series:
        times[series.pc] += len(series.t)
    rows += sum(times[pc] for pc, _ in _wanted(batch))
    rows += sum(len(one.values) for scrape in batch.nodes for one in scrape.metrics)
    if rows > rows_max:
        raise Refused(Reason.TOO_MANY_SAMPLES, f"the samples would become {rows} rows; at most {rows_max}")


def _wanted(batch: Batch) -> set[tuple[str, str]]:
    """Return (connection, track) of what is wanted at any time."""
    return {(one.pc, one.track) for one in batch.tracks if one.wanted and one.track and one.direction == "inbound"}


def _fits(item: SeriesObject, length: int) -> bool:
    """Return whether every array surely has that length; quick, since it is asked of every object of every batch."""
    values = msgspec.structs.astuple(item.f)
    return [*map(len, filter(None, values))].count(length) == len(values) - values.count(None)


def _refuse_lengths(item: SeriesObject, length: int, where: str) -> None:
    for name, values in zip(FIELD_NAMES, msgspec.structs.astuple(item.f), strict=True):
        if values is not None and len(values) != length:
            raise Refused(
                Reason.BAD_SHAPE, f"an array of {len(values)} values beside {length} times - at `{where}.{name}`"
            )


def clock_shift(received_ms: float, sent_ms: float | None) -> float:
    """Return what is added to the client's times, ms: the clocks' difference where it exceeds 60 s, else 0."""
    if sent_ms is None or abs(received_ms - sent_ms) <= CLOCK_SHIFT_MS:
        return 0
    return received_ms - sent_ms


def _check_times(batch: Batch, received_ms: float, sent_ms: float | None, *, live: bool) -> None:
    """Refuse a batch of which nothing could be stored; single samples outside are left out and counted by ingest."""
    times = [t for series in batch.series for t in series.t]
    times += [sample.t for sample in batch.samples] + [event.t for event in batch.events]
    times += [scrape.t for scrape in batch.nodes]
    if not times:
        return
    shift = clock_shift(received_ms, sent_ms)
    if live and max(times) + shift < received_ms - TOO_OLD_MS:
        hours = (received_ms - max(times) - shift) / 3_600_000
        raise Refused(Reason.TOO_OLD, f"the newest sample is {hours:.1f} hours old; at most {TOO_OLD_MS // 3_600_000}")
    if min(times) + shift > received_ms + TOO_NEW_MS:
        seconds = (min(times) + shift - received_ms) / 1000
        raise Refused(
            Reason.TOO_NEW, f"the oldest sample lies {seconds:.0f} s in the future; at most {TOO_NEW_MS // 1000}"
        )
