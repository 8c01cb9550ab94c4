"""Which batches were there before: a bounded memory of repeat keys, filled from `batches` for unknown sessions."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from ingest.block import Decoded
from runtime.store import Store

KEYS_MAX: Final = 2_000_000
LOOK_BACK_MS: Final = 24 * 3600 * 1000
SLACK_MS: Final = 3600 * 1000
"""How much further back is looked, so that the next message, received a little before, does not have it done again."""
Session = tuple[str, str]
_REFILL: Final = """
SELECT project, session, writer, seq, origin_id, log_partition, log_offset, body_hash
FROM batches
WHERE project IN {projects:Array(String)} AND session IN {sessions:Array(String)} AND outcome = 'stored'
  AND toStartOfHour(received) >= toStartOfHour(fromUnixTimestamp64Milli({since:Int64}, 'UTC'))
  AND received >= fromUnixTimestamp64Milli({since:Int64}) AND log_id = {log_id:String}
"""


class First(NamedTuple):
    """The first batch under a repeat key: where it stands and what it was."""

    partition: int
    offset: int
    body_hash: int


class Repeats:
    """Remembers the first position of each (project, session, writer, seq or origin_id)."""

    def __init__(self, store: Store, log_id: str) -> None:
        self._store = store
        self._log_id = log_id
        self._sessions: OrderedDict[Session, dict[tuple[str, object], First]] = OrderedDict()
        self._since: dict[Session, int] = {}
        self._keys = 0

    def refill(self, messages: Sequence[Decoded]) -> None:
        """Learn what is stored of the sessions of these messages that are not known as far back as they need it.

        A replay was received when its dead letter was: perhaps long before what its session is known from. A file may
        be imported again at any time: for imports all that is stored is looked at.
        """
        needed: dict[Session, int] = {}
        for item in messages:
            session = _session(item)
            since = 0 if item.stamp.exempt else item.stamp.headers.received_ms - LOOK_BACK_MS
            needed[session] = min(since, needed.get(session, since))
            if session in self._sessions:
                self._sessions.move_to_end(session)
        new = {session for session, since in needed.items() if self._since.get(session, since + 1) > since}
        if not new:
            return
        since = max(0, min(needed[session] for session in new) - SLACK_MS)
        rows = self._store.query(
            _REFILL,
            {
                "projects": sorted({project for project, _ in new}),
                "sessions": sorted({session for _, session in new}),
                "since": since,
                "log_id": self._log_id,
            },
        ).to_pylist()
        for key in new:
            self._sessions.setdefault(key, {})
            self._since[key] = since
        for row in rows:
            known = self._sessions.get((row["project"], row["session"]))
            if known is not None:
                name = row["origin_id"] or row["seq"]
                place = First(row["log_partition"], row["log_offset"], row["body_hash"])
                self._keep_lowest(known, (row["writer"], name), place)

    def first(self, item: Decoded) -> First:
        """Return the first batch under this one's key; its own place where it is the first, remembered from now on."""
        session = _session(item)
        known = self._sessions.setdefault(session, {})
        self._sessions.move_to_end(session)
        name = item.batch.origin_id or item.batch.seq
        own = First(item.stamp.partition, item.stamp.offset, item.body_hash)
        first = self._keep_lowest(known, (item.batch.writer, name), own)
        while self._keys > KEYS_MAX and len(self._sessions) > 1:
            evicted, forgotten = self._sessions.popitem(last=False)
            self._since.pop(evicted, None)
            self._keys -= len(forgotten)
        return first

    def forget(self, item: Decoded) -> None:
        """Forget a batch that was not stored after all: its replay is no repeat."""
        known = self._sessions.get(_session(item), {})
        key = (item.batch.writer, item.batch.origin_id or item.batch.seq)
        if known.get(key, First(-1, -1, 0))[:2] == (item.stamp.partition, item.stamp.offset):
            del known[key]
            self._keys -= 1

    def _keep_lowest(self, known: dict[tuple[str, object], First], key: tuple[str, object], place: First) -> First:
        earlier = known.get(key)
        if earlier is None:
            self._keys += 1
        if earlier is None or place[:2] < earlier[:2]:
            known[key] = place
            return place
        return earlier


def _session(item: Decoded) -> Session:
    return item.stamp.headers.project, item.batch.session.id
