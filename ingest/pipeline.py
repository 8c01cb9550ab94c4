"""Entries of the log to the tables of a block: what a row holds is a function of bytes, headers and position alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ingest import ledger
from ingest.block import Context, Decoded
from ingest.decode import Undecodable, body_hash, decode, unpacked
from ingest.events import event_rows
from ingest.frame import Floats
from ingest.join import Frames, join
from ingest.ledger import Dead
from ingest.marks import mark_rows
from ingest.nodes import node_rows
from ingest.repeats import Repeats
from ingest.stamp import Stamp, stamp
from ingest.streams import stream_rows
from ingest.transports import transport_rows
from runtime.log import Entry
from schemas.headers import Headers
from schemas.reasons import DeadLetter, Outcome

_Raw = tuple[pa.Table, pa.Table, pa.Table, pa.Table, pa.Table]


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of a block, in the order in which they are inserted; `batches` is the last."""

    stream_samples: pa.Table
    transport_samples: pa.Table
    events: pa.Table
    node_samples: pa.Table
    marks: pa.Table
    dead_letters: pa.Table
    batches: pa.Table

    def items(self) -> Sequence[tuple[str, pa.Table]]:
        """Return (name, rows) in the order of insertion."""
        return [(name, getattr(self, name)) for name in self.__dataclass_fields__]


def tables_of(entries: Sequence[Entry], log_id: str, repeats: Repeats) -> Tables:
    """Turn entries, in order of their positions, into rows.

    A defect of ours that one message brings to light must not hold up the others: the block is then done message by
    message, and what fails alone is a dead letter. Its repeats in the block are then no repeats of anything stored.
    """
    decoded, dead = _decoded(entries, log_id)
    repeats.refill(decoded)
    first, repeated, conflicting = _sorted_out(decoded, repeats, {entry.offset: entry for entry in entries})
    dead += conflicting
    try:
        tables, rows = _rows(first)
    except Exception as error:  # whatever it is, it is ours, and one message brought it
        if not first:
            raise
        if len(entries) > 1:
            return _joined([tables_of([entry], log_id, repeats) for entry in entries])
        repeats.forget(first[0])
        dead.append(_our_fault(first[0], entries, error))
        tables, rows = _rows([])
    rows += [ledger.batch_row(item, Outcome.DUPLICATE) for item in repeated]
    rows += [ledger.dead_row(item) for item in dead]
    return Tables(*tables, ledger.dead_letter_rows(dead), ledger.ledger(rows))


