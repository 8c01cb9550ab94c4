"""A real call between two aiortc peers, `a` and `b`, in this process, through the impaired relay."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from rtcpulse.demo.loopback import loopback_candidates
from rtcpulse.demo.media import PictureTrack, ToneTrack
from rtcpulse.demo.relay import Relay

CONNECT_TIMEOUT_S: Final = 20.0


@dataclass(slots=True)
class Peer:
    """One end of a call: its connection, what it sends, and the tasks that play what it receives.

    `on_track` is called with every incoming track.
    """

    pc: RTCPeerConnection
    sends: list[MediaStreamTrack]
    on_track: Callable[[MediaStreamTrack], None] | None = None
    players: list[asyncio.Task[None]] = field(default_factory=list)

    def play_incoming(self) -> None:
        """Take every incoming track's frames, as an application would."""

        def on_track(track: MediaStreamTrack) -> None:
            if self.on_track is not None:
                self.on_track(track)
            self.players.append(asyncio.create_task(self._play(track)))

        self.pc.on("track", on_track)

    async def _play(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                await track.recv()

    def mute_all(self) -> None:
        """Stop sending for good; what is under way still arrives, and the statistics stay readable."""
        for track in self.sends:
            track.stop()

    async def close(self) -> None:
        """Close the connection and end the players."""
        self.mute_all()
        await self.pc.close()
        for player in self.players:
            player.cancel()
        await asyncio.gather(*self.players, return_exceptions=True)


@dataclass(slots=True)
class Call:
    """Two peers and the relay between them. `connect` sets the call up, `close` ends it and the relay."""

    a: Peer
    b: Peer
    relay: Relay

    async def connect(self) -> None:
        """Offer, answer and wait until both peers are connected.

        Raises:
            TimeoutError: not connected within 20 s.
            ConnectionError: a peer says that the connection failed.
        """
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await self._negotiate()
            await asyncio.gather(_connected(self.a.pc), _connected(self.b.pc))

    async def _negotiate(self) -> None:
        await _describe(self.a.pc, await self.a.pc.createOffer())
        offer = await self.relay.rewrite(self.a.pc.localDescription.sdp, "a")
        await self.b.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for track in self.b.sends:
            self.b.pc.addTrack(track)
        await _describe(self.b.pc, await self.b.pc.createAnswer())
        answer = await self.relay.rewrite(self.b.pc.localDescription.sdp, "b")
        await self.a.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        """Hang up on both sides, then close the relay."""
        await asyncio.gather(self.a.close(), self.b.close(), return_exceptions=True)
        await self.relay.close()


def new_call(relay: Relay, *, video: bool = True, both_ways: bool = True) -> Call:
    """Return a call that is not connected yet; watch its peers' `pc` before `connect` and nothing is missed.

    Args:
        relay: the relay that the media goes through; the call closes it.
        video: send a picture beside the tone.
        both_ways: `b` sends too.
    """
    a = _new_peer(_media(440.0, video=video))
    b = _new_peer(_media(660.0, video=video) if both_ways else [])
    for track in a.sends:
        a.pc.addTrack(track)
    return Call(a, b, relay)


def _media(frequency_hz: float, *, video: bool) -> list[MediaStreamTrack]:
    return [ToneTrack(frequency_hz), *([PictureTrack()] if video else [])]


def _new_peer(sends: list[MediaStreamTrack]) -> Peer:
    # An empty list: aiortc's default is a public STUN server, and a call on loopback asks nobody.
    configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
    peer = Peer(RTCPeerConnection(configuration), sends)
    peer.play_incoming()
    return peer


async def _describe(pc: RTCPeerConnection, description: RTCSessionDescription) -> None:
    with loopback_candidates():
        await pc.setLocalDescription(description)


async def _connected(pc: RTCPeerConnection) -> None:
    changed = asyncio.Event()
    pc.on("connectionstatechange", changed.set)
    try:
        while pc.connectionState != "connected":
            if pc.connectionState in ("failed", "closed"):
                raise ConnectionError(f"the call's peer connection is {pc.connectionState}")
            changed.clear()
            await changed.wait()
    finally:
        pc.remove_listener("connectionstatechange", changed.set)
