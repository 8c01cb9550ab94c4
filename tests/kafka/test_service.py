"""rtcpulse on Kafka as its users run it: the broker and core are killed under load, and each batch is stored once."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest

from tests.faults.load import SAMPLES, STREAMS, Writer
from tests.kafka.broker import Broker
from tests.rtcpulse.test_commands import typed
from tests.running import Running, running

WRITERS = 4
STORED = """
SELECT session, countIf(outcome = 'stored') AS stored, uniqExactIf(seq, outcome = 'stored') AS seqs
FROM batches GROUP BY session
"""
TWICE = """
SELECT (SELECT count() - uniqExact(log_id, log_partition, log_offset) FROM batches) AS ledger,
       (SELECT count() - uniqExact(log_id, log_partition, log_offset, log_index) FROM stream_samples) AS samples,
       (SELECT count() FROM stream_samples) AS rows, (SELECT count() FROM dead_letters) AS dead
"""


@pytest.mark.timeout(180)
async def test_batches_are_stored_once_while_kafka_and_core_are_killed(kafka: Broker, tmp_path: Path) -> None:
    """Pushes are acknowledged while the broker is away, too: they wait in the spool."""
    settings = {"log_url": kafka.url("service"), "log_member": "core", "key_requests_per_s": 100_000}
    async with running(tmp_path, **settings) as service:
        stop = asyncio.Event()
        writers = [Writer(service.collector) for _ in range(WRITERS)]
        pushing = [asyncio.create_task(writer.run(stop)) for writer in writers]
        await service.until("SELECT count() > 20 FROM batches", within_s=40)
        service.roles()["core"].kill()
        await asyncio.sleep(1)
        kafka.kill()
        before = acknowledged(writers)
        await asyncio.sleep(8)
        assert acknowledged(writers) > before, "the spool takes what Kafka cannot"
        kafka.start()
        await kafka.until_up()
        await asyncio.sleep(1)
        await killed(service, "collector")
        await asyncio.sleep(2)
        stop.set()
        await asyncio.gather(*pushing)
        await service.until(f"SELECT countIf(outcome = 'stored') = {acknowledged(writers)} FROM batches", within_s=60)
        stored = {row["session"]: (row["stored"], row["seqs"]) for row in service.query(STORED)}
        assert stored == {one.session: (len(one.acknowledged), len(one.acknowledged)) for one in writers}
        rows = acknowledged(writers) * SAMPLES * STREAMS
        assert service.query(TWICE) == [{"ledger": 0, "samples": 0, "rows": rows, "dead": 0}]
        await told_by_doctor(service, kafka)


def acknowledged(writers: list[Writer]) -> int:
    """Return how many batches were answered with 202."""
    return sum(len(writer.acknowledged) for writer in writers)


async def killed(service: Running, role: str) -> None:
    """Kill a role, whichever process it is by now."""
    process = service.roles()[role]
    process.kill()
    await asyncio.to_thread(psutil.wait_procs, [process])


async def told_by_doctor(service: Running, kafka: Broker) -> None:
    """All is well, in sentences; the log is the topic."""
    deadline = time.monotonic() + 30
    told = ""
    while "; 0 are in flight." not in told:
        assert time.monotonic() < deadline, told
        settings = {"RTCPULSE_LOG_URL": kafka.url("service")}
        told = (await asyncio.to_thread(typed, service.data, "doctor", **settings)).stdout
    sentences = [line for line in told.splitlines() if " disk " not in line]  # the machine's, not ours
    assert all(line.startswith("ok") for line in sentences), told
    assert "in 4 partitions" in told
    assert "0 messages wait on this machine's disk" in told


def test_migrate_makes_the_topic_and_says_its_id(kafka: Broker, tmp_path: Path) -> None:
    """Twice the same; with other partitions it refuses."""
    settings = {"RTCPULSE_LOG_URL": kafka.url("migrated")}
    first, second = typed(tmp_path, "migrate", **settings), typed(tmp_path, "migrate", **settings)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert first.stdout[-80:] == second.stdout[-80:]
    refused = typed(tmp_path, "migrate", **settings, RTCPULSE_LOG_PARTITIONS="8")
    assert refused.returncode == 2
    assert "has 4 partitions and RTCPULSE_LOG_PARTITIONS is 8" in refused.stderr


def test_a_role_without_its_topic_says_what_makes_it(kafka: Broker, tmp_path: Path) -> None:
    """It ends with 2, so that nobody starts it again and again."""
    ended = typed(tmp_path, "collector", RTCPULSE_LOG_URL=kafka.url("missing"), RTCPULSE_COLLECTOR_LISTEN="127.0.0.1:0")
    assert ended.returncode == 2
    assert "no topic missing; `rtcpulse migrate` makes it" in " ".join(ended.stderr.split())
