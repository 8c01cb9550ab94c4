"""Small bodies that want to become large, and bodies that never end: each refused for little, and others are served."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from tests.builders import T0, a_batch, a_series, an_object, packed
from tests.faults.load import Writer
from tests.running import Running, running

BODY_TIMEOUT_S: Final = 1.0
HEADER_TIMEOUT_S: Final = 2.0
EXTRA_BYTES: Final = 16 << 20
TRIES: Final = 3
_WIDE: Final = a_series([T0 + n for n in range(4000)], *[an_object("transport", f"T{n}", {}) for n in range(480)])
_EMPTY: Final = {"t": T0, "pc": "p", "stats": []}
_CROWDED: Final = {"t": T0, "pc": "p", "stats": [{"type": "x", "id": "a"}] * 150_000}
_LONG: Final = a_series([1] * 1_200_000)
BOMBS: Final[dict[str, tuple[Callable[[], bytes], int, str]]] = {
    "1 GiB of spaces": (lambda: gzip.compress(b" " * (1 << 30), 1)[: 1 << 20], 413, "too_large"),
    "256 MiB of spaces": (lambda: gzip.compress(b" " * (256 << 20)), 413, "too_large_unpacked"),
    "4 MiB of brackets": (lambda: gzip.compress(b'{"x":' + b"[" * ((4 << 20) - 5)), 400, "too_deep"),
    "4 MiB of one number": (lambda: gzip.compress(b'{"v":' + b"9" * ((4 << 20) - 6) + b"}"), 422, "bad_shape"),
    "70,000 samples": (lambda: gzip.compress(packed(a_batch(samples=[_EMPTY] * 70_000))), 413, "too_many_samples"),
    "150,000 stats objects": (lambda: gzip.compress(packed(a_batch(samples=[_CROWDED]))), 413, "too_many_samples"),
    "1.2 million values": (lambda: gzip.compress(packed(a_batch(series=[_LONG]))), 413, "too_many_samples"),
    "2 million rows": (lambda: gzip.compress(packed(a_batch(series=[_WIDE]))), 413, "too_many_samples"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A collector that has served already, so that what it loads once is loaded."""
    async with running(
        tmp_path_factory.mktemp("bombs"), body_timeout_s=BODY_TIMEOUT_S, header_timeout_s=HEADER_TIMEOUT_S
    ) as one:
        for _ in range(5):
            await Writer(one.collector).once()
        yield one


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_for_little_memory(service: Running, name: str) -> None:
    """The collector's peak is that of an idle one plus less than 16 MiB; the time is printed."""
    bomb, status, reason = BOMBS[name]
    body = bomb()
    times = []
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        before = memory(service, "VmRSS")
        forget_peak(service)
        for _ in range(TRIES):
            began = time.perf_counter()
            answer = await client.post(f"{service.collector}/v1/batches", content=body)
            times.append(time.perf_counter() - began)
    extra = memory(service, "VmHWM") - before
    print(f"{name}: {len(body)} bytes, {min(times) * 1000:.1f} ms, {extra / (1 << 20):.1f} MiB, {answer.text}")
    assert answer.status_code == status, answer.text
    assert reason in answer.json()["reason"]
    assert extra < EXTRA_BYTES


def memory(service: Running, what: str) -> int:
    """Return what the kernel says of the collector's memory, bytes."""
    for line in (_process(service) / "status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) << 10
    raise AssertionError(f"the kernel does not say {what}")


def forget_peak(service: Running) -> None:
    """Let the kernel begin its peak at what the collector holds now."""
    (_process(service) / "clear_refs").write_text("5")


def _process(service: Running) -> Path:
    return Path("/proc") / str(service.roles()["collector"].pid)


@pytest.mark.parametrize(
    ("framing", "piece"),
    [(b"content-length: 100000", b"{"), (b"transfer-encoding: chunked", b"1\r\n{\r\n")],
    ids=["a length", "chunks"],
)
async def test_a_body_that_does_not_end_is_given_up(service: Running, framing: bytes, piece: bytes) -> None:
    """A byte now and then does not prolong it: one answer of 408, and soon the connection's end; others are served."""
    host, port = service.collector.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /v1/batches HTTP/1.1\r\nhost: x\r\n" + framing + b"\r\n\r\n")
    began = time.monotonic()
    dripping = asyncio.create_task(drip(writer, piece))
    try:
        await Writer(service.collector).once()
        answer = await asyncio.wait_for(reader.read(), BODY_TIMEOUT_S + HEADER_TIMEOUT_S + 5)
    finally:
        dripping.cancel()
        writer.close()
    head, _, problem = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408")
    assert json.loads(problem)["reason"] == "too_slow"
    assert time.monotonic() - began >= BODY_TIMEOUT_S * 0.9


async def drip(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send a piece every 100 ms."""
    while True:
        await asyncio.sleep(0.1)
        writer.write(piece)
