"""A trace that is still being told, cut into batches at its own entries: sent again, it is cut at the same places."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from collector.sources.traces.cut import parts, pcs_of
from collector.sources.traces.recorded import Recorded
from schemas.batch import VERSION

PORTION_MS: Final = 10_000
PORTION_BYTES: Final = 256 << 10


class Live:
    """Cuts what a session's trace tells.

    Args:
        recorded: what the trace is decoded into; it is emptied here, but for the reading from which the next goes on.
        session: the session's id.
        writer: whose batches they are.
        about: members of the batch's `session` that win over the trace's own.
    """

    def __init__(self, recorded: Recorded, session: str, writer: str, about: Mapping[str, Any]) -> None:
        self._recorded = recorded
        self._session = session
        self._writer = writer
        self._about = about
        self._begun: set[str] = set()
        self._since: float | None = None
        self._bytes = 0

    def is_due(self, t: float, size: int) -> bool:
        """Count an entry that comes next; return whether what came before it has to be cut off first.

        Args:
            t: its time, ms since the Unix epoch.
            size: its bytes.
        """
        full = self._since is not None and (t >= self._since + PORTION_MS or self._bytes + size > PORTION_BYTES)
        if full or self._since is None:
            self._since, self._bytes = t, 0
        self._bytes += size
        return full

    def batches(self) -> Sequence[bytes]:
        """Return what came since the last ones, as JSON; the repeat key of each is its content."""
        recorded = self._recorded
        who = {**recorded.about, **self._about, "id": self._session}
        found = []
        for _, part in parts(recorded, self._begun):
            origin = blake2b(msgspec.json.encode(part), digest_size=16).hexdigest()
            pcs = pcs_of(part, recorded)
            batch = {"v": VERSION, "writer": self._writer, "origin_id": origin, "session": who, "pcs": pcs, **part}
            found.append(msgspec.json.encode(batch))
        for readings in recorded.pcs.values():
            del readings[:-1]
        self._begun = {pc for pc, readings in recorded.pcs.items() if readings}
        recorded.events.clear()
        return found
