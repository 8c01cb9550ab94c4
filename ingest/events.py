"""Events of the batches to rows of `events`."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa

from ingest import columns
from ingest.block import Decoded
from schemas.events import CUSTOM, EVENTS
from schemas.headers import TOO_NEW_MS, TOO_OLD_MS
from schemas.mark import MARK
from schemas.tables import EVENTS as TABLE


def event_rows(messages: Sequence[Decoded], dropped: Any) -> tuple[pa.Table, list[int]]:
    """Return the table and each row's message; the events of marks are none of a session's.

    Args:
        messages: the decoded messages of a block.
        dropped: the block's context, whose counts of what is too old or too new are raised.
    """
    rows: list[dict[str, Any]] = []
    owners: list[int] = []
    for place, item in enumerate(messages):
        index = 0
        if item.stamp.headers.source == MARK:
            continue
        for event in item.batch.events:
            t = round(event.t) + item.stamp.shift_ms
            age = item.stamp.headers.received_ms - t
            if age < -TOO_NEW_MS or (age > TOO_OLD_MS and not item.stamp.exempt):
                (dropped.dropped_too_old if age > 0 else dropped.dropped_too_new)[place] += 1
                continue
            rows.append(_row(item, event, t, index))
            owners.append(place)
            index += 1
    return columns.from_rows(TABLE, rows), owners


def _row(item: Decoded, event: Any, t: int, index: int) -> dict[str, Any]:
    session, stamp = item.batch.session, item.stamp
    known = event.name in EVENTS
    return {
        "project": stamp.headers.project,
        "room": session.room,
        "session": session.id,
        "participant": session.participant,
        "writer": item.batch.writer,
        "pc": event.pc,
        "t": t,
        "clock_shift_ms": stamp.shift_ms,
        "received": stamp.headers.received_ms,
        "name": event.name if known else CUSTOM,
        "custom_name": "" if known else event.name,
        "value": msgspec.json.encode(event.value).decode(),
        "log_id": stamp.log_id,
        "log_partition": stamp.partition,
        "log_offset": stamp.offset,
        "log_index": index,
    }
