"""The topic is made as it has to be, and looked at before it is used."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from runtime.kafkaconsumer import KafkaConsumer
from runtime.kafkapublisher import KafkaPublisher
from runtime.kafkarules import Rules
from runtime.kafkatopic import TopicView, standing
from runtime.kafkaurl import KafkaAddress, parse
from schemas.errors import ConfigurationError
from tests.kafka.broker import Broker
from tests.kafka.conftest import RULES, made
from tests.kafka.load import consuming, publish, publishing


async def test_a_topic_is_made_as_the_rules_say(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """What stands at the broker, and making it twice."""
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, address.topic)])
    told = {entry[0]: entry[1] for entry in response.resources[0][4]}
    wanted = {
        "cleanup.policy": "delete",
        "retention.ms": str(7 * 86_400_000),
        "max.message.bytes": str((4 << 20) + (64 << 10)),
        "min.insync.replicas": "1",
        "message.timestamp.type": "LogAppendTime",
    }
    assert {name: told[name] for name in wanted} == wanted
    view = TopicView(address)
    assert await view.make(RULES) == await view.look()
    await view.close()


@pytest.mark.parametrize("opener", [KafkaPublisher.open, KafkaConsumer.open])
async def test_a_topic_that_is_not_there_is_not_made_by_looking(kafka: Broker, opener: object) -> None:
    """The sentence says what makes it."""
    address = parse(kafka.url("nowhere"))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="no topic nowhere; `rtcpulse migrate` makes it"):
            await opener(address, RULES)  # type: ignore[operator]


async def test_other_partitions_are_refused(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """Partitions were added, so sessions would move."""
    await admin.create_partitions({address.topic: NewPartitions(6)})
    await asyncio.sleep(0.5)
    with pytest.raises(ConfigurationError, match="has 6 partitions and RTCPULSE_LOG_PARTITIONS is 4"):
        await KafkaConsumer.open(address, RULES)
    with pytest.raises(ConfigurationError, match="has 6 partitions"):
        await KafkaPublisher.open(address, RULES)


async def test_a_limit_below_the_collectors_is_refused(address: KafkaAddress) -> None:
    """A body that the collector takes has to fit into the log."""
    with pytest.raises(ConfigurationError, match="raise its max"):
        await KafkaPublisher.open(address, Rules(partitions=4, value_bytes=5 << 20))


async def test_settings_that_lose_messages_are_told(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """The topic is used nevertheless: it is its owner's."""
    view = TopicView(address)
    _, none = await view.checked(RULES)
    settings = {
        "retention.ms": "3600000",
        "retention.bytes": "1000000000",
        "unclean.leader.election.enable": "true",
        "max.message.bytes": str(RULES.message_bytes),
    }
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, address.topic, settings)])
    await asyncio.sleep(0.5)
    _, told = await view.checked(RULES)
    await view.close()
    assert (none, len(told)) == ([], 3)
    wrong = {"retention.ms", "retention.bytes", "unclean.leader.election.enable"}
    assert all(any(setting in sentence for sentence in told) for setting in wrong)


@pytest.mark.parametrize(("replicas", "enough", "weak"), [(3, "1", True), (3, "2", False), (1, "1", False)])
def test_one_replica_of_three_is_not_enough(replicas: int, enough: str, weak: bool) -> None:  # noqa: FBT001
    """An acknowledgement of one broker is lost with it."""
    told = RULES.settings(replicas) | {"min.insync.replicas": enough}
    assert [("min.insync.replicas" in words) for words in RULES.weaknesses(replicas, told)] == [True] * weak


async def test_a_compacted_topic_is_refused(address: KafkaAddress, admin: AIOKafkaAdminClient) -> None:
    """It would delete messages that nobody has read."""
    settings = {"cleanup.policy": "compact", "max.message.bytes": str(RULES.message_bytes)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, address.topic, settings)])
    await asyncio.sleep(0.5)
    with pytest.raises(ConfigurationError, match="compacted"):
        await KafkaPublisher.open(address, RULES)


async def test_how_a_group_stands_is_told_without_joining_it(address: KafkaAddress) -> None:
    """Ends and committed offsets of every partition, also of those without a commit."""
    async with publishing(address) as publisher:
        await publish(publisher, range(100))
    async with consuming(address, "standing") as consumer:
        entries = await consumer.poll(max_messages=10, max_bytes=1 << 20, timeout_s=5)
        while not entries:
            entries = await consumer.poll(max_messages=10, max_bytes=1 << 20, timeout_s=5)
        await consumer.commit(entries[-1].partition, entries[-1].offset + 1)
        topic, bounds = await standing(address, "standing")
        assert topic.log_id == consumer.log_id
        assert bounds == await consumer.bounds()
    assert sum(part.end for part in bounds.values()) == 100
    assert sum(part.committed for part in bounds.values()) == len(
        [entry for entry in entries if entry.partition == entries[-1].partition]
    )


async def test_making_beside_another_is_no_error(kafka: Broker) -> None:
    """Two processes migrate at the same time."""
    address = parse(kafka.url("together"))
    await asyncio.gather(*(made(address) for _ in range(3)))
