"""A person at a Janus: an aiortc peer that talks to its HTTP API. Run as a program, it can be killed as a phone is."""

import asyncio
import contextlib
import json
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import psutil
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.media import PictureTrack, ToneTrack
from rtcpulse.demo.relay import Relay

KEEPALIVE_S: Final = 3.0
ANSWER_S: Final = 20.0
POLL_S: Final = 0.5
Json = dict[str, Any]


@dataclass(slots=True)
class Handle:
    """One handle of one session of Janus's API.

    Attributes:
        url: the session's.
        handle: its number.
    """

    client: httpx.AsyncClient
    url: str
    handle: int
    session: int

    async def ask(self, **request: Any) -> Json:
        """Send a request of the API about the session; return what it answers at once."""
        body = {"transaction": secrets.token_hex(6), **request}
        answer = await self.client.post(self.url, json=body)
        found: Json = answer.raise_for_status().json()
        assert found["janus"] != "error", found
        return found

    async def message(self, body: Json, jsep: Json | None = None) -> Json:
        """Send a message to the plugin; return its event."""
        more = {"jsep": jsep} if jsep else {}
        await self.ask(janus="message", handle_id=self.handle, body=body, **more)
        async with asyncio.timeout(ANSWER_S):
            while True:
                event: Json = (await self.client.get(self.url)).json()
                if event["janus"] == "event":
                    return event

    async def keep_alive(self) -> None:
        """Say for ever that the client is there."""
        while True:
            await asyncio.sleep(KEEPALIVE_S)
            await self.ask(janus="keepalive")


@asynccontextmanager
async def attached(url: str, plugin: str, opaque_id: str) -> AsyncIterator[Handle]:
    """Make a session with one handle; destroy it at the end."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        made = await Handle(client, url, 0, 0).ask(janus="create")
        session = made["data"]["id"]
        at = Handle(client, f"{url}/{session}", 0, session)
        made = await at.ask(janus="attach", plugin=f"janus.plugin.{plugin}", opaque_id=opaque_id)
        at.handle = made["data"]["id"]
        keeping = asyncio.create_task(at.keep_alive())
        try:
            yield at
        finally:
            keeping.cancel()
            await at.ask(janus="destroy")


@dataclass(slots=True)
class Peer:
    """The peer connection, and what it said of itself along time."""

    connection: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(RTCConfiguration([])))
    stats: list[tuple[float, list[Json]]] = field(default_factory=list)
    _sinks: list[asyncio.Task[None]] = field(default_factory=list)

    async def offer(self, relay: Relay | None = None) -> Json:
        """Return the offer of a tone and a picture, with the relay's address where there is one."""
        self.connection.addTrack(ToneTrack())
        self.connection.addTrack(PictureTrack(160, 120, 10))

        @self.connection.on("track")
        def _take(track: Any) -> None:
            self._sinks.append(asyncio.create_task(_drain(track)))

        await self.connection.setLocalDescription(await self.connection.createOffer())
        described = self.connection.localDescription
        sdp = await relay.rewrite(described.sdp, "a") if relay else described.sdp
        return {"type": described.type, "sdp": sdp}

    async def answered(self, jsep: Json, relay: Relay | None = None) -> None:
        """Take the answer and wait until it is connected."""
        sdp = await relay.rewrite(jsep["sdp"], "b") if relay else jsep["sdp"]
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, jsep["type"]))
        async with asyncio.timeout(ANSWER_S):
            while self.connection.connectionState != "connected":
                await asyncio.sleep(0.05)

    async def talk(self, seconds: float) -> None:
        """Note what getStats() says every half second."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            report = await self.connection.getStats()
            self.stats.append((time.time() * 1000, [vars(one) for one in report.values()]))
            await asyncio.sleep(POLL_S)

    async def close(self) -> None:
        """Close it, as a page does."""
        await self.connection.close()
        for sink in self._sinks:
            sink.cancel()


async def _drain(track: Any) -> None:
    with contextlib.suppress(Exception):  # the track has ended
        while True:
            await track.recv()


async def echo(url: str, opaque_id: str, seconds: float, impairment: Impairment) -> tuple[int, Peer]:
    """Call EchoTest through a relay for a while and leave; return the session and what the peer saw."""
    peer, relay = Peer(), Relay(7, own_address())
    async with attached(url, "echotest", opaque_id) as handle:
        event = await handle.message({"audio": True, "video": True}, await peer.offer(relay))
        await peer.answered(event["jsep"], relay)
        relay.impair("both", impairment)
        await peer.talk(seconds)
        await peer.close()
    await relay.close()
    return handle.session, peer


def own_address() -> str:
    """Return an address of this machine that is not the loopback's, on which ICE talks to nobody. Nothing is sent.

    Raises:
        AssertionError: it has none: Janus finds no way to a peer then.
    """
    known = [one for some in psutil.net_if_addrs().values() for one in some if one.family == socket.AF_INET]
    found = next((one.address for one in known if not one.address.startswith("127.")), "")
    assert found, "this machine has no address but the loopback's, which ICE of Janus and aiortc leaves out"
    return found


async def publish(url: str, opaque_id: str, room: int, display: str) -> None:
    """Enter a room of VideoRoom, publish, say so on stdout, and stay until killed."""
    peer = Peer()
    async with attached(url, "videoroom", opaque_id) as handle:
        await handle.ask(janus="message", handle_id=handle.handle, body={"request": "create", "room": room})
        await handle.message({"request": "join", "ptype": "publisher", "room": room, "display": display})
        event = await handle.message({"request": "publish"}, await peer.offer())
        await peer.answered(event["jsep"])
        print(json.dumps({"session": handle.session, "connected": time.time() * 1000}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(publish(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
