"""Odd but legal input against the running service: accepted, marked and counted."""

import random
import secrets
import time
from typing import Any

import httpx
import pytest_asyncio

from tests.builders import a_batch, a_series, an_object, inbound, packed
from tests.running import Running

STEP = 2000.0


class Client:
    """Pushes batches of one session of its own and asks what became of them."""

    def __init__(self, pipeline: Running, http: httpx.AsyncClient) -> None:
        self.session = f"s-{secrets.token_hex(6)}"
        self._writer = secrets.token_hex(16)
        self._pipeline = pipeline
        self._http = http
        self.t0 = time.time() * 1000 - 60_000
        self.pushed = 0

    def batch(self, seq: int, *objects: Any, since: int = 0, count: int = 3, **more: Any) -> dict[str, Any]:
        """Return a batch of `count` samples from tick `since` on; with a baseline but for the first."""
        series = a_series([self.t0 + STEP * (since + n) for n in range(count)], *objects, baseline=seq > 0)
        return a_batch(seq=seq, session=self.session, writer=self._writer, series=[series], **more)

    async def push(self, batch: dict[str, Any], **query: Any) -> None:
        """Push and demand that it is accepted."""
        answer = await self._http.post("/v1/batches", content=packed(batch), params=query)
        assert answer.status_code == 202, answer.text
        self.pushed += 1

    async def ledger(self, columns: str) -> list[dict[str, Any]]:
        """Return the session's rows of `batches` in order of arrival."""
        return await self.rows(columns, "batches", "log_offset")

    async def rows(self, columns: str, table: str = "stream_samples", order: str = "t") -> list[dict[str, Any]]:
        """Wait until all pushes have ended and return rows of the session."""
        named = {"s": self.session}
        await self._pipeline.until(f"SELECT count() >= {self.pushed} FROM batches WHERE session = {{s:String}}", named)
        return self._pipeline.query(
            f"SELECT {columns} FROM {table} WHERE session = {{s:String}} ORDER BY {order}", named
        )


@pytest_asyncio.fixture
async def client(pipeline: Running) -> Any:
    """A client with a session of its own."""
    async with httpx.AsyncClient(base_url=pipeline.collector, trust_env=False) as http:
        yield Client(pipeline, http)


