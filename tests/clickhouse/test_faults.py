"""A server that is killed, gone, or not what the settings say: nothing is lost, and every end is a sentence."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from ingest.worker import Worker
from runtime import migrate
from runtime.clickhouselink import Link
from runtime.clickhousestore import ClickhouseStore
from runtime.clickhouseurl import Target, parse
from runtime.instruments import Instruments
from runtime.sqliteconsumer import SqliteConsumer
from schemas.errors import ConfigurationError, StoreRejected, StoreUnavailable
from tests.clickhouse.running import PASSWORD, Gateway, a_gateway
from tests.ingest.test_recovery import a_body, fill
from tests.running import free_port

MESSAGES = 400


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A server that tests may kill; each leaves it running."""
    one = a_gateway(tmp_path_factory.mktemp("own"))
    yield one
    one.kill()


@pytest.fixture
def remote(own: Gateway, project: str) -> Iterator[ClickhouseStore]:
    """A store on it, with an empty table `t_<project>`."""
    own.start()
    store = ClickhouseStore(own.target)
    store.execute(f"CREATE TABLE t_{project} (n UInt64) ENGINE = MergeTree ORDER BY n")
    yield store
    store.close()


def numbers(first: int, count: int = 10) -> pa.Table:
    """Return rows of the table."""
    return pa.table({"n": pa.array(range(first, first + count), pa.uint64())})


def counted(store: ClickhouseStore, project: str) -> int:
    """Return how many rows the table has."""
    return int(store.query(f"SELECT count() AS n FROM t_{project}").to_pylist()[0]["n"])


def test_a_server_that_was_started_again_is_found(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """Idle connections broke meanwhile; whoever asks next does not notice."""
    remote.insert(f"t_{project}", numbers(0))
    own.kill()
    own.start()
    assert counted(remote, project) == 10
    remote.insert(f"t_{project}", numbers(10))
    assert counted(remote, project) == 20


def test_while_it_is_away_nothing_is_pretended(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """Every call says that it may be tried again, and then it works."""
    own.kill()
    with pytest.raises(StoreUnavailable, match=f"no ClickHouse can be reached.*{own.port}"):
        remote.insert(f"t_{project}", numbers(0))
    with pytest.raises(StoreUnavailable):
        remote.query("SELECT 1")
    with pytest.raises(StoreUnavailable):
        remote.settle("rtcpulse/")
    own.start()
    assert counted(remote, project) == 0


def test_killed_in_the_middle_of_a_query(own: Gateway, remote: ClickhouseStore) -> None:
    """The connection ends without a word of the protocol."""
    timer = threading.Timer(0.7, own.kill)
    timer.start()
    with pytest.raises(StoreUnavailable, match="ended in the middle"):
        remote.query("SELECT sum(sleepEachRow(0.1)) FROM numbers(25)")
    timer.join()
    own.start()
    assert remote.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_lost_insert_is_ended_before_anything_is_asked(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """A server goes on with an insert whose client has gone; what is read back then must not change any more."""
    remote.execute(
        f"CREATE TABLE slow_{project} (n UInt64, z UInt8 DEFAULT sleepEachRow(0.02)) ENGINE = MergeTree ORDER BY n"
    )
    remote._writer.close()
    remote._writer = Link(remote._hosts, {"max_threads": 1}, answer_s=1)
    with pytest.raises(StoreUnavailable, match="ended in the middle"):
        remote.insert(f"slow_{project}", numbers(0, 140), token="rtcpulse/log/0/0-9")
    began = time.monotonic()
    first = remote.query(f"SELECT count() AS n FROM slow_{project}")
    time.sleep(max(0.0, 4 - (time.monotonic() - began)))
    assert remote.query(f"SELECT count() AS n FROM slow_{project}") == first


def test_settling_waits_for_a_dead_predecessor(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """By the beginning of its token; the inserts of other partitions go on."""
    for name in ("slow", "other"):
        remote.execute(
            f"CREATE TABLE {name}_{project} (n UInt64, z UInt8 DEFAULT sleepEachRow(0.02)) "
            "ENGINE = MergeTree ORDER BY n"
        )
    predecessors = [ClickhouseStore(own.target) for _ in range(2)]
    threads = [
        threading.Thread(target=_insert, args=(store, f"{name}_{project}", f"rtcpulse/{project}/{partition}/0-9"))
        for store, name, partition in zip(predecessors, ("slow", "other"), (1, 11), strict=True)
    ]
    for thread in threads:
        thread.start()
    running = f"SELECT count() AS n FROM system.processes WHERE startsWith(query_id, 'rtcpulse/{project}/')"
    while remote.query(running).to_pylist() != [{"n": 2}]:
        time.sleep(0.02)
    remote.settle(f"rtcpulse/{project}/1/")
    assert remote.query(running).to_pylist() == [{"n": 1}]
    for thread, store in zip(threads, predecessors, strict=True):
        thread.join()
        store.close()
    assert remote.query(f"SELECT count() AS n FROM slow_{project}").to_pylist() == [{"n": 0}]
    assert remote.query(f"SELECT count() AS n FROM other_{project}").to_pylist() == [{"n": 100}]


def _insert(store: ClickhouseStore, table: str, token: str) -> None:
    with contextlib.suppress(StoreUnavailable):
        store.insert(table, numbers(0, 100), token=token)


def test_the_next_host_takes_over(own: Gateway, gateway: Gateway, project: str) -> None:
    """At the start, and when the first one goes; all connections move, after the new host has caught up."""
    own.start()
    nowhere = ("127.0.0.1", free_port())
    target = Target((nowhere, *own.target.hosts, *gateway.target.hosts), "u", own.target.password, own.target.database)
    store = ClickhouseStore(target)
    store._hosts.catch_up = [f"CREATE TABLE arrived_{project} (n UInt8) ENGINE = Memory", "SYSTEM SYNC REPLICA nothing"]
    assert store._hosts.current == ("127.0.0.1", own.port)
    own.kill()
    try:
        assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]
        assert store._hosts.current == ("127.0.0.1", gateway.port)
        store.insert(f"arrived_{project}", pa.table({"n": pa.array([1], pa.uint8())}))
        store.settle("rtcpulse/")
    finally:
        own.start()
        store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("clickhouse://somebody:secret@127.0.0.1:{port}/rtcpulse", "refuses user 'somebody'"),
        ("clickhouse://somebody:{password}@127.0.0.1:{port}/elsewhere", "has no database 'elsewhere'"),
    ],
)
def test_what_the_server_refuses_is_a_setting(gateway: Gateway, url: str, said: str) -> None:
    """A sentence without the password; a new start would end in the same way."""
    quoted = gateway.url.split(":")[2].partition("@")[0]
    with pytest.raises(ConfigurationError, match=said) as raised:
        ClickhouseStore(parse(url.format(port=gateway.port, password=quoted)))
    assert "secret" not in str(raised.value)
    assert gateway.target.password not in str(raised.value)


def test_a_refusal_later_is_waited_out(own: Gateway, remote: ClickhouseStore) -> None:
    """The setting was right a moment ago: nobody stops for good."""
    own.kill()
    own.password = "another"
    own.start()
    with pytest.raises(StoreUnavailable, match="refuses user"):
        remote.query("SELECT 1")
    own.kill()
    own.password = PASSWORD
    own.start()
    assert remote.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_database_of_a_statement_is_no_setting(clickhouse: ClickhouseStore) -> None:
    """It is the statement that is wrong."""
    with pytest.raises(StoreRejected, match="Code: 81"):
        clickhouse.query("SELECT * FROM elsewhere.t")


def test_nobody_listens() -> None:
    """Neither host; the sentence has the address and no password."""
    with pytest.raises(StoreUnavailable, match=r"no ClickHouse can be reached: .*127\.0\.0\.1") as raised:
        ClickhouseStore(parse(f"clickhouse://u:secret@127.0.0.1:{free_port()},127.0.0.1:{free_port()}/db"))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT throwIf(1, 'no', toInt16(241))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(252))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(285))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(999))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(36))", StoreRejected),
        ("SELECT nothing FROM nowhere", StoreRejected),
    ],
)
def test_errors_by_their_codes(
    clickhouse: ClickhouseStore, sql: str, kind: type[StoreRejected] | type[StoreUnavailable]
) -> None:
    """Whether a retry can help."""
    with pytest.raises(kind, match="Code"):
        clickhouse.execute(f"{sql} SETTINGS allow_custom_error_code_in_throwif = 1" if "throwIf" in sql else sql)


