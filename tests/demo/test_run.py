"""The demo as a whole, against a collector that takes everything."""

import asyncio

import pytest

from rtcpulse.demo.run import run_demo
from schemas.batch import Batch
from tests.agent.stub import stub_collector


def of_calls(batches: list[Batch]) -> list[Batch]:
    """Return the batches of the real calls."""
    return [batch for batch in batches if batch.session.app == "demo-call/1.0"]


def have_begun(batches: list[Batch]) -> bool:
    """Return whether all four ends have told of their calls, and one of its first picture."""
    calls = of_calls(batches)
    pictures = [event for batch in calls for event in batch.events if event.name == "first_video"]
    return len({batch.session.id for batch in calls}) == 4 and bool(pictures)


async def test_the_demo_pushes_history_runs_calls_and_ends_when_cancelled() -> None:
    """Modelled sessions first, then two real calls of two ends each, which say goodbye; a 503 is survived."""
    with stub_collector(script=[503]) as stub:
        running = asyncio.create_task(run_demo(stub.url, key="k", seed=1, calls=2, sessions=12))
        async with asyncio.timeout(50):
            while len(stub.accepted) < 12 or not have_begun(stub.batches()):
                await asyncio.sleep(0.2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        batches = stub.batches()
    sessions = {batch.session.id for batch in batches if batch.session.app.startswith("demo-model/")}
    assert len(sessions) == 12
    calls = of_calls(batches)
    assert {batch.session.participant for batch in calls} == {f"caller-{call}{end}" for call in "01" for end in "ab"}
    ended = [event for batch in calls for event in batch.events if event.name == "left"]
    assert len(ended) == 4
    assert any(event.name == "first_video" for batch in calls for event in batch.events)
