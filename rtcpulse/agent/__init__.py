"""The Python agent: watches peer connections of aiortc, or LiveKit rooms, and pushes what they say, as the SDK does."""

from rtcpulse.agent.agent import Agent, Who, watch
from rtcpulse.agent.livekitroom import RoomWatcher, attach_room
from rtcpulse.agent.sender import Delivery
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.watcher import Watcher

__all__ = ["Agent", "Delivery", "RoomWatcher", "TrackInfo", "Watcher", "Who", "attach_room", "watch"]