def test_an_answer_that_has_no_form_here(clickhouse: ClickhouseStore) -> None:
    """Bytes that are no text; the connection is good for the next statement."""
    with pytest.raises(StoreRejected, match="no form here"):
        clickhouse.query("SELECT unhex('FF') AS a, number FROM numbers(200000)")
    assert clickhouse.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_statement_has_its_time(gateway: Gateway) -> None:
    """The server gives up on its own after `query_s`."""
    store = ClickhouseStore(gateway.target, query_s=1)
    with pytest.raises(StoreUnavailable, match="159"):
        store.query("SELECT sum(sleepEachRow(0.1)) FROM numbers(25)")
    store.close()


@pytest.mark.timeout(120)
async def test_killed_again_and_again_under_a_worker(
    own: Gateway, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message is stored once, whenever the server dies; the worker is the same throughout."""
    monkeypatch.setattr("ingest.worker.BLOCK_MESSAGES", 20)
    own.start()
    store = await asyncio.to_thread(ClickhouseStore, own.target)
    await asyncio.to_thread(migrate.apply, store, {"raw_days": 10_000, "rollup_days": 10_000})
    log_id = await fill(tmp_path, project, *(a_body(f"{project}-{place}", 0) for place in range(MESSAGES)))
    consumer, stop = SqliteConsumer(tmp_path), asyncio.Event()
    worker = Worker(consumer, store, Instruments(), block_s=0.02, settle=store.settle)
    running = asyncio.ensure_future(worker.run(stop))
    kills = 0
    while (await consumer.bounds())[0].committed < MESSAGES:
        await asyncio.sleep(0.15 + 0.05 * (kills % 3))
        if kills < 6:
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.start)
            kills += 1
    stop.set()
    await running
    await consumer.close()
    assert kills >= 3
    for table, rows in (("batches", 1), ("stream_samples", 2), ("transport_samples", 2), ("events", 1)):
        sql = f"SELECT count() AS n FROM {table} WHERE log_id = {{l:String}}"
        assert store.query(sql, {"l": log_id}).to_pylist() == [{"n": rows * MESSAGES}], table
    store.close()
