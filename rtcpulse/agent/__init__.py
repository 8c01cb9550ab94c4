"""The Python agent: watches peer connections of aiortc, rooms of LiveKit, or the RTCP of any stack, and pushes it."""

from rtcpulse.agent.agent import Agent, Who, watch
from rtcpulse.agent.flow import Flow
from rtcpulse.agent.livekitroom import RoomWatcher, attach_room
from rtcpulse.agent.sender import Delivery
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.watcher import Watcher

__all__ = ["Agent", "Delivery", "Flow", "RoomWatcher", "TrackInfo", "Watcher", "Who", "attach_room", "watch"]
