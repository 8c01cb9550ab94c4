"""What the Kafka driver says goes to the journal, thinned out: while brokers are away it says ten things a second."""

import logging
import time
from collections.abc import Callable
from typing import Final

import structlog

EVERY_S: Final = 30.0

_journal = structlog.get_logger(__name__)


class DriverLog(logging.Handler):
    """Passes on one line of each kind in `every_s` seconds; the next says how many were left out.

    A kind is the text before its values are filled in, so what differs in a port or a number only is one kind.
    """

    def __init__(self, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._every_s = every_s
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it."""
        kind = str(record.msg)
        now = self._clock()
        last, left_out = self._said.get(kind, (-self._every_s, 0))
        if now - last < self._every_s:
            self._said[kind] = (last, left_out + 1)
            return
        self._said[kind] = (now, 0)
        _journal.warning("kafka_driver_says", words=record.getMessage(), left_out=left_out)


def limit_driver_log() -> None:
    """Let the driver speak through `DriverLog` only. Safe to call often."""
    logger = logging.getLogger("aiokafka")
    if not any(isinstance(handler, DriverLog) for handler in logger.handlers):
        logger.addHandler(DriverLog())
        logger.propagate = False
