"""A real call with loss and delay, captured at one end: the capture says what that end's own getStats says."""

import asyncio
from typing import Any

import msgspec
import pytest

from collector.sources.traces.recorded import Skips
from rtcpulse.importing import pcap
from rtcpulse.importing.formats import batches_of, format_of, sessions
from rtcpulse.importing.hints import hints
from rtcpulse.importing.recording import Recording
from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.importing.calling import Captured, capture

CLOCK_RATES = {"audio": 48000, "video": 90000}


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Captured:
    """Return a call with 5 % loss and 40 ms of delay both ways, captured at a."""
    return asyncio.run(capture(tmp_path_factory.mktemp("captured")))


def last_reading(captured: Captured, *, with_keys: bool = True, codecs: bool = True) -> list[dict[str, Any]]:
    """Return the stats objects at the capture's end."""
    said = hints("192.0.2.1", captured.truth.codecs if codecs else [], captured.keys if with_keys else None, None)
    recording = Recording(captured.path, said)
    (session,) = sessions(recording, format_of(recording), Skips())
    return session.pcs["pc0"][-1].objects


def by_ssrc(objects: list[dict[str, Any]], kind: str) -> dict[int, dict[str, Any]]:
    """Return the objects of a stats type."""
    return {one["ssrc"]: one for one in objects if one["type"] == kind}


def test_loss_and_jitter_of_what_is_received(captured: Captured) -> None:
    """Packets to the packet; jitter as far as two clock readings of one packet lie apart."""
    objects = by_ssrc(last_reading(captured), "inbound-rtp")
    assert objects.keys() == captured.truth.received.keys()
    for ssrc, (kind, counters) in captured.truth.received.items():
        own = objects[ssrc]
        assert (own["packetsReceived"], own["packetsLost"], own["kind"]) == (counters.packets, counters.lost, kind)
        assert counters.lost > 0
        assert own["jitter"] == pytest.approx(counters.jitter_ticks / CLOCK_RATES[kind], abs=0.002)


def test_loss_jitter_and_round_trip_that_the_far_end_reports(captured: Captured) -> None:
    """The last report is the same, and so is the number of packets and bytes that were sent."""
    objects = last_reading(captured)
    own, remote = by_ssrc(objects, "outbound-rtp"), by_ssrc(objects, "remote-inbound-rtp")
    assert own.keys() == remote.keys() == captured.truth.sent.keys()
    for ssrc, (kind, stats) in captured.truth.sent.items():
        sent, told = stats["outbound-rtp"], stats["remote-inbound-rtp"]
        assert (own[ssrc]["packetsSent"], own[ssrc]["bytesSent"]) == (sent.packetsSent, sent.bytesSent)
        assert remote[ssrc]["packetsLost"] == told.packetsLost > 0
        assert remote[ssrc]["fractionLost"] == told.fractionLost / 256
        assert remote[ssrc]["jitter"] == pytest.approx(told.jitter / CLOCK_RATES[kind], abs=1e-6)


