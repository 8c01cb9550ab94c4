"""How much is tried: some of it, always the same, in `make test`; as much as is asked for, ever new, in `make fuzz`.

What is ever new follows from a seed, which the run says at its end; RTCPULSE_TEST_SEED repeats it.
"""

import os
import secrets
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, seed, settings

ASKED: Final = os.environ.get("RTCPULSE_TEST_REQUESTS", "")
PER_EXAMPLE: Final = 8
REQUESTS: Final = int(ASKED or 1500)
SEED: Final = int(os.environ.get("RTCPULSE_TEST_SEED") or secrets.randbits(32))


def effort(examples: int, *, new: bool) -> Callable[[Any], Any]:
    """Return a decorator that has a property tried so often: the same examples every time, or new ones by the seed."""
    bounds = settings(
        max_examples=max(1, examples),
        derandomize=not new,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    return lambda test: seed(SEED)(bounds(test)) if new else bounds(test)


bounded: Final = effort(REQUESTS // PER_EXAMPLE, new=bool(ASKED))
