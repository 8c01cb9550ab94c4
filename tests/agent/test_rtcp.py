"""The agent fed with RTCP by hand: a collector gets what getStats would have said, whatever is fed."""

import asyncio
from typing import Any

import pytest

from rtcpulse.agent import Agent, Flow, TrackInfo, Who
from rtcpulse.rtcp.rfc3550 import compact, ntp_of
from schemas.errors import ConfigurationError
from tests.agent.stub import Stub, stub_collector
from tests.rtcp import packets

MINE, THEIRS = 1111, 2222


async def fed(stub: Stub, feed: Any) -> Flow:
    """Run an agent, feed its flow, and close it."""
    agent = Agent(stub.url, Who(room="r", participant="p"), poll_s=30.0, send_s=30.0)
    flow = agent.rtcp(label="uplink", payload_types={96: "audio/opus/48000/2"}, clock_rates={MINE: "video/VP8/90000"})
    await asyncio.sleep(0)
    feed(flow)
    await agent.close()
    return flow


def objects(stub: Stub) -> dict[str, Any]:
    """Return the last batch's stats objects by type."""
    return {item.type: item for batch in stub.batches() for series in batch.series for item in series.objects}


def last(item: Any, name: str) -> Any:
    """Return a member's last value."""
    steady = getattr(item.s, name, None)
    return getattr(item.f, name)[-1] if steady is None else steady


async def test_reports_become_the_streams_of_getstats() -> None:
    """RTCP alone, in and out: round trip by the times that are said, jitter by the clock rate of the SSRC."""
    now_ms = 1_800_000_000_000.0
    lsr = compact(ntp_of(now_ms - 1100))

    def feed(flow: Flow) -> None:
        flow.sent(packets.sender_report(MINE, ntp=ntp_of(now_ms - 1100), packets=500, octets=9000), at_ms=now_ms - 1100)
        block = packets.block(MINE, fraction=64, lost=-3, highest=499, jitter=900, lsr=lsr, dlsr=65536)
        flow.received(packets.receiver_report(THEIRS, block) + packets.remb(THEIRS, 250_000, 1, [MINE]), at_ms=now_ms)
        flow.track(MINE, TrackInfo("cam", "outbound", publisher="p", source="camera"))

    with stub_collector() as stub:
        flow = await fed(stub, feed)
        found = objects(stub)
        client = stub.batches()[-1].session.client
        tracks = [track for batch in stub.batches() for track in batch.tracks]
    assert flow.skipped.total() == 0
    assert client.browser == ""
    remote = found["remote-inbound-rtp"]
    assert last(remote, "packetsLost") == -3
    assert last(remote, "jitter") == 0.01
    assert last(remote, "fractionLost") == 0.25
    assert last(remote, "roundTripTime") == pytest.approx(0.1, abs=1e-4)
    assert last(remote, "timestamp") == now_ms
    assert (last(found["outbound-rtp"], "packetsSent"), last(found["outbound-rtp"], "kind")) == (500, "video")
    assert last(found["candidate-pair"], "availableOutgoingBitrate") == 500_000
    assert {(track.track, track.ssrc) for track in tracks} == {("cam", MINE)}


async def test_without_own_sender_reports_the_round_trip_is_by_our_clock() -> None:
    """The agent stands in the sender's process, whose clock the LSR is of."""
    now_ms = 1_800_000_000_000.0
    block = packets.block(MINE, lsr=compact(ntp_of(now_ms - 1100)), dlsr=65536)
    with stub_collector() as stub:
        await fed(stub, lambda flow: flow.received(packets.receiver_report(THEIRS, block), at_ms=now_ms))
        assert last(objects(stub)["remote-inbound-rtp"], "roundTripTime") == pytest.approx(0.1, abs=1e-4)


async def test_rtp_headers_are_counted() -> None:
    """An observer without RTCP of its own; the tag of SRTP is no payload."""

    def feed(flow: Flow) -> None:
        for seq in (0, 1, 2, 4, 5):
            flow.rtp_received(packets.rtp(THEIRS, seq, 960 * seq), at_ms=20.0 * seq, trailer=10)

    with stub_collector() as stub:
        await fed(stub, feed)
        found = objects(stub)["inbound-rtp"]
        events = {event.name for batch in stub.batches() for event in batch.events}
    assert (last(found, "packetsReceived"), last(found, "packetsLost"), last(found, "bytesReceived")) == (5, 1, 450)
    assert last(found, "jitter") == pytest.approx(0.0, abs=1e-6)
    assert "first_audio" in events


async def test_transport_feedback_is_held_against_what_was_sent() -> None:
    """By the header extension's id that was said, here 5: packets sent 10 ms apart arrive 10 and 14 ms apart."""
    with stub_collector() as stub:
        agent = Agent(stub.url, Who(), poll_s=30.0, send_s=30.0)
        flow = agent.rtcp(transport_cc_id=5)
        await asyncio.sleep(0)
        for seq in range(3):
            extension = bytes([0x10, 9, 0x51, 1, seq, 0, 0, 0])
            flow.rtp_sent(packets.rtp(MINE, seq, 0, extension=extension), at_ms=1000.0 + 10 * seq)
        flow.received(packets.transport_feedback(256, 1, [0x2003], bytes([0, 40, 56]), statuses=3))
        await agent.close()
        (said,) = (one.value for batch in stub.batches() for one in batch.events if one.name == "transport_feedback")
    assert said == {
        "direction": "outbound", "received": 3, "lost": 0, "feedbacks": 1, "feedbacks_lost": 0, "jitter_ms": 0.25,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\x80", b"\xff" * 40, b"\x80\xc8\x00\x00", "text", None, 5, b"\x80\x60" + bytes(10), memoryview(b"")],
)
async def test_whatever_is_fed_nothing_is_raised(wrong: Any) -> None:
    """It is counted; a time that is none too."""

    def feed(flow: Flow) -> None:
        for take in (flow.received, flow.sent, flow.rtp_received, flow.rtp_sent):
            take(wrong)
            take(packets.receiver_report(1), at_ms="now")  # type: ignore[arg-type] # what is wrong

    with stub_collector() as stub:
        flow = await fed(stub, feed)
        assert len(stub.batches()) == 1
    assert flow.skipped.total() >= 6


async def test_a_wrong_format_is_said_at_once() -> None:
    """It is the application's own, and in its code."""
    with stub_collector() as stub:
        agent = Agent(stub.url, Who())
        with pytest.raises(ConfigurationError, match="no format"):
            agent.rtcp(payload_types={96: "opus"})
        await agent.close()
