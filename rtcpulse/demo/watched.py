"""A call's two ends with an agent each: who they are and whose tracks are whose."""

from dataclasses import dataclass
from typing import Final, Literal

from rtcpulse.agent import Agent, TrackInfo, Watcher, Who
from rtcpulse.demo.call import Peer

SOURCES: Final = {"audio": "microphone", "video": "camera"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an agent reads and sends, in seconds."""

    poll_s: float = 2.0
    send_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One end of a call and what watches it."""

    peer: Peer
    agent: Agent
    watcher: Watcher


def watched(peer: Peer, other: str, *, collector: str, key: str | None, who: Who, pace: Pace | None = None) -> Watched:
    """Watch a peer before anything happens on it; its own tracks and those of the participant `other` are declared."""
    pace = pace or Pace()
    agent = Agent(collector, who, key=key, poll_s=pace.poll_s, send_s=pace.send_s)
    watcher = agent.watch(peer.pc, label="call")
    for track in peer.sends:
        watcher.track(track, _info(who.room, who.participant, track.kind, "outbound"))
    peer.on_track = lambda track: watcher.track(track, _info(who.room, other, track.kind, "inbound"))
    return Watched(peer, agent, watcher)


def _info(room: str, publisher: str, kind: str, direction: Literal["inbound", "outbound"]) -> TrackInfo:
    source = SOURCES[kind]
    return TrackInfo(f"{room}/{publisher}/{source}", direction, publisher, source, muted=False, wanted=True)
