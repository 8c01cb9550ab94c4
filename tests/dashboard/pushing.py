"""A client that pushes one session's samples by HTTP as they come, and knows when each was taken."""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from tests.builders import a_batch, a_series, an_object, inbound, packed

STEP_MS: Final = 2000
PACKETS: Final = 100
DEGRADED: Final = (
    "SELECT count() FROM sessions FINAL WHERE session = {s:String} AND session IN (SELECT session FROM incidents FINAL)"
)
"""Whether a session has an incident and stands on every page: the jobs come to sessions last."""
"""Received between two samples."""


class Talker:
    """One person's session with one inbound audio stream, 100 packets every two seconds of which some are lost."""

    def __init__(self, collector: str, *, room: str, app: str = "", key: str = "", lost: int = 0) -> None:
        self.session = secrets.token_hex(16)
        self.told: dict[str, Any] = {}
        self.room = room
        self.app = app or f"app-{secrets.token_hex(4)}"
        self._address = f"{collector}/v1/batches"
        self._key = key
        self._lost = lost
        self._writer = secrets.token_hex(16)
        self._seq = 0
        self._samples = 0
        self._last_ms = 0.0

    async def push(self, samples: int, *, events: Sequence[Mapping[str, Any]] = (), more: Sequence[Any] = ()) -> float:
        """Push the next samples, from the last push on until now; return when they were taken (`time.monotonic`).

        Args:
            samples: how many.
            events: beside them.
            more: further stats objects, of `samples` values each.
        """
        now_ms = time.time() * 1000
        step_ms = min(STEP_MS, (now_ms - self._last_ms) / samples)
        times = [now_ms - step_ms * (samples - 1 - n) for n in range(samples)]
        self._last_ms = now_ms
        ticks = range(self._samples, self._samples + samples)
        audio = inbound(
            received=[tick * PACKETS for tick in ticks],
            lost=[tick * self._lost for tick in ticks],
            bytesReceived=[tick * 8000 for tick in ticks],
            jitter=[0.004] * samples,
        )
        self._samples += samples
        client = {"browser": "Firefox", "browserVersion": "144", "os": "Linux", "networkType": "wifi"}
        circumstances = {"room": self.room, "participant": "tina", "app": self.app, "client": client}
        batch = a_batch(
            seq=self._seq,
            session=self.session,
            writer=self._writer,
            series=[a_series(times, audio, *more)],
            events=list(events),
            circumstances=circumstances,
        )
        self._seq += 1
        async with httpx.AsyncClient(trust_env=False) as client_of_test:
            query = {"sent": f"{now_ms:.0f}"} | ({"key": self._key} if self._key else {})
            answer = await client_of_test.post(self._address, params=query, content=packed(batch))
        assert answer.status_code == 202, answer.text
        self.told = answer.json()
        return time.monotonic()


def a_camera(samples: int, limitations: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return stats objects of video that is sent, limited by something in each of equal parts of the time."""
    part = samples // len(limitations)
    return [
        an_object(
            "outbound-rtp",
            "OV1",
            {"kind": "video", "ssrc": 9, "mid": "1"},
            packetsSent=[200 * n for n in range(samples)],
            bytesSent=[200_000 * n for n in range(samples)],
            framesPerSecond=[25] * samples,
            qualityLimitationReason=[limitations[min(n // part, len(limitations) - 1)] for n in range(samples)],
        )
    ]


def joining(first_ms: float) -> list[dict[str, Any]]:
    """Return the events of an attempt that came to media after 700 ms."""
    names = (("join_started", 0), ("ice_connected", 300), ("joined", 500), ("first_audio", 700))
    return [{"t": first_ms + after, "name": name} for name, after in names]
