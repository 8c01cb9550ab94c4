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


def by_days(rows: pa.Table) -> Sequence[pa.Table]:
    """Split rows that span many days: the store takes at most 100 partitions in one insert."""
    if not rows.num_rows or "t" not in rows.column_names:
        return [rows]
    days = pa.compute.floor_temporal(rows["t"], unit="day")
    distinct = pa.compute.unique(days)
    if len(distinct) <= DAYS_MAX:
        return [rows]
    return [rows.filter(pa.compute.equal(days, day)) for day in distinct]
