"""Messages that are marks to rows of `marks`."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from ingest import columns
from ingest.block import Decoded
from schemas.batch import Event
from schemas.mark import MARK, Concerned
from schemas.tables import MARKS

SAID: Final = ("version", "text", *Concerned.__struct_fields__)
"""Columns that are members of the event's value."""


def mark_rows(messages: Sequence[Decoded]) -> pa.Table:
    """Return the table, a row for each event of a mark's message."""
    rows = [
        _row(item, event, index)
        for item in messages
        if item.stamp.headers.source == MARK
        for index, event in enumerate(item.batch.events)
    ]
    return columns.from_rows(MARKS, rows)


def _row(item: Decoded, event: Event, index: int) -> dict[str, Any]:
    stamp = item.stamp
    said = event.value if isinstance(event.value, dict) else {}
    return {name: str(said.get(name, "")) for name in SAID} | {
        "project": stamp.headers.project,
        "t": round(event.t),
        "received": stamp.headers.received_ms,
        "name": event.name,
        "log_id": stamp.log_id,
        "log_partition": stamp.partition,
        "log_offset": stamp.offset,
        "log_index": index,
    }
