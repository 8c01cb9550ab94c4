"""The harness against planted faults: each is caught by the rule that it breaks, and the same kills alone by none."""

from pathlib import Path
from typing import Final

import pytest

from tests.faults import checks
from tests.faults.harness import Plan, after

KILLS: Final = ("batches_inserted", "cursor_unsaved", "log_unwritten")
CAUGHT: Final = (
    (checks.ACKNOWLEDGED, Plan("acknowledge_before_fsync", ("log_unwritten",))),
    (checks.ROWS, Plan("batches_written_first", ("batches_inserted",))),
    (checks.MINUTES, Plan("rollup_by_addition", ("cursor_unsaved",))),
    (checks.RESCUED, Plan("commit_before_insert", ("offset_committed",))),
)
"""One for each rule; the others are in `long_planted.py`."""


@pytest.mark.timeout(180)
async def test_kills_alone_break_no_rule(tmp_path: Path) -> None:
    """At each of the moments once, in one run."""
    async with after(Plan(kills=KILLS), tmp_path) as (service, writers):
        await checks.check_exactly_once(service, writers)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("rule", "plan"), [pytest.param(*case, id=case[1].fault) for case in CAUGHT])
async def test_a_planted_fault_breaks_its_rule(rule: str, plan: Plan, tmp_path: Path) -> None:
    """It is the check that fails, and it names the rule."""
    async with after(plan, tmp_path) as (service, writers):
        with pytest.raises(AssertionError, match=rule):
            await checks.check_exactly_once(service, writers)
