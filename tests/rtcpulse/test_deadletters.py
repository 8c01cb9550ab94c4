"""Dead letters go through again when their cause is gone, and the ledger says so."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from analytics.queries import Queries
from analytics.sql import text
from ingest import pipeline
from ingest.join import join
from ingest.worker import Worker
from rtcpulse import deadletters
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.log import Message
from runtime.sqliteconsumer import SqliteConsumer
from runtime.sqlitepublisher import SqlitePublisher
from schemas.headers import Headers, encode, key_of
from tests.builders import T0, a_batch, a_series, inbound, packed

RUBBISH = b"\x00\xff rubbish"


def a_body(project: str, seq: int) -> bytes:
    """Return a batch of two samples."""
    series = a_series([T0 + seq * 4000, T0 + seq * 4000 + 2000], inbound(received=[10, 20], lost=[0, 1]))
    return packed(a_batch(seq=seq, session=f"s-{project}", series=[series]))


async def publish(log: SqlitePublisher, project: str, body: bytes) -> None:
    """Append as the collector does."""
    headers = Headers(project, int(T0) + 60_000, "batches")
    await log.publish(Message(key_of(project, f"s-{project}"), body, encode(headers)))


async def work(directory: Path, store: ChdbStore, until: int) -> None:
    """Run a worker until it has committed `until` messages."""
    consumer, stop = SqliteConsumer(directory), asyncio.Event()
    running = asyncio.ensure_future(Worker(consumer, store, Instruments(), block_s=0.05).run(stop))
    while not running.done() and (await consumer.bounds())[0].committed < until:
        await asyncio.sleep(0.01)
    stop.set()
    await running
    await consumer.close()


def outcomes(store: ChdbStore, project: str) -> list[tuple[int, str, str]]:
    """Return (offset, outcome, offset of the dead letter that it replays) of every position."""
    rows = store.query(
        "SELECT log_offset AS o, outcome, replay_of FROM batches WHERE project = {p:String} ORDER BY o", {"p": project}
    ).to_pylist()
    return [(row["o"], row["outcome"], row["replay_of"].rpartition("/")[2]) for row in rows]


async def test_a_message_that_met_a_defect_is_stored_by_its_replay(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of three fails in our code and one is rubbish; after the mend the first is stored, once, the other never."""

    def defective(batch: Any, *others: Any) -> Any:
        if batch.seq == 1:
            raise KeyError("a defect")
        return join(batch, *others)

    log = SqlitePublisher(tmp_path)
    for body in (a_body(project, 0), a_body(project, 1), a_body(project, 2), RUBBISH):
        await publish(log, project, body)
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "join", defective)
        await work(tmp_path, store, 4)
    assert [outcome for _, outcome, _ in outcomes(store, project)] == ["stored", "dead_letter", "stored", "dead_letter"]

    queries = Queries(store)
    letters = deadletters.waiting(queries, project, "")
    assert [(row["reason"], row["bytes"] > 0) for row in letters] == [("our_fault", True), ("undecodable", True)]
    replayed = [new async for _, new in deadletters.replay(queries, log, letters)]
    assert replayed == ["0/4", "0/5"]
    await work(tmp_path, store, 6)
    assert outcomes(store, project)[4:] == [(4, "stored", "1"), (5, "dead_letter", "3")]
    (rubbish,) = deadletters.waiting(queries, project, "")
    assert (rubbish["reason"], rubbish["replayed_as"]) == ("undecodable", "dead_letter")
    assert [pair async for pair in deadletters.replay(queries, log, [rubbish])] == [(rubbish["position"], "0/6")]
    await work(tmp_path, store, 7)
    assert deadletters.waiting(queries, project, "") == [rubbish], "a replay is no letter of its own to be sent again"
    stored = store.query("SELECT count() AS n FROM stream_samples WHERE project = {p:String}", {"p": project})
    assert stored.to_pylist() == [{"n": 6}]
    await log.close()


async def test_a_repeat_of_what_met_a_defect_repeats_nothing(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pushes of one body are in a block: each is a dead letter, and one of the replays is stored."""
    log, queries = SqlitePublisher(tmp_path), Queries(store)
    for _ in range(2):
        await publish(log, project, a_body(project, 0))
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "join", lambda *_: 1 / 0)
        await work(tmp_path, store, 2)
    letters = deadletters.waiting(queries, project, "our_fault")
    assert [row["position"].rpartition("/")[2] for row in letters] == ["0", "1"]
    assert len([pair async for pair in deadletters.replay(queries, log, letters)]) == 2
    await work(tmp_path, store, 4)
    assert outcomes(store, project)[2:] == [(2, "stored", "0"), (3, "duplicate", "1")]
    assert not deadletters.waiting(queries, project, "")
    await log.close()


async def test_a_replay_in_the_same_worker_is_no_repeat(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of repeats forgets what was not stored."""
    log, consumer, stop = SqlitePublisher(tmp_path), SqliteConsumer(tmp_path), asyncio.Event()
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "join", lambda *_: 1 / 0)
        await publish(log, project, a_body(project, 0))
        running = asyncio.ensure_future(Worker(consumer, store, Instruments(), block_s=0.05).run(stop))
        await until_committed(consumer, 1)
    queries = Queries(store)
    letters = deadletters.waiting(queries, project, "our_fault")
    assert len([pair async for pair in deadletters.replay(queries, log, letters)]) == 1
    await until_committed(consumer, 2)
    stop.set()
    await running
    assert outcomes(store, project) == [(0, "dead_letter", ""), (1, "stored", "0")]
    await consumer.close()
    await log.close()


async def until_committed(consumer: SqliteConsumer, until: int) -> None:
    """Wait until so many messages are committed."""
    async with asyncio.timeout(20):
        while (await consumer.bounds())[0].committed < until:
            await asyncio.sleep(0.02)


async def test_the_replay_that_was_stored_counts(
    store: ChdbStore, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All replays were received when their original was; the first failed, the second did not."""
    log, queries = SqlitePublisher(tmp_path), Queries(store)
    await publish(log, project, a_body(project, 0))
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "join", lambda *_: 1 / 0)
        await work(tmp_path, store, 1)
        letters = deadletters.waiting(queries, project, "")
        assert len([pair async for pair in deadletters.replay(queries, log, letters)]) == 1
        await work(tmp_path, store, 2)
    assert len([pair async for pair in deadletters.replay(queries, log, letters)]) == 1
    await work(tmp_path, store, 3)
    assert outcomes(store, project) == [(0, "dead_letter", ""), (1, "dead_letter", "0"), (2, "stored", "0")]
    assert [row["replayed_as"] for row in queries.dead_letters(project, "")] == ["stored", ""]
    assert deadletters.waiting(queries, project, "") == []
    rows = store.query(text("checks", "letters"), {"since": 0}).to_pylist()
    assert [row for row in rows if row["project"] == project] == []
    await log.close()
