"""Delivery survives what collectors do, and the application never hears of it."""

import asyncio
import socket
import time

import numpy as np
import pytest

from rtcpulse.agent import Agent, Who
from rtcpulse.agent.post import Answer, Collector
from rtcpulse.agent.sender import Sender
from rtcpulse.agent.writer import Cut
from schemas.errors import ConfigurationError
from tests.agent.stub import Stub, stub_collector


def agent(url: str, *, timeout_s: float = 10.0, buffer_bytes: int = 1 << 20) -> Agent:
    """Return an agent that sends fast."""
    return Agent(
        url, Who(room="r"), key="k1", send_s=0.05, first_wait_s=0.02, timeout_s=timeout_s, buffer_bytes=buffer_bytes
    )


async def settled(stub: Stub, count: int) -> None:
    """Wait until the stub has accepted so many batches."""
    async with asyncio.timeout(10):
        while len(stub.accepted) < count:
            await asyncio.sleep(0.01)


async def test_retries_send_identical_bytes_until_accepted() -> None:
    """503 and 429 are retried with the same body; each attempt says its own time; the key is a bearer token."""
    with stub_collector(script=[503, 429, 500]) as stub:
        made = agent(stub.url)
        await settled(stub, 1)
        await made.close()
    assert len(set(stub.bodies[:4])) == 1
    assert stub.bodies[3] == stub.accepted[0]
    assert all(path.startswith("/v1/batches?sent=") for path in stub.paths)
    assert set(stub.authorizations) == {"Bearer k1"}


async def test_batches_arrive_in_order_and_once() -> None:
    """Seq is 0, 1, 2 whatever failed in between."""
    with stub_collector(script=[503, 202, 503, 503]) as stub:
        made = agent(stub.url)
        for number in range(4):
            made.event("rating", {"stars": number})
            await asyncio.sleep(0.08)
        await made.close()
    assert [batch.seq for batch in stub.batches()] == list(range(len(stub.accepted)))
    assert sum(event.name == "rating" for batch in stub.batches() for event in batch.events) == 4


async def test_a_final_refusal_is_not_retried() -> None:
    """401 says do not retry: the batch is dropped, the next one is sent."""
    with stub_collector(script=[401]) as stub:
        made = agent(stub.url)
        await asyncio.sleep(0.2)
        made.event("joined")
        await settled(stub, 1)
        await made.close()
    assert made.delivery.refused == 1
    assert [batch.seq for batch in stub.batches()] == [1, 2]


async def test_retry_after_is_respected() -> None:
    """The collector's wish is the least wait."""
    with stub_collector(script=[503], retry_after="1") as stub:
        made = agent(stub.url)
        began = time.monotonic()
        await settled(stub, 1)
        assert time.monotonic() - began > 0.9
        await made.close()


async def test_a_collector_that_refuses_connections_costs_only_telemetry() -> None:
    """Closing takes no longer than its time-out and says what was given up."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made = agent(f"http://127.0.0.1:{taken.getsockname()[1]}")
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await made.close(timeout_s=0.3)
        assert time.monotonic() - began < 1.5
    assert made.delivery.accepted == 0
    assert made.delivery.given_up >= 1


async def test_a_collector_that_hangs_delays_neither_the_loop_nor_the_close() -> None:
    """The wait happens in a thread of the agent's own and is cut short at the end."""
    with stub_collector(hang_s=2.0) as stub:
        made = agent(stub.url)
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - began < 0.5
        await made.close(timeout_s=0.2)
        assert time.monotonic() - began < 1.5
    assert made.delivery.accepted == 0


async def test_the_buffer_is_bounded_and_the_loss_is_counted() -> None:
    """Over the limit the oldest waiting batches go, but never the one that may be under way."""
    lost: list[int] = []
    sender = Sender(Collector("http://127.0.0.1:9"), buffer_bytes=250, on_lost=lost.append, first_wait_s=30)
    for seq in range(10):
        sender.put(Cut(seq, bytes(100), 5))
    assert [cut.seq for cut in sender._queue] == [0, 9]
    assert sum(lost) == 40
    await sender.close(0.05)
    assert sender.delivery.given_up == 10


async def test_closing_twice_is_closing_once() -> None:
    """`left` is said once."""
    with stub_collector() as stub:
        made = agent(stub.url)
        await made.close("hangup")
        await made.close("again")
        batches = stub.batches()
    assert [event.value for batch in batches for event in batch.events if event.name == "left"] == [
        {"reason": "hangup"}
    ]


async def test_what_the_contract_does_not_have_costs_no_batch() -> None:
    """Odd names, values and a long room reach the collector as far as it takes them; nothing is raised."""
    with stub_collector() as stub:
        made = Agent(stub.url, Who(room="r" * 300, session="s" * 300), send_s=0.05)
        for value in (np.int64(3), object(), {"deep": {"er": 1}}, "x" * 5000):
            made.event("odd", value)
        made.event(["no", "name"], 1)  # type: ignore[arg-type]
        await made.close()
        batches = stub.batches()
    assert {(batch.session.id, batch.session.room) for batch in batches} == {("s" * 256, "r" * 256)}
    assert made.session_id == "s" * 256
    names = [event.name for batch in batches for event in batch.events]
    assert names == ["join_started", *["odd"] * 4, "['no', 'name']", "left"]


def test_an_address_that_is_no_address_is_refused_at_once() -> None:
    """The one error the application sees is its own mistake."""
    with pytest.raises(ConfigurationError, match="ftp://nowhere"):
        Collector("ftp://nowhere")


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (401, True), (413, True), (422, True), (429, False), (503, False)]
)
def test_refusals_are_final_or_not_as_the_contract_says(status: int, final: bool) -> None:  # noqa: FBT001 - a parameter
    """400, 401, 413, 415, 422 say do not retry; 429 and 503 do."""
    assert Answer(status).final is final
