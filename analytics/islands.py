"""Islands: the degraded times of sessions, each without a break, with what was seen in them."""

from dataclasses import dataclass, fields
from itertools import groupby
from typing import Final

from analytics.causes import Sight
from analytics.sql import text
from runtime.store import Parameter, Store

SIGHT: Final = tuple(field.name for field in fields(Sight))


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


def islands(store: Store, project: str, since_ms: int, until_ms: int) -> list[Island]:
    """Return the degraded times of all sessions of a project that reach into a range, each whole.

    Raises:
        StoreUnavailable: the store cannot be reached now.
    """
    near = store.query(text("evidence", "near"), {"project": project, "since": since_ms, "until": until_ms}).to_pylist()
    if not near:
        return []
    begins = [row["since"] for row in near]
    asked: dict[str, Parameter] = {
        "project": project, "sessions": [row["session"] for row in near], "begins": begins, "since": min(begins),
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
