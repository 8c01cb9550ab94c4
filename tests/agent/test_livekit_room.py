"""`attach_room` on a room of a real livekit-server: who and whose, what happened, over a full reconnect."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from livekit import rtc
from livekit.rtc import SimulateScenarioKind

from rtcpulse.agent import attach_room
from schemas.batch import Batch
from tests.livekit.people import new_room
from tests.livekit.person import sending
from tests.livekit.server import LiveKit, livekit
from tests.sdk.receiver import Receiver, receiving

WITHIN_S: Final = 30.0


@asynccontextmanager
async def entered(server: LiveKit, name: str, identity: str, room: rtc.Room | None = None) -> AsyncIterator[rtc.Room]:
    """Be in a room and send, until the block ends."""
    room = room or rtc.Room()
    await room.connect(server.url, server.token(name, identity))
    try:
        async with sending(room):
            yield room
    finally:
        await room.disconnect()


async def until(receiver: Receiver, seen: Callable[[list[Batch]], Any]) -> Any:
    """Wait until something is seen in the batches so far, and return it."""
    async with asyncio.timeout(WITHIN_S):
        while not (found := seen(receiver.accepted())):
            await asyncio.sleep(0.1)
    return found


def named(batches: list[Batch], *names: str) -> list[tuple[str, Any]]:
    """Return the events of these names in order."""
    return [(event.name, event.value) for batch in batches for event in batch.events if event.name in names]


def owners(batches: list[Batch]) -> set[tuple[str, ...]]:
    """Return pc, direction, publisher and source of every track that a stream carries: that has a media section."""
    tracks = [track for batch in batches for track in batch.tracks if track.mid]
    return {(track.pc, track.direction, track.publisher, track.source) for track in tracks}


@pytest.mark.timeout(120)
async def test_a_room_is_watched_over_mutes_and_a_full_reconnect(tmp_path: Path) -> None:
    """One session with LiveKit's names, both people's tracks, and another connection and sid after the reconnect."""
    name, room = new_room(), rtc.Room()
    async with receiving() as receiver, livekit(tmp_path) as server, entered(server, name, "bob"):
        agent = attach_room(room, collector=receiver.url, app="test/1", poll_s=0.5, send_s=0.5)
        async with entered(server, name, "alice", room):
            whole = {
                (d, who, s) for d, who in (("outbound", "alice"), ("inbound", "bob")) for s in ("camera", "microphone")
            }
            await until(receiver, lambda batches: {("pc0", *one) for one in whole} <= owners(batches))
            first = room.local_participant.sid
            track = next(one for one in room.local_participant.track_publications.values() if one.kind == 1).track
            assert isinstance(track, rtc.LocalAudioTrack)
            track.mute()
            track.unmute()
            await room.simulate_scenario(SimulateScenarioKind.SIMULATE_FULL_RECONNECT)
            await until(receiver, lambda batches: {("pc1", *one) for one in whole} <= owners(batches))
            second = room.local_participant.sid
        await agent.close()
        batches = receiver.accepted()
    assert {(batch.session.id, batch.session.app) for batch in batches} == {(agent.session_id, "test/1")}
    refs = [batch.session.refs["livekit"] for batch in batches if batch.session.refs]
    assert [refs[0][key] for key in ("room", "identity", "sid")] == [name, "alice", first]
    assert refs[-1] == refs[0] | {"sid": second}
    assert first != second
    assert (batches[-1].session.room, batches[-1].session.participant) == (name, "alice")
    story = named(batches, "join_started", "joined", "reconnecting", "reconnected", "left")
    assert [event for event, _ in story] == ["join_started", "joined", "reconnecting", "reconnected", "left"]
    assert story[-1][1]["reason"] in {"client_initiated", "closed"}  # the SDK does not always say why it left
    assert [value["muted"] for _, value in named(batches, "track_muted")] == [True, False]
    assert named(batches, "pc_closed")
