"""What an observer counts of RTP packets, against published vectors of RFC 3550 A.1, A.3 and 6.4.1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcpulse.rtcp.headers import Rtp
from rtcpulse.rtcp.reception import Reception


def of(packets: list[tuple[int, int, float]], clock_rate: int | None = 8000) -> Reception:
    """Return what is counted of packets (sequence number, timestamp, arrival in ms)."""
    reception = Reception()
    for seq, timestamp, at_ms in packets:
        reception.add(Rtp(0, seq, timestamp & 0xFFFFFFFF, 1, 172, 12), 1_700_000_000_000 + at_ms, clock_rate)
    return reception


def of_seqs(*seqs: int) -> Reception:
    """Return what is counted of these sequence numbers."""
    return of([(seq, 0, 0.0) for seq in seqs])


@pytest.mark.parametrize(
    ("seqs", "received", "lost"),
    [
        (list(range(10)), 10, 0),
        ([0, 1, 2, 3, 4, 5, 6, 7, 9], 9, 1),  # LOSS-1: 10 expected, 9 received
        ([65530, 65531, 65532, 65533, 65534, 65535, 0, 1, 2, 3], 10, 0),  # LOSS-2
        ([1, 3, 2, 5], 4, 1),  # LOSS-3
        ([1, 4, 4, 5], 4, 1),  # LOSS-4: two lost, one twice
        ([0xFFFD, 0, 0xFFFE, 1], 4, 1),  # LOSS-5
        ([0xFFFD, 0, 0xFFFE, 1, 3], 5, 2),  # LOSS-6
        ([0, 1, 1, 1], 4, -2),  # duplicates make it negative
        ([0, 1, 4000, 4001], 3, 0),  # LOSS-7 with RFC 3550's limit of 3000: a restart
        ([0, 1, 4000, 4001, 4003], 4, 1),  # LOSS-8, likewise
        ([0, 1, 4000, 2, 3], 4, 0),  # one stray packet is no restart
        ([0, 2, 9000, 9001, 9003], 4, 2),  # what was lost before a restart stays lost
        ([100, 101, 30, 102], 4, -1),  # late by less than 100
    ],
)
def test_received_and_lost(seqs: list[int], received: int, lost: int) -> None:
    """Signed: late packets and duplicates count as received."""
    reception = of_seqs(*seqs)
    assert (reception.packets, reception.lost) == (received, lost)


def test_two_turns_of_the_sequence_number() -> None:
    """Counted across 2^16, one in a hundred missing."""
    reception = of_seqs(*(number & 0xFFFF for number in range(60_001, 60_001 + 2 * 65536) if number % 100))
    missing = sum(number % 100 == 0 for number in range(60_001, 60_001 + 2 * 65536))
    assert (reception.packets, reception.lost) == (2 * 65536 - missing, missing)


@pytest.mark.parametrize(
    ("arrivals_ms", "ticks"),
    [
        ([0, 30, 50], 4.6875),  # JIT-1
        ([0, 20, 40], 0.0),  # JIT-2
        ([0, 50, 100], 29.0625),  # JIT-3
        ([0, 20, 45, 60, 95, 100], 18.788452),  # JIT-7
    ],
)
def test_jitter_in_seconds(arrivals_ms: list[float], ticks: float) -> None:
    """Packets of 20 ms on a clock of 8 kHz; across the timestamp's wrap too."""
    for first in (0, 2**32 - 200):
        reception = of([(n, first + 160 * n, at_ms) for n, at_ms in enumerate(arrivals_ms)])
        assert reception.jitter_s == pytest.approx(ticks / 8000, abs=2e-7)


def test_jitter_across_a_change_of_the_clock_rate() -> None:
    """Vector JIT-4: 240 ticks late at 8 kHz, then 30 ms late at 48 kHz: 174 ticks of 48 kHz."""
    reception = of([(0, 0, 0.0), (1, 160, 50.0)])
    reception.add(Rtp(96, 2, 160 + 960, 1, 172, 12), 1_700_000_000_100, 48000)
    assert reception.jitter_s is not None
    assert int(reception.jitter_s * 48000) == 174


def test_a_clock_that_jumps_is_no_jitter() -> None:
    """Vector JIT-6: 0x80000000 further at 90 kHz."""
    reception = Reception()
    for seq, timestamp in enumerate((0, 0x80000000)):
        reception.add(Rtp(96, seq, timestamp, 1, 172, 12), 1_700_000_000_000 + 33 * seq, 90000)
    assert reception.jitter_s == 0.0


def test_no_clock_rate_no_jitter() -> None:
    """It is unknown, not zero."""
    assert of([(0, 0, 0.0), (1, 160, 50.0)], clock_rate=None).jitter_s is None


@settings(deadline=None)
@given(seqs=st.lists(st.integers(0, 0xFFFF), max_size=200))
def test_any_sequence_numbers(seqs: list[int]) -> None:
    """What was counted is never more than what came, and as many are lost as were expected and did not come."""
    reception = of_seqs(*seqs)
    assert 0 <= reception.packets <= len(seqs)
    assert -len(seqs) <= reception.lost <= 3000 * len(seqs)


@settings(deadline=None)
@given(start=st.integers(0, 0xFFFF), drops=st.sets(st.integers(1, 399)), swaps=st.sets(st.integers(0, 397)))
def test_losses_and_swaps_are_counted_exactly(start: int, drops: set[int], swaps: set[int]) -> None:
    """Whatever the first number is."""
    sent = [number for number in range(400) if number not in drops]
    for place in swaps:
        if 0 < place < len(sent) - 2 and place % 2:  # each packet at most once
            sent[place], sent[place + 1] = sent[place + 1], sent[place]
    reception = of_seqs(*((start + number) & 0xFFFF for number in sent))
    assert reception.packets == len(sent)
    assert reception.lost == max(sent) + 1 - len(sent)
