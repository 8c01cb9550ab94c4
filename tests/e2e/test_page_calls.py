"""What SQL says of a call between two pages of Chromium against what the relay did to it, SSRC by SSRC.

In Chromium a video stream has a second SSRC for repairs (RTX). A repair is in packetsReceived, and as such also in
retransmittedPacketsReceived; it never takes a loss back. So inbound loss is exactly that of the primary SSRC, and so
is what the sender knows of it. The sender's packetsSent and bytesSent are both SSRCs' together, with the many packets
that only probe the bandwidth; retransmittedPacketsSent leaves those out. So nothing that a sender says tells how many
primary packets it sent: its packets and bytes are compared with both SSRCs', and its loss by the count, not the ratio.
"""

from statistics import median

import numpy as np
import pytest

from rtcpulse.demo.impairment import Impairment
from tests.e2e.calls import StreamTruth
from tests.e2e.checks import (
    CLOCK_MS,
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
    stored_checks,
    total,
)
from tests.e2e.pages import PageCallTruth, page_call

LATE_MS = 500.0
READ_MS = 1000.0
RTT_MS = 5.0
JITTER_MS = 3.0
JITTER_RATIO = 0.15


@pytest.mark.calls
@pytest.mark.timeout(150)
async def test_sql_says_what_the_relay_did_to_a_call_between_pages(pipeline: Pipeline) -> None:
    """Audio and video both ways, 5 % loss, 40 to 60 ms: losses and bytes exactly, jitter and RTT as published."""
    truth = await page_call(pipeline.collector, Impairment(loss=0.05, delay_ms=40, jitter_ms=20), seconds=25)
    rows = await stored(pipeline, truth.call)
    check_no_stream_too_many(rows, truth.call)
    assert len(truth.call.media()) == 4
    for stream in truth.call.media():
        received, sent = of_stream(rows, stream)
        check_loss(stream, received)
        check_times(stream, received, late_ms=LATE_MS)
        check_jitter(stream, received, truth)
        check_reported_loss(stream, sent)
        check_reports(stream, sent)
        if stream.repair is None:
            check_reported_ratio(stream, sent, truth)
        check_bytes(stream, sent, truth)
        check_rtt(stream, sent)
        check_owner(stream, received, truth)
        check_owner(stream, sent, truth)
    for session in truth.call.sessions:
        check_stun(session, await stored_checks(pipeline, truth.call), truth)


def check_jitter(stream: StreamTruth, rows: list[Row], truth: PageCallTruth) -> None:
    """Jitter in milliseconds is RFC 3550's of the relay's own delivery times, 15 % or 3 ms.

    A busy machine gives Chromium some packets later than the relay sent them, or stops the relay before it notes when
    that was, which moves some samples up and some down: so the middle half of all must be about right.
    """
    pairs = jitters_ms(stream, rows, truth.call)
    low, high = np.quantile([said - real for said, real in pairs], (0.25, 0.75))
    most = max(JITTER_MS, JITTER_RATIO * median(real for _, real in pairs))
    assert low <= most, pairs
    assert high >= -most, pairs


def check_reports(stream: StreamTruth, rows: list[Row]) -> None:
    """At every report the sender's loss is one that the receiver had by then, at most of them it still had it just now.

    So reports are not mixed up or moved in time; on a busy machine some are under way for more than a second.
    """
    lost, received = stream.record.lost, stream.record.received_until
    reports = {row["remote_ms"]: row["packets_lost"] for row in rows if row["packets_lost"] is not None}
    assert all(said <= lost(received(at_ms + CLOCK_MS)) for at_ms, said in reports.items())
    assert sum(said >= lost(received(at_ms - READ_MS)) for at_ms, said in reports.items()) > len(reports) / 2


