"""The metrics of one interval: from what getStats says twice to the columns, against values worked out by hand."""

import math
from typing import Any, Final

import pytest

from runtime.store import Store
from schemas.intervals import INTERVALS
from schemas.metrics import BY_ID
from schemas.tables import RAW
from tests.analytics.feed import Feed
from tests.builders import T0, a_batch, a_series, an_object

NAMES: Final = ", ".join(metric.id for metric in INTERVALS)
TIMES: Final = [T0, T0 + 2000]
LIMITS: Final = {"none": [1.0, 1.5], "cpu": [2.0, 3.0], "bandwidth": [3.0, 3.4], "other": [0.0, 0.1]}
VIDEO_IN: Final = {
    "packetsReceived": [100, 300], "packetsLost": [0, 20], "bytesReceived": [10_000, 110_000],
    "headerBytesReceived": [1000, 3000], "retransmittedPacketsReceived": [0, 10], "packetsDiscarded": [0, 4],
    "nackCount": [1, 7], "pliCount": [0, 1], "firCount": [2, 2], "framesDecoded": [10, 60], "framesDropped": [0, 50],
    "totalDecodeTime": [0.1, 0.35], "qpSum": [0, 1500], "frameWidth": [640, 640], "frameHeight": [360, 360],
    "totalInterFrameDelay": [0.5, 2.5], "totalSquaredInterFrameDelay": [0.02, 0.105], "jitterBufferDelay": [1, 6],
    "jitterBufferTargetDelay": [1, 4], "jitterBufferEmittedCount": [10, 60], "totalPausesDuration": [0, 0.5],
}  # fmt: skip
AUDIO_IN: Final = {
    "packetsReceived": [0, 100], "packetsLost": [0, 0], "totalSamplesReceived": [0, 96_000],
    "concealedSamples": [0, 9_600], "silentConcealedSamples": [0, 4_800], "totalAudioEnergy": [0, 0.02],
    "totalSamplesDuration": [0, 2],
}  # fmt: skip
VIDEO_OUT: Final = {
    "packetsSent": [0, 200], "retransmittedPacketsSent": [0, 30], "totalPacketSendDelay": [0, 1],
    "framesEncoded": [0, 40], "totalEncodeTime": [0, 0.6],
    **{f"qualityLimitationDurations.{why}": each for why, each in LIMITS.items()},
}  # fmt: skip


def told(kind: str, media: str, members: dict[str, Any]) -> dict[str, Any]:
    """Return a stream that says these members twice, 2 s apart."""
    steady = {"kind": media, "ssrc": 5, "transportId": "T1"}
    return an_object(kind, "S1", steady, **members)


def measured(store: Store, project: str, *objects: dict[str, Any], table: str = "stream_samples") -> dict[str, Any]:
    """Return the metrics of the second row of a table, those that are known."""
    Feed(store, project).store_batches([a_batch(session=project, series=[a_series(TIMES, *objects)])])
    known = [metric.id for metric in INTERVALS if metric.id in columns_of(store, table)]
    rows = store.query(
        f"SELECT {', '.join(known)} FROM {table} WHERE project = {{p:String}} ORDER BY t", {"p": project}
    ).to_pylist()
    assert len(rows) == 2
    assert set(rows[0].values()) == {None}, "the first row has nothing before it"
    return {name: value for name, value in rows[1].items() if value is not None}


def columns_of(store: Store, table: str) -> set[str]:
    """Return the names of a table's computed columns."""
    described = store.query(f"DESCRIBE TABLE {table}").to_pylist()
    return {row["name"] for row in described if row["default_type"] == "ALIAS"}


def test_every_computed_column_is_in_the_catalogue(store: Store) -> None:
    """And every metric of an interval is a column of one raw table."""
    computed = [name for table in RAW for name in columns_of(store, table.name)]
    assert set(computed) <= set(BY_ID)
    assert {metric.id for metric in INTERVALS} <= set(computed)
    assert len(computed) == len(set(computed))


def test_inbound_video(either: Store, project: str) -> None:
    """Two seconds: 200 packets of which 10 were sent again, 20 lost, 100 kB, 50 frames."""
    gap_spread_s = math.sqrt((0.085 - 2.0**2 / 50) / 50)
    expected = {
        "total_bitrate_bps": (100_000 + 2000) * 8 / 2, "residual_loss_ratio": 10 / (190 + 20),
        "retransmitted_ratio": 10 / 200, "discarded_ratio": 4 / 200, "nack_rate": 3, "pli_rate": 0.5, "fir_rate": 0,
        "frame_rate": 25, "frame_gap_spread_ms": gap_spread_s * 1000, "dropped_frame_ratio": 0.5, "coding_ms": 5,
        "qp": 30, "bits_per_pixel": 800_000 / (50 * 640 * 360), "jitter_buffer_target_ms": 60, "pause_ratio": 0.25,
    }  # fmt: skip
    assert measured(either, project, told("inbound-rtp", "video", VIDEO_IN)) == pytest.approx(expected)


