"""Whose media the tracks of a LiveKit room are: publications (TR_ sids) to the MediaStreamTracks in the statistics."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from rtcpulse.agent.livekitconnections import Connections
from rtcpulse.agent.tracks import Direction, TrackInfo
from rtcpulse.agent.writer import Writer

SOURCES: Final = {1: "camera", 2: "microphone", 3: "screen_share", 4: "screen_share_audio"}

_Publication = tuple[Direction, str, Any]


class RoomTracks:
    """Declares the tracks of a room, again when anything about them changes.

    With one peer connection the id of a received MediaStreamTrack is made up by the client, so each track is asked for
    its own statistics until it is found among the connections'.
    """

    def __init__(self, writer: Writer, connections: Connections) -> None:
        self._writer = writer
        self._connections = connections
        self._identifiers: dict[str, str] = {}
        self._declared: dict[tuple[str, str], TrackInfo] = {}

    async def resolve(self, room: Any) -> None:
        """Ask the tracks that no connection is known to carry for their MediaStreamTrack's id.

        After a full reconnect a track of somebody else's keeps its sid and has another MediaStreamTrack.
        """
        for _, _, publication in _publications(room):
            known = self._identifiers.get(publication.sid, "")
            if publication.track is not None and not self._connections.carrier(known):
                self._identifiers[publication.sid] = _identifier(await publication.track.get_stats())

    def review(self, room: Any, t: float) -> None:
        """Declare what is new or has changed; what a receiver no longer has, it no longer wants.

        Args:
            room: the room as it is now.
            t: milliseconds since the Unix epoch.
        """
        present = set()
        for direction, publisher, publication in _publications(room):
            identifier = self._identifiers.get(publication.sid, "")
            pc = self._connections.carrier(identifier)
            if pc:
                present.add((pc, identifier))
                self._declare(t, (pc, identifier), _info(direction, publisher, publication))
        for address, info in self._declared.items():
            if address not in present and info.wanted:
                self._declare(t, address, replace(info, wanted=False))

    def _declare(self, t: float, address: tuple[str, str], info: TrackInfo) -> None:
        if self._declared.get(address) != info:
            self._declared[address] = info
            self._writer.track(t, *address, info)


def _publications(room: Any) -> Iterator[_Publication]:
    own = room.local_participant
    for publication in list(own.track_publications.values()):
        yield "outbound", own.identity, publication
    for participant in list(room.remote_participants.values()):
        for publication in list(participant.track_publications.values()):
            yield "inbound", participant.identity, publication


def _info(direction: Direction, publisher: str, publication: Any) -> TrackInfo:
    source = SOURCES.get(publication.source, "other")
    wanted = publication.subscribed if direction == "inbound" else None
    return TrackInfo(publication.sid, direction, publisher, source, muted=publication.muted, wanted=wanted)


def _identifier(report: list[Any]) -> str:
    """Return the MediaStreamTrack's id in a track's own statistics, "" if they do not say it."""
    for stats in report:
        which = stats.WhichOneof("stats")
        if which == "inbound_rtp":
            return str(stats.inbound_rtp.inbound.track_identifier)
        if which == "media_source":
            return str(stats.media_source.source.track_identifier)
    return ""
