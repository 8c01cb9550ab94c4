"""A bounded part of `make accuracy`: a few real runs, and every modelled one."""

import pytest

from tests.accuracy.making import pushed, real
from tests.accuracy.report import faults
from tests.accuracy.runs import clean, impaired
from tests.accuracy.scoring import score
from tests.accuracy.series import modelled
from tests.running import Running

NAMES = ("loss 20% a_to_b", "350 ms more a_to_b", "nothing comes through a_to_b 1", "calm", "muted")


@pytest.mark.alone
@pytest.mark.timeout(180)
async def test_real_trouble_is_found_with_its_cause(pipeline: Running) -> None:
    """Loss, delay, a black hole; and nothing in a calm call and a muted one."""
    runs = [run for run in (*impaired(), *clean()) if run.name in NAMES]
    assert len(runs) == len(NAMES)
    outcomes = await real(pipeline, runs, print)
    said = [sentence for outcome in outcomes for sentence in faults(outcome)]
    it = score(outcomes)
    assert (it.recall, it.precision) == (1, 1), said
    assert it.cause_accuracy == it.side_accuracy == 1, said


@pytest.mark.timeout(120)
async def test_modelled_trouble_is_found_and_clean_times_are_not(pipeline: Running) -> None:
    """What cannot be induced here."""
    outcomes = await pushed(pipeline, [run for run in modelled() if not run.networks])
    assert [sentence for outcome in outcomes for sentence in faults(outcome)] == []
