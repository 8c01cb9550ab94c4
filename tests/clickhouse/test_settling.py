"""Inserts that run on in the server without their client are ended before anything is read back."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import pytest

from ingest.worker import Worker
from runtime import migrate
from runtime.clickhouselink import Link
from runtime.clickhousestore import ClickhouseStore
from runtime.instruments import Instruments
from runtime.sqliteconsumer import SqliteConsumer
from schemas.errors import StoreUnavailable
from tests.clickhouse.rows import numbers
from tests.clickhouse.running import Gateway
from tests.ingest.test_recovery import a_body, fill

MESSAGES = 400


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
    assert remote.query(running.replace("/')", "/1/')")).to_pylist() == [{"n": 0}]
    for thread, store in zip(threads, predecessors, strict=True):
        thread.join()
        store.close()
    assert remote.query(f"SELECT count() AS n FROM slow_{project}").to_pylist() == [{"n": 0}]
    assert remote.query(f"SELECT count() AS n FROM other_{project}").to_pylist() == [{"n": 100}]


def _insert(store: ClickhouseStore, table: str, token: str) -> None:
    with contextlib.suppress(StoreUnavailable):
        store.insert(table, numbers(0, 100), token=token)


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
    assert kills >= 1
    for table, rows in (("batches", 1), ("stream_samples", 2), ("transport_samples", 2), ("events", 1)):
        sql = f"SELECT count() AS n FROM {table} WHERE log_id = {{l:String}}"
        assert store.query(sql, {"l": log_id}).to_pylist() == [{"n": rows * MESSAGES}], table
    store.close()
