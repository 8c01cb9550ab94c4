"""Planted faults of the store with ClickHouse's wire as the store; `make faults` runs this, `make test` does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.clickhouse.running import a_gateway
from tests.faults import checks
from tests.faults.harness import Plan, after

CAUGHT: Final = (
    (checks.RESCUED, Plan("commit_before_insert", ("offset_committed",))),
    (checks.ROWS, Plan("batches_written_first", ("batches_inserted",))),
    (checks.ROWS, Plan("recovery_by_token_only", ("stream_samples_inserted",))),
)
OF_CORE: Final = ("stream_samples_inserted", "batches_inserted", "offset_committed", "cursor_unsaved")


@pytest.fixture
def store_url(tmp_path: Path) -> Iterator[str]:
    """The address of a gateway of its own."""
    (tmp_path / "gateway").mkdir()
    gateway = a_gateway(tmp_path / "gateway")
    try:
        yield gateway.url
    finally:
        gateway.kill()


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("rule", "plan"), [pytest.param(*case, id=case[1].fault) for case in CAUGHT])
async def test_a_planted_fault_breaks_its_rule(rule: str, plan: Plan, tmp_path: Path, store_url: str) -> None:
    """The same check fails as on the embedded store."""
    async with after(plan, tmp_path, store_url=store_url) as (service, writers):
        with pytest.raises(AssertionError, match=rule):
            await checks.check_exactly_once(service, writers, patience_s=15)


@pytest.mark.timeout(180)
async def test_kills_alone_break_no_rule(tmp_path: Path, store_url: str) -> None:
    """At every moment at which a fault is brought to light."""
    async with after(Plan(kills=OF_CORE), tmp_path, store_url=store_url) as (service, writers):
        await checks.check_exactly_once(service, writers)
