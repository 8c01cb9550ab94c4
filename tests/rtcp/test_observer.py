"""Packets of both directions become the stats objects that getStats of the near end would give."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcpulse.rtcp.formats import formats
from rtcpulse.rtcp.headers import parse_rtp
from rtcpulse.rtcp.observer import Observer, Way
from rtcpulse.rtcp.rfc3550 import compact, epoch_ms_of, ntp_of, round_trip_s
from schemas.errors import ConfigurationError, MalformedPacket
from tests.rtcp import packets
from tests.rtcp.test_compound import VOIP

T0 = 1_700_000_000_000.0
MINE, THEIRS = 1111, 2222


def an_observer(*, ntp_is_ours: bool = False) -> Observer:
    """Return one that knows the formats of both streams."""
    return Observer(formats({96: "audio/opus/48000/2"}, {MINE: "video/VP8/90000"}), ntp_is_ours=ntp_is_ours)


def of_type(observer: Observer, kind: str) -> dict[str, Any]:
    """Return the one stats object of a type."""
    (found,) = (one for one in observer.objects() if one["type"] == kind)
    return found


def stream(observer: Observer, way: Way, ssrc: int, seqs: range, payload_type: int = 96, at_ms: float = T0) -> None:
    """Let packets of 20 ms pass."""
    for seq in seqs:
        header = parse_rtp(packets.rtp(ssrc, seq, 960 * seq, payload_type=payload_type))
        assert header is not None
        observer.rtp(way, header, at_ms + 20.0 * seq)


def test_the_round_trip_of_rfc_3550s_figure() -> None:
    """Figure 2: LSR 0xB705:2000, DLSR 5.25 s, arrival 0xB710:8000 are 6.125 s."""
    assert round_trip_s(0xB7108000, 0xB7052000, 0x00054000) == 6.125
    assert compact(0xB44DB705_20000000) == 0xB7052000
    assert compact(0x12345678_23456789) == 0x56782345


def test_ntp_times() -> None:
    """2 208 988 800 s lie between the epochs; a compact second is 65536 units."""
    assert ntp_of(0.0) == 2_208_988_800 << 32
    assert epoch_ms_of(ntp_of(T0)) == pytest.approx(T0, abs=1e-3)
    assert [compact(ntp_of(ms)) - compact(ntp_of(0.0)) for ms in (500, 1000, 1500)] == [0x8000, 0x10000, 0x18000]


@settings(deadline=None)
@given(arrival=st.integers(0, 2**32 - 1), delay=st.integers(0, 2**31), trip=st.integers(0, 60 * 65536))
def test_round_trips_across_the_wrap_of_compact_time(arrival: int, delay: int, trip: int) -> None:
    """Compact time begins anew every 18 h 12 min."""
    last = (arrival - delay - trip) % 2**32
    assert round_trip_s(arrival, last, delay) == (trip / 65536 if last else None)


def test_a_negative_round_trip_is_none() -> None:
    """The answer is older than the question: clocks differ, and nothing is known."""
    assert round_trip_s(0x10000, 0x20000, 0x100) is None


@pytest.mark.parametrize("skew_ms", [0.0, 3_600_000.0, -86_400_000.0 * 365])
def test_the_far_ends_report_of_what_we_send(skew_ms: float) -> None:
    """Its round trip is measured between two moments of the observer, so the sender's clock may be anything."""
    observer = an_observer()
    stream(observer, "sent", MINE, range(100), payload_type=97)
    ntp = ntp_of(T0 + skew_ms)
    observer.rtcp("sent", packets.sender_report(MINE, ntp=ntp, packets=100, octets=10_000), T0 + 2000)
    block = packets.block(MINE, fraction=12, lost=7, highest=99, jitter=900, lsr=compact(ntp), dlsr=65536)
    observer.rtcp("received", packets.receiver_report(THEIRS, block), T0 + 3080)
    own, remote = of_type(observer, "outbound-rtp"), of_type(observer, "remote-inbound-rtp")
    assert (own["packetsSent"], own["bytesSent"], own["kind"]) == (100, 10_000, "video")
    assert own["remoteId"] == remote["id"]
    assert (remote["packetsLost"], remote["jitter"], remote["fractionLost"]) == (7, 0.01, 12 / 256)
    assert (remote["roundTripTime"], remote["roundTripTimeMeasurements"]) == (pytest.approx(0.08), 1)
    assert remote["timestamp"] == T0 + 3080


