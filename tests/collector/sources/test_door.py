"""/v1/sources/NAME: who may send, what a delivery becomes, and how what went wrong is answered."""

from collections.abc import Sequence

import msgspec
import pytest

from collector.sender import Keys
from collector.sources.source import Delivery
from schemas.batch import VERSION, Batch, Event, Session
from schemas.errors import Refused
from schemas.reasons import Reason
from tests.builders import T0
from tests.collector.conftest import Make


class Lines:
    """A foreign format of lines `room person`; each is a person who joined."""

    name = "lines"

    def project(self, delivery: Delivery, keys: Keys) -> str:
        """By the key of the request, as a batch's."""
        return keys.project(delivery.key)

    def batches(self, delivery: Delivery) -> Sequence[Batch]:
        """One batch a line."""
        lines = delivery.body.decode().splitlines()
        if any(" " not in line for line in lines):
            raise Refused(Reason.BAD_SHAPE, "a line is not `room person`")
        return [
            Batch(
                VERSION,
                f"lines/{delivery.path}",
                Session(person, room=room),
                origin_id=f"{room}/{person}",
                events=[Event(T0, "joined")],
            )
            for room, person in (line.split(" ", 1) for line in lines)
        ]


async def test_a_delivery_becomes_batches_that_are_durable_when_it_is_answered(make: Make) -> None:
    """With the source's name and nothing of the server that sent it."""
    collector = make("sfu:one", sources=[Lines()])
    async with collector.client() as client:
        answer = await client.post("/v1/sources/lines/node1?key=sfu", content=b"hall ann\nhall bob")
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2})
    entries = await collector.published()
    assert [entry.message.headers["source"] for entry in entries] == ["lines", "lines"]
    assert all(entry.message.headers.keys() == {"project", "received_ms", "source"} for entry in entries)
    batches = [msgspec.json.decode(entry.message.value, type=Batch) for entry in entries]
    assert [(batch.writer, batch.session.id) for batch in batches] == [("lines/node1", "ann"), ("lines/node1", "bob")]


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("lines?key=sfu", b"hall", 422, "bad_shape"),
        ("lines?key=nobody", b"hall ann", 401, "unknown_key"),
        ("lines", b"hall ann", 401, "missing_key"),
        ("rings?key=sfu", b"hall ann", 404, "unknown_source"),
        ("lines?key=sfu", b"x" * (2 << 20), 413, "too_large"),
        ("lines?key=sfu", b"\x1f\x8bnot gzip", 400, "bad_gzip"),
        ("lines?key=sfu", b"hall ann\nhall \xff", 503, "internal"),
    ],
)
async def test_what_is_wrong_is_answered_and_not_logged(
    make: Make, path: str, body: bytes, status: int, reason: str
) -> None:
    """Also where the translator itself fails: who sends it may come again, and the collector goes on."""
    collector = make("sfu:one", sources=[Lines()])
    async with collector.client() as client:
        answer = await client.post(f"/v1/sources/{path}", content=body)
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
        assert await collector.published() == []
        assert (await client.post("/v1/sources/lines?key=sfu", content=b"hall ann")).status_code == 200
