"""The agent's clock: like a browser's timeOrigin + performance.now(), it never steps while the process runs."""

import time
from collections.abc import Callable


def epoch_clock() -> Callable[[], float]:
    """Return a clock of milliseconds since the Unix epoch: the wall clock of now, carried on by the monotonic one."""
    origin_ms = time.time() * 1000 - time.monotonic() * 1000

    def now_ms() -> float:
        return origin_ms + time.monotonic() * 1000

    return now_ms
