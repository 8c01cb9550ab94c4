"""The agent: one session's writer, its watched peer connections, and the delivery of what they say.

Like the browser SDK it polls every 2 s and sends every 10 s, or as the collector's answers ask for. Nothing here raises
into the application once it is made.
"""

import asyncio
import platform
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, Protocol, TypeVar

import structlog

from rtcpulse.agent.clock import epoch_clock
from rtcpulse.agent.flow import Flow
from rtcpulse.agent.pace import Pace
from rtcpulse.agent.post import Collector
from rtcpulse.agent.sender import Delivery, Sender
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.watcher import Watcher
from rtcpulse.agent.writer import Writer
from rtcpulse.rtcp.formats import formats
from schemas.shape import clip

log = structlog.get_logger(__name__)

POLL_S: Final = 2.0
SEND_S: Final = 10.0
BUFFER_BYTES: Final = 1 << 20
CLOSE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Who:
    """The session: one person's attempt to be in one room. `session` is made up when it is not given.

    `library` is the distribution whose peer connections are watched.
    """

    room: str = ""
    participant: str = ""
    session: str = ""
    app: str = ""
    network_type: str = ""
    refs: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    library: str = "aiortc"


class Watched(Protocol):
    """What an agent watches."""

    async def stop(self) -> None:
        """Take a last reading and stop watching. Safe to call twice."""
        ...


W = TypeVar("W", bound=Watched)