def test_round_trips_are_those_that_the_sender_measures(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Report by report; aiortc leaves out answers to a sender report before its last. None beats the link's delay."""
    trips = round_trips(captured, monkeypatch)
    assert trips.keys() == captured.truth.trips.keys() == captured.truth.sent.keys()
    for ssrc, measured in captured.truth.trips.items():
        assert len(measured) >= 3
        apart = sorted(min(abs(trip - one) for one in trips[ssrc]) for trip in measured)
        assert apart[len(apart) // 2] < 0.01  # of a machine with other work one or two may wait for it
        assert apart[-1] < 0.1
        assert min(trips[ssrc]) >= 0.08


def round_trips(captured: Captured, monkeypatch: pytest.MonkeyPatch) -> dict[int, list[float]]:
    """Return every round trip of what is sent, in seconds, in order: readings are taken as often as reports come."""
    monkeypatch.setattr(pcap, "READ_EVERY_MS", 5.0)
    recording = Recording(captured.path, hints("192.0.2.1", captured.truth.codecs, captured.keys, None))
    (session,) = sessions(recording, "pcap", Skips())
    found: dict[int, dict[int, float]] = {}
    for reading in session.pcs["pc0"]:
        for ssrc, one in by_ssrc(reading.objects, "remote-inbound-rtp").items():
            if "roundTripTimeMeasurements" in one:
                found.setdefault(ssrc, {})[one["roundTripTimeMeasurements"]] = one["roundTripTime"]
    return {ssrc: list(by_count.values()) for ssrc, by_count in found.items()}


def test_what_the_far_end_says_it_sent(captured: Captured) -> None:
    """Its sender reports, within what it sent after the last of them."""
    objects = last_reading(captured)
    own, remote = by_ssrc(objects, "inbound-rtp"), by_ssrc(objects, "remote-outbound-rtp")
    assert own.keys() == remote.keys()
    for ssrc, told in remote.items():
        assert own[ssrc]["remoteId"] == told["id"]
        assert 0.6 < told["packetsSent"] / (own[ssrc]["packetsReceived"] + own[ssrc]["packetsLost"]) <= 1.02


def test_without_keys_loss_and_jitter_are_the_same_and_the_rest_is_unknown(captured: Captured) -> None:
    """RTP headers are plain; what needs RTCP is missing, not zero."""
    opened, closed = last_reading(captured), last_reading(captured, with_keys=False)
    known, unknown = by_ssrc(opened, "inbound-rtp"), by_ssrc(closed, "inbound-rtp")
    assert {ssrc for ssrc, one in unknown.items() if one.get("kind")} == known.keys()
    for ssrc, one in known.items():
        for name in ("packetsReceived", "packetsLost", "jitter"):
            assert unknown[ssrc][name] == one[name]
        assert "nackCount" not in unknown[ssrc]
    assert not by_ssrc(closed, "remote-inbound-rtp")


def test_without_codecs_there_is_no_jitter(captured: Captured) -> None:
    """Payload types of WebRTC are dynamic: nobody knows the clock rate, so nobody knows the jitter."""
    objects = last_reading(captured, codecs=False)
    assert not [one for one in objects if "jitter" in one]
    for ssrc, (_, counters) in captured.truth.received.items():
        assert by_ssrc(objects, "inbound-rtp")[ssrc]["packetsLost"] == counters.lost


def test_its_rows_add_up(captured: Captured, store: ChdbStore, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imported, the rows' deltas are what aiortc counted in the whole call, and round trips stand in them."""
    recording = Recording(captured.path, hints("192.0.2.1", captured.truth.codecs, captured.keys, None))
    made = list(batches_of(recording, format_of(recording), Skips(), {"room": "captured"}))
    Feed(store, project).store_batches(
        [msgspec.json.decode(one.body) for one in made], received_ms=2_000_000_000_000, source="import"
    )
    rows = store.query(
        "SELECT ssrc, direction, sum(d_packets) AS packets, sum(d_packets_lost) AS lost, avg(rtt_ms) AS rtt_ms,"
        f" any(rtt_source) FROM stream_samples WHERE project = '{project}' GROUP BY ssrc, direction"
    ).to_pylist()
    found = {(one["ssrc"], one["direction"]): one for one in rows}
    trips = round_trips(captured, monkeypatch)
    for ssrc, (_, counters) in captured.truth.received.items():
        row = found[ssrc, "inbound"]
        assert (row["packets"], row["lost"]) == (counters.packets, counters.lost)
    for ssrc, (_, stats) in captured.truth.sent.items():
        row = found[ssrc, "outbound"]
        assert row["packets"] == stats["outbound-rtp"].packetsSent
        assert row["lost"] == stats["remote-inbound-rtp"].packetsLost
        assert min(trips[ssrc]) <= row["rtt_ms"] / 1000 <= max(trips[ssrc])
