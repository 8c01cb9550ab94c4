"""What SQL says of a call's streams against the relay's record, for every kind of peer."""

import asyncio
from typing import Any, Final, Protocol

import pytest

from tests.e2e.calls import CallTruth, StreamTruth

Row = dict[str, Any]
CLOCK_RATE: Final = {"audio": 48000, "video": 90000}
SETTLE_MS: Final = 4000.0
VISIBLE_S: Final = 20.0
CLOCK_MS: Final = 2.0
"""How far the browser's clock and ours may be apart, both rounded."""
COLUMNS: Final = (
    "session, direction, kind, ssrc, toFloat64(t) * 1000 AS t_ms, interval_ms, packets, packets_lost, bytes, "
    "d_packets, d_packets_lost, d_packets_expected, d_bytes, "
    "ifNull(retransmitted_packets, 0) AS repeated, jitter_ms, rtt_ms, "
    "rtt_source, toFloat64(remote_t) * 1000 AS remote_ms, track, publisher, source"
)


class Pipeline(Protocol):
    """A running pipeline: where to push, and how to ask."""

    @property
    def collector(self) -> str:
        """Return the address to push to."""
        ...

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, a dict a row."""
        ...


async def stored_checks(pipeline: Pipeline, truth: CallTruth) -> list[Row]:
    """Return the samples of the call's connections in which a round trip by STUN is known; ask `stored` first."""
    sessions = ", ".join(f"'{session}'" for session in truth.sessions)
    columns = "session, toFloat64(t) * 1000 AS t_ms, interval_ms, rtt_ms"
    where = f"session IN ({sessions}) AND rtt_ms IS NOT NULL AND interval_ms IS NOT NULL"
    return await asyncio.to_thread(
        pipeline.query, f"SELECT {columns} FROM transport_samples FINAL WHERE {where} ORDER BY session, t"
    )


async def stored(pipeline: Pipeline, truth: CallTruth) -> list[Row]:
    """Return the call's rows once each session's last sample is there."""
    sessions = ", ".join(f"'{session}'" for session in truth.sessions)
    sql = (
        f"SELECT {COLUMNS} FROM stream_samples WHERE session IN ({sessions}) AND stats_id != '' "
        "ORDER BY session, direction, ssrc, t"
    )
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


def of_stream(rows: list[Row], stream: StreamTruth) -> tuple[list[Row], list[Row]]:
    """Return the stream's rows at its receiver and at its sender, in order of time."""
    received = [row for row in rows if (row["session"], row["ssrc"]) == (stream.receiver, stream.ssrc)]
    sent = [row for row in rows if (row["session"], row["ssrc"]) == (stream.sender, stream.ssrc)]
    return received, sent


def check_no_stream_too_many(rows: list[Row], truth: CallTruth) -> None:
    """Every SSRC that carries media is an inbound stream of its receiver, and nothing else is."""
    assert {(row["session"], row["ssrc"]) for row in rows if row["direction"] == "inbound"} == {
        (stream.receiver, stream.ssrc) for stream in truth.media()
    }


def check_loss(stream: StreamTruth, rows: list[Row]) -> None:
    """At every sample the receiver's loss is exactly that of the packets it was given; deltas add up to the whole.

    Repairs came as other packets and do not count: neither as received, nor do they take a loss back.
    """
    record = stream.record
    for row in rows:
        assert row["packets_lost"] == record.lost(row["packets"] - row["repeated"])
    assert rows[-1]["packets"] - rows[-1]["repeated"] == record.received
    lost, expected = total(rows, "d_packets_lost"), total(rows, "d_packets_expected")
    assert (lost, expected) == (record.lost(record.received), record.received + record.lost(record.received))
    assert lost / expected == pytest.approx(record.between(0, float("inf")).loss_ratio, abs=0.005)


def check_times(stream: StreamTruth, rows: list[Row], *, late_ms: float) -> None:
    """A sample at t counts what had come by then, or up to `late_ms` earlier: but for a quarter, on a busy machine."""
    received = stream.record.received_until
    counted = [(row["t_ms"], row["packets"] - row["repeated"]) for row in rows]
    right = [received(t_ms - late_ms) <= own <= received(t_ms + CLOCK_MS) for t_ms, own in counted]
    assert sum(right) >= 0.75 * len(rows)


def check_reported_loss(stream: StreamTruth, rows: list[Row]) -> None:
    """After the silence the sender knows by RTCP what the receiver lost."""
    assert rows[-1]["packets_lost"] == stream.record.lost(stream.record.received)
    assert total(rows, "d_packets_lost") == stream.record.lost(stream.record.received)


def bitrates_bps(stream: StreamTruth, rows: list[Row], truth: CallTruth, tag: int) -> tuple[float, float]:
    """Return what SQL says that the sender sent during the call, and the payload that came by in that time.

    Args:
        stream: the stream; its repairs are sent bytes too.
        rows: its rows at the sender.
        truth: when the call began and ended.
        tag: bytes that the SRTP profile puts behind each payload.
    """
    during = [row for row in rows if truth.started_ms < row["t_ms"] <= truth.ended_ms]
    start, end = during[0]["t_ms"], during[-1]["t_ms"]
    records = [stream.record, *([stream.repair] if stream.repair else [])]
    real_bps = sum(record.sent_bytes(start, end, tag) for record in records) * 8000 / (end - start)
    return total(during[1:], "d_bytes") * 8000 / sum(row["interval_ms"] for row in during[1:]), real_bps


def jitters_ms(stream: StreamTruth, rows: list[Row], truth: CallTruth) -> list[tuple[float, float]]:
    """Return each sample's jitter once it has settled: what SQL says, and RFC 3550's of the relay's delivery times."""
    return [
        (row["jitter_ms"], stream.record.jitter_ms(row["packets"] - row["repeated"], CLOCK_RATE[row["kind"]]))
        for row in rows
        if truth.started_ms + SETTLE_MS < row["t_ms"] <= truth.ended_ms
    ]


def total(rows: list[Row], column: str) -> float:
    """Return the sum of a column; unknown adds nothing."""
    return sum((float(row[column]) for row in rows if row[column] is not None), start=0.0)
