"""Watches one room of LiveKit's Python SDK: its connections' statistics, its tracks and what happens to it.

The SDK is an extra (`rtcpulse[livekit]`, 1.2 or newer): nothing here imports it before there is a room. Nothing here
raises into the application.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog

from rtcpulse.agent.agent import POLL_S, SEND_S, Agent, Who
from rtcpulse.agent.livekitconnections import Connections
from rtcpulse.agent.livekittracks import RoomTracks
from rtcpulse.agent.pace import Pace
from rtcpulse.agent.writer import Writer

log = structlog.get_logger(__name__)

READ_S: Final = 5.0
JOIN_LOOK_S: Final = 0.1
GOODBYE_S: Final = 1.0
"""How long the SDK may take to say why a room was left; sometimes it never does."""
QUALITIES: Final = {0: "poor", 1: "good", 2: "excellent", 3: "lost"}
_CHANGES: Final = (
    "local_track_published",
    "local_track_unpublished",
    "local_track_republished",
    "track_subscribed",
    "track_unsubscribed",
    "track_unpublished",
)


class RoomWatcher:
    """One watched room; made by `attach_room`. `sample_times` are the readings so far, in epoch ms."""

    def __init__(
        self, room: Any, writer: Writer, now_ms: Callable[[], float], note: Callable[[str, Any], None], pace: Pace
    ) -> None:
        self.sample_times: list[float] = []
        self._room = room
        self._writer = writer
        self._now_ms = now_ms
        self._note = note
        self._pace = pace
        self._connections = Connections(writer)
        self._tracks = RoomTracks(writer, self._connections)
        self._joined = False
        self._left = False
        self._listeners = {name: _quiet(listener) for name, listener in self._all_listeners().items()}
        for name, listener in self._listeners.items():
            room.on(name, listener)
        self._task = asyncio.create_task(self._poll())

    async def sample(self) -> None:
        """Take a reading now. A room that cannot be read costs the reading, nothing else."""
        try:
            async with asyncio.timeout(READ_S):
                report = await self._room.get_rtc_stats()
                t = round(self._now_ms(), 1)
                await self._identify()
                self._connections.read(t, {"publisher": report.publisher_stats, "subscriber": report.subscriber_stats})
                await self._tracks.resolve(self._room)
            self._tracks.review(self._room, t)
        except Exception as error:  # noqa: BLE001 - the application's call goes on whatever the SDK does
            log.debug("a room could not be read", error=repr(error))
            return
        self.sample_times.append(t)

    async def stop(self) -> None:
        """Take a last reading if the room is still there, and stop watching. Safe to call twice."""
        if not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if self._room.isconnected():
                await self.sample()
        for name, listener in self._listeners.items():
            self._room.off(name, listener)

    async def _poll(self) -> None:
        while not self._room.isconnected():  # noqa: ASYNC110 - the SDK says nothing when it is
            await asyncio.sleep(JOIN_LOOK_S)
        self._note("joined", None)
        due = asyncio.get_running_loop().time()
        while self._room.isconnected():
            await self.sample()
            due = await self._pace.read_again(due)
        await asyncio.sleep(GOODBYE_S)
        if not self._left:
            self._note("left", {"reason": "unknown_reason"})

    async def _identify(self) -> None:
        """Say by which names LiveKit knows the session: after a full reconnect the participant has another sid."""
        participant = self._room.local_participant
        own = {"identity": participant.identity, "sid": participant.sid}
        refs = {"livekit": {"room": self._room.name, "roomSid": await self._room.sid, **own}}
        self._writer.describe({"room": self._room.name, "participant": participant.identity, "refs": refs})

    def _all_listeners(self) -> dict[str, Callable[..., None]]:
        changes: dict[str, Callable[..., None]] = dict.fromkeys(_CHANGES, self._on_change)
        return changes | {
            "reconnecting": lambda: self._note("reconnecting", None),
            "reconnected": lambda: self._note("reconnected", None),
            "disconnected": self._on_disconnected,
            "connection_quality_changed": self._on_quality,
            "track_muted": lambda participant, publication: self._on_muted(participant, publication, muted=True),
            "track_unmuted": lambda participant, publication: self._on_muted(participant, publication, muted=False),
        }

    def _on_change(self, *_: Any) -> None:
        self._tracks.review(self._room, self._now_ms())

    def _on_muted(self, participant: Any, publication: Any, *, muted: bool) -> None:
        if participant is self._room.local_participant:
            self._note("track_muted", {"track": publication.sid, "muted": muted})
        self._on_change()

    def _on_quality(self, participant: Any, quality: int) -> None:
        if participant is self._room.local_participant and quality in QUALITIES:
            self._note("quality", {"quality": QUALITIES[quality]})

    def _on_disconnected(self, reason: int) -> None:
        from livekit.rtc import DisconnectReason  # noqa: PLC0415 - an extra: who has a room has it

        self._left = True
        self._note("left", {"reason": DisconnectReason.Name(reason).lower()})  # type: ignore[arg-type] # an enum's int


def _quiet(listener: Callable[..., None]) -> Callable[..., None]:
    """Return a listener that raises nothing into the SDK, which would leave other listeners out."""

    def heard(*given: Any) -> None:
        try:
            listener(*given)
        except Exception as error:  # noqa: BLE001 - the application's call goes on whatever the SDK does
            log.debug("something that happened in a room could not be noted", error=repr(error))

    return heard


def attach_room(
    room: Any,
    *,
    collector: str,
    key: str | None = None,
    session: str = "",
    app: str = "",
    tags: dict[str, str] | None = None,
    poll_s: float = POLL_S,
    send_s: float = SEND_S,
) -> Agent:
    """Watch a `livekit.rtc.Room` as a session of its own; `await` the returned agent's `close` when the call ends.

    Best right before `room.connect`, so that the time to join is known. Who and where the session is comes from the
    room. Call it inside a running event loop.

    Args:
        room: the room, connected or not.
        collector: the collector's address, such as http://127.0.0.1:8080.
        key: the writer's key; None where the collector asks for none.
        session: the session's id; made up when it is not given.
        app: name and version of the application.
        tags: what else to say of the session.
        poll_s: seconds between two readings.
        send_s: seconds between two batches.

    Raises:
        ConfigurationError: the collector's address is not http or https.
    """
    who = Who(session=session, app=app, tags=tags or {}, library="livekit")
    agent = Agent(collector, who, key=key, poll_s=poll_s, send_s=send_s)
    agent.add(lambda writer, now_ms: RoomWatcher(room, writer, now_ms, agent.event, agent.pace))
    return agent
