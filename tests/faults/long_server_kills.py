"""Kill -9 of every part on Kafka and ClickHouse's wire at random moments under load, the broker among them.

Inserts are made slow in the server, so that a killed ingest leaves some running there. First each process is killed
alone: how long a restart takes is asked for there, since afterwards most of the time is that of the other restarts.
"""

import asyncio
import dataclasses
import os
import random
import statistics
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from runtime.clickhousestore import ClickhouseStore
from schemas.tables import RAW
from tests.clickhouse.running import Gateway, a_gateway
from tests.e2e.calm import Lateness, watched_loop
from tests.e2e.servers import Part, Servers, on_servers
from tests.faults.checks import check_exactly_once
from tests.faults.harness import acknowledged, pushing, total
from tests.faults.load import Writer
from tests.faults.supervision import Supervised, supervised
from tests.kafka.broker import Broker

KILLS: Final = int(os.environ.get("RTCPULSE_TEST_KILLS", "20"))
BROKER_KILLS: Final = KILLS // 10
ALONE: Final = 3
ROLES: Final = ("collector", "ingest", "analytics")
WRITERS: Final = 3
PAUSE_S: Final = 0.1
WHILE_WORKING: Final = 0.8
LONGEST_S: Final = 2.5
HELD_S: Final = 0.4
READY_S: Final = 10.0
CALM_MS: Final = 5.0
RUNNING: Final = "SELECT query_id AS name FROM system.processes WHERE match(query_id, '^rtcpulse/[^/]+/[0-9]+/')"
"""Inserts of ingest, by the tokens of its blocks; those of analytics name no partition."""


@pytest.mark.timeout(240 + 30 * KILLS)
async def test_every_acknowledged_batch_is_stored_once_on_servers(kafka: Broker, tmp_path: Path) -> None:
    """Two collectors, three ingest, two analysts on four partitions; each who dies is started again in its folder."""
    (tmp_path / "gateway").mkdir()
    gateway = await asyncio.to_thread(a_gateway, tmp_path / "gateway")
    log_url = kafka.url(f"kills-{time.time_ns()}")
    try:
        async with on_servers(tmp_path, log_url, gateway.url, named=True) as servers, watched_loop() as late:
            writers, one, alone = await loaded(servers, kafka, gateway, late)
            service = servers.view()
            await check_exactly_once(service, writers, log_url=log_url, patience_s=180)
            rescued = [part.journal.name for part in servers.parts if "gap_found" in part.journal.read_text()]
    finally:
        gateway.kill()
    print(f"\n{total(writers)} acknowledged, {sum(writer.attempts for writer in writers)} pushes")
    print(f"{len(one.ended)} ended by themselves: {sorted(set(one.ended))}")
    for when, took in (("one at a time", alone), ("all at once", one.took_s)):
        for role, took_s in took.items():
            middle, longest = statistics.median(took_s), max(took_s)
            print(f"{when}, {role}: {len(took_s)} ready after {middle:.1f} s, {longest:.1f} s at most")
    print(f"the loop was {late.mean_ms:.1f} ms late on average")
    assert rescued == []
    assert all("did not succeed: KafkaConnectionError" in words for words in one.ended), "ended, but not for the broker"


