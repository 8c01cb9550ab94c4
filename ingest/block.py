"""A block: the messages that become rows together, and what of them every row carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ingest import columns
from ingest.decode import Batch
from ingest.frame import Floats, Integers
from ingest.join import Unknown
from ingest.stamp import Stamp
from schemas.headers import TOO_NEW_MS, TOO_OLD_MS
from schemas.tables import Column


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message that is a batch."""

    stamp: Stamp
    batch: Batch
    body_hash: int
    unknown: Unknown = field(default_factory=Unknown)


class Context:
    """The decoded messages of a block as columns, and the counts of what is left out of each.

    Attributes:
        count: number of messages.
        shift: what is added to each message's times, ms.
        dropped_too_old, dropped_too_new, dropped_no_step: left out, by message.
    """

    def __init__(self, messages: Sequence[Decoded]) -> None:
        self.messages = messages
        self.count = len(messages)
        self.shift = np.asarray([item.stamp.shift_ms for item in messages], np.float64)
        self._received = np.asarray([item.stamp.headers.received_ms for item in messages], np.int64)
        self._exempt = np.asarray([item.stamp.exempt for item in messages], np.bool_)
        self._offset = np.asarray([item.stamp.offset for item in messages], np.int64)
        self._partition = np.asarray([item.stamp.partition for item in messages], np.int64)
        self.dropped_too_old = np.zeros(self.count, np.int64)
        self.dropped_too_new = np.zeros(self.count, np.int64)
        self.dropped_no_step = np.zeros(self.count, np.int64)

    def in_time(self, t: Floats, message: Integers, candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the candidate rows lie within the limits of live samples; count the others."""
        age = self._received[message] - (t + self.shift[message])
        old = candidates & (age > TOO_OLD_MS) & ~self._exempt[message]
        new = candidates & (age < -TOO_NEW_MS)
        self.dropped_too_old += np.bincount(message[old], minlength=self.count)
        self.dropped_too_new += np.bincount(message[new], minlength=self.count)
        kept: NDArray[np.bool_] = candidates & ~old & ~new
        return kept

    def identity(self, message: Integers, named: Mapping[str, Column]) -> dict[str, pa.Array]:
        """Return the columns of rows that come from their message as a whole."""
        rows = {
            "project": self._text(message, lambda item: item.stamp.headers.project),
            "room": self._text(message, lambda item: item.batch.session.room),
            "session": self._text(message, lambda item: item.batch.session.id),
            "participant": self._text(message, lambda item: item.batch.session.participant),
            "writer": self._text(message, lambda item: item.batch.writer),
        }
        rows["clock_shift_ms"] = columns.whole(self.shift[message].astype(np.int64), named["clock_shift_ms"])
        rows["received"] = columns.whole(self._received[message], named["received"])
        return rows

    def position(self, message: Integers, named: Mapping[str, Column]) -> dict[str, pa.Array]:
        """Return the columns of the rows' places in the log; rows of a message stand together."""
        first = np.ones(len(message), np.bool_)
        first[1:] = message[1:] != message[:-1]
        begin = np.maximum.accumulate(np.where(first, np.arange(len(message)), 0)) if len(message) else message
        return {
            "log_id": self._text(message, lambda item: item.stamp.log_id),
            "log_partition": columns.whole(self._partition[message], named["log_partition"]),
            "log_offset": columns.whole(self._offset[message], named["log_offset"]),
            "log_index": columns.whole(np.arange(len(message)) - begin, named["log_index"]),
        }

    def _text(self, message: Integers, of: Any) -> pa.Array:
        known: dict[str, int] = {}
        codes = np.asarray([known.setdefault(of(item), len(known)) for item in self.messages], np.int64)
        return columns.texts(codes[message], list(known))
