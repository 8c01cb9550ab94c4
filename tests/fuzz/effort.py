"""How much is tried: some of it, always the same, in `make test`; as much as is asked for, ever new, in `make fuzz`."""

import os
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings

ASKED: Final = os.environ.get("RTCPULSE_TEST_REQUESTS", "")
PER_EXAMPLE: Final = 8
REQUESTS: Final = int(ASKED or 1500)

bounded: Final[Callable[[Any], Any]] = settings(
    max_examples=max(1, REQUESTS // PER_EXAMPLE),
    derandomize=not ASKED,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
