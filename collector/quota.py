"""Requests and bytes a second of each key, as token buckets with a burst of five seconds."""

import math
from typing import Final

from schemas.errors import Refused
from schemas.reasons import Reason

BURST_S: Final = 5.0
KEYS_MAX: Final = 10_000


class Quota:
    """What each project may send. Times are seconds of a monotonic clock, passed in."""

    def __init__(self, requests_per_s: float, bytes_per_s: float) -> None:
        self._rates = (requests_per_s, bytes_per_s)
        self._buckets: dict[str, tuple[float, float, float]] = {}

    def spend(self, project: str, size: int, now_s: float) -> None:
        """Take one request of `size` bytes.

        Raises:
            Refused: RATE_LIMITED, with the seconds until it would be taken.
        """
        full = (self._rates[0] * BURST_S, self._rates[1] * BURST_S)
        requests, size_left, then_s = self._buckets.get(project, (*full, now_s))
        elapsed_s = max(0.0, now_s - then_s)
        requests = min(full[0], requests + elapsed_s * self._rates[0])
        size_left = min(full[1], size_left + elapsed_s * self._rates[1])
        wait_s = max((1 - requests) / self._rates[0], (min(size, full[1]) - size_left) / self._rates[1])
        if wait_s > 0:
            raise Refused(
                Reason.RATE_LIMITED, "this key sends more than it may", retry_after_s=max(1, math.ceil(wait_s))
            )
        if len(self._buckets) >= KEYS_MAX and project not in self._buckets:
            self._buckets.clear()
        self._buckets[project] = (requests - 1, size_left - size, now_s)