def test_without_the_sender_report_the_round_trip_needs_the_senders_clock() -> None:
    """An agent in the sender's process has it; a capture has not."""
    lsr = compact(ntp_of(T0))
    report = packets.receiver_report(THEIRS, packets.block(MINE, lost=1, lsr=lsr, dlsr=65536))
    for ntp_is_ours, trip in ((True, pytest.approx(0.25, abs=1e-4)), (False, None)):
        observer = an_observer(ntp_is_ours=ntp_is_ours)
        observer.rtcp("received", report, T0 + 1250)
        assert of_type(observer, "remote-inbound-rtp").get("roundTripTime") == trip


@pytest.mark.parametrize(("lsr", "dlsr"), [(0, 65536), (1, 0), (0, 0)])
def test_no_last_sr_no_round_trip(lsr: int, dlsr: int) -> None:
    """LSR 0 means that the receiver has seen no sender report."""
    observer = an_observer(ntp_is_ours=True)
    observer.rtcp("received", packets.receiver_report(THEIRS, packets.block(MINE, lsr=lsr, dlsr=dlsr)), T0)
    assert "roundTripTime" not in of_type(observer, "remote-inbound-rtp")


def test_what_we_receive() -> None:
    """Counted from its packets; the far end's own counters come from its sender reports, of which the last stands."""
    observer = an_observer()
    stream(observer, "received", THEIRS, range(0, 50, 2))
    for packet_count, at_ms in ((2**32 - 10, 500), (15, 1000)):
        report = packets.sender_report(THEIRS, ntp=ntp_of(T0 + at_ms), packets=packet_count, octets=packet_count * 100)
        observer.rtcp("received", report, T0 + at_ms)
    own, remote = of_type(observer, "inbound-rtp"), of_type(observer, "remote-outbound-rtp")
    assert (own["packetsReceived"], own["packetsLost"], own["bytesReceived"]) == (25, 24, 2500)
    assert (own["headerBytesReceived"], own["jitter"], own["kind"]) == (300, pytest.approx(0.0, abs=1e-6), "audio")
    assert (remote["packetsSent"], remote["reportsSent"]) == (2**32 + 15, 2)
    assert remote["remoteTimestamp"] == pytest.approx(T0 + 1000, abs=0.01)
    assert of_type(observer, "codec") == {
        "type": "codec", "id": own["codecId"], "transportId": "T0", "mimeType": "audio/opus",
        "payloadType": 96, "clockRate": 48000, "channels": 2,
    }  # fmt: skip


def test_without_rtp_our_own_reports_say_what_we_receive() -> None:
    """From the first report on, since nobody knows where the stream began; jitter needs a clock rate that is known."""
    observer = an_observer()
    for highest, lost in ((5000, 40), (5100, 45), (5200, 43)):
        block = packets.block(THEIRS, highest=highest, lost=lost, jitter=480)
        observer.rtcp("sent", packets.receiver_report(MINE, block), T0 + highest)
    own = of_type(observer, "inbound-rtp")
    assert (own["packetsReceived"], own["packetsLost"]) == (197, 3)
    assert "jitter" not in own


def test_cumulative_loss_across_its_wrap() -> None:
    """8 388 607 and two more, for receivers that do not stop there; the highest number wraps too."""
    observer = an_observer()
    for highest, lost in ((2**32 - 100, 0x7FFFFF), (100, 0x800001)):
        block = packets.block(MINE, highest=highest, lost=lost)
        observer.rtcp("received", packets.receiver_report(THEIRS, block), T0 + lost)
    assert of_type(observer, "remote-inbound-rtp")["packetsLost"] == 0x7FFFFF + 2


