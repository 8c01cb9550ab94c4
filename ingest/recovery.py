"""What stands above the committed offset after a crash, and which rows of a block are missing.

`batches` is written last: a position whose row is there is done. Any other position may have left rows in the tables
before it; they are read back by position and only what is missing is inserted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import structlog

from ingest.decode import Undecodable, body_hash, unpacked
from runtime.log import Bounds, Consumer, Entry
from runtime.store import Parameter, Store
from schemas.errors import LogMismatch

_journal = structlog.get_logger(__name__)

_DONE: Final = """
SELECT log_offset, body_hash FROM batches
WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16} AND log_offset >= {since:UInt64}
"""
_REACH: Final = """
SELECT max(log_offset) AS reach, count() AS positions FROM {table}
WHERE log_id = {{log_id:String}} AND log_partition = {{partition:UInt16}} AND log_offset >= {{since:UInt64}}
"""
_STORED: Final = """
SELECT DISTINCT log_offset FROM batches
WHERE log_id = {log_id:String} AND log_partition = {partition:UInt16}
  AND log_offset >= {since:UInt64} AND log_offset < {until:UInt64}
ORDER BY log_offset
"""
_STANDING: Final = """
SELECT log_offset, {index} AS log_index FROM {table}
WHERE log_id = {{log_id:String}} AND log_partition = {{partition:UInt16}}
  AND log_offset BETWEEN {{low:UInt64}} AND {{high:UInt64}}
"""
_DAYS: Final = """
SELECT DISTINCT _partition_id AS day FROM {table}
WHERE log_id = {{log_id:String}} AND log_partition = {{partition:UInt16}} AND log_offset IN {{offsets:Array(UInt64)}}
"""
_TAKEN_AWAY: Final = """
DELETE FROM {table} IN PARTITION ID {{day:String}}
WHERE log_id = {{log_id:String}} AND log_partition = {{partition:UInt16}} AND log_offset IN {{offsets:Array(UInt64)}}
"""
GAP_SEARCH: Final = 1_000_000
Place = dict[str, Parameter]
TABLES: Final = ("stream_samples", "transport_samples", "events", "node_samples", "marks", "dead_letters", "batches")


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found of a partition when it was taken over.

    Attributes:
        done: the body hash of each done position, by offset.
        reach: the highest offset that left any row; -1 for none.
    """

    done: Mapping[int, int] = field(default_factory=dict)
    reach: int = -1

    def is_done(self, entry: Entry) -> bool:
        """Whether the position is finished.

        Raises:
            LogMismatch: another body was stored from this position.
        """
        known = self.done.get(entry.offset)
        if known is None:
            return False
        if known not in _hashes(entry.message.value):
            raise LogMismatch(
                f"at offset {entry.offset} of partition {entry.partition} the log holds another message than the one "
                "whose rows are stored; was the log recreated under the same id?"
            )
        return True

    def reaches(self, entry: Entry) -> bool:
        """Whether rows of this position may stand already."""
        return entry.offset <= self.reach


def _hashes(value: bytes) -> set[int]:
    """Return the hashes under which a value may be stored: of the unpacked body, or of its bytes if it is no batch."""
    try:
        return {body_hash(unpacked(value)), body_hash(value)}
    except Undecodable:
        return {body_hash(value)}


async def recover(consumer: Consumer, store: Store, partition: int, bounds: Bounds) -> Recovery:
    """Look at what is stored of a partition, and let the consumer go on where the first position has no row.

    Raises:
        LogMismatch: rows are stored from offsets that the log does not have.
    """
    since, recovery = await asyncio.to_thread(_found, store, consumer.log_id, partition, bounds)
    if recovery.reach >= bounds.end:
        # The log may have grown since, and a predecessor that has not heard of its end may have stored of that.
        now = (await consumer.bounds()).get(partition)
        if now and recovery.reach >= now.end:
            raise LogMismatch(
                f"rows are stored up to offset {recovery.reach} of partition {partition}, but the log ends at "
                f"{now.end}: it was recreated or cut"
            )
    if since < bounds.committed:
        _journal.warning("gap_found", partition=partition, offset=since, committed=bounds.committed)
    await consumer.seek(partition, since)
    return recovery


def _found(store: Store, log_id: str, partition: int, bounds: Bounds) -> tuple[int, Recovery]:
    since = _first_gap(store, log_id, partition, bounds.first, bounds.committed)
    place: Place = {"log_id": log_id, "partition": partition, "since": since}
    reach = max(_reach(store, table, place) for table in TABLES)
    done = {row["log_offset"]: row["body_hash"] for row in store.query(_DONE, place).to_pylist()}
    return since, Recovery(done, reach)


def _reach(store: Store, table: str, place: Place) -> int:
    row = store.query(_REACH.format(table=table), place).to_pylist()[0]
    return int(row["reach"]) if row["positions"] else -1


def _first_gap(store: Store, log_id: str, partition: int, first: int, committed: int) -> int:
    """Return the first of the last million offsets below `committed` without a row in `batches`; else `committed`."""
    since = max(first, committed - GAP_SEARCH)
    place: Place = {"log_id": log_id, "partition": partition, "since": since, "until": committed}
    stored = np.asarray(store.query(_STORED, place)["log_offset"]).astype(np.int64)
    missing = np.flatnonzero(stored != since + np.arange(len(stored)))
    return since + (int(missing[0]) if len(missing) else len(stored))


def absent(store: Store, table: str, rows: pa.Table, log_id: str, entries: Sequence[Entry]) -> pa.Table:
    """Return the rows of a block that do not stand in the table yet.

    Where more stands of a position than the block has, all of it is taken away first: a build that could read the
    message was killed before its ledger row, and this one cannot, or makes less of it.
    """
    index = "toUInt32(0)" if table == "batches" else "log_index"
    place: Place = {"log_id": log_id, "partition": entries[0].partition}
    standing = store.query(
        _STANDING.format(table=table, index=index), {**place, "low": entries[0].offset, "high": entries[-1].offset}
    )
    if not standing.num_rows:
        return rows
    lowest = entries[0].offset
    offsets = np.asarray(standing["log_offset"]).astype(np.int64)
    known = _keys(standing["log_offset"], standing["log_index"], lowest)
    indices = rows["log_index"] if "log_index" in rows.column_names else pa.array(np.zeros(rows.num_rows, np.uint32))
    keys = _keys(rows["log_offset"], indices, lowest)
    ours = np.isin(offsets, [entry.offset for entry in entries])
    left = np.unique(offsets[ours & ~np.isin(known, keys)])
    if len(left):
        _journal.warning("rows_taken_away", table=table, partition=entries[0].partition, offsets=left.tolist())
        _take_away(store, table, {**place, "offsets": left.tolist()})
        known = known[~np.isin(offsets, left)]
    return rows.filter(pa.array(~np.isin(keys, known)))


def _take_away(store: Store, table: str, rows: Place) -> None:
    """Delete rows in the days that they are in: of other days not a part is looked at."""
    for one in store.query(_DAYS.format(table=table), rows).to_pylist():
        store.execute(_TAKEN_AWAY.format(table=table), rows | {"day": one["day"]})


def _keys(offset: pa.ChunkedArray, index: pa.ChunkedArray, lowest: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return offset and index as one number: 32 bits from the lowest offset of the block, 32 of index."""
    distance = np.asarray(offset).astype(np.uint64) - np.uint64(lowest)
    return (distance << np.uint64(32)) | np.asarray(index).astype(np.uint64)