class Agent:
    """Watches the peer connections of one session. Make it inside a running event loop; `await close()` at the end."""

    def __init__(
        self,
        collector: str,
        who: Who,
        *,
        key: str | None = None,
        poll_s: float = POLL_S,
        send_s: float = SEND_S,
        buffer_bytes: int = BUFFER_BYTES,
        timeout_s: float = 10.0,
        first_wait_s: float = 1.0,
    ) -> None:
        """Begin the session: notes `join_started`.

        Args:
            collector: the collector's address, such as http://127.0.0.1:8080.
            who: whose session it is.
            key: the writer's key; None where the collector asks for none.
            poll_s: seconds between two readings, while the collector asks for no others.
            send_s: seconds between two batches, likewise.
            buffer_bytes: how much may wait for a collector that does not answer; the oldest goes first.
            timeout_s: how long one push may take.
            first_wait_s: the first pause after a failed push; it doubles up to 60 s.

        Raises:
            ConfigurationError: the address is not http or https.
        """
        endpoint = Collector(collector, key=key, timeout_s=timeout_s)
        self.session_id = clip(who.session) or secrets.token_hex(16)
        self._now_ms = epoch_clock()
        self._writer = Writer(_session(who, self.session_id), poll_s * 1000)
        self.pace = Pace(poll_s, send_s, self._say_pace)
        self._watchers: list[Watched] = []
        self._names: set[str] = set()
        self._sender = Sender(
            endpoint,
            buffer_bytes=buffer_bytes,
            on_lost=self._writer.lost,
            on_accepted=self.pace.obey,
            first_wait_s=first_wait_s,
        )
        self.event("join_started")
        self._task: asyncio.Task[None] | None = asyncio.create_task(self._send())

    @property
    def writer_id(self) -> str:
        """The writer of this agent's batches, 128 random bits in hex."""
        return self._writer.writer_id

    @property
    def delivery(self) -> Delivery:
        """What became of the batches so far."""
        return self._sender.delivery

    def now_ms(self) -> float:
        """Return the agent's clock: milliseconds since the Unix epoch, as in its samples."""
        return self._now_ms()

    def watch(self, pc: Any, *, label: str = "", tracks: dict[Any, TrackInfo] | None = None) -> Watcher:
        """Begin to watch an RTCPeerConnection: best right after it was made, so that its counters begin at nothing.

        Args:
            pc: an aiortc RTCPeerConnection.
            label: its role, such as publisher.
            tracks: whose media the tracks are, by MediaStreamTrack or its id.
        """
        watcher = self.add(lambda writer, now_ms: Watcher(pc, writer, now_ms, label=label, pace=self.pace))
        for track, info in (tracks or {}).items():
            watcher.track(track, info)
        return watcher

    def add(self, make: Callable[[Writer, Callable[[], float]], W]) -> W:
        """Begin to watch what `make` returns, given the session's writer and clock; it is stopped at `close`."""
        watched = make(self._writer, self._now_ms)
        self._watchers.append(watched)
        return watched

    def rtcp(
        self,
        *,
        label: str = "",
        payload_types: Mapping[int, str | int] | None = None,
        clock_rates: Mapping[int, str | int] | None = None,
        transport_cc_id: int | None = None,
    ) -> Flow:
        """Begin a connection of a stack without getStats, whose RTCP is fed to the `Flow` that is returned.

        Args:
            label: its role, such as publisher.
            payload_types: by payload type, a format such as audio/opus/48000/2, or a clock rate in Hz.
            clock_rates: the same by SSRC, which is all that there is to go by where no RTP is fed. A stream whose clock
                rate nobody says has no jitter.
            transport_cc_id: the id of the RTP header extension with the transport-wide sequence number.

        Raises:
            ConfigurationError: a format is none.
        """
        flow = Flow(
            self._writer,
            self._now_ms,
            formats(payload_types or {}, clock_rates or {}),
            label=label,
            pace=self.pace,
            transport_cc_id=transport_cc_id,
        )
        if all(isinstance(one, Flow) for one in self._watchers):
            self._writer.session["client"] = {"os": platform.system()}  # which stack it is, only the application knows
        self._watchers.append(flow)
        return flow

    def event(self, name: str, value: Any = None) -> None:
        """Note something that happened now; names: `schemas.events.EVENTS`, others are kept as custom."""
        self._names.add(clip(name))
        self._writer.event(self._now_ms(), name, value, "")

    def flush(self) -> None:
        """Send what there is without waiting for the next turn."""
        try:
            cut = self._writer.cut()
        except Exception as error:  # noqa: BLE001 - a batch that cannot be written must not end the application's call
            log.warning("a batch could not be written", error=repr(error))
            return
        if cut is not None:
            self._sender.put(cut)

    async def close(self, reason: str = "closed", timeout_s: float = CLOSE_S) -> None:
        """Take last readings, note `left`, deliver for at most `timeout_s` seconds. Safe to call twice."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*(watcher.stop() for watcher in self._watchers))
        if "left" not in self._names:
            self.event("left", {"reason": reason})
        self.flush()
        await self._sender.close(timeout_s)

    async def _send(self) -> None:
        due = asyncio.get_running_loop().time()
        while True:
            due = await self.pace.send_again(due)
            self.flush()

    def _say_pace(self, pace: Pace) -> None:
        self._writer.every_ms = round(pace.poll_s * 1000)


def watch(
    pc: Any,
    *,
    collector: str,
    key: str | None = None,
    room: str = "",
    participant: str = "",
    label: str = "",
    tracks: dict[Any, TrackInfo] | None = None,
    app: str = "",
) -> Agent:
    """Watch one RTCPeerConnection as a session of its own; `await` the returned agent's `close` when the call ends.

    Raises:
        ConfigurationError: the collector's address is not http or https.
    """
    agent = Agent(collector, Who(room=room, participant=participant, app=app), key=key)
    agent.watch(pc, label=label, tracks=tracks)
    return agent


def _session(who: Who, session_id: str) -> dict[str, Any]:
    client = {"browser": who.library, "browserVersion": _version(who.library), "os": platform.system()}
    return {
        "id": session_id,
        "room": who.room,
        "participant": who.participant,
        "role": "client",
        "app": who.app,
        "sdk": f"rtcpulse-py/{_version('rtcpulse')}",
        "client": client | ({"networkType": who.network_type} if who.network_type else {}),
        "refs": who.refs,
        "tags": who.tags,
    }


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "0"
