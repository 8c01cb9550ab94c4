"""A worker that dies after any insert, a log that is not the one it was, a store that is away: each row stands once."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import ingest.join
from ingest import pipeline
from ingest.recovery import _keys, recover
from ingest.worker import TooManyFaults, Worker
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.log import Bounds, Message
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from runtime.store import Parameter, Store
from schemas.errors import LogMismatch, StoreUnavailable
from schemas.headers import Headers, encode, key_of
from tests.builders import T0, a_batch, a_scrape, a_series, an_object, inbound, packed

BATCHES = 6
TABLES = ("stream_samples", "transport_samples", "events", "node_samples", "dead_letters", "batches")


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs."""


class Failing:
    """The store, which fails at its `at`-th insert, before or after the rows are in."""

    def __init__(self, store: Store, at: int, error: BaseException, *, after: bool) -> None:
        self._store = store
        self._inserts = itertools.count()
        self._at = at
        self._error = error
        self._after = after

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Insert, and fail when it is time."""
        now = bool(rows.num_rows) and next(self._inserts) == self._at
        if not now or self._after:
            self._store.insert(table, rows, token=token)
        if now:
            raise self._error

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Ask the store."""
        return self._store.query(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Ask the store."""
        self._store.execute(sql, parameters)

    def close(self) -> None:
        """Leave it open: it is everybody's."""


async def fill(directory: Path, project: str, *bodies: bytes) -> str:
    """Write messages to a log and return its id."""
    publisher = SqlitePublisher(directory)
    for body in bodies:
        headers = Headers(project, int(T0) + 60_000, "batches")
        await publisher.publish(Message(key_of(project, "s"), body, encode(headers)))
    await publisher.close()
    return publisher.log_id


def a_body(project: str, seq: int) -> bytes:
    """Return a batch that has rows in every table but the dead letters."""
    pair = an_object("candidate-pair", "P", {"nominated": True, "state": "succeeded"}, bytesSent=(seq, seq + 1))
    times = [T0 + 4000 * seq, T0 + 4000 * seq + 2000]
    series = a_series(times, inbound(received=[10, 20], lost=[0, 1]), pair)
    events = [{"t": times[0], "name": "joined"}]
    nodes = [a_scrape(times[0], packets=seq)]
    return packed(a_batch(seq=seq, session=f"s-{project}", series=[series], events=events, nodes=nodes))


def bodies(project: str) -> list[bytes]:
    """Return good batches, a repeat, and rubbish."""
    good = [a_body(project, seq) for seq in range(BATCHES)]
    return [*good, good[0], b"rubbish"]


async def work(directory: Path, store: Any, until: int) -> None:
    """Run a worker until it has committed `until` messages."""
    consumer = SqliteConsumer(directory)
    stop = asyncio.Event()
    running = asyncio.ensure_future(Worker(consumer, store, Instruments(), block_s=0.05).run(stop))
    try:
        while not running.done() and (await consumer.bounds())[0].committed < until:
            await asyncio.sleep(0.01)
    finally:
        stop.set()
        await running
        await consumer.close()


def standing(store: Store, log_id: str) -> dict[str, tuple[int, int]]:
    """Return (rows, different positions) of each table, repeats not merged."""
    found = {}
    for table in TABLES:
        place = "log_offset" if table == "batches" else "log_offset, log_index"
        sql = f"SELECT count() AS n, uniqExact({place}) AS d FROM {table} WHERE log_id = {{l:String}}"
        row = store.query(sql, {"l": log_id}).to_pylist()[0]
        found[table] = (row["n"], row["d"])
    return found


EXPECTED = {
    "stream_samples": (12, 12),
    "transport_samples": (12, 12),
    "events": (6, 6),
    "node_samples": (12, 12),
    "dead_letters": (1, 1),
    "batches": (8, 8),
}


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("after", [False, True])
async def test_killed_around_every_insert(
    store: ChdbStore, project: str, tmp_path: Path, at: int, *, after: bool
) -> None:
    """The next worker reads back what stands and inserts what is missing."""
    log_id = await fill(tmp_path, project, *bodies(project))
    with pytest.raises(Killed):
        await work(tmp_path, Failing(store, at, Killed(), after=after), 8)
    await work(tmp_path, store, 8)
    assert standing(store, log_id) == EXPECTED


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("after", [False, True])
async def test_killed_around_the_inserts_of_what_servers_say(
    store: ChdbStore, project: str, tmp_path: Path, at: int, *, after: bool
) -> None:
    """Such batches leave rows in no other table that would tell how far the insert came."""
    of_nodes = [packed(a_batch(seq=seq, session="n", nodes=[a_scrape(T0, packets=seq)])) for seq in range(3)]
    log_id = await fill(tmp_path, project, *of_nodes)
    with pytest.raises(Killed):
        await work(tmp_path, Failing(store, at, Killed(), after=after), 3)
    await work(tmp_path, store, 3)
    found = standing(store, log_id)
    assert (found["node_samples"], found["batches"]) == ((6, 6), (3, 3))


async def test_killed_between_the_last_insert_and_the_commit(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Every position is done already: nothing is inserted again."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, store, 8)
    (tmp_path / "offsets" / "ingest").unlink()
    await work(tmp_path, store, 8)
    assert standing(store, log_id) == EXPECTED


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [0, 3, 5])
async def test_a_store_that_is_away_for_a_moment(
    store: ChdbStore, project: str, tmp_path: Path, at: int, *, after: bool
) -> None:
    """The same worker waits, reads back what stands, and goes on."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, Failing(store, at, StoreUnavailable("no memory"), after=after), 8)
    assert standing(store, log_id) == EXPECTED


async def test_a_gap_below_the_committed_offset_is_filled(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Offsets are in a file and rows in the store: an older backup of the store loses nothing that the log has."""
    log_id = await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, store, 8)
    for table in TABLES:
        store.execute(
            f"ALTER TABLE {table} DELETE WHERE log_id = {{l:String}} AND log_offset >= 3 SETTINGS mutations_sync = 2",
            {"l": log_id},
        )
    consumer = SqliteConsumer(tmp_path)
    assert (await consumer.bounds())[0].committed == 8
    worker = Worker(consumer, store, Instruments(), block_s=0.05)
    stop = asyncio.Event()
    task = asyncio.ensure_future(worker.run(stop))
    async with asyncio.timeout(10):
        while standing(store, log_id) != EXPECTED:
            await asyncio.sleep(0.05)
    stop.set()
    await task
    await consumer.close()


