"""Overload: what there is no room for is refused at once, and what is under way gives its room back."""

import asyncio
from contextlib import ExitStack, suppress

import httpx
import pytest

from collector.admission import Admission
from schemas.errors import Refused
from tests.builders import T0, a_batch, a_series, inbound
from tests.collector.conftest import Collector, Make


def a_body(seq: int) -> dict[str, object]:
    """Return a batch that is admitted."""
    return a_batch(seq=seq, series=[a_series([T0, T0 + 1000], inbound(received=[1, 2], lost=[0, 0]))])


def test_bytes_under_way_are_bounded_and_given_back() -> None:
    """A body over the rest is refused, and fits when another has its answer."""
    admission = Admission(bytes_max=1000)
    with admission.body() as first:
        first.grow(700)
        with admission.body() as second, pytest.raises(Refused, match="overloaded"):
            second.grow(400)
        with admission.body() as third:
            third.grow(300)
        assert admission.held_bytes == 700
    assert admission.held_bytes == 0


def test_requests_over_the_rate_are_refused() -> None:
    """A second's worth at once, then at the rate."""
    clock = [0.0]
    admission = Admission(requests_per_s=10, now_s=lambda: clock[0])
    admitted = 0
    for step in range(100):
        clock[0] = step / 20
        with ExitStack() as stack, suppress(Refused):
            stack.enter_context(admission.body())
            admitted += 1
    assert admitted == 10 + 49


async def test_the_door_says_so(make: Make) -> None:
    """503 with Retry-After and the reason, counted; the rest is taken."""
    collector = make()
    collector.edge.admission = Admission(requests_per_s=5, now_s=lambda: 0.0)
    async with collector.client() as client:
        answers = await asyncio.gather(*(client.post("/v1/batches", json=a_body(seq)) for seq in range(12)))
        said = [answer.status_code for answer in answers]
        assert (said.count(202), said.count(503)) == (5, 7)
        refused = next(answer for answer in answers if answer.status_code == 503)
        assert refused.json()["reason"] == "overloaded"
        assert int(refused.headers["retry-after"]) >= 1
        metrics = (await client.get("/metrics")).text
    assert 'rtcpulse_collector_refused_total{reason="overloaded"} 7.0' in metrics
    assert len(await collector.published()) == 5


@pytest.mark.parametrize(
    ("sent", "reason"),
    [({"content": b"x" * 2_000_000}, "too_large"), ({"content": b"x", "headers": {"content-encoding": "br"}},
     "unsupported_encoding")],
)  # fmt: skip
async def test_refusals_before_the_body_is_read_are_counted_too(
    collector: Collector, sent: dict[str, object], reason: str
) -> None:
    """Every refusal is in the metrics, with its reason."""
    async with collector.client() as client:
        answer: httpx.Response = await client.post("/v1/batches", **sent)  # type: ignore[arg-type]
        assert answer.json()["reason"] == reason
        assert f'rtcpulse_collector_refused_total{{reason="{reason}"}} 1.0' in (await client.get("/metrics")).text