def audio(*received: int, lost: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return an inbound stream with these counters."""
    return inbound(received=received, lost=lost or (0,) * len(received))


async def test_the_same_batch_again_is_counted_once(client: Client) -> None:
    """The second push is a duplicate in the ledger and leaves no rows."""
    batch = client.batch(0, audio(10, 20, 30))
    for _ in range(3):
        await client.push(batch)
    ledger = await client.ledger("outcome")
    assert [row["outcome"] for row in ledger] == ["stored", "duplicate", "duplicate"]
    assert len(await client.rows("t")) == 3


async def test_counters_that_fall_are_a_reset(client: Client) -> None:
    """The row is marked and has no deltas; the next one counts on from it."""
    await client.push(client.batch(0, audio(100, 200, 20)))
    await client.push(client.batch(1, audio(20, 50, 90), since=2))
    rows = await client.rows("reset, d_packets, packets")
    assert [(row["reset"], row["d_packets"]) for row in rows] == [(0, None), (0, 100), (1, None), (0, 30), (0, 40)]


async def test_what_nobody_knows_is_skipped_and_counted(client: Client) -> None:
    """Types and members of tomorrow's browsers do not stop today's numbers."""
    known = audio(1, 2, 3)
    known["f"]["tomorrowsMember"] = [1, 2, {"deep": [1]}]
    known["s"]["another"] = "x"
    strange = an_object("tomorrows-type", "T9", {}, things=[1, 2, 3])
    await client.push(client.batch(0, known, strange, futureField={"a": 1}))
    assert await client.ledger("unknown_types, unknown_members, stream_rows") == [
        {"unknown_types": 1, "unknown_members": 2, "stream_rows": 3}
    ]


async def test_a_clock_a_year_off_is_moved(client: Client) -> None:
    """The times are moved by the difference of the clocks, which stands beside them; the deltas do not change."""
    year_ms = 365 * 86_400_000
    client.t0 -= year_ms
    sent_ms = time.time() * 1000 - year_ms
    await client.push(client.batch(0, audio(10, 20, 30)), sent=sent_ms)
    rows = await client.rows(
        "clock_shift_ms, abs(toUnixTimestamp64Milli(t) - toUnixTimestamp64Milli(received)) AS off, d_packets"
    )
    assert all(abs(row["clock_shift_ms"] - year_ms) < 10_000 and row["off"] < 70_000 for row in rows)
    assert [row["d_packets"] for row in rows] == [None, 10, 10]


async def test_a_missing_sent_takes_the_times_as_they_are(client: Client) -> None:
    """Without the client's clock nothing is moved, and `sent` is unknown, not zero."""
    await client.push(client.batch(0, audio(10, 20, 30)))
    assert (await client.ledger("sent, clock_shift_ms"))[0] == {"sent": None, "clock_shift_ms": 0}


async def test_a_lost_batch_leaves_a_gap_and_no_wrong_number(client: Client, pipeline: Running) -> None:
    """The batch after the gap has its own baseline: the deltas of the gap are missing, not invented."""
    await client.push(client.batch(0, audio(10, 20, 30)))
    await client.push(client.batch(2, audio(80, 90, 100), since=7))
    rows = await client.rows("d_packets")
    assert [row["d_packets"] for row in rows] == [None, 10, 10, 10, 10]
    missing = "SELECT batches_missing = 1 FROM sessions FINAL WHERE session = {s:String}"
    await pipeline.until(missing, {"s": client.session})


async def test_batches_in_any_order_give_the_same_rows(client: Client, pipeline: Running) -> None:
    """Shuffled and sent apart, twenty batches make what they make in order, in raw rows and in minutes."""
    batches = [client.batch(0, audio(0, 10), count=2)]
    for seq in range(1, 20):
        first = 2 * seq - 1  # the sample that the batch before ended with
        batches.append(client.batch(seq, audio(*range(10 * first, 10 * first + 30, 10)), since=first))
    random.Random(5).shuffle(batches)
    for batch in batches:
        await client.push(batch)
    rows = await client.rows("d_packets, packets")
    assert [row["packets"] for row in rows] == [10 * n for n in range(40)]
    assert [row["d_packets"] for row in rows] == [None, *[10] * 39]
    minutes = "SELECT sum(packets) = 390 FROM stream_minutes FINAL WHERE session = {s:String} AND deleted = 0"
    await pipeline.until(minutes, {"s": client.session})


async def test_samples_outside_the_limits_are_left_out_and_counted(client: Client) -> None:
    """One sample of two days ago among good ones does not cost the others."""
    batch = client.batch(0, audio(10, 20, 30))
    batch["series"][0]["t"][0] -= 2 * 86_400_000
    await client.push(batch)
    assert await client.ledger("dropped_too_old, stream_rows") == [{"dropped_too_old": 1, "stream_rows": 2}]


async def test_an_event_of_any_name_is_kept(client: Client) -> None:
    """A name outside the closed list becomes `custom` and keeps its own name."""
    events = [{"t": client.t0, "name": "joined"}, {"t": client.t0, "name": "hand_raised", "value": {"n": 1}}]
    await client.push(client.batch(0, audio(1, 2, 3), events=events))
    rows = await client.rows("name, custom_name, value", "events", "name")
    assert [(row["name"], row["custom_name"]) for row in rows] == [("custom", "hand_raised"), ("joined", "")]


async def test_an_empty_batch_is_a_sign_of_life(client: Client) -> None:
    """No series at all is legal: it has its row in the ledger."""
    batch = client.batch(0, audio(1, 2, 3))
    batch["series"] = []
    await client.push(batch)
    assert await client.ledger("outcome, stream_rows") == [{"outcome": "stored", "stream_rows": 0}]
