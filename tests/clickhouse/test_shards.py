"""Several shards: which statements define them, and which rows go where. No cluster is here: the rest is text."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest

from ingest.worker import Worker
from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from runtime.clusterddl import Cluster
from runtime.instruments import Instruments
from runtime.kafkaconsumer import KafkaConsumer, Membership
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkarules import Rules
from runtime.kafkatopic import TopicView
from runtime.kafkaurl import parse
from runtime.log import Message
from runtime.settings import Settings
from runtime.stores import shards_of
from schemas.errors import ConfigurationError
from schemas.headers import key_of
from schemas.tables import DERIVED, RAW
from tests.clickhouse.running import Gateway
from tests.clickhouse.test_cluster import DAYS, Recorder
from tests.ingest.running import an_entry
from tests.ingest.test_recovery import a_body
from tests.kafka.broker import Broker

SHARDED = Cluster("calls", "rtc", sharded=True)
SESSIONS = 40
RULES = Rules(partitions=4)


@pytest.fixture
def said(store: ChdbStore) -> list[str]:
    """What a first start says to a cluster of several shards."""
    recorder = Recorder(store)
    migrate.apply(recorder, DAYS, ddl=SHARDED, after=SHARDED.over_shards())
    return recorder.said


@pytest.mark.parametrize("name", [table.name for table in RAW])
def test_a_shard_keeps_its_own_raw_rows(said: list[str], name: str) -> None:
    """In a database beside, where every statement about them goes; the name itself reads all shards."""
    about = [statement for statement in said if re.search(rf"\b{name} ON CLUSTER", statement.splitlines()[0])]
    local = [statement for statement in about if "Distributed" not in statement]
    assert all(f" rtc_local.{name} ON CLUSTER 'calls'" in statement for statement in local), local
    made = next(statement for statement in local if statement.startswith("CREATE TABLE"))
    assert f"ReplicatedReplacingMergeTree('/clickhouse/tables/{{shard}}/rtc_local/{name}', '{{replica}}'" in made
    over = [statement for statement in about if "Distributed" in statement]
    assert over[-1] == (
        f"CREATE OR REPLACE TABLE {name} ON CLUSTER 'calls' AS rtc_local.{name} "
        f"ENGINE = Distributed('calls', 'rtc_local', '{name}')"
    )
    assert said.index(over[-1]) > said.index(local[-1]) or "MODIFY TTL" in local[-1]


@pytest.mark.parametrize("name", [table.name for table in DERIVED])
def test_derived_tables_are_as_on_one_shard(said: list[str], name: str) -> None:
    """They are used on the first shard only."""
    (made,) = [statement for statement in said if statement.startswith(f"CREATE TABLE IF NOT EXISTS {name} ")]
    assert f"'/clickhouse/tables/{{shard}}/rtc/{name}'" in made


def test_every_statement_can_be_read(store: ChdbStore, said: list[str]) -> None:
    """The engine's parser takes it; what it means needs a cluster."""
    for statement in said:
        assert store.query(f"EXPLAIN AST {statement}").num_rows > 0, statement


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"log_url": "kafka://b/t", "log_partitions": 1}, "2 shards, and the log 1 partition:"),
        ({"log_partitions": 4}, "2 shards, and the log 1 partition:"),
        ({"log_url": "kafka://b/t", "log_partitions": 4}, "2 shards, and cluster 'calls' has 0"),
    ],
    ids=["few partitions", "one file", "another cluster"],
)
def test_what_cannot_be_sharded(clickhouse: ClickhouseStore, settings: dict[str, Any], why: str) -> None:
    """A shard without a partition, or one that the cluster does not know."""
    named = Settings(store_url="clickhouse://u@a|b/rtc", cluster="calls", **settings)
    with pytest.raises(ConfigurationError, match=why):
        shards_of(named, clickhouse)


def test_without_shards_all_rows_go_to_the_store(clickhouse: ClickhouseStore) -> None:
    """Whatever the partition."""
    assert shards_of(Settings(store_url="clickhouse://u@a,b/rtc"), clickhouse) == [clickhouse]


@pytest.mark.timeout(180)
async def test_a_partitions_rows_are_in_one_shard(
    kafka: Broker, clickhouse: ClickhouseStore, own: Gateway, project: str
) -> None:
    """Two servers for shards, four partitions; a second reader that has to read back finds all of it where it is."""
    own.start()
    other = await asyncio.to_thread(ClickhouseStore, own.target)
    await asyncio.to_thread(migrate.apply, other, {"raw_days": 10_000, "rollup_days": 10_000})
    stores = [clickhouse, other]
    log_id = await filled(kafka, project)
    await worked(kafka, project, stores, "first")
    held = [positions(store, log_id) for store in stores]
    assert {partition % 2 for partition, _ in held[0]} == {0}
    assert {partition % 2 for partition, _ in held[1]} == {1}
    assert sum(map(len, held)) == SESSIONS
    await worked(kafka, project, stores, "second")
    assert [positions(store, log_id) for store in stores] == held
    await asyncio.to_thread(other.close)


async def filled(broker: Broker, project: str) -> str:
    """Write a batch of each session to a topic of its own; return the log's id."""
    view = TopicView(parse(broker.url(project)))
    await view.make(RULES)
    await view.close()
    publisher = await KafkaPublisher.open(parse(broker.url(project)), RULES)
    for number in range(SESSIONS):
        written = an_entry(0, a_body(f"{project}-{number}", 0), project=project).message
        await publisher.publish(Message(key_of(project, f"s-{number}"), written.value, written.headers))
    await publisher.close()
    consumer = await KafkaConsumer.open(parse(broker.url(project)), RULES, Membership(f"{project}.looking"))
    log_id = consumer.log_id
    await consumer.close()
    return log_id


async def worked(broker: Broker, project: str, stores: Sequence[ClickhouseStore], group: str) -> None:
    """Let a worker of a group that has read nothing yet read all of it."""
    consumer = await KafkaConsumer.open(parse(broker.url(project)), RULES, Membership(f"{project}.{group}"))
    stop = asyncio.Event()
    running = asyncio.ensure_future(Worker(consumer, stores, Instruments(), block_s=0.05).run(stop))
    async with asyncio.timeout(60):
        while sum(part.committed for part in (await consumer.bounds()).values()) < SESSIONS:
            await asyncio.sleep(0.1)
    stop.set()
    await running
    await consumer.close()


def positions(store: ClickhouseStore, log_id: str) -> list[tuple[int, int]]:
    """Return the positions of the log that a store has, each as often as it stands there."""
    sql = "SELECT log_partition AS p, log_offset AS o FROM batches WHERE log_id = {l:String} ORDER BY p, o"
    rows = store.query(sql, {"l": log_id}).to_pylist()
    samples = store.query(sql.replace("batches", "stream_samples").replace("SELECT", "SELECT DISTINCT"), {"l": log_id})
    assert samples.to_pylist() == rows
    return [(row["p"], row["o"]) for row in rows]
