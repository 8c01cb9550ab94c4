"""Whether there is room for one more body: requests a second, and bytes that are in memory at the same time.

A collector that takes more than it can carry answers late or dies; one that says so early goes on serving the rest.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from schemas.errors import Refused
from schemas.reasons import Reason

BURST_S: Final = 1.0
RETRY_AFTER_S: Final = 2.0


class Body:
    """The bytes of one body that is being received; they count until its answer is given."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self.size = 0

    def grow(self, size: int) -> None:
        """Count more bytes of it.

        Raises:
            Refused: OVERLOADED, there is no room for them now.
        """
        self._admission.take_room(size)
        self.size += size


class Admission:
    """Bounds what all senders together may have under way.

    Args:
        bytes_max: bytes of bodies in memory at the same time.
        requests_per_s: bodies a second; 0 is any number.
        now_s: a monotonic clock, seconds.
    """

    def __init__(
        self, bytes_max: int = 64 << 20, requests_per_s: float = 0, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._bytes_max = bytes_max
        self._requests_per_s = requests_per_s
        self._now_s = now_s
        self._tokens = max(1.0, requests_per_s * BURST_S)
        self._then_s = now_s()
        self.held_bytes = 0

    @contextmanager
    def body(self) -> Iterator[Body]:
        """Admit one body, until the block ends.

        Raises:
            Refused: OVERLOADED, too many came in this second.
        """
        self._spend()
        body = Body(self)
        try:
            yield body
        finally:
            self.held_bytes -= body.size

    def take_room(self, size: int) -> None:
        """Count bytes that are in memory now.

        Raises:
            Refused: OVERLOADED, there is no room for them now.
        """
        if self.held_bytes + size > self._bytes_max:
            raise Refused(Reason.OVERLOADED, "too many bytes are under way", retry_after_s=RETRY_AFTER_S)
        self.held_bytes += size

    def _spend(self) -> None:
        if not self._requests_per_s:
            return
        now_s = self._now_s()
        most = max(1.0, self._requests_per_s * BURST_S)
        self._tokens = min(most, self._tokens + (now_s - self._then_s) * self._requests_per_s)
        self._then_s = now_s
        if self._tokens < 1:
            raise Refused(Reason.OVERLOADED, "this collector has all it can take", retry_after_s=RETRY_AFTER_S)
        self._tokens -= 1
