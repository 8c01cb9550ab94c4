"""The Python agent: watches aiortc peer connections, or the RTCP of any stack, and pushes what they say."""

from rtcpulse.agent.agent import Agent, Who, watch
from rtcpulse.agent.flow import Flow
from rtcpulse.agent.sender import Delivery
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.watcher import Watcher

__all__ = ["Agent", "Delivery", "Flow", "TrackInfo", "Watcher", "Who", "watch"]
