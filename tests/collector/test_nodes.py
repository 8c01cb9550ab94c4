"""Batches with what media servers say, at the door: taken as they are, or refused with the place."""

import json
from typing import Any

import pytest

from collector.admit import Limits
from schemas.node import SESSION
from tests.builders import T0, a_batch, a_scrape, packed
from tests.collector.conftest import Collector, Make


def with_metric(**changed: Any) -> bytes:
    """Return a batch of one metric, which is wrong somewhere."""
    metric = {"metric": "m", "kind": "gauge", "labels": [{}], "values": [1], **changed}
    scrape = {"t": changed.pop("t", T0), "node": "n1", "metrics": [metric]}
    return packed(a_batch(session=SESSION, nodes=[scrape]))


@pytest.mark.parametrize(
    ("body", "status", "reason", "said"),
    [
        (with_metric(values=[1, 2]), 422, "bad_shape", "$.nodes[0].metrics[0].values"),
        (with_metric(kind="histogram"), 422, "bad_shape", "$.nodes[0].metrics[0].kind"),
        (with_metric(labels=[{"a": 1}]), 422, "bad_shape", "$.nodes[0].metrics[0].labels[0]"),
        (with_metric(values=["1"]), 422, "bad_shape", "$.nodes[0].metrics[0].values[0]"),
        (with_metric(metric=""), 422, "bad_shape", "$.nodes[0].metrics[0].metric"),
        (with_metric(t=T0 - 2 * 86_400_000), 422, "too_old", "48.0 hours"),
        (with_metric(t=T0 + 1e9), 422, "too_new", "in the future"),
        (with_metric(labels=[{}] * 9, values=[1] * 9), 413, "too_many_samples", "9 rows"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_place(
    make: Make, body: bytes, status: int, reason: str, said: str
) -> None:
    """As it is of samples of streams."""
    collector = make(limits=Limits(rows_per_batch=8))
    async with collector.client() as client:
        answer = await client.post("/v1/batches", content=body)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert said in answer.json()["detail"]


async def test_a_servers_own_address_stays(collector: Collector) -> None:
    """It is nobody's in a call; a member that no contract names is emptied, as elsewhere."""
    scrape = a_scrape(T0, packets=1) | {"else": "203.0.113.9"}
    scrape["metrics"][0]["labels"] = [{"instance": "10.0.0.5:6789"}]
    async with collector.client() as client:
        answer = await client.post("/v1/batches", content=packed(a_batch(session=SESSION, nodes=[scrape])))
    assert answer.status_code == 202
    (entry,) = await collector.published()
    (stored,) = json.loads(entry.message.value)["nodes"]
    assert stored["metrics"] == scrape["metrics"]
    assert (stored["node"], stored["else"]) == ("n1", None)