def test_an_observer_that_comes_late_does_not_count_what_was_lost_before() -> None:
    """500 were lost before it began; of the packets that it has seen, two."""
    observer = an_observer()
    stream(observer, "sent", MINE, range(100), payload_type=97)
    for lost, sent in ((500, 9100), (502, 9100)):
        report = packets.receiver_report(THEIRS, packets.block(MINE, highest=9000 + lost, lost=lost))
        observer.rtcp("received", report, T0)
        assert "packetsLost" not in of_type(observer, "remote-inbound-rtp") or lost == 502
        observer.rtcp("sent", packets.sender_report(MINE, ntp=ntp_of(T0), packets=sent), T0)
    assert of_type(observer, "remote-inbound-rtp")["packetsLost"] == 2


def test_a_report_that_was_overtaken_changes_nothing() -> None:
    """RTCP over UDP comes in any order."""
    observer = an_observer()
    for highest, lost in ((200, 9), (100, 4)):
        observer.rtcp("received", packets.receiver_report(1, packets.block(MINE, highest=highest, lost=lost)), T0)
        report = packets.sender_report(THEIRS, ntp=ntp_of(T0 + highest), packets=highest)
        observer.rtcp("received", report, T0)
    assert of_type(observer, "remote-inbound-rtp")["packetsLost"] == 9
    assert of_type(observer, "remote-outbound-rtp")["packetsSent"] == 200


def test_reference_times_give_a_receiver_its_round_trip() -> None:
    """RRTR out, DLRR back (RFC 3611 4.4, 4.5): 120 ms of the stream whose sender answered."""
    observer = an_observer()
    stream(observer, "received", THEIRS, range(5))
    asked = ntp_of(T0 + 7_000_000)
    observer.rtcp("sent", packets.extended_report(MINE, (4, 0, struct.pack("!Q", asked))), T0)
    answer = struct.pack("!LLL", MINE, compact(asked), 32768)
    reports = packets.sender_report(THEIRS, ntp=ntp_of(T0), packets=5)
    observer.rtcp("received", reports + packets.extended_report(THEIRS, (5, 0, answer)), T0 + 620)
    assert of_type(observer, "remote-outbound-rtp")["roundTripTime"] == pytest.approx(0.12)


def test_feedback_is_counted() -> None:
    """NACK and PLI name their stream in the packet, FIR in its entries."""
    observer = an_observer()
    stream(observer, "sent", MINE, range(5), payload_type=97)
    nack = packets.rtcp(packets.RTPFB, 1, struct.pack("!LLHH", THEIRS, MINE, 3, 0))
    pli = packets.rtcp(packets.PSFB, 1, struct.pack("!LL", THEIRS, MINE))
    fir = packets.rtcp(packets.PSFB, 4, struct.pack("!LLLL", THEIRS, 0, MINE, 1 << 24))
    observer.rtcp("received", nack + nack + pli + fir, T0)
    own = of_type(observer, "outbound-rtp")
    assert (own["nackCount"], own["pliCount"], own["firCount"]) == (2, 1, 1)


def test_what_nobody_told_is_missing() -> None:
    """Without readable RTCP nobody knows of feedback; without a clock rate nobody knows the jitter."""
    observer = Observer(formats({}, {}), ntp_is_ours=False)
    stream(observer, "received", 5, range(5))
    own = of_type(observer, "inbound-rtp")
    assert not {"nackCount", "jitter", "kind", "codecId", "remoteId"} & own.keys()


def test_remb_is_the_available_bitrate() -> None:
    """Theirs is what we can send, ours what we can receive."""
    observer = an_observer()
    observer.rtcp("received", packets.remb(1, 250_000, 1, [MINE]), T0)
    observer.rtcp("sent", packets.remb(1, 125_000, 1, [THEIRS]), T0)
    pair = of_type(observer, "candidate-pair")
    assert (pair["availableOutgoingBitrate"], pair["availableIncomingBitrate"]) == (500_000, 250_000)
    assert of_type(observer, "transport")["selectedCandidatePairId"] == pair["id"]


