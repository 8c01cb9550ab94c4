"""Kafka, ClickHouse's wire, every role in several processes, which come and go under load: nothing lost or doubled."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiokafka.partitioner import DefaultPartitioner

from collector.sender import DEFAULT_PROJECT
from runtime.leader import TERM_SHIFT
from schemas.headers import key_of
from tests.clickhouse.running import a_gateway
from tests.e2e.servers import Servers, on_servers
from tests.faults.load import SAMPLES, STREAMS, Writer
from tests.faults.test_kills import MINUTES, ROWS, STORED, expected
from tests.kafka.broker import Broker
from tests.running import Running

WRITERS: Final = 8
PAUSE_S: Final = 0.08
PARTITIONS: Final = 4
SETTLED_S: Final = 60
OFFSETS: Final = """
SELECT log_partition AS partition, count() AS positions, uniqExact(log_offset) AS offsets, min(log_offset) AS first,
       max(log_offset) AS last
FROM batches GROUP BY log_partition ORDER BY log_partition
"""
TERM: Final = f"SELECT max(intDiv(version, {1 << TERM_SHIFT})) AS term FROM cursors"


@dataclass
class Roaming(Writer):
    """A writer that gives each batch to another collector than the one before, as behind a balancer."""

    collectors: list[str] = field(default_factory=list)

    async def _push(self, client: httpx.AsyncClient, body: bytes) -> None:
        self.collector = self.collectors[len(self.acknowledged) % len(self.collectors)]
        await super()._push(client, body)
        await asyncio.sleep(PAUSE_S)


@pytest.mark.timeout(180)
async def test_workers_join_and_leave_under_load(kafka: Broker, tmp_path: Path) -> None:
    """Two collectors, three ingest workers on four partitions, two analysts: each acknowledged batch is stored once."""
    (tmp_path / "gateway").mkdir()
    gateway = await asyncio.to_thread(a_gateway, tmp_path / "gateway")
    try:
        async with on_servers(tmp_path, kafka.url(f"servers-{time.time_ns()}"), gateway.url) as servers:
            writers, term = await loaded(servers)
            service = servers.view()
            await check_batches(service, servers, writers)
            await check_minutes(service, writers)
            assert the_term(service) > term, "the second leader wrote nothing"
            await check_pages(service)
            await check_doctor(servers)
    finally:
        gateway.kill()


def a_session(partition: int) -> str:
    """Return a session that no other test has, which lives in a partition."""
    several = list(range(PARTITIONS))
    while True:
        name = f"s{secrets.token_hex(6)}"
        if DefaultPartitioner()(key_of(DEFAULT_PROJECT, name), several, several) == partition:
            return name


async def loaded(servers: Servers) -> tuple[list[Roaming], int]:
    """Push while workers come and go; return the writers, who know what was acknowledged, and the first term."""
    stop = asyncio.Event()
    doors = [part.address for part in servers.of("collector")]
    names = [a_session(number % PARTITIONS) for number in range(WRITERS)]
    writers = [Roaming(doors[0], name, collectors=doors) for name in names]
    pushing = [asyncio.create_task(writer.run(stop)) for writer in writers]
    service = servers.view()
    await service.until("SELECT uniqExact(log_partition) > 1 AND count() > 50 FROM batches", within_s=40)
    term = await come_and_go(servers, service)
    stop.set()
    await asyncio.gather(*pushing)
    return writers, term


async def come_and_go(servers: Servers, service: Running) -> int:
    """One worker leaves, one is killed, one joins; another analyst takes over from one that is killed in this term."""
    leaving, dying, _ = servers.of("ingest")
    await leaving.leave()
    await until(lambda: any(one.leads() for one in servers.of("analytics")), "no analyst leads")
    await service.until("SELECT count() > 0 FROM cursors", within_s=20)
    term = the_term(service)
    await dying.kill()
    for leader in servers.of("analytics"):
        if leader.leads():
            await leader.kill()
    await servers.start("ingest")
    (heir,) = servers.of("analytics")
    await until(heir.leads, "the other analyst does not take over")
    await service.until("SELECT uniqExact(log_partition) = 4 FROM batches", within_s=20)
    await asyncio.sleep(2)
    return term


def the_term(service: Running) -> int:
    """Return the latest leader's turn, by what it wrote."""
    return int(service.query(TERM)[0]["term"])


async def until(true: Callable[[], bool], otherwise: str, within_s: float = 40) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.1)


async def check_batches(service: Running, servers: Servers, writers: list[Roaming]) -> None:
    """Every offset of every partition has one row in the ledger, every acknowledged batch its rows, once."""
    ends = {partition: part.end for partition, part in (await servers.standing()).bounds.items()}
    assert set(ends) == set(range(PARTITIONS))
    await service.until(f"SELECT count() >= {sum(ends.values())} FROM batches", within_s=SETTLED_S)
    told = await asyncio.to_thread(service.query, OFFSETS)
    assert told == [
        {"partition": partition, "positions": end, "offsets": end, "first": 0, "last": end - 1}
        for partition, end in sorted(ends.items())
    ]
    stored = by_session(await asyncio.to_thread(service.query, STORED))
    rows = by_session(await asyncio.to_thread(service.query, ROWS))
    assert stored.keys() == rows.keys() == {writer.session for writer in writers}
    for writer in writers:
        batches = len(writer.acknowledged)
        assert stored[writer.session] == {"session": writer.session, "stored": batches, "seqs": batches, "dead": 0}
        assert rows[writer.session] == expected(writer) | {"positions": batches * SAMPLES * STREAMS}
    print(f"{sum(len(one.acknowledged) for one in writers)} acknowledged, {sum(ends.values())} positions: {ends}")


async def check_minutes(service: Running, writers: list[Roaming]) -> None:
    """The minutes are what the raw rows say, whoever made them."""
    await service.until(
        "SELECT (SELECT sum(samples) FROM stream_minutes FINAL WHERE deleted = 0)"
        " = (SELECT count() FROM stream_samples)",
        within_s=SETTLED_S,
    )
    minutes = by_session(await asyncio.to_thread(service.query, MINUTES))
    assert minutes == {writer.session: expected(writer) for writer in writers}


async def check_pages(service: Running) -> None:
    """The dashboard says that it is well, and answers its first page."""
    async with httpx.AsyncClient(trust_env=False, follow_redirects=True) as client:
        assert (await client.get(f"{service.dashboard}/healthz")).status_code == 200
        page = await client.get(f"{service.dashboard}/")
    assert page.status_code == 200
    assert "<html" in page.text


async def check_doctor(servers: Servers) -> None:
    """On each collector's machine it finds nothing wrong but, perhaps, that machine's disk; nothing is in flight."""
    for part in servers.of("collector"):
        deadline = time.monotonic() + SETTLED_S
        while "; 0 are in flight" not in (told := await asyncio.to_thread(servers.typed, part.data, "doctor", "--json")
                                          ).stdout:  # fmt: skip
            assert time.monotonic() < deadline, told.stdout + told.stderr
        findings = [json.loads(line) for line in told.stdout.splitlines()]
        wrong = [one for one in findings if not one["well"] and one["subject"] != "disk"]
        assert wrong == []
        assert {"log", "lag", "spool", "ledger", "rows"} <= {one["subject"] for one in findings}


def by_session(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return rows by their session."""
    return {row["session"]: row for row in found}
