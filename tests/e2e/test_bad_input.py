"""Rubbish against the running service: each with its reason, nothing stored, and what came before stays."""

import gzip
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from runtime import sqlitesegments
from tests.builders import a_batch, a_series, inbound, packed
from tests.running import Running

DAY_MS = 86_400_000
DEEP = b"[" * 10_000 + b"]" * 10_000


def now_ms() -> float:
    """Return the time of day, ms."""
    return time.time() * 1000


def good(session: str, *, seq: int = 0, t: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a batch of two samples, the last at `t` or now."""
    last = now_ms() if t is None else t
    series = a_series([last - 2000, last], inbound(received=[100, 200], lost=[0, 2]))
    return a_batch(seq=seq, session=session, writer=secrets.token_hex(16), series=[series]) | more


@pytest_asyncio.fixture
async def client(pipeline: Running) -> Any:
    """A client of the running collector."""
    async with httpx.AsyncClient(base_url=pipeline.collector, trust_env=False, timeout=20) as one:
        yield one


@pytest.fixture
def session() -> str:
    """A session that no other test has."""
    return f"s-{secrets.token_hex(6)}"


Body = Callable[[str], bytes]
SHAPES: dict[str, tuple[Body, int, str, str]] = {
    "not JSON": (lambda _: b"hello", 400, "not_json", ""),
    "empty": (lambda _: b"", 400, "not_json", ""),
    "cut JSON": (lambda s: packed(good(s))[:-20], 400, "not_json", ""),
    "not UTF-8": (lambda _: b'{"v": 1, "writer": "\xff\xfe"}', 400, "not_utf8", ""),
    "an array": (lambda _: b"[1, 2]", 422, "bad_shape", "Expected `object`"),
    "a text where numbers are": (
        lambda s: packed(good(s)).replace(b"[100, 200]", b'["100", "200"]'),
        422,
        "bad_shape",
        "packetsReceived",
    ),
    "a number where a text is": (lambda s: packed(good(s) | {"writer": 7}), 422, "bad_shape", "$.writer"),
    "an array too short": (
        lambda s: packed(good(s)).replace(b"[100, 200]", b"[100]"),
        422,
        "bad_shape",
        "packetsReceived",
    ),
    "NaN": (lambda s: packed(good(s)).replace(b"[100, 200]", b"[100, NaN]"), 400, "not_json", ""),
    "1e999": (lambda s: packed(good(s)).replace(b"[100, 200]", b"[100, 1e999]"), 422, "bad_shape", "packetsReceived"),
    "depth 10,000": (lambda s: packed(good(s))[:-1] + b', "x": ' + DEEP + b"}", 400, "too_deep", ""),
    "depth 10,000 and nothing else": (lambda _: DEEP, 422, "bad_shape", "Expected `object`"),
    "1,000:1 gzip bomb": (lambda _: gzip.compress(b" " * (64 << 20)), 413, "too_large_unpacked", ""),
    "truncated gzip": (lambda s: gzip.compress(packed(good(s)))[:-12], 400, "bad_gzip", ""),
    "damaged gzip": (lambda s: gzip.compress(packed(good(s)))[:30] + b"\0" * 30, 400, "bad_gzip", ""),
    "10 MB": (lambda _: b" " * 10_000_000, 413, "too_large", ""),
    "ids of 10 kB": (lambda _: packed(good("s" * 10_000)), 422, "bad_shape", "$.session.id"),
    "a writer of 10 kB": (lambda s: packed(good(s) | {"writer": "w" * 10_000}), 422, "bad_shape", "$.writer"),
    "another version": (lambda s: packed(good(s) | {"v": 2}), 422, "unsupported_version", "$.v"),
    "no repeat key": (lambda s: packed({k: v for k, v in good(s).items() if k != "seq"}), 422, "bad_shape", "$.seq"),
    "a negative seq": (lambda s: packed(good(s) | {"seq": -1}), 422, "bad_shape", "$.seq"),
    "two days old": (lambda s: packed(good(s, t=now_ms() - 2 * DAY_MS)), 422, "too_old", ""),
    "two days ahead": (lambda s: packed(good(s, t=now_ms() + 2 * DAY_MS)), 422, "too_new", ""),
    "6,000 samples": (
        lambda s: packed(a_batch(session=s, series=[a_series([now_ms() + n / 10 for n in range(6000)])])),
        413,
        "too_many_samples",
        "",
    ),
}


def a_million_members() -> bytes:
    """Return an object of a million members, which fits when it is packed."""
    return gzip.compress(b'{"v": 1, ' + b", ".join(b'"%x": 1' % n for n in range(1_000_000)) + b"}", 1)


@pytest.mark.parametrize("name", SHAPES)
async def test_rubbish_is_refused_with_its_reason(
    name: str, pipeline: Running, client: httpx.AsyncClient, session: str
) -> None:
    """A problem document says why and where, and the log is as long as before."""
    make, status, reason, where = SHAPES[name]
    before = sqlitesegments.end_of(pipeline.data / "log")
    answer = await client.post("/v1/batches", content=make(session))
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["reason"]) == (status, status, reason)
    assert where in problem["detail"]
    assert problem["retry"] is False
    assert sqlitesegments.end_of(pipeline.data / "log") == before


async def test_a_million_members_are_refused(pipeline: Running, client: httpx.AsyncClient) -> None:
    """It fits as sent and not when it is unpacked; the collector still answers others."""
    body = a_million_members()
    answer = await client.post("/v1/batches", content=body)
    assert answer.status_code == 413
    assert answer.json()["reason"] in {"too_large", "too_large_unpacked"}
    small = b'{"v": 1, ' + b", ".join(b'"%x": 1' % n for n in range(300_000)) + b"}"
    answer = await client.post("/v1/batches", content=gzip.compress(small, 9))
    assert answer.status_code in {413, 422}
    assert (await client.get("/healthz")).status_code == 200


async def test_after_the_rubbish_the_good_is_stored(pipeline: Running, client: httpx.AsyncClient, session: str) -> None:
    """What was accepted between refusals is there, all of it."""
    for seq in range(5):
        assert (await client.post("/v1/batches", content=b"rubbish")).status_code == 400
        batch = good(session) | {"writer": "w" * 32, "seq": seq}
        assert (await client.post("/v1/batches", content=packed(batch))).status_code == 202
    stored = "SELECT count() = 5 FROM batches WHERE session = {s:String} AND outcome = 'stored'"
    await pipeline.until(stored, {"s": session})


async def test_two_bodies_under_one_seq(pipeline: Running, client: httpx.AsyncClient, session: str) -> None:
    """The first stands; the second is a dead letter with its bytes, and no row comes from it."""
    first = good(session)
    second = json.loads(packed(first).replace(b"[100, 200]", b"[100, 999]"))
    for batch in (first, second):
        assert (await client.post("/v1/batches", content=packed(batch))).status_code == 202
    await pipeline.until("SELECT count() FROM dead_letters WHERE position(body, {s:String}) > 0", {"s": session})
    letters = pipeline.query("SELECT reason, detail, body FROM dead_letters ORDER BY log_offset DESC LIMIT 1")
    assert letters[0]["reason"] == "conflicting_body"
    body = letters[0]["body"]
    assert json.loads(body) == second
    rows = pipeline.query(
        "SELECT max(packets) AS m, count() AS n FROM stream_samples WHERE session = {s:String}", {"s": session}
    )
    assert rows == [{"m": 200, "n": 2}]
