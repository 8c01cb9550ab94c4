"""The demo as the command line runs it: the modelled fleet's history, then its live sessions beside real calls."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from rtcpulse.agent import Agent, Who
from rtcpulse.demo.call import Call, new_call
from rtcpulse.demo.fleet import SESSIONS, Fleet, FleetBatch
from rtcpulse.demo.impairment import Burst, Impairment
from rtcpulse.demo.relay import Relay
from rtcpulse.demo.watched import watched
from rtcpulse.push import Push

log = structlog.get_logger(__name__)

APP: Final = "demo-call/1.0"
PAUSE_S: Final = 3.0
CLOSE_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What the network does for a while."""

    name: str
    seconds: float
    impairment: Impairment


SCENES: Final = (
    Scene("clean", 40.0, Impairment(delay_ms=10)),
    Scene("5 % loss", 40.0, Impairment(loss=0.05, delay_ms=20)),
    Scene("100 ms more delay", 40.0, Impairment(delay_ms=120)),
    Scene("jitter", 40.0, Impairment(delay_ms=20, jitter_ms=30)),
    Scene("burst loss", 40.0, Impairment(burst=Burst(enter=0.02, leave=0.25), delay_ms=20)),
)


async def run_demo(collector: str, *, key: str | None, seed: int, calls: int = 2, sessions: int = SESSIONS) -> None:
    """Push the modelled history, then run the live sessions and the real calls until cancelled.

    Args:
        collector: the collector's address.
        key: the writer's key; None where none is asked for.
        seed: of everything modelled and of the relays' dice.
        calls: how many real calls; the first has video, the others are audio only, which saves half the CPU.
        sessions: how many modelled sessions; 0 leaves the model out.

    Raises:
        ConfigurationError: the collector's address is not http or https.
    """
    push = Push[FleetBatch](collector, key)
    try:
        fleet = Fleet(seed, round(time.time() * 1000), sessions)
        await push.all(fleet.history())
        log.info("the modelled history is pushed", batches=push.pushed.accepted, refused=push.pushed.refused)
        async with asyncio.TaskGroup() as group:
            group.create_task(_live(push, fleet))
            for number in range(calls):
                group.create_task(_call_forever(collector, key, seed, number))
    finally:
        push.close()


async def _live(push: Push[FleetBatch], fleet: Fleet) -> None:
    while True:
        await asyncio.sleep(1.0)
        await push.all(fleet.live(round(time.time() * 1000)))


async def _call_forever(collector: str, key: str | None, seed: int, number: int) -> None:
    """Call again and again, every call with the scenes from another place on."""
    turn = 0
    while True:
        begin = (number + turn) % len(SCENES)
        scenes = (*SCENES[begin:], *SCENES[:begin])
        try:
            await _one_call(collector, key, seed + 1000 * number + turn, number, scenes)
        except Exception as error:  # noqa: BLE001 - whatever ends a call, the next one is made
            log.warning("a demo call ended early and is made again", call=number, error=repr(error))
        turn += 1
        await asyncio.sleep(PAUSE_S)


async def _one_call(collector: str, key: str | None, seed: int, number: int, scenes: Sequence[Scene]) -> None:
    relay = Relay(seed)
    call = new_call(relay, video=number == 0)
    names = (f"caller-{number}a", f"caller-{number}b")
    people = [Who(room=f"demo-call-{number}", participant=name, app=APP) for name in names]
    ends = [
        watched(peer, other, collector=collector, key=key, who=who)
        for peer, other, who in zip((call.a, call.b), reversed(names), people, strict=True)
    ]
    agents = [end.agent for end in ends]
    try:
        relay.impair("both", scenes[0].impairment)
        await call.connect()
        await _play(call, agents, scenes)
    finally:
        await asyncio.gather(*(agent.close("hangup", CLOSE_S) for agent in agents), return_exceptions=True)
        with contextlib.suppress(OSError):
            await call.close()


async def _play(call: Call, agents: Sequence[Agent], scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        call.relay.impair("both", scene.impairment)
        for agent in agents:
            agent.event("scene", {"name": scene.name})
        await asyncio.sleep(scene.seconds)
        if call.a.pc.connectionState != "connected" or call.b.pc.connectionState != "connected":
            raise ConnectionError(f"the call was lost in the scene {scene.name!r}")
