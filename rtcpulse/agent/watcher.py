"""Watches one aiortc peer connection: polls its statistics and hears its state changes. Never raises into it."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog

from rtcpulse.agent.pace import Pace
from rtcpulse.agent.snapshot import Snapshots
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.writer import Writer
from schemas.series import Object

log = structlog.get_logger(__name__)

_ICE_UP = frozenset({"connected", "completed"})
_LIFECYCLE = ("connectionstatechange", "iceconnectionstatechange", "signalingstatechange")


class Watcher:
    """One watched peer connection; made by `Agent.watch`. `sample_times` are the readings so far, in epoch ms."""

    def __init__(self, pc: Any, writer: Writer, now_ms: Callable[[], float], *, label: str, pace: Pace) -> None:
        self.pc_id = writer.add_pc(label)
        self.sample_times: list[float] = []
        self._pc = pc
        self._writer = writer
        self._now_ms = now_ms
        self._pace = pace
        self._snapshots = Snapshots(pc)
        self._said: set[str] = set()
        self._listeners = dict(zip(_LIFECYCLE, (self._on_connection, self._on_ice, self._on_signaling), strict=True))
        for name, listener in self._listeners.items():
            pc.on(name, listener)
        self._task = asyncio.create_task(self._poll())

    def track(self, track: Any, info: TrackInfo) -> None:
        """Say whose media a track is, or that it changed (muted, wanted), from now on.

        Args:
            track: the MediaStreamTrack, or its id.
            info: what is known of it.
        """
        self._writer.track(self._now_ms(), self.pc_id, str(getattr(track, "id", track)), info)

    def event(self, name: str, value: Any = None) -> None:
        """Note something that happened on this peer connection now; names: `schemas.events.EVENTS`."""
        self._writer.event(self._now_ms(), name, value, self.pc_id)

    async def sample(self) -> None:
        """Take a reading now. A peer connection that cannot be read costs the reading, nothing else."""
        try:
            objects = await self._snapshots.take()
        except Exception as error:  # noqa: BLE001 - the application's call goes on whatever aiortc does
            log.debug("a peer connection could not be read", pc=self.pc_id, error=repr(error))
            return
        t = round(self._now_ms(), 1)
        self._writer.sample(self.pc_id, t, objects)
        self.sample_times.append(t)
        self._note_first_media(objects)

    async def stop(self) -> None:
        """Take a last reading and stop watching. Safe to call twice."""
        if self._task.done():
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.sample()
        for name, listener in self._listeners.items():
            with contextlib.suppress(KeyError):
                self._pc.remove_listener(name, listener)

    async def _poll(self) -> None:
        due = asyncio.get_running_loop().time()
        while True:
            await self.sample()
            if self._pc.connectionState == "closed":
                self._once("pc_closed")
                return
            due = await self._pace.read_again(due)

    def _on_connection(self) -> None:
        state = self._pc.connectionState
        self.event("connection_state", {"state": state})
        if state == "connected":
            self._once("dtls_connected")
            self._once("joined")
        if state == "closed":
            self._once("pc_closed")

    def _on_ice(self) -> None:
        state = self._pc.iceConnectionState
        self.event("ice_state", {"state": state})
        if state in _ICE_UP:
            self._once("ice_connected")

    def _on_signaling(self) -> None:
        self.event("signaling_state", {"state": self._pc.signalingState})

    def _note_first_media(self, objects: list[Object]) -> None:
        for one in objects:
            if one["type"] == "inbound-rtp" and one.get("packetsReceived", 0) > 0:
                self._once(f"first_{one['kind']}")

    def _once(self, name: str) -> None:
        if name not in self._said:
            self._said.add(name)
            self.event(name)
