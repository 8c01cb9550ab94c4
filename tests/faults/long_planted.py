"""Planted faults whose runs take long: on Kafka, and with more kills; `make faults` runs this, `make test` does not."""

import asyncio
import secrets
from pathlib import Path
from typing import Final

import pytest

from runtime.kafkaurl import parse
from tests.faults import checks
from tests.faults.harness import UNLIMITED, Plan, acknowledged, after, pushing
from tests.faults.planted.planting import environment
from tests.kafka.broker import Broker
from tests.kafka.load import consuming
from tests.running import running

REVOKED: Final = "offset_committed_for_a_revoked_partition"
CAUGHT: Final = (
    (checks.LEDGER, Plan("one_position_in_a_thousand_skipped", batches=300)),
    (checks.ACKNOWLEDGED, Plan("one_in_a_thousand_dropped", batches=600, writers=16)),
    (checks.ROWS, Plan("recovery_by_token_only", ("stream_samples_inserted",))),
    (checks.ROWS, Plan("baseline_stored_twice")),
)
OF_CORE: Final = ("stream_samples_inserted", "batches_inserted", "offset_committed", "cursor_unsaved")


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("rule", "plan"), [pytest.param(*case, id=case[1].fault) for case in CAUGHT])
async def test_a_planted_fault_breaks_its_rule(rule: str, plan: Plan, tmp_path: Path) -> None:
    """It is the check that fails, and it names the rule."""
    async with after(plan, tmp_path) as (service, writers):
        with pytest.raises(AssertionError, match=rule):
            await checks.check_exactly_once(service, writers, patience_s=15)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", ["rollup_by_addition", "recovery_by_token_only", "batches_written_first"])
async def test_without_its_kill_a_fault_of_recovery_is_none(fault: str, tmp_path: Path) -> None:
    """So it is the kill that brings the fault to light, and not a plant that is wrong in itself."""
    async with after(Plan(fault), tmp_path) as (service, writers):
        await checks.check_exactly_once(service, writers)


@pytest.mark.timeout(180)
async def test_kills_alone_break_no_rule(tmp_path: Path) -> None:
    """At every moment at which another test kills."""
    async with after(Plan(kills=(*OF_CORE, "log_unwritten")), tmp_path) as (service, writers):
        await checks.check_exactly_once(service, writers)


@pytest.mark.timeout(180)
async def test_kills_alone_break_no_rule_on_kafka(kafka: Broker, tmp_path: Path) -> None:
    """The same moments as on the log of files."""
    log_url = kafka.url(f"t{secrets.token_hex(4)}")
    async with after(Plan(kills=OF_CORE), tmp_path, log_url=log_url, log_member="core") as (service, writers):
        await checks.check_exactly_once(service, writers, log_url=log_url)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("fault", ["", REVOKED])
async def test_a_member_that_comes_and_goes(fault: str, kafka: Broker, tmp_path: Path) -> None:
    """Partitions are taken from core while it works: an offset that it commits for one it has not stored is caught."""
    log_url = kafka.url(f"t{secrets.token_hex(4)}")
    (tmp_path / "marks").mkdir()
    environ = environment(tmp_path / "marks", fault)
    async with running(tmp_path, environ, log_url=log_url, **UNLIMITED) as service:
        async with pushing(service, 8) as writers:
            for _ in range(2):
                await acknowledged(writers, 100)
                await a_guest(log_url)
            await acknowledged(writers, 100)
        assert f"planted {fault}" in service.journal.read_text()
        if not fault:
            await checks.check_exactly_once(service, writers, log_url=log_url)
            return
        with pytest.raises(AssertionError, match=checks.RESCUED):
            await checks.check_exactly_once(service, writers, log_url=log_url)


async def a_guest(log_url: str) -> None:
    """Join core's group, take partitions, finish nothing of them, and leave."""
    async with consuming(parse(log_url), "ingest") as guest, asyncio.timeout(60):
        while not guest.epochs:
            await asyncio.sleep(0.1)
