"""The arithmetic against published vectors of RFC 3550's jitter and loss."""

import numpy as np
import pytest

from rtcpulse.rtcp.rfc3550 import jitter_ticks, lost, unwrap


def of_arrivals(clock_rate: int, step: int, arrivals_ms: list[float]) -> float:
    """Return the jitter in ticks of packets `step` ticks apart that arrive at these times."""
    count = len(arrivals_ms)
    ticks = [moment * clock_rate / 1000 for moment in arrivals_ms]
    return jitter_ticks(ticks, [step * n for n in range(count)], list(range(count)))


@pytest.mark.parametrize(
    ("arrivals_ms", "ticks"),
    [
        ([0, 30], 5.0),
        ([0, 30, 50], 4.6875),
        ([0, 20, 40], 0.0),
        ([0, 50, 100], 29.0625),
        ([0, 20, 45, 60], 4.84375),
        ([0, 20, 45, 60, 95, 100], 18.788452),
    ],
)
def test_jitter_of_8_khz_packets(arrivals_ms: list[float], ticks: float) -> None:
    """Vectors JIT-1, JIT-2, JIT-3 and JIT-7: packets of 20 ms."""
    assert of_arrivals(8000, 160, arrivals_ms) == pytest.approx(ticks, abs=1e-6)


def test_one_packet_100_ms_late() -> None:
    """Vector JIT-5: 300 ticks of 48 kHz after one packet."""
    assert of_arrivals(48000, 960, [0, 120]) == pytest.approx(300.0)


@pytest.mark.parametrize(("count", "ticks"), [(10, 76.086324), (32, 139.713794), (100, 159.748089)])
def test_jitter_settles_at_the_mean_difference(count: int, ticks: float) -> None:
    """Vector JIT-8: |D| = 160 again and again."""
    arrivals = [20.0 * n + (20.0 if n % 2 else 0.0) for n in range(count + 1)]
    assert of_arrivals(8000, 160, arrivals) == pytest.approx(ticks, abs=1e-5)


def test_packets_of_one_frame_and_late_packets_do_not_count() -> None:
    """Receivers leave out equal timestamps and packets out of order."""
    assert jitter_ticks([0, 900, 3000], [0, 0, 3000], [0, 1, 2]) == pytest.approx(900 / 16)
    assert jitter_ticks([0, 3000, 9999, 6000], [0, 3000, 1500, 6000], [0, 2, 1, 3]) == 0.0


def test_the_timestamp_wraps() -> None:
    """2^32 is followed by 0."""
    assert jitter_ticks([0, 160], [2**32 - 100, 60], [0, 1]) == 0.0


@pytest.mark.parametrize(
    ("seqs", "expected"),
    [
        ([65530, 65531, 65532, 65533, 65534, 65535, 0, 1, 2, 3], 0),
        ([1, 3, 2, 5], 1),
        ([1, 4, 4, 5], 1),
        ([0xFFFD, 0, 0xFFFE, 1], 1),
        ([0xFFFF, 1], 1),
        ([], 0),
    ],
)
def test_cumulative_loss(seqs: list[int], expected: int) -> None:
    """Vectors LOSS-2, 3, 4, 5 and 9: across the wrap, out of order, with duplicates."""
    extended: list[int] = []
    for seq in seqs:
        extended.append(unwrap(extended[-1], seq) if extended else seq)
    assert lost(np.array(extended, dtype=np.int64)) == expected
