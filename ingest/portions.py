"""What is stored together: messages of one partition that fit into memory, rows of as many days as an insert takes."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import pyarrow as pa
import pyarrow.compute

from ingest.decode import unpacked_size
from runtime.log import Entry

PORTION_BYTES: Final = 64 << 20
DAYS_MAX: Final = 90


def portions(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Split entries: a portion is of one partition, in order, and its unpacked bytes fit into memory together."""
    by_partition = sorted(entries, key=lambda entry: (entry.partition, entry.offset))
    for _, own in groupby(by_partition, key=lambda entry: entry.partition):
        yield from _by_size(list(own))


def _by_size(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    begin, size = 0, 0
    for place, entry in enumerate(entries):
        own = unpacked_size(entry.message.value)
        if place > begin and size + own > PORTION_BYTES:
            yield entries[begin:place]
            begin, size = place, 0
        size += own
    yield entries[begin:]


def parts(table: str, rows: pa.Table) -> Sequence[pa.Table]:
    """Split the rows of a table into what is inserted one after the other.

    An insert is atomic within a day only. Who follows `batches` from offset to offset does not come back for one that
    was left out: of positions that were received on several days, as a replay's is, the lower ones stand first.
    """
    return _in_order(rows) if table == "batches" else _by_days(rows)


def _by_days(rows: pa.Table) -> Sequence[pa.Table]:
    """Split rows that span many days: the store takes at most 100 partitions in one insert."""
    if not rows.num_rows:
        return [rows]
    days = _days(rows)
    distinct = pa.compute.unique(days)
    if len(distinct) <= DAYS_MAX:
        return [rows]
    return [rows.filter(pa.compute.equal(days, day)) for day in distinct]


def _in_order(rows: pa.Table) -> Sequence[pa.Table]:
    """Split rows, in order of offsets, wherever the next one was received on another day."""
    ordered = rows.sort_by("log_offset")
    found = []
    begin = 0
    for _, own in groupby(_days(ordered).to_pylist()):
        size = len(list(own))
        found.append(ordered.slice(begin, size))
        begin += size
    return found or [rows]


def _days(rows: pa.Table) -> pa.ChunkedArray:
    """Return the day by which the store divides each row's table."""
    return pa.compute.floor_temporal(rows["t" if "t" in rows.column_names else "received"], unit="day")
