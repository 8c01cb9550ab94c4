"""Islands: the degraded times of sessions, each without a break, with what was seen in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Final

from analytics.cases import Sight
from analytics.sql import text
from runtime.store import Parameter, Store

SIGHT: Final = tuple(field.name for field in fields(Sight))
Range = tuple[int, int]
"""First and last ms, since the epoch."""


@dataclass(frozen=True, slots=True)
class Island:
    """A degraded time of a session. Times are epoch ms."""

    project: str
    room: str
    session: str
    participant: str
    began_ms: int
    ended_ms: int
    degraded_ms: int
    own: tuple[Sight, ...]
    streams: tuple[str, ...]

    @property
    def links(self) -> list[str]:
        """The degraded or suspicious media that were received, where the room is known in which others can be asked."""
        return sorted({one.link for one in self.own if one.direction == "inbound" and one.link}) if self.room else []

    def trouble_of(self, link: str) -> Range:
        """Return from when to when something was worst of a medium that was received."""
        own = [one for one in self.own if one.direction == "inbound" and one.link == link]
        worst = [one for one in own if one.level == max(other.level for other in own)]
        return (
            max(self.began_ms, min(one.from_ms for one in worst)),
            min(self.ended_ms, max(one.to_ms for one in worst)),
        )


def near(store: Store, project: str, ranges: Sequence[Range]) -> dict[str, int]:
    """Return the sessions with symptoms or incidents in some ranges, and from where on to read of each (epoch ms).

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    sinces, untils = [since for since, _ in ranges], [until for _, until in ranges]
    asked: dict[str, Parameter] = {
        "project": project, "sinces": sinces, "untils": untils, "since": min(sinces), "until": max(untils),
    }  # fmt: skip
    return {row["session"]: row["since"] for row in store.query(text("evidence", "near"), asked).to_pylist()}


def islands(store: Store, project: str, begins: Mapping[str, int]) -> list[Island]:
    """Return the degraded times of some sessions of a project, each session's from a time on that `near` gave.

    Those that reach into the ranges that `near` was asked for, or lie behind one, are whole.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    if not begins:
        return []
    asked: dict[str, Parameter] = {
        "project": project, "sessions": list(begins), "begins": list(begins.values()), "since": min(begins.values()),
    }  # fmt: skip
    found = []
    rows = store.query(text("evidence", "islands"), asked).to_pylist()
    for (session, began_ms), parts in groupby(rows, key=lambda row: (row["session"], row["began_ms"])):
        seen = list(parts)
        own = tuple(Sight(**{name: row[name] for name in SIGHT}) for row in seen)
        streams = tuple(sorted({stream for row in seen for stream in row["streams"] if stream}))
        room, participant = (max(row[name] for row in seen) for name in ("room", "participant"))
        ended_ms, degraded_ms = seen[0]["ended_ms"], seen[0]["degraded_ms"]
        found.append(Island(project, room, session, participant, began_ms, ended_ms, degraded_ms, own, streams))
    return found
