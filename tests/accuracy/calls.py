"""Makes a run with a real call against a collector, both ends watched, and says what was true of it."""

import asyncio
import contextlib
import secrets
from typing import Final

from rtcpulse.agent import TrackInfo, Who
from rtcpulse.demo.call import Call, new_call
from rtcpulse.demo.relay import Relay
from rtcpulse.demo.watched import Pace, Watched, watched
from tests.accuracy.runs import Run
from tests.accuracy.truth import Expected, Outcome

LEAD_S: Final = 12.0
TAIL_S: Final = 12.0
PACES: Final = {"watched": Pace(1.0, 2.0), "default": Pace(2.0, 10.0)}


async def made(run: Run, collector: str, *, seed: int) -> Outcome:
    """Make a run; what was found is not known yet.

    Raises:
        TimeoutError: the call did not connect.
    """
    relay = Relay(seed)
    relay.impair("both", run.before)
    call = new_call(relay, video=run.video)
    room = f"accuracy-{secrets.token_hex(4)}"
    ends = [
        watched(
            peer,
            other,
            collector=collector,
            key=None,
            who=Who(room=room, participant=name, app="accuracy/1.0"),
            pace=PACES[run.pace],
        )
        for peer, name, other in ((call.a, "a", "b"), (call.b, "b", "a"))
    ]
    try:
        await call.connect()
        await asyncio.sleep(LEAD_S)
        began_ms = ends[0].agent.now_ms()
        relay.impair(run.way, run.impairment)
        for act in run.acts:
            await _act(act, call, ends[0], room)
        await asyncio.sleep(run.seconds)
        ended_ms = ends[0].agent.now_ms()
        relay.impair("both", run.before)
        await asyncio.sleep(TAIL_S)
    finally:
        await asyncio.gather(*(end.agent.close("hangup") for end in ends), return_exceptions=True)
        with contextlib.suppress(OSError):
            await call.close()
    sessions = tuple(
        Expected(end.agent.session_id, run.cause, run.side, name not in run.silent)
        for end, name in zip(ends, "ab", strict=True)
    )
    times = (began_ms, ended_ms) if run.cause else (0.0, 0.0)
    return Outcome(run.name, "aiortc", run.pace, run.is_held_out, *times, sessions, ())


async def _act(act: str, call: Call, end: Watched, room: str) -> None:
    if act == "leave":
        await end.agent.close("hangup")
        await call.a.close()
        return
    kind = "video" if act == "camera_off" else "audio"
    source = "camera" if kind == "video" else "microphone"
    for sender in call.a.pc.getSenders():
        if sender.track is not None and sender.track.kind == kind:
            info = TrackInfo(f"{room}/a/{source}", "outbound", "a", source, muted=act == "mute", wanted=True)
            end.watcher.track(sender.track, info)
            sender.replaceTrack(None)
