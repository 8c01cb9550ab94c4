"""What a message knows beside its body: its headers, its position, the shift of its clock."""

from dataclasses import dataclass

import msgspec

from runtime.log import Entry
from schemas.headers import CLOCK_SHIFT_MS, IMPORT, Headers, decode


@dataclass(frozen=True, slots=True)
class Stamp:
    """A message's place and circumstances. Times are ms since the Unix epoch.

    Attributes:
        shift_ms: what is added to the client's times: the difference of the clocks where it exceeds 60 s, else 0.
    """

    headers: Headers
    log_id: str
    partition: int
    offset: int
    shift_ms: int
    size: int

    @property
    def exempt(self) -> bool:
        """An import may be as old as it is, though not from the future."""
        return self.headers.source == IMPORT


def stamp(entry: Entry, log_id: str) -> Stamp:
    """Read an entry's headers.

    Raises:
        msgspec.ValidationError: a header is missing or not of its type.
    """
    headers = decode(entry.message.headers)
    if not headers.project or headers.received_ms <= 0:
        raise msgspec.ValidationError("project and received_ms are needed")
    behind = 0.0 if headers.sent_ms is None else headers.received_ms - headers.sent_ms
    shift = round(behind) if abs(behind) > CLOCK_SHIFT_MS else 0
    return Stamp(headers, log_id, entry.partition, entry.offset, shift, len(entry.message.value))
