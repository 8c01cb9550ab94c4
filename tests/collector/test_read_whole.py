"""Bodies that are admitted although a part nobody knows is damaged, and then have to be read whole; odd envelopes."""

import json

import pytest

from tests.builders import T0, a_batch, packed
from tests.collector.conftest import Collector
from tests.fuzz.door import Door

EVENTS = b', "events": [{"t": 1795000000000, "name": "joined", "value": "203.0.113.9"}]}'


def with_unknown(value: bytes) -> bytes:
    """Return a batch with an address, so that it is scrubbed, and a member that nobody knows."""
    return packed(a_batch())[:-1] + b', "tomorrow": ' + value + EVENTS


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"[" * 900 + b"]" * 900, "too_deep"),
        (b'"\xff"', "not_utf8"),
        (b"1e999", "not_json"),
        (b"1" * 5000, "not_json"),
    ],
    ids=["deep", "bytes", "number", "integer"],
)
async def test_what_cannot_be_read_whole_is_refused(collector: Collector, value: bytes, reason: str) -> None:
    """It was an exception, and so a 500, which clients push again for ever."""
    async with collector.client() as client:
        answer = await client.post("/v1/batches", content=with_unknown(value))
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert await collector.published() == []


async def test_an_unknown_type_that_is_no_text_is_taken(collector: Collector) -> None:
    """It cannot be a certificate; what nobody knows is emptied."""
    async with collector.client() as client:
        answer = await client.post(
            "/v1/batches", content=with_unknown(b'[{"type": []}, {"type": {}}, {"type": "certificate"}]')
        )
    assert answer.status_code == 202
    (entry,) = await collector.published()
    assert json.loads(entry.message.value)["tomorrow"] == [None, None]


@pytest.mark.parametrize("sent", [b"1e300", b"-1", b"1e14"])
async def test_a_clock_that_is_none_is_refused_on_a_stream_too(collector: Collector, sent: bytes) -> None:
    """It was stamped on the message, which no column holds, and ingest died of it at every start."""
    batch = packed(a_batch(events=[{"t": T0, "name": "joined"}], series=[]))
    door = Door(collector.app, collector.directory)
    message = b'{"sent": ' + sent + b', "batch": ' + batch + b"}"
    assert await door.stream([message, b'{"batch": {"writer": "\xff"}}'], b"") == 0
    assert await collector.published() == []
