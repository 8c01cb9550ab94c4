"""The loop: poll, rows, insert in order, commit. The only part of ingest that keeps state between blocks."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute
import structlog

from ingest.collection import uncollected
from ingest.decode import unpacked_size
from ingest.pipeline import Tables, tables_of
from ingest.recovery import Recovery, absent, recover
from ingest.repeats import Repeats
from runtime.instruments import Instruments
from runtime.log import Consumer, Entry
from runtime.store import Store
from schemas.errors import RtcpulseError, Transient

BLOCK_BYTES: Final = 16 << 20
BLOCK_MESSAGES: Final = 2000
PORTION_BYTES: Final = 64 << 20
BACK_OFF_MAX_S: Final = 10.0
FAULTS_MAX: Final = 20

_journal = structlog.get_logger(__name__)


class TooManyFaults(RtcpulseError):
    """Our own code fails on most messages: a worker that went on would empty the log into the dead letters."""


class Worker:
    """Turns one consumer's entries into stored rows, each position once.

    Args:
        consumer: where entries come from.
        store: where rows go.
        instruments: the process's metrics.
        block_s: seconds a block may gather.
    """

    def __init__(self, consumer: Consumer, store: Store, instruments: Instruments, *, block_s: float = 1.0) -> None:
        self._consumer = consumer
        self._store = store
        self._instruments = instruments
        self._block_s = block_s
        self._repeats = Repeats(store, consumer.log_id)
        self._recovery = Recovery()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; a block that was begun is finished first.

        Raises:
            LogMismatch: the log is not the one whose rows are stored.
            TooManyFaults: our own code fails on most messages.
        """
        self._recovery = await recover(self._consumer, self._store)
        while not stop.is_set():
            for portion in _portions(await self._gather()):
                await self._until_stored(portion, stop)
                if stop.is_set():
                    break
            await self._note_lag()

    async def _gather(self) -> list[Entry]:
        """Collect a block: what is there, and what comes within `block_s` after it, up to the block's size."""
        entries: list[Entry] = []
        size = 0
        deadline = time.monotonic() + self._block_s
        while size < BLOCK_BYTES and len(entries) < BLOCK_MESSAGES and time.monotonic() < deadline:
            found = await self._consumer.poll(
                max_messages=BLOCK_MESSAGES - len(entries),
                max_bytes=BLOCK_BYTES - size,
                timeout_s=max(0.0, deadline - time.monotonic()),
            )
            if not found:
                break
            entries.extend(found)
            size += sum(len(entry.message.value) for entry in found)
        return entries

    async def _until_stored(self, entries: Sequence[Entry], stop: asyncio.Event) -> None:
        """Store a block, waiting for the store where it is not there; after a failure what stands is read back."""
        pause_s = 0.2
        careful = False
        while True:
            try:
                await asyncio.to_thread(self._store_block, entries, careful=careful)
                last = entries[-1]
                await self._consumer.commit(last.partition, last.offset + 1)
            except Transient as error:
                if stop.is_set():
                    return
                careful = True
                self._instruments.count("ingest_retries")
                _journal.warning("block_postponed", error=str(error), again_in_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, BACK_OFF_MAX_S)
            else:
                return

    def _store_block(self, entries: Sequence[Entry], *, careful: bool) -> None:
        todo = [entry for entry in entries if not self._recovery.is_done(entry)]
        if not todo:
            return
        log_id = self._consumer.log_id
        began = time.perf_counter()
        with uncollected():
            tables = tables_of(todo, log_id, self._repeats)
        self._check_faults(tables)
        self._instruments.time("ingest_block", time.perf_counter() - began, step="rows")
        began = time.perf_counter()
        read_back = careful or self._recovery.reaches(todo[0])
        for name, rows in tables.items():
            missing = absent(self._store, name, rows, log_id, todo) if read_back else rows
            for part in _by_days(missing):
                self._store.insert(
                    name, part, token=f"rtcpulse/{log_id}/{todo[0].partition}/{todo[0].offset}-{todo[-1].offset}"
                )
            self._instruments.count("ingest_rows", missing.num_rows, table=name)
        self._instruments.time("ingest_block", time.perf_counter() - began, step="insert")
        for outcome, number in _counted(tables.batches["outcome"]):
            self._instruments.count("ingest_messages", number, outcome=outcome)

    def _check_faults(self, tables: Tables) -> None:
        reasons = tables.dead_letters["reason"].to_pylist()
        faults = reasons.count("our_fault")
        if faults >= FAULTS_MAX and faults * 2 > tables.batches.num_rows:
            detail = tables.dead_letters["detail"].to_pylist()[reasons.index("our_fault")]
            raise TooManyFaults(f"{faults} of {tables.batches.num_rows} messages met a defect of rtcpulse: {detail}")

    async def _note_lag(self) -> None:
        bounds = await self._consumer.bounds()
        self._instruments.set("ingest_lag", sum(part.end - part.committed for part in bounds.values()))


def _portions(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Split entries so that the unpacked bytes of a portion fit into memory together, whatever gzip makes of them."""
    begin, size = 0, 0
    for place, entry in enumerate(entries):
        own = unpacked_size(entry.message.value)
        if place > begin and size + own > PORTION_BYTES:
            yield entries[begin:place]
            begin, size = place, 0
        size += own
    if entries:
        yield entries[begin:]


DAYS_MAX: Final = 90


def _by_days(rows: pa.Table) -> Sequence[pa.Table]:
    """Split rows that span many days: the store takes at most 100 partitions in one insert."""
    if not rows.num_rows or "t" not in rows.column_names:
        return [rows]
    days = pa.compute.floor_temporal(rows["t"], unit="day")
    distinct = pa.compute.unique(days)
    if len(distinct) <= DAYS_MAX:
        return [rows]
    return [rows.filter(pa.compute.equal(days, day)) for day in distinct]


def _counted(values: pa.ChunkedArray) -> Sequence[tuple[str, int]]:
    return [(item["values"], item["counts"]) for item in pa.compute.value_counts(values).to_pylist()]
