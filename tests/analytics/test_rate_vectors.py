"""Vectors of rates and resets that take two samples: from what getStats says to the columns of the raw table."""

from typing import Any, Final

import pytest

from runtime.store import Store
from tests.analytics.feed import Feed
from tests.builders import T0, a_batch, a_series, an_object

STEADY: Final = {"kind": "video", "ssrc": 5}


def asked(store: Store, project: str, columns: str, times: list[float], *objects: dict[str, Any]) -> list[list[Any]]:
    """Store a series and return columns of its rows in the order of time."""
    Feed(store, project).store_batches([a_batch(session=project, series=[a_series(times, *objects)])])
    sql = f"SELECT {columns} FROM stream_samples WHERE project = {{p:String}} ORDER BY t"
    return [list(row.values()) for row in store.query(sql, {"p": project}).to_pylist()]


def received(**members: list[Any]) -> dict[str, Any]:
    """Return an inbound video stream."""
    return an_object("inbound-rtp", "S1", STEADY, **members)


def test_loss_its_repair_and_a_restart(either: Store, project: str) -> None:
    """Five of a hundred; then two that were late after all, which is no reset; then a counter that begins anew."""
    members = {"packetsReceived": [1000, 1095, 1197, 40], "packetsLost": [5, 10, 8, 0]}
    columns = "d_packets, d_packets_lost, loss_ratio, reset"
    rows = asked(either, project, columns, [T0 + 1000 * k for k in range(4)], received(**members))
    assert rows[1:] == [[95, 5, pytest.approx(0.05), 0], [102, -2, 0, 0], [None, None, None, 1]]


def test_a_bitrate(either: Store, project: str) -> None:
    """125 kB in a second; over 1003.7 ms as exact as the times, which are kept in whole ms."""
    members = {"packetsReceived": [0, 90, 180], "bytesReceived": [1_000_000, 1_125_000, 1_250_000]}
    rows = asked(either, project, "bitrate_bps", [T0, T0 + 1000, T0 + 2003.7], received(**members))
    assert rows[1:] == [[pytest.approx(1_000_000)], [pytest.approx(996_313.64, rel=0.5 / 1003.7)]]


def test_a_round_trip_of_several_reports(either: Store, project: str) -> None:
    """0.35 s in two measurements."""
    sent = an_object("outbound-rtp", "O", STEADY | {"remoteId": "R"}, packetsSent=[10, 110])
    measured: dict[str, list[float]] = {"totalRoundTripTime": [1.50, 1.85], "roundTripTimeMeasurements": [10, 12]}
    report = an_object("remote-inbound-rtp", "R", {"ssrc": 5}, timestamp=[T0 - 50, T0 + 1950], **measured)
    rows = asked(either, project, "rtt_mean_ms", [T0, T0 + 2000], sent, report)
    assert rows[1] == [pytest.approx(175)]


def test_a_counter_that_falls_by_itself_is_unknown_alone(either: Store, project: str) -> None:
    """The decoder was made anew: no QP in this interval, all else as ever."""
    members = {"packetsReceived": [100, 200], "qpSum": [5000, 120], "framesDecoded": [300, 330]}
    rows = asked(either, project, "qp, frame_rate, d_packets, reset", [T0, T0 + 1000], received(**members))
    assert rows[1] == [None, pytest.approx(30), 100, 0]


def test_the_same_report_twice_is_no_news(either: Store, project: str) -> None:
    """Nothing is known of the interval; it is not zero."""
    sent = an_object("outbound-rtp", "O", STEADY | {"remoteId": "R"}, packetsSent=[10, 110])
    told: dict[str, list[float]] = {name: [0.05, 0.05] for name in ("roundTripTime", "jitter", "fractionLost")}
    told["packetsLost"] = [3, 3]
    report = an_object("remote-inbound-rtp", "R", {"ssrc": 5}, timestamp=[T0 - 50, T0 - 50], **told)
    rows = asked(either, project, "rtt_ms, jitter_ms, d_packets_lost, loss_ratio", [T0, T0 + 1000], sent, report)
    assert rows[1] == [None] * 4


def test_a_time_that_does_not_advance_is_no_sample(either: Store, project: str) -> None:
    """Chromium answers from a cache of 50 ms: the row is dropped, and nothing is divided by nothing."""
    members = {"packetsReceived": [0, 0, 100], "packetsLost": [0, 0, 0]}
    rows = asked(either, project, "interval_ms, d_packets", [T0, T0, T0 + 1000], received(**members))
    assert rows == [[None, None], [1000, 100]]


def test_more_frozen_than_time_is_all_of_it(either: Store, project: str) -> None:
    """A freeze is counted when it ends: six seconds of it may come to light in five."""
    members = {"packetsReceived": [0, 100], "framesDecoded": [0, 10], "totalFreezesDuration": [0, 6]}
    rows = asked(either, project, "freeze_ratio", [T0, T0 + 5000], received(**members))
    assert rows[1] == [1]


def test_bits_a_pixel(either: Store, project: str) -> None:
    """1.5 Mbit/s of 1280 x 720 at 30 frames a second."""
    size = {"frameWidth": [1280, 1280], "frameHeight": [720, 720]}
    members = {"packetsReceived": [0, 100], "bytesReceived": [0, 187_500], "framesDecoded": [0, 30]} | size
    rows = asked(either, project, "bits_per_pixel", [T0, T0 + 1000], received(**members))
    assert rows[1] == [pytest.approx(0.054253, abs=5e-7)]
