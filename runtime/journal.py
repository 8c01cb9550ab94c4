"""The structured log of a process: what happened, in the past tense; lines for people on a terminal, JSON elsewhere.

An event that repeats is written at most `STORM` times a minute; the next one says how many were left out. A line that
cannot be written, because the disk is full or nobody reads any more, is lost: the process goes on without it.
"""

import contextlib
import logging
import sys
import time
from collections import defaultdict
from collections.abc import MutableMapping
from typing import Any, Final, TextIO, cast

import structlog

STORM: Final = 20
_MINUTE_S: Final = 60.0


class _Storm:
    """Drops an event that was written too often in this minute."""

    def __init__(self) -> None:
        self._minute = 0.0
        self._written: dict[str, int] = defaultdict(int)

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        now = time.monotonic()
        if now - self._minute > _MINUTE_S:
            self._minute = now
            left_out = sum(max(0, number - STORM) for number in self._written.values())
            self._written.clear()
            if left_out:
                event["left_out"] = left_out
        self._written[str(event["event"])] += 1
        if self._written[str(event["event"])] > STORM:
            raise structlog.DropEvent
        return event


class _Lossy:
    """The file that a logger prints to; what it does not take is dropped."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._output.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._output.flush()


def start_journal(level: str, role: str) -> None:
    """Configure structlog for this process; every line carries the role."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _Storm(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Lossy(sys.stderr))),
    )
    structlog.contextvars.bind_contextvars(role=role)
