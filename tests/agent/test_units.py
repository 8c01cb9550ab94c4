"""aiortc's units become W3C's."""

from datetime import UTC, datetime

import pytest

from rtcpulse.agent.units import epoch_ms, fraction_lost, jitter_seconds


@pytest.mark.parametrize(("ticks", "rate", "seconds"), [(300, 48000, 0.00625), (90, 90000, 0.001), (0, 8000, 0.0)])
def test_jitter_ticks_become_seconds_by_the_clock_rate(ticks: int, rate: int, seconds: float) -> None:
    """Jitter is ticks over the clock rate (vector JIT-5: 300 ticks of 48 kHz are 6.25 ms)."""
    assert jitter_seconds(ticks, rate) == pytest.approx(seconds)


def test_a_clock_rate_of_zero_is_refused() -> None:
    """There is no jitter in seconds without a clock."""
    with pytest.raises(ValueError, match="0 Hz"):
        jitter_seconds(5, 0)


@pytest.mark.parametrize(("byte", "ratio"), [(25, 0.09765625), (51, 0.19921875), (64, 0.25), (12, 0.046875), (0, 0.0)])
def test_the_fraction_byte_is_of_256(byte: int, ratio: float) -> None:
    """RFC 3550's fraction lost is a fixed point number with eight bits (vector LOSS-10)."""
    assert fraction_lost(byte) == ratio


def test_datetimes_become_epoch_milliseconds() -> None:
    """The time zone of the datetime is respected."""
    assert epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)) == 1500.0
