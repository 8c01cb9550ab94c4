"""What is known of a trace while it is told, over the connections that it takes.

Jitsi's client numbers its entries and asks at each connection how many are here; until it is told it keeps the first
1,000. A trace is remembered for a while after its connection broke, so that nothing is told twice; a collector that was
started again asks for all that the client still has, which is cut as before and so known as a repeat.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from collector.sources.traces.dialects import Dialect, Unreadable
from collector.sources.traces.live import Live
from collector.sources.traces.recorded import parsed
from schemas.counted import counted
from schemas.shape import clip

REMEMBERED: Final = 2000
REMEMBERED_S: Final = 900.0
REMEMBERED_OBJECTS: Final = 500_000
"""Stats objects of all traces that are remembered, of a page of Jitsi's some hundred: about 1 GB."""
OBJECTS_MAX: Final = 20_000
FRESH_MS: Final = 500
"""An entry that comes so long after the one before it was not waiting: its time is the client's clock now."""
HELD_MAX: Final = 100


class Conversation:
    """One page's trace.

    Args:
        dialect: decodes its messages.
        session: the session's id.
        about: members of the batch's `session` that are said for it from outside.
        resumes: whether the client goes on after a broken connection where it was.
    """

    def __init__(self, dialect: Dialect, session: str, about: Mapping[str, Any], *, resumes: bool) -> None:
        self.resumes = resumes
        self._dialect = dialect
        refs = {"refs": {"rtcstats": {"session": clip(session)}}}
        self._live = Live(dialect.recorded, clip(session), _writer(session), {**about, **refs})
        self._ahead_ms: float | None = None
        self._came_ms: float | None = None
        self._held: list[bytes] = []

    @property
    def objects(self) -> int:
        """How many stats objects of it are in memory."""
        return sum(len(reading.objects) for readings in self._dialect.recorded.pcs.values() for reading in readings)

    def connected(self) -> None:
        """Begin with a connection: what waited for it comes first, of which the times say nothing of the clock."""
        self._came_ms = None

    def greeting(self) -> str:
        """Return what tells a client that goes on up to which entry it was understood."""
        return msgspec.json.encode({"type": "sn", "body": {"value": self._dialect.last, "state": "initial"}}).decode()

    def client_ms(self, now_ms: float) -> float | None:
        """Return the client's clock now, ms since the Unix epoch; None before an entry came that did not wait."""
        return None if self._ahead_ms is None else now_ms + self._ahead_ms

    def take(self, message: bytes, now_ms: float) -> Sequence[bytes]:
        """Take a message; return the batches that are complete with it, once the client's clock is known.

        Raises:
            Unreadable: it is no entry, or there are more stats objects than a page has.
        """
        try:
            value = parsed(message)
        except (ValueError, RecursionError):
            raise Unreadable("a message is not JSON") from None
        entry = self._dialect.read(value)
        if entry is None:
            return []
        if self._live.is_due(entry.t, len(message)):
            self._held += self._cut()
        self._dialect.take(entry)
        if self._came_ms is not None and now_ms - self._came_ms >= FRESH_MS:
            self._ahead_ms = entry.t - now_ms
        self._came_ms = now_ms
        return self._released() if self._ahead_ms is not None or len(self._held) > HELD_MAX else []

    def cut(self) -> Sequence[bytes]:
        """Return what came so far as batches.

        Raises:
            Unreadable: there are more stats objects than a page has.
        """
        self._held += self._cut()
        return self._released()

    def _released(self) -> Sequence[bytes]:
        held, self._held = self._held, []
        return held

    def _cut(self) -> Sequence[bytes]:
        objects, pcs = self.objects, len(self._dialect.recorded.pcs)
        if objects > OBJECTS_MAX or pcs > OBJECTS_MAX:
            raise Unreadable(
                f"{counted(objects, 'stats object')} of {counted(pcs, 'connection')}; at most {OBJECTS_MAX} are taken"
            )
        return self._live.batches()

    def closed(self, code: int) -> None:
        """Take the code with which the client closed the connection (RFC 6455 7.4.1)."""
        self._dialect.closed(code)


class Conversations:
    """Those that are told now or may go on.

    Args:
        now_s: a monotonic clock, seconds.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._known: OrderedDict[tuple[str, str], tuple[float, Conversation]] = OrderedDict()

    def open(self, project: str, session: str, begin: Callable[[], Conversation]) -> Conversation:
        """Return the conversation of a session: the one that its last connection had, else a new one."""
        now_s = self._now_s()
        objects = sum(one.objects for _, one in self._known.values())
        while self._known and (
            len(self._known) >= REMEMBERED
            or objects > REMEMBERED_OBJECTS
            or next(iter(self._known.values()))[0] < now_s - REMEMBERED_S
        ):
            objects -= self._known.popitem(last=False)[1][1].objects
        _, found = self._known.pop((project, session), (0.0, None))
        found = found or begin()
        if found.resumes:
            self._known[project, session] = (now_s, found)
        return found


def _writer(session: str) -> str:
    return blake2b(f"rtcstats {session}".encode(), digest_size=16).hexdigest()