def test_inbound_audio(either: Store, project: str) -> None:
    """A tenth was concealed, half of that with silence, which nobody hears as a fault."""
    expected = {"residual_loss_ratio": 0.05, "silent_concealed_ratio": 0.05, "audio_rms": 0.1}
    assert measured(either, project, told("inbound-rtp", "audio", AUDIO_IN)) == pytest.approx(expected)


def test_outbound_video(either: Store, project: str) -> None:
    """Two seconds, half of which the encoder was limited by the CPU; loss after repair is the receiver's to say."""
    expected = {
        "retransmitted_ratio": 0.15, "frame_rate": 20, "coding_ms": 15, "pacer_ms": 5,
        "limited_cpu_ratio": 0.5, "limited_bandwidth_ratio": 0.2, "limited_other_ratio": 0.05,
    }  # fmt: skip
    assert measured(either, project, told("outbound-rtp", "video", VIDEO_OUT)) == pytest.approx(expected)


@pytest.mark.parametrize("missing", sorted(VIDEO_IN))
def test_what_is_not_told_is_unknown(store: Store, project: str, missing: str) -> None:
    """Without a member some metrics are unknown, none is another number."""
    members = {name: values for name, values in VIDEO_IN.items() if name != missing}
    whole = measured(store, f"{project}-whole", told("inbound-rtp", "video", VIDEO_IN))
    part = measured(store, project, told("inbound-rtp", "video", members))
    assert part.items() <= whole.items()


SHARES: Final = ("concealed_ratio", "residual_loss_ratio", "silent_concealed_ratio", "discarded_ratio")


@pytest.mark.parametrize(
    ("concealed", "silent", "received", "discarded", "expected"),
    [(1000, 1900, 48_000, 10, (0, 0, 1900 / 48_000, 0.1)), (4900, 0, 100, 400, (1, 1, 0, 1)),
     (0, 4900, 100, 0, (0, 0, 1, 0)), (10, 10, 0, 10, (None, None, None, 0.1))],
)  # fmt: skip
def test_a_share_is_from_none_to_all(
    either: Store, project: str, concealed: int, silent: int, received: int, discarded: int, expected: tuple[float, ...]
) -> None:
    """Whatever the counters say of each other: silence beyond all concealment, packets that are thrown away late."""
    members = {
        "packetsReceived": [0, 100], "packetsDiscarded": [0, discarded], "totalSamplesReceived": [0, received],
        "concealedSamples": [0, concealed], "silentConcealedSamples": [0, silent],
    }  # fmt: skip
    series = a_series(TIMES, told("inbound-rtp", "audio", members))
    Feed(either, project).store_batches([a_batch(session=project, series=[series])])
    sql = f"SELECT {', '.join(SHARES)} FROM stream_samples WHERE project = {{p:String}} ORDER BY t DESC LIMIT 1"
    (row,) = either.query(sql, {"p": project}).to_pylist()
    assert tuple(row[name] for name in SHARES) == pytest.approx(expected)


def test_a_spread_that_cannot_be_is_unknown(store: Store, project: str) -> None:
    """Rounding in the browser can make a variance negative."""
    odd = VIDEO_IN | {"totalSquaredInterFrameDelay": [0.02, 0.0999]}
    assert "frame_gap_spread_ms" not in measured(store, project, told("inbound-rtp", "video", odd))


def test_the_transport(either: Store, project: str) -> None:
    """What is sent, received, and used of what the sender's estimate has."""
    pair = {"transportId": "T1", "localCandidateId": "L1", "remoteCandidateId": "R1", "state": "succeeded"}
    objects = (
        an_object(
            "transport", "T1", {"selectedCandidatePairId": "CP1"}, bytesSent=[0, 250_000], bytesReceived=[0, 500]
        ),
        an_object("candidate-pair", "CP1", pair, availableOutgoingBitrate=[4e6, 4e6]),
        told("outbound-rtp", "video", VIDEO_OUT),
    )
    expected = {"sent_bitrate_bps": 1e6, "received_bitrate_bps": 2000, "available_used_ratio": 0.25}
    assert measured(either, project, *objects, table="transport_samples") == pytest.approx(expected)
