"""POST /v1/marks: what is taken, what it is in the log, and what is refused with which words."""

from typing import Any

import msgspec
import pytest

from schemas.mark import MARK
from tests.builders import T0
from tests.collector.conftest import Collector, Make

NOW_MS = int(T0) + 60_000
DEPLOY = {"name": "deploy", "t": T0, "version": "acme/2.4", "text": "canary", "filters": {"app": "acme/2.4"}}


async def push(collector: Collector, mark: Any, **query: Any) -> Any:
    """Push a mark, or a body that is none."""
    body = mark if isinstance(mark, bytes) else msgspec.json.encode(mark)
    async with collector.client() as client:
        return await client.post("/v1/marks", content=body, params=query)


async def test_a_mark_is_a_batch_of_one_event_in_the_log(collector: Collector) -> None:
    """With nothing of who sent it; its repeat key is made of what it says."""
    for _ in range(2):
        assert (await push(collector, DEPLOY)).status_code == 202
    assert (await push(collector, DEPLOY | {"version": "acme/2.5"})).status_code == 202
    entries = await collector.published()
    assert entries[0].message.headers == {"project": "default", "received_ms": str(NOW_MS), "source": MARK}
    batches = [msgspec.json.decode(entry.message.value) for entry in entries]
    (event,) = batches[0]["events"]
    assert (event["t"], event["name"], event["value"]["version"], event["value"]["app"]) == (
        T0, "deploy", "acme/2.4", "acme/2.4",
    )  # fmt: skip
    keys = [batch["origin_id"] for batch in batches]
    assert keys[0] == keys[1] != keys[2]


async def test_a_mark_without_a_time_is_of_now(collector: Collector) -> None:
    """By the collector's clock; one of years ago may be told too."""
    assert (await push(collector, {"name": "deploy"})).status_code == 202
    assert (await push(collector, {"name": "launch", "t": 1e12})).status_code == 202
    told = [msgspec.json.decode(entry.message.value)["events"][0]["t"] for entry in await collector.published()]
    assert told == [NOW_MS, 1e12]


@pytest.mark.parametrize(
    ("mark", "status", "reason", "words"),
    [
        ({}, 422, "bad_shape", "missing required field `name`"),
        ({"name": ""}, 422, "bad_shape", "$.name"),
        ({"name": "deploy", "t": "now"}, 422, "bad_shape", "$.t"),
        ({"name": "deploy", "t": NOW_MS + 61_000}, 422, "too_new", "61 s in the future"),
        ({"name": "deploy", "verison": "2"}, 422, "bad_shape", "unknown field `verison`"),
        ({"name": "deploy", "filters": {"room": "a"}}, 422, "bad_shape", "unknown field `room` - at `$.filters`"),
        (["deploy"], 422, "bad_shape", "Expected `object`, got `array`"),
        (b"deploy", 400, "not_json", "JSON is malformed"),
        (b'{"name": "\xff"}', 400, "not_utf8", "UTF-8"),
        ({"name": "deploy", "text": "x" * 70_000}, 413, "too_large", "a mark has at most 65536"),
    ],
)
async def test_a_wrong_mark_is_refused_with_the_place(
    collector: Collector, mark: Any, status: int, reason: str, words: str
) -> None:
    """Nothing of it reaches the log; a misspelled member is an error and not skipped."""
    answer = await push(collector, mark)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert words in answer.json()["detail"]
    assert await collector.published() == []


@pytest.mark.parametrize(("key", "expected"), [("page", 202), ("nobody", 401), ("", 401)])
async def test_a_mark_needs_the_key_that_a_batch_needs(make: Make, key: str, expected: int) -> None:
    """And goes to that key's project."""
    collector = make("page:one")
    assert (await push(collector, DEPLOY, **({"key": key} if key else {}))).status_code == expected
    assert [entry.message.headers["project"] for entry in await collector.published()] == ["one"] * (expected == 202)
