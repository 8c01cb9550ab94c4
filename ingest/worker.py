"""The loop: poll, rows, insert in order, commit. The only part of ingest that keeps state between blocks."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute
import structlog

from ingest.collection import uncollected
from ingest.pipeline import Tables, tables_of
from ingest.portions import parts, portions
from ingest.recovery import Recovery, absent, recover
from ingest.repeats import Repeats
from runtime.instruments import Instruments
from runtime.log import Consumer, Entry
from runtime.store import Store
from schemas.counted import counted
from schemas.errors import RtcpulseError, Transient
from schemas.reasons import DeadLetter

BLOCK_BYTES: Final = 16 << 20
BLOCK_MESSAGES: Final = 2000
BACK_OFF_MIN_S: Final = 0.2
BACK_OFF_MAX_S: Final = 10.0
FAULTS_MAX: Final = 20
FAULTS_AMONG: Final = 2 * FAULTS_MAX
"""Of the latest messages so many are remembered: where little comes a block has a few only."""
_NOTHING: Final = Recovery()
_T = TypeVar("_T")

_journal = structlog.get_logger(__name__)


class TooManyFaults(RtcpulseError):
    """Our own code fails on most messages: a worker that went on would empty the log into the dead letters."""


class _PartitionLost(Exception):
    """The partition is another consumer's now: what is not stored yet is stored there."""