def _decoded(entries: Sequence[Entry], log_id: str) -> tuple[list[Decoded], list[Dead]]:
    decoded: list[Decoded] = []
    dead: list[Dead] = []
    for entry in entries:
        try:
            stamped = stamp(entry, log_id)
        except msgspec.ValidationError as error:
            headers = Headers(project=entry.message.headers.get("project", ""), received_ms=0, source="")
            dead.append(_dead(entry, log_id, headers, DeadLetter.BAD_HEADERS, str(error)))
            continue
        try:
            plain = unpacked(entry.message.value)
            decoded.append(Decoded(stamped, decode(plain), body_hash(plain)))
        except Undecodable as error:
            dead.append(_dead(entry, log_id, stamped.headers, DeadLetter.UNDECODABLE, str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and this message brought it
            detail = f"{type(error).__name__}: {error}"
            dead.append(_dead(entry, log_id, stamped.headers, DeadLetter.OUR_FAULT, detail))
    return decoded, dead


def _dead(entry: Entry, log_id: str, headers: Headers, reason: DeadLetter, detail: str) -> Dead:
    return Dead(entry, log_id, headers, reason, detail, body_hash(entry.message.value))


def _our_fault(item: Decoded, entries: Sequence[Entry], error: Exception) -> Dead:
    entry = next(entry for entry in entries if entry.offset == item.stamp.offset)
    detail = f"{type(error).__name__}: {error}"
    return _dead(entry, item.stamp.log_id, item.stamp.headers, DeadLetter.OUR_FAULT, detail)


def _sorted_out(
    decoded: Sequence[Decoded], repeats: Repeats, entries: dict[int, Entry]
) -> tuple[list[Decoded], list[Decoded], list[Dead]]:
    """Tell first batches from repeats and from other bodies under a known key."""
    first: list[Decoded] = []
    repeated: list[Decoded] = []
    conflicting: list[Dead] = []
    for item in decoded:
        known = repeats.first(item)
        if known[:2] == (item.stamp.partition, item.stamp.offset):
            first.append(item)
        elif known.body_hash == item.body_hash:
            repeated.append(item)
        else:
            detail = f"another body stands under this seq at offset {known.offset}"
            entry = entries[item.stamp.offset]
            dead = _dead(entry, item.stamp.log_id, item.stamp.headers, DeadLetter.CONFLICTING_BODY, detail)
            conflicting.append(dead)
    return first, repeated, conflicting


def _rows(messages: Sequence[Decoded]) -> tuple[_Raw, list[dict[str, Any]]]:
    """Return the tables of what was stored, in the order of `Tables`, and the rows of the ledger."""
    frames = Frames()
    joined = []
    for place, item in enumerate(messages):
        unknown = join(item.batch, place, frames)
        joined.append(Decoded(item.stamp, item.batch, item.body_hash, unknown))
    context = Context(joined)
    transports, of_transport, stun = transport_rows(frames.transports, context, _sending_video(frames))
    streams, of_stream = stream_rows(frames.streams, context, _spread(frames, stun))
    events, of_event = event_rows(joined, context)
    nodes, of_node = node_rows(joined, context)
    rows = [ledger.batch_row(item, Outcome.STORED) for item in joined]
    for name, table, message in (
        ("stream_rows", streams, of_stream),
        ("transport_rows", transports, of_transport),
        ("event_rows", events, np.asarray(of_event, np.int64)),
    ):
        ledger.put_counts(rows, name, message)
        ledger.put_span(rows, table["t"], message)
    ledger.put_counts(rows, "node_rows", of_node)  # their times are none of a session's and make nothing dirty
    for place, row in enumerate(rows):
        row["dropped_too_old"] = int(context.dropped_too_old[place])
        row["dropped_too_new"] = int(context.dropped_too_new[place])
        row["dropped_no_step"] = int(context.dropped_no_step[place])
    return (streams, transports, events, nodes, mark_rows(joined)), rows


def _sending_video(frames: Frames) -> Any:
    """Return the transport slots that carry an outbound video stream."""
    streams = frames.streams
    codes, known = streams.text("direction")
    kinds, kind_names = streams.text("kind")
    if "outbound" not in known or "video" not in kind_names:
        return np.zeros(0, np.int64)
    video = (codes == known.index("outbound")) & (kinds == kind_names.index("video"))
    return np.unique(streams.per_row(frames.transport_of)[video])


def _spread(frames: Frames, stun: Floats) -> Floats:
    """Return the transport's round-trip time for each row of the streams."""
    streams = frames.streams
    if not streams.rows:
        return np.zeros(0)
    transport = streams.per_row(frames.transport_of).astype(np.int64)
    within = np.arange(streams.rows) - streams.per_row(streams.slot_start).astype(np.int64)
    if not len(stun):
        return np.full(streams.rows, np.nan)
    found = stun[np.minimum(np.maximum(transport, 0) + within, len(stun) - 1)]
    return np.where(transport >= 0, found, np.nan)


def _joined(parts: Sequence[Tables]) -> Tables:
    # Dictionaries differ from part to part; one dictionary a column is what the store takes.
    return Tables(
        *(
            pa.concat_tables([dict(part.items())[name] for part in parts]).unify_dictionaries().combine_chunks()
            for name in Tables.__dataclass_fields__
        )
    )


__all__ = ["Stamp", "Tables", "tables_of"]