async def loaded(
    servers: Servers, broker: Broker, gateway: Gateway, late: Lateness
) -> tuple[list[Writer], Supervised, dict[str, list[float]]]:
    """Push through both collectors while everybody is killed; return what the writers and the supervisor know.

    The last is how long each process took that was killed alone, in seconds by role.

    Raises:
        AssertionError: one of these took over `READY_S` on a calm machine.
    """
    store = await asyncio.to_thread(ClickhouseStore, gateway.target)
    try:
        await asyncio.to_thread(hold_inserts, store)
        async with supervised(servers) as one, AsyncExitStack() as stack:
            writers: list[Writer] = []
            for part in servers.of("collector"):
                door = dataclasses.replace(servers.view(), collector=part.address)
                writers += await stack.enter_async_context(pushing(door, WRITERS, pause_s=PAUSE_S))
            await acknowledged(writers, 20)
            for place in range(len(servers.parts)):
                await kill_alone(one, place)
            alone, one.took_s = one.took_s, defaultdict(list)
            if late.mean_ms < CALM_MS:
                assert max(map(max, alone.values())) < READY_S, dict(alone)
            dice = random.Random(7)
            *_, ran_on = await asyncio.gather(
                *(kill_often(one, role, dice) for role in ROLES),
                kill_the_broker(one, broker, dice),
                kill_in_inserts(one, store, dice),
            )
            await acknowledged(writers, 20)
    finally:
        await asyncio.to_thread(store.close)
    print(f"\n{ran_on} of {KILLS // 2} killed while they inserted left an insert running")
    assert ran_on
    return writers, one, alone


def hold_inserts(store: ClickhouseStore) -> None:
    """Make each insert of samples and of the ledger take its time in the server, and let no merge hide a double."""
    for table in RAW:
        store.execute(f"SYSTEM STOP MERGES {table.name}")
    for name in ("stream_samples", "batches"):
        store.execute(f"ALTER TABLE {name} ADD COLUMN held UInt8 MATERIALIZED sleep({HELD_S})")


async def kill_alone(one: Supervised, place: int) -> None:
    """Kill a process `ALONE` times, each time once it and all others work."""
    for _ in range(ALONE):
        for other in range(len(one.servers.parts)):
            await one.until_ready(other)
        role, before = one.servers.parts[place].role, sum(map(len, one.took_s.values()))
        await one.kill(place)
        while sum(map(len, one.took_s.values())) == before:
            await asyncio.sleep(0.1)
        print(f"{role} again after {one.took_s[role][-1]:.1f} s")


async def kill_often(one: Supervised, role: str, dice: random.Random) -> None:
    """Kill processes of a role `KILLS` times at random moments: at work mostly, at their start now and then."""
    places = [place for place, part in enumerate(one.servers.parts) if part.role == role]
    for _ in range(KILLS):
        place = dice.choice(places)
        if dice.random() < WHILE_WORKING:
            await one.until_ready(place)
        await asyncio.sleep(dice.uniform(0, LONGEST_S))
        await one.kill(place)


async def kill_the_broker(one: Supervised, broker: Broker, dice: random.Random) -> None:
    """Kill the broker now and then, and start it again."""
    for _ in range(BROKER_KILLS):
        await asyncio.sleep(dice.uniform(5, 40))
        one.outages += 1
        await asyncio.to_thread(broker.kill)
        began = time.monotonic()
        broker.start()
        await broker.until_up()
        one.took_s["broker"].append(time.monotonic() - began)
        one.outages += 1


async def kill_in_inserts(one: Supervised, store: ClickhouseStore, dice: random.Random) -> int:
    """Kill ingest while an insert of it runs in the server; return how often that ran on without it."""
    ran_on = 0
    for _ in range(KILLS // 2):
        await asyncio.sleep(dice.uniform(0, 2 * LONGEST_S))
        part, query_id = await inserting(one.servers, store)
        await part.kill()
        ran_on += query_id in await inserts(store)
    return ran_on


async def inserting(servers: Servers, store: ClickhouseStore) -> tuple[Part, str]:
    """Wait for an ingest with an insert in the server, by the partition in its name; return both.

    Raises:
        TimeoutError: there is none within a minute.
    """
    async with asyncio.timeout(60):
        while True:
            for query_id in await inserts(store):
                partition = int(query_id.split("/")[2])
                for part in servers.of("ingest"):
                    given = part.said("partitions_given")
                    if given and partition in given[-1]["partitions"]:
                        return part, query_id
            await asyncio.sleep(0.05)


async def inserts(store: ClickhouseStore) -> list[str]:
    """Return the names of the inserts that run in the server."""
    return [row["name"] for row in (await asyncio.to_thread(store.query, RUNNING)).to_pylist()]
