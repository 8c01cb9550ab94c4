"""The agent reads and sends as the collector's answers ask for, within bounds, and else at its own pace."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from rtcpulse.agent import Agent, Who
from rtcpulse.agent.pace import Pace
from tests.agent.stub import stub_collector
from tests.agent.test_sender import settled


async def test_a_session_that_is_watched_reads_and_sends_more_often_until_it_is_not() -> None:
    """From the next answer on, though the reading and the batch that were due lie far ahead; `every_ms` says it."""
    with stub_collector(says={"accepted": 1, "poll_ms": 500, "send_ms": 600}) as stub:
        agent = Agent(stub.url, Who(room="r"), poll_s=30.0, send_s=60.0)
        agent.rtcp()
        await asyncio.sleep(0)
        agent.flush()
        began = time.monotonic()
        await settled(stub, 4)
        took_s = time.monotonic() - began
        stub.says = {"accepted": 1}
        await settled(stub, 5)
        async with asyncio.timeout(5):
            while agent.pace.poll_s != 30.0:
                await asyncio.sleep(0.01)
        count = len(stub.accepted)
        await asyncio.sleep(1.3)
        assert len(stub.accepted) == count
        await agent.close()
        batches = stub.batches()
    assert 1.5 < took_s < 6
    assert [batch.every_ms for batch in batches[:2]] == [30_000, 500]
    assert batches[-1].every_ms == 30_000
    times = sorted({t for batch in batches[:4] for series in batch.series for t in series.t})
    steps = [after - before for before, after in pairwise(times[1:])]
    assert len(steps) >= 2
    assert all(400 < step < 1500 for step in steps)


async def test_what_is_refused_asks_for_nothing() -> None:
    """Only the answer to a batch that was taken counts."""
    with stub_collector(script=[401], says={"poll_ms": 1000}) as stub:
        agent = Agent(stub.url, Who(), send_s=0.05)
        async with asyncio.timeout(5):
            while not agent.delivery.refused:
                await asyncio.sleep(0.01)
        assert agent.pace.poll_s == 2.0
        await agent.close()


@pytest.mark.parametrize(
    ("answer", "poll_s", "send_s"),
    [
        ({"poll_ms": 1000, "send_ms": 2000}, 1.0, 2.0),
        ({"poll_ms": 5000}, 5.0, 10.0),
        ({"poll_ms": 1, "send_ms": 1}, 0.5, 0.5),
        ({"poll_ms": 1e12, "send_ms": 1e12}, 60.0, 600.0),
        ({"poll_ms": 0, "send_ms": -5}, 2.0, 10.0),
        ({"poll_ms": "soon", "send_ms": None}, 2.0, 10.0),
        ({"poll_ms": float("nan"), "send_ms": True}, 2.0, 10.0),
        ({}, 2.0, 10.0),
    ],
)
async def test_the_pace_is_bounded(answer: dict[str, Any], poll_s: float, send_s: float) -> None:
    """What is no number asks for nothing: an answer must never make an agent read without a pause."""
    pace = Pace(2.0, 10.0)
    pace.obey({"poll_ms": 7000, "send_ms": 7000})
    pace.obey(answer)
    assert (pace.poll_s, pace.send_s) == (poll_s, send_s)


@pytest.mark.parametrize("says", [[1], "text", {"poll_ms": {}}, {"accepted": 1, "send_ms": [1]}])
async def test_an_answer_that_is_none_costs_nothing(says: Any) -> None:
    """Whatever stands between may answer for the collector."""
    with stub_collector(says=says) as stub:
        agent = Agent(stub.url, Who(), send_s=0.05)
        await settled(stub, 1)
        agent.event("joined")
        await settled(stub, 2)
        await agent.close()
    assert (agent.pace.poll_s, agent.pace.send_s, agent.delivery.refused) == (2.0, 0.05, 0)
