"""The run says its seed, so that what it found can be found again."""

import pytest

from tests.fuzz.effort import ASKED, SEED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how to repeat a run whose examples were new."""
    if ASKED:
        terminalreporter.write_line(f"to repeat: RTCPULSE_TEST_SEED={SEED} RTCPULSE_TEST_REQUESTS={ASKED}")
