"""A real call, watched: the batches say what aiortc knows, in W3C's words and units, stream by stream."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest_asyncio

from rtcpulse.agent import Who
from rtcpulse.agent.internals import received
from rtcpulse.demo.call import Call, new_call
from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.relay import Relay
from rtcpulse.demo.watched import Pace, Watched, watched
from schemas.batch import Batch
from tests.agent.stub import Stub, stub_collector


@dataclass
class Ended:
    """A call that has ended: what the collector has, and what the receivers counted at last."""

    call: Call
    ends: list[Watched]
    stub: Stub
    ssrcs: dict[int, int]
    retransmissions: set[int]

    def of(self, end: int) -> list[Batch]:
        """Return one end's batches in order."""
        mine = [batch for batch in self.stub.batches() if batch.writer == self.ends[end].agent.writer_id]
        return sorted(mine, key=lambda batch: batch.seq or 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ended() -> AsyncIterator[Ended]:
    """Run one call of 4 s with 5 % loss, both ends watched."""
    with stub_collector() as stub:
        relay = Relay(seed=5)
        relay.impair("both", Impairment(loss=0.05, delay_ms=15))
        call = new_call(relay)
        pace = Pace(poll_s=0.4, send_s=1.2)
        ends = [
            watched(peer, other, collector=stub.url, key=None, who=Who(room="r", participant=name), pace=pace)
            for peer, name, other in ((call.a, "a", "b"), (call.b, "b", "a"))
        ]
        await call.connect()
        await asyncio.sleep(4)
        call.a.mute_all()
        call.b.mute_all()
        await asyncio.sleep(0.3)
        for end in ends:
            await end.agent.close("hangup")
        counted, retransmissions = _counted(call)
        await call.close()
        yield Ended(call, ends, stub, counted, retransmissions)


def _counted(call: Call) -> tuple[dict[int, int], set[int]]:
    counted: dict[int, int] = {}
    retransmissions = {t.sender._rtx_ssrc for peer in (call.a, call.b) for t in peer.pc.getTransceivers()}
    for peer in (call.a, call.b):
        for receiver in peer.pc.getReceivers():
            counted |= {ssrc: one.lost for ssrc, one in (received(receiver) or {}).items()}
    return counted, retransmissions


def objects(batches: list[Batch], kind: str) -> list[Any]:
    """Return every object of a type."""
    return [one for batch in batches for series in batch.series for one in series.objects if one.type == kind]


def test_every_baseline_is_the_sample_before_it(ended: Ended) -> None:
    """A batch's first sample is the previous batch's last, member by member."""
    for end in (0, 1):
        batches = ended.of(end)
        assert [batch.seq for batch in batches] == list(range(len(batches)))
        pairs = list(pairwise(batches))
        assert pairs
        for before, after in pairs:
            assert after.series[0].baseline
            assert after.series[0].t[0] == before.series[0].t[-1]
            last = {one.id: one.f.packetsReceived for one in objects([before], "inbound-rtp")}
            for one in objects([after], "inbound-rtp"):
                if one.id in last:
                    assert one.f.packetsReceived[0] == last[one.id][-1]


def test_a_stream_is_one_ssrc_and_retransmissions_are_none(ended: Ended) -> None:
    """Aiortc's inbound id hides the RTX SSRC behind the video's; here neither is taken for the other."""
    seen = {one.s.ssrc for end in (0, 1) for one in objects(ended.of(end), "inbound-rtp")}
    assert ended.retransmissions & set(ended.ssrcs), "the call had no retransmission, so it shows nothing"
    assert seen == set(ended.ssrcs) - ended.retransmissions
    assert len(seen) == 4


def test_the_last_sample_has_the_receivers_own_loss(ended: Ended) -> None:
    """PacketsLost goes over the wire as the receiver counted it."""
    for end in (0, 1):
        for one in objects(ended.of(end)[-1:], "inbound-rtp"):
            assert one.f.packetsLost[-1] == ended.ssrcs[one.s.ssrc]


def test_units_are_w3c(ended: Ended) -> None:
    """Jitter and RTT in seconds, the lost fraction a ratio, report times in epoch ms, no inbound bytes made up."""
    batches = ended.of(0)
    for one in objects(batches, "inbound-rtp"):
        assert all(value is None or 0 <= value < 0.05 for value in one.f.jitter)
        assert one.f.bytesReceived is None
        assert one.s.mid is not None
        assert one.s.trackIdentifier is not None
    reports = objects(batches, "remote-inbound-rtp")
    assert {one.s.ssrc for one in reports} == {one.s.ssrc for one in objects(batches, "outbound-rtp")}
    trips = [value for one in reports for value in one.f.roundTripTime or [] if value is not None]
    assert trips
    assert all(0.02 < value < 0.3 for value in trips)
    assert all(0 <= value <= 1 for one in reports for value in one.f.fractionLost if value is not None)
    last = batches[-1].series[0].t[-1]
    assert all(0 <= last - one.f.timestamp[-1] < 10_000 for one in objects(batches[-1:], "remote-inbound-rtp"))


def test_the_session_explains_itself(ended: Ended) -> None:
    """Codec, candidate types, whose tracks, and the story of the connection; no address anywhere."""
    batches = ended.of(1)
    assert {one.s.mimeType for one in objects(batches, "codec")} == {"audio/opus", "video/VP8"}
    assert {one.s.candidateType for one in objects(batches, "local-candidate")} == {"host"}
    known = {(one.track, one.direction) for one in batches[-1].tracks}
    assert ("r/a/microphone", "inbound") in known
    assert ("r/b/camera", "outbound") in known
    names = [event.name for batch in batches for event in batch.events]
    for name in ("join_started", "ice_connected", "dtls_connected", "joined", "first_audio", "first_video", "left"):
        assert names.count(name) == 1, name
    assert not any(b"127.0.0.1" in gzip.decompress(body) for body in ended.stub.bodies)


def test_first_media_is_noted_with_the_first_sample_that_has_packets(ended: Ended) -> None:
    """Of each kind, on the peer connection that received it."""
    for end in (0, 1):
        batches = ended.of(end)
        noted = {event.name: event for batch in batches for event in batch.events if event.name.startswith("first_")}
        for kind in ("audio", "video"):
            event = noted[f"first_{kind}"]
            assert event.pc == ended.ends[end].watcher.pc_id
            assert 0 <= event.t - _first_packets(batches, kind) < 300


def _first_packets(batches: list[Batch], kind: str) -> float:
    """Return the time of the first sample that has packets of a kind."""
    timed: list[tuple[list[float], Any]] = [
        (series.t, one) for batch in batches for series in batch.series for one in series.objects
    ]
    streams = [(t, one.f.packetsReceived) for t, one in timed if one.type == "inbound-rtp" and one.s.kind == kind]
    return min(t for times, counts in streams for t, count in zip(times, counts, strict=True) if count)


async def test_who_receives_nothing_has_no_first_media() -> None:
    """In a call of one way the sender notes none, the receiver only the kind that came."""
    with stub_collector() as stub:
        call = new_call(Relay(seed=6), video=False, both_ways=False)
        pace = Pace(poll_s=0.2, send_s=5)
        ends = [
            watched(peer, other, collector=stub.url, key=None, who=Who(room="r", participant=name), pace=pace)
            for peer, name, other in ((call.a, "a", "b"), (call.b, "b", "a"))
        ]
        await call.connect()
        await asyncio.sleep(1)
        for end in ends:
            await end.agent.close("hangup")
        await call.close()
        noted = {(batch.session.participant, event.name) for batch in stub.batches() for event in batch.events}
    assert {one for one in noted if one[1].startswith("first_")} == {("b", "first_audio")}
