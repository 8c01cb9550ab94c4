"""A participant in Python as an application has one, in a process of its own: `python -m tests.livekit.person JSON`.

It publishes a tone and a moving picture, is watched by `attach_room`, and does what lines on its standard input say:
`leave`. Lines on its standard output say what it is: its session, and its sids once it has them.
"""

import asyncio
import json
import math
import sys
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from livekit import rtc

from rtcpulse.agent import attach_room

RATE: Final = 48_000
TONE_HZ: Final = 440
WIDTH: Final = 320
HEIGHT: Final = 180
FPS: Final = 10


@dataclass(frozen=True, slots=True)
class Part:
    """What a person is told.

    Attributes:
        url: of the server.
        token: that admits them.
        collector: where their statistics go.
        key: with which.
        session: the id of that session.
    """

    url: str
    token: str
    collector: str
    key: str
    session: str


async def play(part: Part) -> None:
    """Be in the room until told to leave."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    room = rtc.Room()
    agent = attach_room(
        room, collector=part.collector, key=part.key, session=part.session, app="person/1.0", poll_s=1.0, send_s=2.0
    )
    await room.connect(part.url, part.token, rtc.RoomOptions(auto_subscribe=True))
    async with sending(room):
        _say(session=agent.session_id, sid=room.local_participant.sid, room=await room.sid)
        await _told("leave")
    await room.disconnect()
    await agent.close()
    _say(accepted=agent.delivery.accepted, given_up=agent.delivery.given_up)


@asynccontextmanager
async def sending(room: rtc.Room) -> AsyncIterator[None]:
    """Publish a tone and a moving picture, and feed them until the block ends."""
    sound, picture = rtc.AudioSource(RATE, 1), rtc.VideoSource(WIDTH, HEIGHT)
    await _publish(room, sound, picture)
    feeding = [asyncio.create_task(_sound(sound)), asyncio.create_task(_picture(picture))]
    try:
        yield
    finally:
        for task in feeding:
            task.cancel()
        await asyncio.gather(*feeding, return_exceptions=True)


async def _publish(room: rtc.Room, sound: rtc.AudioSource, picture: rtc.VideoSource) -> None:
    microphone = rtc.LocalAudioTrack.create_audio_track("tone", sound)
    camera = rtc.LocalVideoTrack.create_video_track("picture", picture)
    for track, source in ((microphone, rtc.TrackSource.SOURCE_MICROPHONE), (camera, rtc.TrackSource.SOURCE_CAMERA)):
        options = rtc.TrackPublishOptions(source=source, simulcast=False)
        await room.local_participant.publish_track(track, options)


async def _sound(source: rtc.AudioSource) -> None:
    samples = RATE // 100
    tone = array("h", (round(8000 * math.sin(2 * math.pi * TONE_HZ * n / RATE)) for n in range(RATE)))
    place = 0
    while True:
        frame = rtc.AudioFrame(tone[place : place + samples].tobytes(), RATE, 1, samples)
        place = (place + samples) % RATE
        await source.capture_frame(frame)


async def _picture(source: rtc.VideoSource) -> None:
    shade = 0
    while True:
        shade = (shade + 16) % 256
        pixels = bytes((shade,)) * (WIDTH * HEIGHT) + bytes((128,)) * (WIDTH * HEIGHT // 2)
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, pixels))
        await asyncio.sleep(1 / FPS)


async def _told(word: str) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while (line := await lines.readline()) and line.decode().strip() != word:
        pass


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    asyncio.run(play(Part(**json.loads(sys.argv[1]))))