class Worker:
    """Turns one consumer's entries into stored rows, each position once.

    Args:
        consumer: where entries come from.
        store: where rows go; of several stores those of partition p go to the one at p modulo their number.
        instruments: the process's metrics.
        block_s: seconds a block may gather.
        settle: ends what a dead predecessor left running in the store, by the beginning of its inserts' tokens, and
            returns when it has ended. Nothing runs on in an embedded store.
    """

    def __init__(
        self,
        consumer: Consumer,
        store: Store | Sequence[Store],
        instruments: Instruments,
        *,
        block_s: float = 1.0,
        settle: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._consumer = consumer
        self._stores = store if isinstance(store, Sequence) else [store]
        self._instruments = instruments
        self._block_s = block_s
        self._settle = settle
        self._repeats = self._no_repeats()
        self._epochs: Mapping[int, int] = {}
        self._recoveries: dict[int, Recovery] = {}
        self._met_lately: deque[bool] = deque(maxlen=FAULTS_AMONG)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; a block that was begun is finished first.

        Raises:
            LogMismatch: the log is not the one whose rows are stored.
            TooManyFaults: our own code fails on most messages.
        """
        pause_s = BACK_OFF_MIN_S
        while not stop.is_set():
            try:
                await self._round(stop)
                pause_s = BACK_OFF_MIN_S
            except Transient as error:
                _journal.warning("ingest_waits", error=str(error), again_in_s=pause_s)
                await _sleep(pause_s, stop)
                pause_s = min(pause_s * 2, BACK_OFF_MAX_S)

    async def _round(self, stop: asyncio.Event) -> None:
        await self._take_over()
        for portion in portions(await self._gather()):
            await self._until_stored(portion, stop)
            if stop.is_set():
                return
        await self._note_lag()

    async def _take_over(self) -> None:
        """Look at what stands of each partition that was given to this worker since the last look."""
        epochs = dict(self._consumer.epochs)
        given = [partition for partition, epoch in epochs.items() if self._epochs.get(partition) != epoch]
        if given:
            bounds = await self._consumer.bounds()
            self._repeats = self._no_repeats()  # another worker may have stored more since
            for partition in given:
                if partition in bounds:
                    await asyncio.to_thread(self._settle, self._token(partition))
                    self._recoveries[partition] = await recover(
                        self._consumer, self._at(self._stores, partition), partition, bounds[partition]
                    )
        self._epochs = epochs

    def _no_repeats(self) -> Sequence[Repeats]:
        return [Repeats(store, self._consumer.log_id) for store in self._stores]

    def _at(self, each: Sequence[_T], partition: int) -> _T:
        """Return a partition's own of what there is for each store: a session is always in one partition."""
        return each[partition % len(each)]

    def _token(self, partition: int) -> str:
        return f"rtcpulse/{self._consumer.log_id}/{partition}/"

    def _owns(self, partition: int) -> bool:
        epoch = self._consumer.epochs.get(partition)
        return epoch is not None and epoch == self._epochs.get(partition)

    async def _gather(self) -> list[Entry]:
        """Collect a block: what is there, and what comes within `block_s` after it, up to the block's size.

        A log that goes away meanwhile ends the block: what it has handed out does not come a second time.
        """
        entries: list[Entry] = []
        size = 0
        deadline = time.monotonic() + self._block_s
        while size < BLOCK_BYTES and len(entries) < BLOCK_MESSAGES and time.monotonic() < deadline:
            try:
                found = await self._consumer.poll(
                    max_messages=BLOCK_MESSAGES - len(entries),
                    max_bytes=BLOCK_BYTES - size,
                    timeout_s=max(0.0, deadline - time.monotonic()),
                )
            except Transient:
                if not entries:
                    raise
                break
            if not found:
                break
            entries.extend(found)
            size += sum(len(entry.message.value) for entry in found)
        return [entry for entry in entries if self._owns(entry.partition)]

    async def _until_stored(self, entries: Sequence[Entry], stop: asyncio.Event) -> None:
        """Store a portion, waiting for the store where it is not there; after a failure what stands is read back."""
        pause_s = BACK_OFF_MIN_S
        careful = False
        while True:
            try:
                await asyncio.to_thread(self._store_portion, entries, careful=careful)
                last = entries[-1]
                await self._consumer.commit(last.partition, last.offset + 1)
            except _PartitionLost:
                _journal.warning("partition_lost", partition=entries[0].partition, offset=entries[0].offset)
                return
            except Transient as error:
                if stop.is_set():
                    return
                careful = True
                self._instruments.count("ingest_retries")
                _journal.warning("block_postponed", error=str(error), again_in_s=pause_s)
                await _sleep(pause_s, stop)
                pause_s = min(pause_s * 2, BACK_OFF_MAX_S)
            else:
                return

    def _store_portion(self, entries: Sequence[Entry], *, careful: bool) -> None:
        partition = entries[0].partition
        if not self._owns(partition):
            raise _PartitionLost
        recovery = self._recoveries.get(partition, _NOTHING)
        todo = [entry for entry in entries if not recovery.is_done(entry)]
        if not todo:
            return
        log_id = self._consumer.log_id
        began = time.perf_counter()
        with uncollected():
            tables = tables_of(todo, log_id, self._at(self._repeats, partition))
        faults = self._faults(tables)
        self._instruments.time("ingest_block", time.perf_counter() - began, step="rows")
        began = time.perf_counter()
        read_back = careful or recovery.reaches(todo[0])
        token = f"{self._token(partition)}{todo[0].offset}-{todo[-1].offset}"
        store = self._at(self._stores, partition)
        for name, rows in tables.items():
            missing = absent(store, name, rows, log_id, todo) if read_back else rows
            for part in parts(name, missing):
                if not self._owns(partition):
                    raise _PartitionLost
                store.insert(name, part, token=token)
            self._instruments.count("ingest_rows", missing.num_rows, table=name)
        self._instruments.time("ingest_block", time.perf_counter() - began, step="insert")
        self._met_lately.extend(place < faults for place in range(tables.batches.num_rows))
        for outcome, number in _counted(tables.batches["outcome"]):
            self._instruments.count("ingest_messages", number, outcome=outcome)

    def _faults(self, tables: Tables) -> int:
        """Return how many messages of a block met a defect of ours.

        Raises:
            TooManyFaults: they are most of it, or with those stored before most of the latest messages.
        """
        reasons: list[str] = tables.dead_letters["reason"].to_pylist()
        faults, messages = reasons.count(DeadLetter.OUR_FAULT), tables.batches.num_rows
        before, lately = sum(self._met_lately), len(self._met_lately)
        for met, among in ((faults, messages), (faults + before, messages + lately)):
            if faults and met >= FAULTS_MAX and met * 2 > among:
                detail = tables.dead_letters["detail"].to_pylist()[reasons.index(DeadLetter.OUR_FAULT)]
                raise TooManyFaults(f"{met} of {counted(among, 'message')} met a defect of rtcpulse: {detail}")
        return faults

    async def _note_lag(self) -> None:
        bounds = await self._consumer.bounds()
        self._instruments.set("ingest_lag", sum(part.end - part.committed for part in bounds.values()))


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, but no longer than until `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _counted(values: pa.ChunkedArray) -> Sequence[tuple[str, int]]:
    return [(item["values"], item["counts"]) for item in pa.compute.value_counts(values).to_pylist()]
