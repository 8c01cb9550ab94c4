"""Servers that are asked for their metrics: one that answers, and one that is away, lies, hangs or never ends."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from isal import igzip

from collector.admit import Limits
from collector.sources.scraper import PAGE_BYTES_MAX, NotScraped, Scraper, Target, fetch, targets
from runtime.sqlitepublisher import SqlitePublisher
from schemas.batch import Batch
from schemas.errors import ConfigurationError, Refused
from schemas.node import SESSION
from tests.builders import T0
from tests.collector.conftest import Collector, Make

PAGE = (Path(__file__).parents[2] / "fixtures" / "livekit" / "metrics-050.txt").read_bytes()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close\r\n"
Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def saying(body: bytes, head: bytes = HEAD) -> Answer:
    """Return an answer of this body."""

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)

    return answer


async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Send lines as long as anybody takes them."""
    writer.write(HEAD + b"\r\n")
    while True:
        writer.write(b"livekit_x 1\n" * 8192)
        await writer.drain()


async def hanging(_: bytes, writer: asyncio.StreamWriter) -> None:
    """Begin, and never go on."""
    writer.write(HEAD + b"content-length: 100\r\n\r\nlivekit_x")
    await asyncio.Event().wait()


async def locked(request: bytes, writer: asyncio.StreamWriter) -> None:
    """Ask for a user and a password."""
    right = base64.b64encode(b"ops:p@ss=1")
    page = HEAD + b"content-length: %d\r\n\r\n" % len(PAGE) + PAGE
    writer.write(page if b"asic " + right in request else b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")


@asynccontextmanager
async def a_server(answer: Answer) -> AsyncIterator[str]:
    """Serve one answer on loopback; yield host:port."""
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await answer(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(talk(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def reason_of(answer: Answer, **options: Any) -> str:
    """Return why a server that answers so is not scraped."""
    async with a_server(answer) as instance, httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(NotScraped) as trouble:
            await fetch(client, Target(f"http://{instance}/metrics", "p"), **options)
    return trouble.value.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (endless, "too_large"),
        (saying(b"x" * (PAGE_BYTES_MAX + 1)), "too_large"),
        (saying(b"\xff\xfe"), "not_text"),
        (saying(b"<html>", b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n"), "not_text"),
        (saying(PAGE, b"HTTP/1.1 200 OK\r\n"), "not_text"),
        (saying(b"\x1f\x8b", HEAD + b"content-encoding: gzip\r\n"), "not_text"),
        (saying(b"", b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n"), "redirect"),
        (saying(b"", b"HTTP/1.1 500 Oh\r\n"), "status"),
        (locked, "unauthorized"),
        (saying(b"", b"no HTTP\r\n"), "unreachable"),
        (saying(b"", HEAD + b"x-h: " + b"x" * (1 << 20) + b"\r\n"), "unreachable"),
    ],
)
async def test_what_a_server_may_answer(answer: Answer, reason: str) -> None:
    """Is refused within its bounds, with one of a few reasons."""
    assert await reason_of(answer) == reason


async def test_a_page_that_hangs_is_left_in_time() -> None:
    """However little is missing of it."""
    assert await reason_of(hanging, timeout_s=0.05) == "timeout"


def test_the_setting_names_addresses_users_and_projects() -> None:
    """A path is /metrics where none is said; no password is ever shown."""
    one, other = targets("http://ops:p%40ss%3D1@sfu1:6789=acme, https://sfu2/m")
    assert (one.url, one.project, one.instance) == ("http://sfu1:6789/metrics", "acme", "sfu1:6789")
    assert (other.url, other.project, other.instance, other.auth) == ("https://sfu2/m", "default", "sfu2:443", None)
    assert "p@ss" not in repr(one)
    assert targets("") == []


@pytest.mark.parametrize(
    "text",
    [
        "sfu1:6789",
        "ftp://sfu1",
        "http://",
        "http://sfu1:x/metrics",
        "http://sfu1:99999",
        "http://u:SECRET=9@sfu1:1",
        "http://sfu1/m?a=SECRET",
        "http://sfu1 =p",
        "http://sfu1,http://u:SECRET@sfu1/other",
    ],
)
def test_a_wrong_setting_is_named_without_its_secrets(text: str) -> None:
    """A password that is not written as it should be is none of the sentence."""
    with pytest.raises(ConfigurationError, match="RTCPULSE_LIVEKIT_NODES") as trouble:
        targets(text)
    assert "SECRET" not in str(trouble.value)


def batches_of(entries: list[Any]) -> list[Batch]:
    """Return what was published."""
    return [msgspec.json.decode(igzip.decompress(entry.message.value), type=Batch) for entry in entries]


async def test_what_a_server_says_is_in_the_log(collector: Collector) -> None:
    """In the project of the setting, under its own id, with its address, which is a server's and stays."""
    async with a_server(locked) as instance, httpx.AsyncClient(trust_env=False) as client:
        (target,) = targets(f"http://ops:p%40ss%3D1@{instance}=acme")
        scraper = Scraper(collector.edge, target, client, every_s=10)
        await scraper.once()
        await scraper.once()
    entries = await collector.published()
    assert [entry.message.headers["project"] for entry in entries] == ["acme", "acme"]
    assert {entry.message.headers["source"] for entry in entries} == {"nodes"}
    first, second = batches_of(entries)
    assert (first.session.id, first.writer == second.writer, first.seq, second.seq) == (SESSION, True, 0, 1)
    (scrape,) = first.nodes
    assert (scrape.node, scrape.t) == ("ND_rjGr5vHoMFEA", T0 + 60_000)
    up, *others = scrape.metrics
    assert (up.metric, up.labels, up.values) == ("up", [{"instance": instance}], [1])
    assert sum(len(one.values) for one in others) > 100
    page = collector.edge.instruments.exposition().decode()
    assert 'rtcpulse_nodes_scraped_total{outcome="ok"} 2.0' in page


async def test_a_server_that_goes_down_is_a_sample_too(collector: Collector) -> None:
    """Under the id that it had; and what its page left out is counted."""
    async with httpx.AsyncClient(trust_env=False) as client:
        async with a_server(saying(PAGE + b"livekit_x NaN\n")) as instance:
            scraper = Scraper(collector.edge, Target(f"http://{instance}/metrics", "p"), client, every_s=10)
            await scraper.once()
        await scraper.once()
        await Scraper(collector.edge, Target(f"http://{instance}/metrics", "p"), client, every_s=10).once()
    _, known, unknown = (batch.nodes[0] for batch in batches_of(await collector.published()))
    assert [(known.node, unknown.node)] == [("ND_rjGr5vHoMFEA", instance)]
    (up,) = known.metrics
    assert (up.labels, up.values) == ([{"instance": instance, "reason": "unreachable"}], [0])
    page = collector.edge.instruments.exposition().decode()
    assert 'rtcpulse_nodes_scraped_total{outcome="unreachable"} 2.0' in page
    assert 'rtcpulse_nodes_left_out_total{reason="not_finite"} 1.0' in page


async def test_an_unreadable_page_is_a_server_that_is_down(collector: Collector) -> None:
    """It says no number that anybody may believe."""
    async with a_server(saying(b"livekit_x one\n")) as instance, httpx.AsyncClient(trust_env=False) as client:
        await Scraper(collector.edge, Target(f"http://{instance}/metrics", "p"), client, every_s=10).once()
    (batch,) = batches_of(await collector.published())
    assert batch.nodes[0].metrics[0].labels == [{"instance": instance, "reason": "unreadable"}]


async def test_a_log_that_takes_nothing_does_not_end_the_questions(make: Make) -> None:
    """One answer is refused; the task goes on with the next question."""
    collector = make(limits=Limits(rows_per_batch=1))
    async with a_server(saying(PAGE)) as instance, httpx.AsyncClient(trust_env=False) as client:
        scraper = Scraper(collector.edge, Target(f"http://{instance}/metrics", "p"), client, every_s=0.3)
        with pytest.raises(Refused):
            await scraper.once()
        task = asyncio.create_task(scraper.run())
        async with asyncio.timeout(10):
            while b'outcome="ok"} 3.0' not in collector.edge.instruments.exposition():
                await asyncio.sleep(0.01)
        task.cancel()
    assert isinstance(collector.edge.publisher, SqlitePublisher)
    assert await collector.published() == []