async def test_another_message_at_a_done_position_stops_the_worker(
    store: ChdbStore, project: str, tmp_path: Path
) -> None:
    """A log that was made again under the same id is not skipped in silence."""
    log_id = await fill(tmp_path / "a", project, *bodies(project))
    await work(tmp_path / "a", store, 8)
    other = tmp_path / "b"
    other.mkdir()
    (other / "log-id").write_text(log_id)
    await fill(other, project, *reversed(bodies(project)))
    with pytest.raises(LogMismatch, match="another message"):
        await work(other, store, 8)


@pytest.mark.parametrize("defect_first", [False, True], ids=["rows of old", "a letter of old"])
async def test_what_another_build_made_of_a_message_is_taken_away(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, defect_first: bool
) -> None:
    """One build is killed before the ledger's row; the next one cannot read the message, or can at last."""
    log_id = await fill(tmp_path, project, a_body(project, 0), a_body(project, 1))
    join = ingest.join.join

    def failing(*arguments: Any) -> Any:
        raise ZeroDivisionError("a defect of ours")

    monkeypatch.setattr(pipeline, "join", failing if defect_first else join)
    with pytest.raises(Killed):
        await work(tmp_path, Failing(store, 0 if defect_first else 2, Killed(), after=True), 2)
    monkeypatch.setattr(pipeline, "join", join if defect_first else failing)
    await work(tmp_path, store, 2)
    found = {table: count for table, count in standing(store, log_id).items() if count[0]}
    assert set(found) == ({*TABLES} - {"dead_letters"} if defect_first else {"dead_letters", "batches"})


@pytest.mark.parametrize("lowest", [0, 2**40])
def test_rows_of_a_large_message_are_not_taken_for_those_of_the_next(lowest: int) -> None:
    """Offset and index together name a row, also where a message has a million rows and the log is old."""
    places = [(0, 1 << 20), (1, 0), (0, (1 << 32) - 1), (1 << 20, 0), (0, 0)]
    offsets = pa.chunked_array([[lowest + offset for offset, _ in places]], pa.uint64())
    indices = pa.chunked_array([[index for _, index in places]], pa.uint32())
    assert len(set(_keys(offsets, indices, lowest).tolist())) == len(places)


async def test_a_log_that_ends_below_what_is_stored_stops_the_worker(
    store: ChdbStore, project: str, tmp_path: Path
) -> None:
    """It was recreated, or cut."""
    log_id = await fill(tmp_path / "a", project, *bodies(project))
    await work(tmp_path / "a", store, 8)
    other = tmp_path / "b"
    other.mkdir()
    (other / "log-id").write_text(log_id)
    await fill(other, project, a_body(project, 0))
    with pytest.raises(LogMismatch, match="recreated or cut"):
        await work(other, store, 8)


async def test_a_log_that_grew_while_its_end_was_looked_at_is_not_cut(
    store: ChdbStore, project: str, tmp_path: Path
) -> None:
    """A predecessor that has not heard of its end stored what came after the look."""
    await fill(tmp_path, project, *bodies(project))
    await work(tmp_path, store, 8)
    consumer = SqliteConsumer(tmp_path)
    found = await recover(consumer, store, 0, Bounds(first=0, end=4, committed=2))
    assert (found.reach, sorted(found.done)) == (7, list(range(2, 8)))
    await consumer.close()


async def test_a_worker_whose_own_code_fails_stops(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not empty the log into the dead letters."""

    def defective(*_: Any) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("ingest.pipeline.join", defective)
    await fill(tmp_path, project, *(a_body(project, seq) for seq in range(30)))
    with pytest.raises(TooManyFaults, match="ours"):
        await work(tmp_path, store, 30)


async def test_it_stops_too_where_each_block_has_a_few_messages(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where little comes: what was stored before counts."""

    def defective(*_: Any) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("ingest.pipeline.join", defective)
    monkeypatch.setattr("ingest.worker.BLOCK_MESSAGES", 3)
    await fill(tmp_path, project, *(a_body(project, seq) for seq in range(30)))
    with pytest.raises(TooManyFaults, match="21 of 21 messages"):
        await work(tmp_path, store, 30)
    letters = store.query(
        "SELECT count() AS n FROM dead_letters WHERE project = {project:String}", {"project": project}
    ).to_pylist()
    assert letters == [{"n": 18}]
