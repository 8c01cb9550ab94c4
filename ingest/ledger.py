"""Rows of `batches`, one for each position, and of `dead_letters`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ingest import columns
from ingest.block import Decoded
from ingest.frame import Integers
from runtime.log import Entry
from schemas.headers import Headers
from schemas.reasons import DeadLetter, Outcome
from schemas.tables import BATCHES, DEAD_LETTERS


@dataclass(frozen=True, slots=True)
class Dead:
    """A message that does not become rows, and why."""

    entry: Entry
    log_id: str
    headers: Headers
    reason: DeadLetter
    detail: str
    body_hash: int


def dead_letter_rows(dead: Sequence[Dead]) -> pa.Table:
    """Return the rows of `dead_letters`: the bytes as they came, with reason and place."""
    return columns.from_rows(DEAD_LETTERS, [_dead_letter(item) for item in dead])


def _dead_letter(item: Dead) -> dict[str, Any]:
    return {
        "project": item.headers.project,
        "received": item.headers.received_ms,
        "reason": item.reason.value,
        "detail": item.detail,
        "headers": msgspec.json.encode(item.entry.message.headers).decode(),
        "body": item.entry.message.value,
        "log_id": item.log_id,
        "log_partition": item.entry.partition,
        "log_offset": item.entry.offset,
        "log_index": 0,
    }


_EMPTY: dict[str, Any] = {column.name: 0 if "Int" in column.type else "" for column in BATCHES.columns} | {
    column.name: None for column in BATCHES.columns if column.nullable
}


def dead_row(item: Dead) -> dict[str, Any]:
    """Return the row of a position that ended as a dead letter."""
    return _EMPTY | {
        "project": item.headers.project,
        "outcome": Outcome.DEAD_LETTER.value,
        "reason": item.reason.value,
        "body_hash": item.body_hash,
        "received": item.headers.received_ms,
        "bytes": len(item.entry.message.value),
        "source": item.headers.source,
        "replay_of": item.headers.replay_of,
        "log_id": item.log_id,
        "log_partition": item.entry.partition,
        "log_offset": item.entry.offset,
    }


def batch_row(item: Decoded, outcome: Outcome) -> dict[str, Any]:
    """Return the row of a position that was a batch; a duplicate stores nothing but this."""
    batch, stamp, headers = item.batch, item.stamp, item.stamp.headers
    session, client = batch.session, batch.session.client
    return _EMPTY | {
        "project": headers.project,
        "session": session.id,
        "writer": batch.writer,
        "seq": batch.seq,
        "origin_id": batch.origin_id or "",
        "outcome": outcome.value,
        "body_hash": item.body_hash,
        "received": headers.received_ms,
        "sent": None if headers.sent_ms is None else round(headers.sent_ms),
        "clock_shift_ms": stamp.shift_ms,
        "every_ms": batch.every_ms,
        "baselined": int(batch.seq == 0 or all(series.baseline for series in batch.series)),
        "dropped_client": batch.dropped,
        "unknown_types": item.unknown.types,
        "unknown_members": item.unknown.members,
        "bytes": stamp.size,
        "source": headers.source,
        "room": session.room,
        "participant": session.participant,
        "role": session.role,
        "app": session.app,
        "sdk": session.sdk,
        "browser": client.browser or headers.browser,
        "browser_version": client.browser_version,
        "os": client.os or headers.os,
        "device": client.device,
        "network_type": client.network_type,
        "prefix": headers.prefix,
        "country": headers.country,
        "asn": headers.asn,
        "node": session.server.node,
        "region": session.server.region,
        "refs": msgspec.json.encode(session.refs).decode(),
        "tags": msgspec.json.encode(session.tags).decode(),
        "replay_of": headers.replay_of,
        "log_id": stamp.log_id,
        "log_partition": stamp.partition,
        "log_offset": stamp.offset,
    }


def put_counts(rows: Sequence[dict[str, Any]], name: str, message: Integers) -> None:
    """Write how many rows of a table each message has."""
    for row, count in zip(rows, np.bincount(message, minlength=len(rows)).tolist(), strict=True):
        row[name] = count


def put_span(rows: Sequence[dict[str, Any]], t: pa.ChunkedArray, message: Integers) -> None:
    """Widen each message's t_min and t_max by the times of its rows of one table."""
    if not len(message):
        return
    times = np.asarray(t.cast(pa.int64()))
    first = np.flatnonzero(np.concatenate(([True], message[1:] != message[:-1])))
    for place, low, high in zip(
        message[first].tolist(),
        np.minimum.reduceat(times, first).tolist(),
        np.maximum.reduceat(times, first).tolist(),
        strict=True,
    ):
        row = rows[place]
        row["t_min"] = low if row["t_min"] is None else min(low, row["t_min"])
        row["t_max"] = high if row["t_max"] is None else max(high, row["t_max"])


def ledger(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return the rows of `batches`."""
    return columns.from_rows(BATCHES, rows)
