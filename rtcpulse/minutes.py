"""The ledger per project and minute: what the log's headers say was accepted, against how `batches` says it ended.

The two sides are read apart: `accepted` and `in flight` from the log, the outcomes from the store. What is left over of
one after the other is a loss, or a row that says another project or minute than its message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from analytics.sql import text
from runtime.logheads import Heads
from runtime.logs import Standing
from runtime.store import Parameter, Store

MINUTE_MS: Final = 60_000
ENDED: Final = ("stored", "duplicate", "dead_letter")


@dataclass(slots=True)
class Line:
    """A minute of a project (ms since the Unix epoch, of receipt): numbers of positions."""

    project: str
    minute_ms: int
    accepted: int = 0
    stored: int = 0
    duplicate: int = 0
    dead_letter: int = 0
    in_flight: int = 0

    @property
    def left_over(self) -> int:
        """Accepted positions that neither ended nor wait; below 0 there are rows whose message is of another line."""
        return self.accepted - self.stored - self.duplicate - self.dead_letter - self.in_flight


@dataclass(frozen=True, slots=True)
class Missing:
    """Offsets in a row, both ends included, that ingest has passed and that have no row; first and last minute."""

    partition: int
    first: int
    last: int
    minutes_ms: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines, in order of minute and project, and what is not as it should be.

    Attributes:
        missing: offsets without a row, below what ingest has finished.
        unknown: (partition, offset) that have a row where the log has no message.
    """

    lines: Sequence[Line]
    missing: Sequence[Missing] = ()
    unknown: Sequence[tuple[int, int]] = ()

    @property
    def well(self) -> bool:
        """Whether nothing is left over in any line, and no position is missing or unknown."""
        return not (self.missing or self.unknown or any(line.left_over for line in self.lines))

    def total(self, name: str) -> int:
        """Return the sum of one number over all lines."""
        return sum(getattr(line, name) for line in self.lines)


@dataclass(slots=True)
class _Book:
    lines: dict[tuple[str, int], Line] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)

    def line(self, project: str, minute_ms: int) -> Line:
        return self.lines.setdefault((project, minute_ms), Line(project, minute_ms))

    def miss(self, partition: int, offset: int, minute_ms: int) -> None:
        before = self.missing[-1] if self.missing else None
        if before and (before.partition, before.last + 1) == (partition, offset):
            self.missing[-1] = Missing(partition, before.first, offset, (before.minutes_ms[0], minute_ms))
        else:
            self.missing.append(Missing(partition, offset, offset, (minute_ms, minute_ms)))


def ledger(store: Store, log: Standing, heads: Heads, since_ms: int) -> Ledger:
    """Hold the heads of a log against the rows of the same positions.

    Args:
        store: whose `batches` is asked, after the log was read: what ended meanwhile has ended.
        log: how the log stood before its heads were read.
        heads: what was accepted, without gaps up to where they end.
        since_ms: what is older and finished is left out: its rows may have gone with their retention.
    """
    book = _Book()
    for partition, bounds in log.bounds.items():
        seen = {one.offset: one for one in heads.found if one.partition == partition}
        young = [offset for offset, one in seen.items() if offset >= bounds.committed or one.written_ms >= since_ms]
        if not young:
            continue
        asked: dict[str, Parameter] = {"log_id": log.log_id, "partition": partition}
        asked |= {"since": min(young), "until": heads.until[partition]}
        rows = {row["offset"]: row for row in store.query(text("checks", "positions"), asked).to_pylist()}
        for offset in (one for one in seen if one >= min(young)):
            head, row = seen[offset], rows.get(offset)
            minute_ms = head.received_ms // MINUTE_MS * MINUTE_MS
            line = book.line(head.project, minute_ms)
            line.accepted += 1
            if row:
                _ended(book, row, minute_ms)
            elif offset >= bounds.committed:
                line.in_flight += 1
            else:
                book.miss(partition, offset, minute_ms)
        book.unknown += [(partition, offset) for offset in sorted(rows.keys() - seen.keys())]
    lines = sorted(book.lines.values(), key=lambda line: (line.minute_ms, line.project))
    return Ledger(lines, book.missing, book.unknown)


def _ended(book: _Book, row: Mapping[str, Any], minute_ms: int) -> None:
    # A dead letter whose headers are damaged has no time of its own.
    line = book.line(row["project"], row["minute_ms"] or minute_ms)
    if row["outcome"] in ENDED:
        setattr(line, row["outcome"], getattr(line, row["outcome"]) + row["times"])
