"""What SQL says of a call against what the relay did to it, SSRC by SSRC."""

from statistics import fmean

import pytest

from rtcpulse.demo.impairment import Impairment
from tests.e2e.calls import SRTP_TAG, CallTruth, StreamTruth
from tests.e2e.calm import calm_calls
from tests.e2e.checks import (
    Pipeline,
    Row,
    bitrates_bps,
    check_loss,
    check_no_stream_too_many,
    check_reported_loss,
    check_times,
    jitters_ms,
    of_stream,
    stored,
)

LATE_MS = 150.0
PAIRS = [
    (Impairment(delay_ms=20), Impairment(delay_ms=100, jitter_ms=20)),
    (Impairment(loss=0.02, delay_ms=20, jitter_ms=20), Impairment(loss=0.02, delay_ms=100)),
    (Impairment(loss=0.05, delay_ms=20), Impairment(loss=0.05, delay_ms=100, jitter_ms=20)),
    (Impairment(loss=0.1, delay_ms=20, jitter_ms=20), Impairment(loss=0.1, delay_ms=100)),
]


@pytest.mark.alone
@pytest.mark.timeout(150)
@pytest.mark.parametrize("pair", PAIRS)
async def test_sql_says_what_the_relay_did(pipeline: Pipeline, pair: tuple[Impairment, Impairment]) -> None:
    """Packets lost exactly, loss ratio, jitter, RTT and bitrate within the published tolerances; no stream too many."""
    for truth in await calm_calls(pipeline.collector, pair, seconds=15):
        assert truth.given_up == 0
        rows = await stored(pipeline, truth)
        check_no_stream_too_many(rows, truth)
        for stream in truth.media():
            check_stream(stream, rows, truth)


def check_stream(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """Both ends."""
    received, sent = of_stream(rows, stream)
    check_loss(stream, received)
    check_times(stream, received, late_ms=LATE_MS)
    check_jitter(stream, received, truth)
    check_reported_loss(stream, sent)
    assert sent[-1]["packets"] == len(stream.record.seq)
    check_bitrate(stream, sent, truth)
    check_rtt(stream, sent, truth)


def check_jitter(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """Jitter in milliseconds is RFC 3550's of the relay's own delivery times, 15 % or 3 ms."""
    said, real = zip(*jitters_ms(stream, rows, truth), strict=True)
    assert fmean(said) == pytest.approx(fmean(real), rel=0.15, abs=3)


def check_bitrate(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """The sender's bytes between two samples are the payload that came by, 3 %."""
    said_bps, real_bps = bitrates_bps(stream, rows, truth, SRTP_TAG)
    assert said_bps == pytest.approx(real_bps, rel=0.03)


def check_rtt(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """The round trip that the sender knew at each sample is what RTCP really waited, 5 ms; it is marked as RTCP's."""
    said = [row for row in rows if row["rtt_ms"] is not None and row["t_ms"] <= truth.ended_ms]
    real = [stream.rtt_ms(row["t_ms"]) for row in said]
    assert len(said) > 5
    assert {row["rtt_source"] for row in said} == {"rtcp"}
    assert fmean(row["rtt_ms"] for row in said) == pytest.approx(fmean(one for one in real if one is not None), abs=5)
