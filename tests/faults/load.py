"""Writers that push as the SDKs do: one batch after the other, each again with the same bytes until it is answered."""

import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

STREAMS: Final = 3
SAMPLES: Final = 5
STEP_MS: Final = 20
PAST_MS: Final = 3_600_000
"""Batches follow each other faster than their samples' times: they begin an hour ago, so that none lies ahead."""


@dataclass
class Writer:
    """One SDK instance: its batches are numbered and its counters only grow.

    Attributes:
        acknowledged: the `seq` of each batch that was answered with 202.
        attempts: pushes, repeats included.
        pause_s: seconds between an answer and the next batch.
        refusals: the answers that said to try again.
    """

    collector: str
    session: str = field(default_factory=lambda: f"s{secrets.token_hex(6)}")
    writer: str = field(default_factory=lambda: secrets.token_hex(16))
    acknowledged: list[int] = field(default_factory=list)
    attempts: int = 0
    pause_s: float = 0
    refusals: list[httpx.Response] = field(default_factory=list)
    began_ms: float = field(default_factory=lambda: time.time() * 1000 - PAST_MS)

    async def run(self, stop: asyncio.Event) -> None:
        """Push until `stop`; the last batch is pushed to its answer."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while not stop.is_set():
                await self._next(client)
                await asyncio.sleep(self.pause_s)

    async def once(self) -> None:
        """Push one batch, to its answer."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            await self._next(client)

    async def _next(self, client: httpx.AsyncClient) -> None:
        seq = len(self.acknowledged)
        await self._push(client, json.dumps(self.batch(seq)).encode())
        self.acknowledged.append(seq)

    async def _push(self, client: httpx.AsyncClient, body: bytes) -> None:
        while True:
            self.attempts += 1
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(f"{self.collector}/v1/batches", content=body)
                if answer.status_code == 202:
                    return
                assert answer.status_code in {429, 503}, answer.text
                self.refusals.append(answer)
            await asyncio.sleep(0.05)

    def batch(self, seq: int) -> dict[str, Any]:
        """Return a batch with its baseline: packets grow by 10 a sample, one of them is lost."""
        first = seq * SAMPLES
        ticks = range(first - (seq > 0), first + SAMPLES)
        series: dict[str, Any] = {
            "pc": "pc0",
            "baseline": seq > 0,
            "t": [self.began_ms + tick * STEP_MS for tick in ticks],
            "objects": [_stream(ssrc, ticks) for ssrc in range(1, STREAMS + 1)],
        }
        session = {"id": self.session, "room": "load", "participant": self.session, "app": "load/1"}
        up = {"metric": "up", "kind": "gauge", "labels": [{}], "values": [1]}
        nodes = [{"t": series["t"][-1], "node": self.session, "metrics": [up]}]
        return {"v": 1, "writer": self.writer, "seq": seq, "session": session, "series": [series], "nodes": nodes}


def _stream(ssrc: int, ticks: range) -> dict[str, Any]:
    fields = {"packetsReceived": [tick * 10 for tick in ticks], "packetsLost": [tick * 1 for tick in ticks]}
    return {"type": "inbound-rtp", "id": f"I{ssrc}", "s": {"kind": "audio", "ssrc": ssrc}, "f": fields}