def test_transport_feedback_tells_loss_and_jitter() -> None:
    """Four packets sent 10 ms apart; the third is late and first said to be lost, then to have come."""
    observer = an_observer()
    for seq in range(4):
        header = parse_rtp(packets.rtp(MINE, seq, 0, payload_type=97))
        assert header is not None
        observer.rtp("sent", header, T0 + 10 * seq, transport_seq=(65534 + seq) & 0xFFFF)
    two_came_one_not = packets.transport_feedback(65534, 1, [0x8000 | 0b11010000000000], bytes([0, 40, 56]), statuses=4)
    observer.rtcp("received", two_came_one_not, T0)
    ((name, value),) = observer.happened()
    assert name == "transport_feedback"
    assert value["jitter_ms"] == pytest.approx(abs(14 - 20) / 16, abs=1e-3)
    assert (value["direction"], value["received"], value["lost"], value["feedbacks"]) == ("outbound", 3, 1, 1)
    third_came = packets.transport_feedback(0, 3, [0x2001], bytes([8]), statuses=1)
    observer.rtcp("received", third_came, T0)
    ((_, value),) = observer.happened()
    assert (value["received"], value["lost"], value["feedbacks_lost"]) == (1, -1, 1)
    assert observer.happened() == []


def test_voip_metrics_and_statistics_are_events() -> None:
    """Flat, in named units; jitter in ms needs the clock rate."""
    observer = an_observer()
    body = struct.pack("!LHHLLLLLL4B", MINE, 100, 200, 5, 99, 90, 900, 180, 0, 0, 0, 0, 0)
    observer.rtcp("received", packets.extended_report(THEIRS, (7, 0, VOIP), (6, 0xA0, body)), T0)
    told = dict(observer.happened())
    assert told["rtcp_voip_metrics"]["mos_lq"] == 4.2
    assert "r_factor_external" not in told["rtcp_voip_metrics"]
    assert told["rtcp_statistics"]["jitter_mean_ms"] == 2.0
    assert (told["rtcp_statistics"]["lost"], told["rtcp_statistics"]["direction"]) == (5, "outbound")


def test_dtmf_between_the_packets_of_a_codec() -> None:
    """Its packets count, and the stream's codec stays."""
    observer = Observer(formats({101: "audio/telephone-event/8000"}, {}), ntp_is_ours=False)
    stream(observer, "received", THEIRS, range(5), payload_type=8)
    stream(observer, "received", THEIRS, range(5, 8), payload_type=101)
    own = of_type(observer, "inbound-rtp")
    assert (own["packetsReceived"], own["packetsLost"], own["codecId"]) == (8, 0, "C8")


def test_retransmissions_are_no_stream() -> None:
    """As in getStats, where the format says so."""
    observer = Observer(formats({97: "video/VP8/90000", 98: "video/rtx/90000"}, {}), ntp_is_ours=False)
    stream(observer, "sent", 1, range(5), payload_type=97)
    stream(observer, "sent", 2, range(5), payload_type=98)
    assert of_type(observer, "outbound-rtp")["ssrc"] == 1


def test_streams_are_bounded() -> None:
    """A flood of SSRCs costs no memory without end, and is counted."""
    observer = an_observer()
    for ssrc in range(700):
        observer.rtcp("received", packets.receiver_report(1, packets.block(ssrc)), T0)
    assert sum(one["type"] == "outbound-rtp" for one in observer.objects()) == 512
    assert observer.skipped["more streams than one connection has", "outbound"] == 188


@pytest.mark.parametrize("text", ["opus", "audio/opus", "audio/opus/0", "text/x/1", "audio/opus/48000/2/3", "0", "-1"])
def test_what_is_no_format(text: str) -> None:
    """A sentence says what one is."""
    with pytest.raises(ConfigurationError, match="is no format"):
        formats({96: text}, {})


def test_a_payload_type_has_seven_bits() -> None:
    """128 is none."""
    with pytest.raises(ConfigurationError, match="128 is no payload type"):
        formats({128: 90000}, {})


@settings(deadline=None)
@given(data=st.lists(st.tuples(st.sampled_from(["sent", "received"]), st.integers(192, 207), st.binary(max_size=60))))
def test_any_packets_in_any_order(data: list[tuple[Way, int, bytes]]) -> None:
    """Nothing but the documented error; what is made of them is numbers."""
    observer = an_observer(ntp_is_ours=True)
    for way, kind, body in data:
        try:
            observer.rtcp(way, packets.rtcp(kind, len(body) & 0x1F, body[: len(body) // 4 * 4]), T0)
        except MalformedPacket:
            continue
    for one in observer.objects():
        assert all(isinstance(value, str | float | int) for value in one.values())
    observer.happened()
