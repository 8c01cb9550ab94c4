"""The Python agent: watches aiortc peer connections and pushes their statistics, like the browser SDK does."""

from rtcpulse.agent.agent import Agent, Who, watch
from rtcpulse.agent.sender import Delivery
from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.watcher import Watcher

__all__ = ["Agent", "Delivery", "TrackInfo", "Watcher", "Who", "watch"]
