"""What starts from zero: an object that a reading lacked is not new, nor is one under another stats id."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.builders import T0, a_batch, a_series, an_object
from tests.ingest.running import Ingest, column

SECONDS = range(5)
Counts = Sequence[int | None]


def stream(name: str, packets: Counts, *, ssrc: int = 7, kind: str = "audio", **more: Any) -> dict[str, Any]:
    """Return an inbound stream whose bytes are 100 a packet."""
    counts = {"packetsReceived": packets, "bytesReceived": [None if one is None else 100 * one for one in packets]}
    return an_object("inbound-rtp", name, {"kind": kind, "ssrc": ssrc}, **counts, **more)


def deltas(ingest: Ingest, *objects: dict[str, Any], step_s: float = 1, baseline: bool = True) -> list[Any]:
    """Return (packets since, ms since) of the rows of some objects along five readings."""
    times = [T0 + 1000 * step_s * second for second in SECONDS]
    rows = ingest.samples(
        a_batch(seq=1, series=[a_series(times, *objects, baseline=baseline)]), received_ms=int(times[-1])
    )
    return [(row["d_packets"], row["interval_ms"]) for row in rows]


LATE = (None, 100_050, 100_100, 100_150, 100_200)


@pytest.mark.parametrize("baseline", [True, False])
def test_what_one_reading_lacked_has_no_difference(ingest: Ingest, *, baseline: bool) -> None:
    """100,050 packets did not come in the second since a reading in which the stream was missing."""
    assert deltas(ingest, stream("I", LATE), baseline=baseline) == [(None, None), (50, 1000), (50, 1000), (50, 1000)]


def test_another_stats_id_of_the_same_ssrc_is_no_new_stream(ingest: Ingest) -> None:
    """However little it has counted: its first reading has no difference to the other object's."""
    old, new = stream("I1", (10, 20, None, None, None)), stream("I2", (None, None, 30, 40, 50))
    assert deltas(ingest, old, new) == [(10, 1000), (None, None), (10, 1000), (10, 1000)]


def test_another_ssrc_of_the_same_section_is_new(ingest: Ingest) -> None:
    """The sender was replaced, and its counters are those of its own life."""
    old, new = stream("I1", (10, 20, None, None, None)), stream("I2", (None, None, 30, 40, 50), ssrc=8)
    assert deltas(ingest, old, new) == [(10, 1000), (30, 1000), (10, 1000), (10, 1000)]


def test_a_fast_start_is_believed(ingest: Ingest) -> None:
    """A shared screen's first picture is hundreds of packets, and then nothing moves."""
    assert deltas(ingest, stream("I", (None, 700, 701, 702, 703), kind="video"))[0] == (700, 1000)


def test_a_fast_stream_that_is_new_is_believed_by_what_follows(ingest: Ingest) -> None:
    """30 Mbit/s from the first second on."""
    assert deltas(ingest, stream("I", (None, 2500, 5000, 7500, 10_000), kind="video"))[0] == (2500, 1000)


def test_what_is_new_in_the_last_reading_is_believed_by_its_kind(ingest: Ingest) -> None:
    """Nothing follows: audio has 100 packets a second at most."""
    assert deltas(ingest, stream("I", (None, None, None, None, 50))) == [(50, 1000)]
    assert deltas(ingest, stream("I", (None, None, None, None, 150))) == [(None, None)]


def test_an_object_that_was_at_work_for_longer_is_not_new(ingest: Ingest) -> None:
    """Few packets, but 40 s of samples, or of gaps between frames, in an interval of 1 s."""
    few = (None, 10, 20, 30, 40)
    assert deltas(ingest, stream("I", few, totalSamplesDuration=(None, 40, 41, 42, 43)))[0] == (None, None)
    assert deltas(ingest, stream("I", few, kind="video", totalInterFrameDelay=(None, 40, 41, 42, 43)))[0] == (
        None,
        None,
    )
    assert deltas(ingest, stream("I", few, totalSamplesDuration=(None, 0.9, 1.9, 2.9, 3.9)))[0] == (10, 1000)


def test_a_media_source_may_be_older_than_what_is_sent_of_it(ingest: Ingest) -> None:
    """A microphone that was open for a minute before is not a minute of sound in one second."""
    sent = an_object(
        "outbound-rtp", "O", {"kind": "audio", "ssrc": 7, "mediaSourceId": "S"}, packetsSent=(None, 50, 100)
    )
    source = an_object(
        "media-source", "S", {"kind": "audio"}, totalSamplesDuration=(60, 61, 62), totalAudioEnergy=(6, 7, 8)
    )
    series = a_series([T0, T0 + 1000, T0 + 2000], sent, source, baseline=True)
    rows = ingest.samples(a_batch(seq=1, series=[series]))
    assert column(rows, "d_packets") == [50, 50]
    assert column(rows, "d_samples_duration_s") == [None, 1]
    assert column(rows, "d_audio_energy") == [None, 1]


@pytest.mark.parametrize(("sent", "lost", "d_lost"), [((50, 100, 150), 2, 2), ((90_050, 90_100, 90_150), 300, None)])
def test_a_first_report_counts_from_the_start_only_at_the_start(
    ingest: Ingest, sent: Counts, lost: int, d_lost: int | None
) -> None:
    """A report that one reading lacked is not the first: what was lost in half an hour was not lost since."""
    stream = an_object("outbound-rtp", "O", {"kind": "audio", "ssrc": 7}, packetsSent=sent)
    times = (None, T0 + 500, T0 + 500)
    report = an_object("remote-inbound-rtp", "R", {"localId": "O"}, timestamp=times, packetsLost=(None, lost, lost))
    series = a_series([T0, T0 + 1000, T0 + 2000], stream, report, baseline=True)
    rows = ingest.samples(a_batch(seq=1, series=[series]))
    assert column(rows, "d_packets_lost") == [d_lost, None]


def test_a_transport_that_one_reading_lacked_has_no_difference(ingest: Ingest) -> None:
    """A gigabyte did not come in one second; what is new counts from zero."""
    old = an_object("transport", "T1", {}, bytesReceived=(None, 1_000_000_000, 1_000_100_000))
    new = an_object("transport", "T2", {}, bytesReceived=(None, 100_000, 200_000))
    series = a_series([T0, T0 + 1000, T0 + 2000], old, new, baseline=True)
    rows = ingest.transports(a_batch(seq=1, series=[series]))
    assert {(row["transport"], row["d_bytes_received"]) for row in rows} == {
        ("T1", None), ("T1", 100_000), ("T2", 100_000),
    }  # fmt: skip
