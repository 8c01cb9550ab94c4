"""What a run is, what is true of it, and what was found: facts that can be kept and scored again."""

from typing import Literal

from msgspec import Struct

Pace = Literal["watched", "default"]


class Expected(Struct, frozen=True):
    """What is true of one session of a run.

    Attributes:
        session: its id.
        cause, side: of its trouble; both empty where it has none.
        is_required: whether its own numbers show the trouble; where they do not, an incident is right and none is too.
    """

    session: str
    cause: str = ""
    side: str = ""
    is_required: bool = True


class Found(Struct, frozen=True):
    """An incident that stood in the table. Times are epoch ms; at `seen_ms` it was first there, by the wall clock."""

    session: str
    began_ms: float
    ended_ms: float
    cause: str
    side: str
    seen_ms: float | None = None


class Outcome(Struct, frozen=True):
    """A run that was made: its truth and what was found of its sessions. Times are epoch ms.

    Attributes:
        name: of the run.
        how: aiortc or modelled.
        pace: how often clients sampled and sent.
        is_held_out: no rule was changed after a look at it.
        began_ms, ended_ms: when the trouble began and ended; 0 where there was none.
    """

    name: str
    how: str
    pace: Pace
    is_held_out: bool
    began_ms: float
    ended_ms: float
    sessions: tuple[Expected, ...]
    found: tuple[Found, ...]
