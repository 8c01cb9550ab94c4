"""The driver's ten warnings a second become one of each kind in half a minute, with a count."""

import logging
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from runtime.kafkajournal import DriverLog, limit_driver_log


class Clock:
    """Seconds that stand until they are moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """A clock at zero."""
    return Clock()


@pytest.fixture
def driver(clock: Clock) -> Iterator[logging.Logger]:
    """A logger that speaks through the limiter."""
    logger = logging.getLogger("aiokafka.of.a.test")
    handler = DriverLog(30, clock)
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


def test_a_storm_is_one_line_of_each_kind(driver: logging.Logger, clock: Clock) -> None:
    """Kinds are told apart by their text, not by the values in it; the next line counts what was left out."""
    with capture_logs() as lines:
        for second in range(300):
            clock.now_s = second / 10
            driver.error("Unable to connect to node %s", second)
            driver.warning("No partition metadata for topic %s", "t")
            driver.info("not a warning")
        clock.now_s = 30
        driver.error("Unable to connect to node %s", "last")
    told = [(line["words"], line["left_out"]) for line in lines]
    assert told == [
        ("Unable to connect to node 0", 0),
        ("No partition metadata for topic t", 0),
        ("Unable to connect to node last", 299),
    ]
    assert {line["event"] for line in lines} == {"kafka_driver_says"}
    assert {line["log_level"] for line in lines} == {"warning"}


def test_the_limiter_is_set_once() -> None:
    """However many clients a process has, a line is written once."""
    for _ in range(3):
        limit_driver_log()
    logger = logging.getLogger("aiokafka")
    assert sum(isinstance(handler, DriverLog) for handler in logger.handlers) == 1
    assert not logger.propagate
