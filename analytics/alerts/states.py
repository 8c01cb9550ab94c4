"""The state machine of one alert: pure functions of the time of the data and of what the rule's expression gave.

inactive -> pending while the expression holds -> firing once it held for `for` -> resolved once it did not hold for
`keep_firing_for`. An alert that fired three times in half an hour flaps: it is held on for ten minutes more.
"""

from dataclasses import dataclass, replace
from typing import Final

FLAP_STARTS: Final = 3
FLAP_WINDOW_S: Final = 1800
FLAP_HOLD_S: Final = 600


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an expression has to hold, and not to hold, before its alert fires and resolves, seconds."""

    for_s: int = 0
    keep_s: int = 0


@dataclass(frozen=True, slots=True)
class Episode:
    """One time in which an alert was pending or firing; times are epoch s.

    Attributes:
        active_at: since when the expression held.
        fired_at: when it had held long enough; None: not yet.
        ended_at: when it was over; None: not yet.
        value, worst: the last value, and the one furthest beyond.
        flapping: whether it was held on because it came and went.
    """

    active_at: int
    fired_at: int | None
    ended_at: int | None
    value: float
    worst: float
    flapping: bool = False

    @property
    def state(self) -> str:
        """pending, firing or resolved."""
        if self.ended_at is not None:
            return "resolved"
        return "pending" if self.fired_at is None else "firing"


@dataclass(frozen=True, slots=True)
class State:
    """What of an alert's past decides on its future.

    Attributes:
        now: the episode that is going on; None: it only remembers.
        held_at: the last tick at which the expression held.
        starts: when it fired within the last `FLAP_WINDOW_S`.
    """

    now: Episode | None
    held_at: int
    starts: tuple[int, ...] = ()


def advance(
    timing: Timing, state: State | None, tick: int, value: float | None, *, rising: bool
) -> tuple[State | None, Episode | None]:
    """Return the state after a tick, and the episode that ended with it, if it had fired.

    Args:
        timing: of the rule.
        state: before; None: nothing is remembered.
        tick: later than all before.
        value: what the expression gave; None: it does not hold.
        rising: whether higher values are worse.
    """
    now = state.now if state else None
    starts = tuple(one for one in (state.starts if state else ()) if one > tick - FLAP_WINDOW_S)
    if value is None:
        held_at = state.held_at if state else tick
        return _without(timing, now, starts, tick, held_at)
    if now is None:
        now = Episode(tick, None, None, value, value)
    now = replace(now, value=value, worst=max(now.worst, value) if rising else min(now.worst, value))
    if now.fired_at is None and tick - now.active_at >= timing.for_s:
        starts = (*starts, tick)
        now = replace(now, fired_at=tick, flapping=len(starts) >= FLAP_STARTS)
    return State(now, tick, starts), None


def _without(
    timing: Timing, now: Episode | None, starts: tuple[int, ...], tick: int, held_at: int
) -> tuple[State | None, Episode | None]:
    """Return the same for a tick at which the expression does not hold."""
    if now is not None and now.fired_at is not None:
        keep_s = max(timing.keep_s, FLAP_HOLD_S) if now.flapping else timing.keep_s
        if tick - held_at < keep_s:
            return State(now, held_at, starts), None
        return (State(None, held_at, starts) if starts else None), replace(now, ended_at=tick)
    return (State(None, held_at, starts) if starts else None), None
