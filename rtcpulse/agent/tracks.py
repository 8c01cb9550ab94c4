"""Whose media a track is, as the application says it: kept over time and written into every batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from schemas.series import Object
from schemas.shape import clip

Direction = Literal["inbound", "outbound"]
DIRECTIONS: Final = get_args(Direction)


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What the application knows of a track; sender and receiver of the same media say the same `track`.

    `source` is microphone, camera, screen_share, screen_share_audio or other. None means unknown.
    """

    track: str
    direction: Direction
    publisher: str = ""
    source: str = ""
    muted: bool | None = None
    wanted: bool | None = None


def legal(info: TrackInfo) -> TrackInfo:
    """Return what is known of a track with its texts clipped and its states true, false or unknown."""
    muted, wanted = (None if state is None else bool(state) for state in (info.muted, info.wanted))
    return TrackInfo(
        clip(info.track), info.direction, clip(info.publisher), clip(info.source), muted=muted, wanted=wanted
    )


class TrackBook:
    """The declarations of one writer, by peer connection and MediaStreamTrack id, each with the time it was made."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], list[tuple[float, TrackInfo]]] = {}

    def declare(self, t: float, pc: str, identifier: str, info: TrackInfo) -> None:
        """Note what holds for a track from `t` (milliseconds since the Unix epoch) on."""
        self._said.setdefault((pc, identifier), []).append((t, info))

    def entries(self, start: float, streams: dict[str, list[Object]]) -> list[dict[str, Any]]:
        """Return the batch's `tracks`: what held at `start`, then every change since; what is older is forgotten.

        Args:
            start: the batch's first moment in milliseconds since the Unix epoch.
            streams: the latest stats objects by peer connection; they give a track's mid and SSRC.
        """
        found = []
        for (pc, identifier), said in self._said.items():
            before = [entry for entry in said if entry[0] <= start][:-1]
            del said[: len(before)]
            address = next(_addresses(streams.get(pc, []), identifier, said[-1][1].direction), {})
            for t, info in said:
                found.append(_entry(max(t, start), pc, identifier, info) | address)
        return sorted(found, key=lambda entry: entry["t"])


def ssrc_name(ssrc: int) -> str:
    """Return the identifier of a track that is known by its SSRC alone."""
    return f"ssrc-{ssrc}"


def _entry(t: float, pc: str, identifier: str, info: TrackInfo) -> dict[str, Any]:
    whose = {"track": info.track, "publisher": info.publisher, "source": info.source}
    state = {"muted": info.muted, "wanted": info.wanted}
    entry = {"t": round(t, 1), "pc": pc, "trackIdentifier": identifier, "direction": info.direction}
    return entry | whose | {name: value for name, value in state.items() if value is not None}


def _addresses(objects: list[Object], identifier: str, direction: Direction) -> Iterator[dict[str, Any]]:
    """Yield mid and SSRC of the streams that carry the track."""
    named = [one for one in objects if one.get("trackIdentifier") == identifier]
    sources = {one["id"] for one in named if one["type"] == "media-source"}
    for one in objects:
        if one["type"] != f"{direction}-rtp":
            continue
        names = (one.get("trackIdentifier"), ssrc_name(one.get("ssrc", 0)))
        if identifier in names or one.get("mediaSourceId") in sources:
            yield {name: one[name] for name in ("mid", "ssrc") if name in one}
