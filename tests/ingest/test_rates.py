"""Deltas and what comes of them, by the vectors RATE-1 to RATE-16 (rules of RFC 3550 and W3C webrtc-stats)."""

from typing import Any

import pytest

from tests.builders import T0, a_batch, a_series, an_object
from tests.ingest.running import Ingest, Row

VIDEO = {"kind": "video", "ssrc": 7}


def second(ingest: Ingest, step_ms: float = 1000, *, kind: str = "inbound-rtp", **members: tuple[Any, Any]) -> Row:
    """Return the second of two samples of one stream whose members go from one value to another."""
    item = an_object(kind, "I1", VIDEO, **members)
    return ingest.samples(a_batch(series=[a_series([T0, T0 + step_ms], item)]))[1]


def test_rate_1_bits_of_a_second(ingest: Ingest) -> None:
    """125,000 bytes in a second are 1 Mbit/s."""
    row = second(ingest, bytesReceived=(1_000_000, 1_125_000))
    assert row["d_bytes"] * 8000 / row["interval_ms"] == 1_000_000


def test_rate_2_the_interval_is_the_clients(ingest: Ingest) -> None:
    """The time between the samples is theirs, to the millisecond."""
    row = second(ingest, 1003.7, bytesReceived=(1_000_000, 1_125_000))
    assert row["interval_ms"] == 1004
    assert row["d_bytes"] * 8000 / row["interval_ms"] == pytest.approx(996_313.64, rel=5e-4)


def test_rate_3_loss_is_of_what_was_expected(ingest: Ingest) -> None:
    """5 of 100 expected packets."""
    row = second(ingest, packetsReceived=(1000, 1095), packetsLost=(5, 10))
    assert (row["d_packets"], row["d_packets_lost"], row["d_packets_expected"]) == (95, 5, 100)


def test_rate_4_loss_is_signed(ingest: Ingest) -> None:
    """Late packets take loss back; that is no reset."""
    row = second(ingest, packetsReceived=(1095, 1197), packetsLost=(10, 8))
    assert (row["d_packets"], row["d_packets_lost"], row["packets_lost"], row["reset"]) == (102, -2, 8, 0)


def test_rate_5_a_fall_of_packets_is_a_reset(ingest: Ingest) -> None:
    """The object began again: no deltas at all in this row."""
    row = second(ingest, packetsReceived=(1197, 40), packetsLost=(8, 0), bytesReceived=(9000, 9100))
    assert row["reset"] == 1
    assert (row["d_packets"], row["d_packets_lost"], row["d_packets_expected"], row["d_bytes"]) == (None,) * 4


def test_rate_6_rtt_over_an_interval_of_a_pair(ingest: Ingest) -> None:
    """350 ms in two answers are 175 ms each."""
    pair = an_object(
        "candidate-pair", "P", {"nominated": True, "state": "succeeded"}, totalRoundTripTime=(1.50, 1.85),
        responsesReceived=(10, 12),
    )  # fmt: skip
    row = ingest.transports(a_batch(series=[a_series([T0, T0 + 1000], pair)]))[1]
    assert row["rtt_ms"] == pytest.approx(175)


def test_rate_7_jitter_buffer_delay(ingest: Ingest) -> None:
    """2880 s over 48,000 samples are 60 ms."""
    row = second(ingest, jitterBufferDelay=(100, 2980), jitterBufferEmittedCount=(0, 48_000))
    assert 1000 * row["d_jitter_buffer_delay_s"] / row["d_jitter_buffer_emitted"] == pytest.approx(60)


def test_rate_8_audio_level_from_energy(ingest: Ingest) -> None:
    """The W3C example: energy 0.0026 in 0.02 s is an RMS of 0.36."""
    row = second(ingest, totalAudioEnergy=(1.0, 1.0026), totalSamplesDuration=(5.0, 5.02))
    assert (row["d_audio_energy"] / row["d_samples_duration_s"]) ** 0.5 == pytest.approx(0.360555, rel=1e-4)


def test_rate_9_concealment_without_silence(ingest: Ingest) -> None:
    """Of 10 % concealed samples 4 were silence."""
    row = second(ingest, concealedSamples=(0, 4800), silentConcealedSamples=(0, 1920), totalSamplesReceived=(0, 48_000))
    concealed = row["d_concealed_samples"] - row["d_silent_concealed_samples"]
    assert concealed / row["d_samples_received"] == pytest.approx(0.06)


def test_rate_10_qp_of_a_frame(ingest: Ingest) -> None:
    """1200 over 30 frames is QP 40."""
    row = second(ingest, qpSum=(100, 1300), framesDecoded=(10, 40))
    assert row["d_qp_sum"] / row["d_frames"] == 40


def test_rate_11_a_field_that_falls_alone_is_its_own_reset(ingest: Ingest) -> None:
    """A new decoder restarts qpSum; the frames count on."""
    row = second(ingest, qpSum=(5000, 120), framesDecoded=(300, 330), packetsReceived=(10, 20))
    assert (row["d_qp_sum"], row["d_frames"], row["d_packets"], row["reset"]) == (None, 30, 10, 0)


def test_rate_12_the_same_report_twice_says_nothing(ingest: Ingest) -> None:
    """Between two RTCP reports loss, jitter and round-trip time of the remote side are unknown, not zero."""
    sent = an_object("outbound-rtp", "O1", VIDEO | {"remoteId": "R1"}, packetsSent=(100, 200, 300))
    told = {"timestamp": (T0 - 300, T0 - 300, T0 + 1700), "packetsLost": (3, 3, 5), "roundTripTime": (0.1, 0.1, 0.2)}
    report = an_object("remote-inbound-rtp", "R1", VIDEO, jitter=(0.01, 0.01, 0.02), **told)
    rows = ingest.samples(a_batch(series=[a_series([T0, T0 + 1000, T0 + 2000], sent, report)]))
    assert [(row["d_packets_lost"], row["rtt_ms"], row["jitter_ms"]) for row in rows] == [
        (None, 100, 10),
        (None, None, None),
        (2, 200, 20),
    ]
    assert rows[2]["d_packets_expected"] == 200


