"""Numbers of one stream whose record is made by hand: what is right has no error, what is wrong has it."""

from dataclasses import replace
from typing import Any

import pytest

from rtcpulse.demo.record import StreamRecord
from rtcpulse.rtcp.headers import Rtp
from tests.accuracy.errors import error
from tests.accuracy.measuring import measured, measured_checks
from tests.e2e.calls import CallTruth, StreamTruth
from tests.e2e.checks import Row

TAG = 16
SIZE = 128
PAYLOAD = SIZE - 12 - TAG
SECONDS = 10
RIGHT = {("loss", 0.0), ("reported_loss", 0.0), ("jitter", 0.0), ("rtt", 0.0), ("sent_bitrate", 0.0)}


def truth() -> CallTruth:
    """Return a call of 50 packets a second, every tenth dropped, each 20 ms on its way; a round trip of 40 ms."""
    record = StreamRecord(7, 96)
    for number in range(50 * SECONDS):
        at_ms, dropped = 20.0 * number + 10, number % 10 == 5
        index = record.arrived(Rtp(96, number, 960 * number, 7, SIZE, 12), at_ms, dropped=dropped)
        if not dropped:
            record.delivered(index, at_ms + 20)
    seconds = range(1, SECONDS + 1)
    stream = StreamTruth(
        7,
        "a",
        "b",
        record,
        rtx=False,
        rtt=tuple((1000.0 * second, 40.0) for second in seconds),
        reports=tuple((1000.0 * second, 1000.0 * second - 20) for second in seconds),
    )
    return CallTruth(("a", "b"), ([], []), [stream], started_ms=0, ended_ms=1000 * SECONDS)


def rows(received: dict[str, Any] | None = None, sent: dict[str, Any] | None = None) -> list[Row]:
    """Return what a client would say of it each second, but for some members."""
    record = truth().streams[0].record
    return [
        row
        for second in range(1, SECONDS + 1)
        for row in (_received(record, second) | (received or {}), _sent(second) | (sent or {}))
    ]


def _received(record: StreamRecord, second: int) -> Row:
    counts = [record.received_until(1000 * (second - back)) for back in (0, 1)]
    lost = [record.lost(count) for count in counts]
    expected = counts[0] - counts[1] + lost[0] - lost[1]
    return {
        **_row("b", second),
        "packets": counts[0],
        "repeated": 0,
        "d_packets_lost": lost[0] - lost[1],
        "d_packets_expected": expected,
        "jitter_ms": record.jitter_ms(counts[0], 48000),
    }


def _sent(second: int) -> Row:
    report = {"rtt_source": "rtcp", "rtt_ms": 40.0, "remote_ms": 1000.0 * second}
    return {**_row("a", second), **report, "d_packets_lost": 5, "d_packets_expected": 50, "d_bytes": 50 * PAYLOAD}


def _row(session: str, second: int) -> Row:
    return {"session": session, "ssrc": 7, "kind": "audio", "t_ms": 1000.0 * second, "interval_ms": 1000}


def found(these: list[Row]) -> dict[str, float]:
    """Return the error of each metric over the whole call."""
    return {
        one.metric: round(error(one), 1) for one in measured("n", "aiortc", truth(), these, TAG) if one.grain == "call"
    }


def test_what_is_right_has_no_error() -> None:
    """Of no metric, and of no sample."""
    assert set(found(rows()).items()) == RIGHT
    samples = [one for one in measured("n", "aiortc", truth(), rows(), TAG) if one.grain == "sample"]
    assert {one.metric for one in samples} == {"loss", "jitter", "rtt", "sent_bitrate"}
    assert max(abs(error(one)) for one in samples) < 1e-6


@pytest.mark.parametrize(
    ("received", "sent", "metric", "wrong"),
    [
        ({"d_packets_lost": 6, "d_packets_expected": 50}, {}, "loss", 2.0),
        ({}, {"d_packets_lost": 4}, "reported_loss", -2.0),
        ({"jitter_ms": 3.0}, {}, "jitter", 3.0),
        ({}, {"rtt_ms": 55.0}, "rtt", 15.0),
        ({}, {"d_bytes": 55 * PAYLOAD}, "sent_bitrate", 10.0),
        ({}, {"interval_ms": 800}, "sent_bitrate", 25.0),
    ],
)
def test_what_is_wrong_has_its_error(received: dict[str, Any], sent: dict[str, Any], metric: str, wrong: float) -> None:
    """And no other metric has one."""
    assert set(found(rows(received, sent)).items()) == {one for one in RIGHT if one[0] != metric} | {(metric, wrong)}


@pytest.mark.parametrize(("said_ms", "wrong"), [(40.0, 0.0), (46.0, 6.0)])
def test_round_trips_by_stun_are_held_to_the_checks_of_their_interval(said_ms: float, wrong: float) -> None:
    """Of the session whose they are; an interval without a check is left out."""
    mine = tuple((1000.0 * second - 300, 40.0) for second in range(1, 6))
    call = replace(truth(), checks=(mine, ((4000.0, 900.0),)))
    rows = [_row("a", second) | {"rtt_ms": said_ms} for second in range(1, SECONDS + 1)]
    numbers = list(measured_checks("n", "Chromium", call, rows))
    assert [(one.grain, round(error(one), 6)) for one in numbers] == [("call", wrong), *[("sample", wrong)] * 5]
