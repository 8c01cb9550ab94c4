"""What is stored of a call's streams beside what the relay's record has of them.

Loss is what the relay dropped of all that came; as reported to the sender, of what the receiver had been given when it
made the report. Jitter is RFC 3550's of the relay's delivery times, after as many
packets as the sample counts. A round trip is what RTCP waited in the relay, there and back; aiortc's is smoothed as
aiortc smooths it. Bitrate is the payload that came by (sent) or was delivered (received) between the first and the
last sample of the call, by the relay's clock.
"""

import itertools
from collections.abc import Iterator
from functools import partial
from statistics import fmean
from typing import Final

import numpy as np

from tests.accuracy.errors import Measured
from tests.accuracy.links import How
from tests.e2e.calls import CallTruth, StreamTruth
from tests.e2e.checks import CLOCK_MS, CLOCK_RATE, SETTLE_MS, Row, of_stream, total

READ_MS: Final = 1000.0
PACKETS_MIN: Final = 50
"""A loss verdict needs as many; so does a sample's loss here."""


def measured(call: str, how: How, truth: CallTruth, rows: list[Row], tag: int) -> Iterator[Measured]:
    """Return every number of a call; `tag` is the bytes that SRTP puts behind each payload."""
    for stream in truth.media():
        received, sent = of_stream(rows, stream)
        make = partial(Measured, call, how, received[0]["kind"])
        for metric, grain, said, real in (
            *_loss(stream, received),
            *_reported_loss(stream, _during(sent, truth)),
            *_jitter(stream, _settled(received, truth)),
            *_rtt(stream, sent, truth, how),
            *_bitrate("sent_bitrate", stream, _during(sent, truth), tag),
            *(_bitrate("received_bitrate", stream, _during(received, truth), tag) if how == "Chromium" else ()),
        ):
            yield make(metric, grain, said, real)


def measured_checks(call: str, how: How, truth: CallTruth, rows: list[Row]) -> Iterator[Measured]:
    """Yield the round trips by STUN of a call's connections: each sample's, and the mean of them over the call."""
    for session, checks in zip(truth.sessions, truth.checks, strict=True):
        pairs = [
            (row["rtt_ms"], fmean(real))
            for row in _during(rows, truth)
            if row["session"] == session
            and (real := [trip for moment, trip in checks if 0 <= row["t_ms"] - moment < row["interval_ms"]])
        ]
        make = partial(Measured, call, how, "connection", "stun_rtt")
        if pairs:
            yield make("call", fmean(said for said, _ in pairs), fmean(real for _, real in pairs))
        yield from (make("sample", said, real) for said, real in pairs)


Number = tuple[str, str, float, float]


def _during(rows: list[Row], truth: CallTruth) -> list[Row]:
    return [row for row in rows if truth.started_ms < row["t_ms"] <= truth.ended_ms]


def _settled(rows: list[Row], truth: CallTruth) -> list[Row]:
    return [row for row in _during(rows, truth) if row["t_ms"] > truth.started_ms + SETTLE_MS]


def _dropped(stream: StreamTruth) -> float:
    return float(np.array(stream.record.dropped).mean())


def _loss(stream: StreamTruth, rows: list[Row]) -> Iterator[Number]:
    yield "loss", "call", total(rows, "d_packets_lost") / total(rows, "d_packets_expected"), _dropped(stream)
    counts = [row["packets"] - row["repeated"] for row in rows]
    for row, before, after in zip(rows[1:], counts, counts[1:], strict=False):
        lost = stream.record.lost(after) - stream.record.lost(before)
        if lost + after - before >= PACKETS_MIN and row["d_packets_expected"]:
            said = row["d_packets_lost"] / row["d_packets_expected"]
            yield "loss", "sample", said, lost / (lost + after - before)


def _reported_loss(stream: StreamTruth, rows: list[Row]) -> Iterator[Number]:
    """Compare up to the last report of the call with what its maker had then been given."""
    remote_ms = max(row["remote_ms"] for row in rows if row["remote_ms"] is not None)
    made_ms = max(made for read, made in stream.reports if read <= remote_ms + CLOCK_MS)
    real = stream.record.between(0, made_ms).loss_ratio
    assert real is not None, f"nothing came of SSRC {stream.ssrc}"
    yield "reported_loss", "call", total(rows, "d_packets_lost") / total(rows, "d_packets_expected"), real


def _jitter(stream: StreamTruth, rows: list[Row]) -> Iterator[Number]:
    pairs = [
        (row["jitter_ms"], stream.record.jitter_ms(row["packets"] - row["repeated"], CLOCK_RATE[row["kind"]]))
        for row in rows
    ]
    yield "jitter", "call", fmean(said for said, _ in pairs), fmean(real for _, real in pairs)
    yield from (("jitter", "sample", said, real) for said, real in pairs)


def _rtt(stream: StreamTruth, rows: list[Row], truth: CallTruth, how: How) -> Iterator[Number]:
    told = [row for row in rows if row["rtt_source"] == "rtcp" and row["t_ms"] <= truth.ended_ms]
    if how == "Chromium":
        told = list({row["remote_ms"]: row for row in told}.values())
        known = [(row["rtt_ms"], _trip(stream, row)) for row in told]
    else:
        known = [(row["rtt_ms"], stream.rtt_ms(row["t_ms"])) for row in told]
    pairs = [(said, real) for said, real in known if real is not None]
    yield "rtt", "call", fmean(said for said, _ in pairs), fmean(real for _, real in pairs)
    yield from (("rtt", "sample", said, real) for said, real in pairs)


def _trip(stream: StreamTruth, row: Row) -> float | None:
    """Return the round trip of the last reports that came before a sample's own was read.

    Which of them is on this stream, and whether it answers the last or the last but one, stands in their encrypted
    part: of those that came together, the nearest.
    """
    begin, end = row["remote_ms"] - READ_MS, row["remote_ms"] + CLOCK_MS
    moments = [moment for moment, _ in stream.rtt if begin <= moment <= end]
    if not moments:
        return None
    trips = [trip for moment, trip in stream.rtt if moment == max(moments)]
    return min(trips, key=lambda trip: abs(trip - row["rtt_ms"]))


def _bitrate(metric: str, stream: StreamTruth, rows: list[Row], tag: int) -> Iterator[Number]:
    span_ms = sum(row["interval_ms"] for row in rows[1:])
    real = _bytes(metric, stream, rows[0]["t_ms"], rows[-1]["t_ms"], tag) * 8000 / (rows[-1]["t_ms"] - rows[0]["t_ms"])
    yield metric, "call", total(rows[1:], "d_bytes") * 8000 / span_ms, real
    for before, row in itertools.pairwise(rows):
        size = _bytes(metric, stream, before["t_ms"], row["t_ms"], tag)
        if size and row["d_bytes"] is not None:
            seconds = row["interval_ms"] / 1000
            yield metric, "sample", row["d_bytes"] * 8 / seconds, size * 8000 / (row["t_ms"] - before["t_ms"])


def _bytes(metric: str, stream: StreamTruth, start_ms: float, end_ms: float, tag: int) -> int:
    records = [stream.record, *([stream.repair] if stream.repair else [])]
    if metric == "sent_bitrate":
        return sum(record.sent_bytes(start_ms, end_ms, tag) for record in records)
    return sum(record.delivered_bytes(start_ms, end_ms, tag) for record in records)