def check_reported_ratio(stream: StreamTruth, rows: list[Row], truth: PageCallTruth) -> None:
    """Up to the last report in the call, what the sender knows to be lost of what it sent is what was lost of it.

    When the receiver made that report is known by the loss in it.
    """
    lost, received = stream.record.lost, stream.record.received_until
    known = [row for row in rows if row["remote_ms"] and row["remote_ms"] <= truth.call.ended_ms]
    at_most = received(known[-1]["remote_ms"] + CLOCK_MS)
    reported = max(count for count in range(at_most + 1) if lost(count) == known[-1]["packets_lost"])
    said = total(known, "d_packets_lost") / total(known, "d_packets_expected")
    assert said == pytest.approx(lost(reported) / (reported + lost(reported)), abs=0.005)


def check_bytes(stream: StreamTruth, rows: list[Row], truth: PageCallTruth) -> None:
    """When n packets were sent, the bytes are the payload of the first n that came by, exactly; the rate within 3 %.

    Padding is no payload. Deltas add up to the whole.
    """
    records = [stream.record, *([stream.repair] if stream.repair else [])]
    order = np.argsort(np.concatenate([record.place for record in records]))
    payloads = np.concatenate([record.payloads(truth.tag) for record in records])[order]
    for row in rows:
        assert row["bytes"] == payloads[: row["packets"]].sum()
    assert len(stream.record.seq) <= rows[-1]["packets"] <= len(order)
    assert (total(rows, "d_packets"), total(rows, "d_bytes")) == (rows[-1]["packets"], rows[-1]["bytes"])
    said_bps, real_bps = bitrates_bps(stream, rows, truth.call, truth.tag)
    assert said_bps == pytest.approx(real_bps, rel=0.03)


def check_rtt(stream: StreamTruth, rows: list[Row]) -> None:
    """No round trip is shorter than what the relay held its reports, and the undisturbed ones are no longer, 5 ms.

    Chromium's own threads are in its round trips, and on a busy machine some reports wait for them: that only adds.
    """
    over = sorted(excess_ms(stream, row) for row in rows if row["rtt_source"] == "rtcp")
    assert len(over) >= 3
    assert over[len(over) // 8] <= RTT_MS, over


def check_stun(session: str, rows: list[Row], truth: PageCallTruth) -> None:
    """Nor is one by STUN shorter than the relay held a check of its interval, and the undisturbed ones are no longer.

    A check's answer is counted when Chromium has read it, up to one read later than the relay sent it.
    """
    checks = truth.call.checks[truth.call.sessions.index(session)]
    over = []
    for row in rows:
        since = row["t_ms"] - row["interval_ms"] - READ_MS
        real = [trip for moment, trip in checks if since <= moment <= row["t_ms"] + CLOCK_MS]
        if row["session"] == session and real:
            assert row["rtt_ms"] >= min(real) - CLOCK_MS
            over.append(row["rtt_ms"] - max(real))
    assert len(over) >= 3
    assert sorted(over)[len(over) // 8] <= RTT_MS, over


def excess_ms(stream: StreamTruth, row: Row) -> float:
    """Return what a round trip has beyond the relay's part of it, of all reports that it may be of the least."""
    begin, end = row["remote_ms"] - READ_MS, row["remote_ms"] + CLOCK_MS
    real = [trip for moment, trip in stream.rtt if begin <= moment <= end and trip <= row["rtt_ms"] + RTT_MS]
    assert real, f"{row['rtt_ms']} ms is shorter than any round trip through the relay"
    return float(row["rtt_ms"] - max(real))


def check_owner(stream: StreamTruth, rows: list[Row], truth: PageCallTruth) -> None:
    """From the moment on at which the page said so, the stream is its sender's microphone or camera."""
    publisher = "ab"[truth.call.sessions.index(stream.sender)]
    source = {"audio": "microphone", "video": "camera"}[rows[0]["kind"]]
    owners = [(row["track"], row["publisher"], row["source"]) for row in rows if row["t_ms"] > truth.call.started_ms]
    assert set(owners) == {(f"{publisher}-{source}", publisher, source)}
