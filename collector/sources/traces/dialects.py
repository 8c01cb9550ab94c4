"""What a WebSocket's messages are: entries of rtcstats, each with its time since the one before, or Jitsi's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from collector.sources.traces.jitsi import JitsiTrace
from collector.sources.traces.members import epoch_ms
from collector.sources.traces.recorded import Recorded, Skips, parsed
from collector.sources.traces.rtcstats import PEOPLE_LEAVE, RtcstatsTrace
from schemas.shape import clip

READABLE_FROM_MS: Final = 1e12
"""September 2001: a clock of the epoch never said less."""
OWN_CODES_FROM: Final = 3000
_ENTRY: Final = 4
_RTCSTATS: Final = re.compile(r"rtcstats#\d+(\.\d+)?")
_JITSI: Final = re.compile(r"\d+(\.\d+)?(_STANDARD|_LEGACY)?")
"""`3.1_STANDARD` is what Jitsi's pages offer; older clients of rtcstats named a version only."""
KNOWN: Final = "rtcstats#5.0, 3.1_STANDARD, 3.1_LEGACY, in any version"
NAMED: Final = 24
"""Characters of what was asked for that are said: a closing reason is short."""


class Unreadable(Exception):
    """What came is no trace; the message says why."""


class Entry(NamedTuple):
    """An entry, and its time, ms since the Unix epoch."""

    value: list[Any]
    t: float


class Dialect(Protocol):
    """Decodes the messages of one page, in order."""

    last: int
    """The number of the last entry that was read; 0 where entries have none."""

    @property
    def recorded(self) -> Recorded:
        """The session so far."""

    def read(self, message: Any) -> Entry | None:
        """Return the entry of a message; None where it has none, or it was read before.

        Raises:
            Unreadable: it is no message of this dialect.
        """

    def take(self, entry: Entry) -> None:
        """Decode an entry."""

    def closed(self, code: int) -> None:
        """Take the code with which the client closed the connection."""


def chosen(offered: Sequence[str]) -> str:
    """Return which of a client's sub-protocols is spoken: the first that is known here, else the first; "" of none."""
    return next((one for one in offered if _RTCSTATS.fullmatch(one) or _JITSI.fullmatch(one)), (*offered, "")[0])


def dialect_of(protocol: str, about: Mapping[str, Any]) -> Dialect:
    """Return the dialect that a WebSocket's sub-protocol names, Jitsi's where it names none.

    Args:
        protocol: as the client offers it. Jitsi's bridge, Jicofo, Jigasi and Jibri offer others than its pages do.
        about: what is known of the session else.

    Raises:
        Unreadable: it is of neither.
    """
    if _RTCSTATS.fullmatch(protocol):
        return Rtcstats(about)
    if not protocol or _JITSI.fullmatch(protocol):
        return Jitsi(about)
    raise Unreadable(f"sub-protocol {clip(protocol, NAMED)} is not known; these are: {KNOWN}")


class Rtcstats:
    """`[event, peer connection, value, ..., ms since the entry before]`; the first one has the time of the epoch."""

    last = 0

    def __init__(self, about: Mapping[str, Any]) -> None:
        self._trace = RtcstatsTrace(Skips(), about)
        self._t = 0.0
        self._count = 0

    @property
    def recorded(self) -> Recorded:
        """The session so far."""
        return self._trace.recorded

    def read(self, message: Any) -> Entry | None:
        """Return the entry of a message."""
        elapsed = message[-1] if isinstance(message, list) and len(message) >= _ENTRY else None
        if isinstance(elapsed, bool) or not isinstance(elapsed, int | float):
            raise Unreadable("a message is not [event, peer connection, value, ..., time]")
        t = elapsed if elapsed >= READABLE_FROM_MS else self._t + elapsed
        if t < READABLE_FROM_MS:
            raise Unreadable("the first message does not tell the time")
        self._t = t
        return Entry(message, t)

    def take(self, entry: Entry) -> None:
        """Decode an entry."""
        self._count += 1
        self._trace.entry(entry.value, entry.t, f"entry {self._count}")

    def closed(self, code: int) -> None:
        """Take the code; it is the last entry of a file too."""
        if self._t:
            self._trace.entry(["close", None, code, 0], self._t, "the end")


class Jitsi:
    """`{type, data}` with `[name, peer connection, value, ms, number]` as data, as JSON in JSON but for the identity.

    Older clients of rtcstats send the array itself, without a number.
    """

    def __init__(self, about: Mapping[str, Any]) -> None:
        self.last = 0
        self._trace = JitsiTrace(Skips(), about)
        self._t = 0.0
        self._count = 0

    @property
    def recorded(self) -> Recorded:
        """The session so far."""
        return self._trace.recorded

    def read(self, message: Any) -> Entry | None:
        """Return the entry of a message."""
        data = message
        if isinstance(message, Mapping):
            data = message.get("data")
            if message.get("type") not in {"identity", "stats-entry"}:
                return None
        try:
            data = parsed(data) if isinstance(data, str) else data
        except (ValueError, RecursionError):
            raise Unreadable("the data of a message is not JSON") from None
        if not isinstance(data, list):
            raise Unreadable("a message is no entry [name, peer connection, value, time]")
        number = data[-1] if len(data) > _ENTRY and isinstance(data[-1], int) else 0
        if number and number <= self.last:
            return None
        self.last = max(self.last, number)
        return Entry(data, (epoch_ms(data[_ENTRY - 1]) if len(data) >= _ENTRY else None) or self._t)

    def take(self, entry: Entry) -> None:
        """Decode an entry."""
        self._count += 1
        self._t = self._trace.entry(entry.value, f"entry {self._count}") or self._t

    def closed(self, code: int) -> None:
        """Take the code: of those that any page closes with none says that the person left the conference."""
        if code > OWN_CODES_FROM and code in PEOPLE_LEAVE and self._t:
            self._trace.left(self._t, PEOPLE_LEAVE[code])
