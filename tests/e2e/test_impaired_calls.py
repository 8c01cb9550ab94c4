"""What SQL says of a call against what the relay did to it, SSRC by SSRC."""

import asyncio
from statistics import fmean
from typing import Any, Protocol

import pytest

from tests.e2e.calls import SRTP_TAG, CallTruth, StreamTruth, impaired_call

Row = dict[str, Any]
CLOCK_RATE = {"audio": 48000, "video": 90000}
SETTLE_MS = 4000.0
VISIBLE_S = 20.0
COLUMNS = (
    "session, direction, kind, ssrc, toFloat64(t) * 1000 AS t_ms, interval_ms, packets, packets_lost, d_packets, "
    "d_packets_lost, d_bytes, jitter_ms, rtt_ms, rtt_source"
)


class Pipeline(Protocol):
    """A running pipeline: where to push, and how to ask."""

    collector: str

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, a dict a row."""
        ...


CASES = [
    (0.00, 20.0, 0.0),
    (0.00, 100.0, 20.0),
    (0.02, 20.0, 20.0),
    (0.02, 100.0, 0.0),
    (0.05, 20.0, 0.0),
    (0.05, 100.0, 20.0),
    (0.10, 20.0, 20.0),
    (0.10, 100.0, 0.0),
]


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("loss", "delay_ms", "jitter_ms"), CASES)
async def test_sql_says_what_the_relay_did(pipeline: Pipeline, loss: float, delay_ms: float, jitter_ms: float) -> None:
    """Packets lost exactly, loss ratio, jitter, RTT and bitrate within the published tolerances; no stream too many."""
    seed = round(loss * 100 + delay_ms)
    truth = await impaired_call(
        pipeline.collector, loss=loss, delay_ms=delay_ms, jitter_ms=jitter_ms, seconds=15, seed=seed
    )
    assert truth.given_up == 0
    rows = await stored(pipeline, truth)
    assert {(row["session"], row["ssrc"]) for row in rows if row["direction"] == "inbound"} == {
        (stream.receiver, stream.ssrc) for stream in truth.media()
    }
    for stream in truth.media():
        received = [row for row in rows if (row["session"], row["ssrc"]) == (stream.receiver, stream.ssrc)]
        sent = [row for row in rows if (row["session"], row["ssrc"]) == (stream.sender, stream.ssrc)]
        check_loss(stream, received)
        check_jitter(stream, received, truth)
        check_reported_loss(stream, sent)
        check_bitrate(stream, sent, truth)
        check_rtt(stream, sent, truth)


async def stored(pipeline: Pipeline, truth: CallTruth) -> list[Row]:
    """Return the call's rows once each session's last sample is there."""
    sessions = ", ".join(f"'{session}'" for session in truth.sessions)
    sql = f"SELECT {COLUMNS} FROM stream_samples WHERE session IN ({sessions}) ORDER BY session, direction, ssrc, t"
    ends = list(zip(truth.sessions, truth.sample_times, strict=True))
    async with asyncio.timeout(VISIBLE_S):
        while True:
            rows = await asyncio.to_thread(pipeline.query, sql)
            if all(arrived(rows, session, times[-1]) for session, times in ends):
                return rows
            await asyncio.sleep(0.3)


def arrived(rows: list[Row], session: str, last_ms: float) -> bool:
    """Return whether the session's last sample is among the rows; times are kept to the millisecond."""
    return any(row["session"] == session and row["t_ms"] >= last_ms - 1 for row in rows)


def check_loss(stream: StreamTruth, rows: list[Row]) -> None:
    """At every sample the receiver's loss is exactly that of the packets it was given; deltas add up to the whole."""
    record = stream.record
    assert rows[-1]["packets"] == record.received
    for row in rows:
        assert row["packets_lost"] == record.lost(row["packets"])
        assert abs(record.received_until(row["t_ms"]) - row["packets"]) <= 12
    lost, received = total(rows, "d_packets_lost"), total(rows, "d_packets")
    assert (lost, received) == (record.lost(record.received), record.received)
    real = record.between(0, float("inf")).loss_ratio
    assert lost / (lost + received) == pytest.approx(real, abs=0.005)


def check_jitter(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """Jitter in milliseconds is RFC 3550's of the relay's own delivery times, 15 % or 3 ms."""
    during = [row for row in rows if truth.started_ms + SETTLE_MS < row["t_ms"] <= truth.ended_ms]
    real = [stream.record.jitter_ms(row["packets"], CLOCK_RATE[row["kind"]]) for row in during]
    assert fmean(row["jitter_ms"] for row in during) == pytest.approx(fmean(real), rel=0.15, abs=3)


def check_reported_loss(stream: StreamTruth, rows: list[Row]) -> None:
    """After the silence the sender knows by RTCP what the receiver lost."""
    assert rows[-1]["packets_lost"] == stream.record.lost(stream.record.received)
    assert rows[-1]["packets"] == len(stream.record.seq)


def check_bitrate(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """The sender's bytes between two samples are the payload that came by, 3 %."""
    during = [row for row in rows if truth.started_ms < row["t_ms"] <= truth.ended_ms]
    start, end = during[0]["t_ms"], during[-1]["t_ms"]
    real_bps = stream.record.sent_bytes(start, end, SRTP_TAG) * 8000 / (end - start)
    said_bps = total(during[1:], "d_bytes") * 8000 / sum(row["interval_ms"] for row in during[1:])
    assert said_bps == pytest.approx(real_bps, rel=0.03)


def check_rtt(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> None:
    """The round trip that the sender knew at each sample is what RTCP really waited, 5 ms; it is marked as RTCP's."""
    said = [row for row in rows if row["rtt_ms"] is not None and row["t_ms"] <= truth.ended_ms]
    real = [stream.rtt_ms(row["t_ms"]) for row in said]
    assert len(said) > 5
    assert {row["rtt_source"] for row in said} == {"rtcp"}
    assert fmean(row["rtt_ms"] for row in said) == pytest.approx(fmean(one for one in real if one is not None), abs=5)


def total(rows: list[Row], column: str) -> float:
    """Return the sum of a column; unknown adds nothing."""
    return sum((float(row[column]) for row in rows if row[column] is not None), start=0.0)