def test_what_was_sent_before_the_baseline_is_as_much_as_in_the_same_time_after_it(ingest: Ingest) -> None:
    """A report older than the baseline: one second without a packet does not say that none was sent before it."""
    sent = an_object("outbound-rtp", "O1", VIDEO | {"remoteId": "R1"}, packetsSent=(1000, 1000, 1100, 1100))
    told = {"timestamp": (T0 - 2000, T0 - 2000, T0 + 2000, T0 + 2000), "packetsLost": (0, 0, 10, 10)}
    report = an_object("remote-inbound-rtp", "R1", VIDEO, **told)
    series = a_series([T0, T0 + 1000, T0 + 2000, T0 + 9000], sent, report, baseline=True)
    row = ingest.samples(a_batch(seq=1, series=[series]))[1]
    assert (row["d_packets_lost"], row["d_packets_expected"]) == (10, 200)


def test_a_report_without_a_loss_expects_nothing(ingest: Ingest) -> None:
    """Safari's remote-inbound-rtp has no packetsLost: loss is unknown, not none of what was sent."""
    sent = an_object("outbound-rtp", "O1", VIDEO | {"remoteId": "R1"}, packetsSent=(100, 200, 300))
    told = {"timestamp": (None, T0 + 900, T0 + 1900), "roundTripTime": (None, 0.1, 0.2)}
    report = an_object("remote-inbound-rtp", "R1", VIDEO, **told)
    rows = ingest.samples(a_batch(series=[a_series([T0, T0 + 1000, T0 + 2000], sent, report)]))
    assert [(row["d_packets_lost"], row["d_packets_expected"], row["rtt_ms"]) for row in rows[1:]] == [
        (None, None, 100),
        (None, None, 200),
    ]


def test_rate_13_a_sample_at_the_same_time_is_dropped_and_counted(ingest: Ingest) -> None:
    """The browser's 50 ms cache gives a report twice."""
    item = an_object("inbound-rtp", "I1", VIDEO, packetsReceived=(10, 10, 30))
    tables = ingest.tables(a_batch(series=[a_series([T0, T0, T0 + 1000], item)]))
    assert tables.stream_samples["d_packets"].to_pylist() == [None, 20]
    assert tables.batches["dropped_no_step"].to_pylist() == [1]


def test_rate_15_pacer_delay(ingest: Ingest) -> None:
    """0.6 s over 300 packets is 2 ms."""
    row = second(ingest, kind="outbound-rtp", totalPacketSendDelay=(1.0, 1.6), packetsSent=(0, 300))
    assert 1000 * row["d_send_delay_s"] / row["d_packets"] == pytest.approx(2)


def test_rate_16_the_share_of_a_quality_limitation(ingest: Ingest) -> None:
    """One second of five was limited by bandwidth."""
    durations = {
        "qualityLimitationDurations.none": (10, 14),
        "qualityLimitationDurations.cpu": (0, 0),
        "qualityLimitationDurations.bandwidth": (3, 4),
        "qualityLimitationDurations.other": (0, 0),
    }
    row = second(ingest, 5000, kind="outbound-rtp", packetsSent=(1, 2), **durations)
    limited = [row[f"d_limited_{reason}_s"] for reason in ("none", "cpu", "bandwidth", "other")]
    assert limited == [4, 0, 1, 0]
    assert limited[2] / sum(limited) == pytest.approx(0.2)


def test_a_missing_member_is_not_zero(ingest: Ingest) -> None:
    """A counter that is in one sample only has no delta, and NULL is stored where it is missing."""
    row = second(ingest, packetsReceived=(10, 20), bytesReceived=(None, 500), nackCount=(3, None))
    assert (row["d_bytes"], row["bytes"], row["d_nacks"], row["nacks"]) == (None, 500, None, None)


def test_retransmissions_are_not_expected_packets(ingest: Ingest) -> None:
    """Packets that came again do not make the loss smaller."""
    row = second(ingest, packetsReceived=(0, 100), packetsLost=(0, 5), retransmittedPacketsReceived=(0, 4))
    assert row["d_packets_expected"] == 101


def test_changes_of_resolution_are_seen_where_they_are_not_told(ingest: Ingest) -> None:
    """No receiver counts them, and Firefox does not; of a sender that does its counter is taken."""
    size: dict[str, Any] = {"frameWidth": (1280, 640, 640, 640, None), "frameHeight": (720, 360, 360, 480, 480)}
    times = [T0 + 1000.0 * place for place in range(5)]
    received = an_object("inbound-rtp", "I", VIDEO, packetsReceived=(1, 2, 3, 4, 5), **size)
    found = ingest.samples(a_batch(series=[a_series(times, received)]))
    assert [row["d_resolution_changes"] for row in found] == [None, 1, 0, 1, None]
    told: dict[str, Any] = {
        "frameWidth": (1280, 1280),
        "frameHeight": (720, 720),
        "qualityLimitationResolutionChanges": (1, 3),
    }
    assert second(ingest, kind="outbound-rtp", packetsSent=(1, 2), **told)["d_resolution_changes"] == 2
    restarted: dict[str, Any] = {"frameWidth": (1280, 640), "frameHeight": (720, 360), "packetsReceived": (9, 1)}
    assert second(ingest, **restarted)["d_resolution_changes"] is None
