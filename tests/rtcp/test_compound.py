"""Packets that were written by hand are read as the RFCs' pictures have them; what breaks its format is said to."""

import struct

import pytest
from aiortc import rtp as aiortc
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcpulse.rtcp.compound import parse
from rtcpulse.rtcp.extended import ExtendedReport
from rtcpulse.rtcp.feedback import Remb, TransportFeedback
from schemas.errors import MalformedPacket
from tests.rtcp import packets

VOIP = struct.pack(
    "!L4B4H2b6BBBHHH",
    *(7, 12, 13, 84, 10),
    *(120, 520, 200, 140),
    *(-18, -50, 55, 16, 90, 127, 42, 43),
    *(0x75, 0, 40, 80, 120),
)


def only(data: bytes) -> object:
    """Return the one packet of a datagram."""
    compound = parse(data)
    assert not compound.malformed
    (packet,) = compound.packets
    return packet


@pytest.mark.parametrize(
    ("lost", "read"), [(0xFFFFFF, -1), (0x800000, -8388608), (0x7FFFFF, 8388607), (0, 0), (25, 25)]
)
def test_cumulative_loss_is_signed(lost: int, read: int) -> None:
    """24 bits, two's complement."""
    packet = only(packets.receiver_report(1, packets.block(2, lost=lost)))
    assert isinstance(packet, aiortc.RtcpRrPacket)
    assert packet.reports[0].packets_lost == read


def test_a_report_may_have_more_after_its_blocks() -> None:
    """Profiles may add to SR and RR (RFC 3550 6.4.3); aiortc's parser refuses it."""
    sender = packets.sender_report(9, packets.block(2, lost=3), ntp=1)
    receiver = packets.receiver_report(9, packets.block(2, lost=3))
    for kind, plain in ((packets.SR, sender), (packets.RR, receiver)):
        assert only(packets.rtcp(kind, 1, plain[4:] + bytes(8))) == only(plain)


def test_voip_metrics() -> None:
    """Every field of RFC 3611 4.7.1; 127 is unavailable."""
    report = only(packets.extended_report(9, (7, 0, VOIP)))
    assert isinstance(report, ExtendedReport)
    (voip,) = report.voip
    assert (voip.ssrc, voip.loss_ratio, voip.discard_ratio) == (7, 12 / 256, 13 / 256)
    assert (voip.burst_density, voip.gap_density, voip.burst_ms, voip.gap_ms) == (84 / 256, 10 / 256, 120, 520)
    assert (voip.rtt_ms, voip.end_system_ms, voip.signal_dbm0, voip.noise_dbm0, voip.rerl_db) == (
        200,
        140,
        -18,
        -50,
        55,
    )
    assert (voip.gmin, voip.r_factor, voip.r_factor_external, voip.mos_lq, voip.mos_cq) == (16, 90, None, 4.2, 4.3)
    assert (voip.jitter_buffer_ms, voip.jitter_buffer_max_ms, voip.jitter_buffer_limit_ms) == (40, 80, 120)


def test_statistics_summary_says_what_its_flags_say() -> None:
    """RFC 3611 4.6: loss and jitter, no duplicates."""
    body = struct.pack("!LHHLLLLLL4B", 7, 100, 200, 5, 99, 1, 9, 3, 2, 0, 0, 0, 0)
    report = only(packets.extended_report(9, (6, 0xA0, body)))
    assert isinstance(report, ExtendedReport)
    (summary,) = report.statistics
    assert (summary.ssrc, summary.begin, summary.end, summary.lost, summary.duplicates) == (7, 100, 200, 5, None)
    assert (summary.jitter_min, summary.jitter_max, summary.jitter_mean, summary.jitter_deviation) == (1, 9, 3, 2)


def test_blocks_that_are_not_read_are_named_and_a_broken_one_costs_itself() -> None:
    """A loss RLE, a VoIP block that is too short, and a reference time after them."""
    compound = parse(packets.extended_report(9, (1, 0, bytes(8)), (7, 0, VOIP[:-4]), (4, 0, struct.pack("!Q", 77))))
    (report,) = compound.packets
    assert isinstance(report, ExtendedReport)
    assert (report.reference_ntp, report.voip) == (77, [])
    assert compound.others == ["XR block 1"]
    assert compound.malformed == ["RTCP XR: a block of type 7 with 7 words"]


def test_remb() -> None:
    """Mantissa 18 bits, exponent 6: 500 kbit/s as aiortc and libwebrtc write it."""
    packet = only(packets.remb(1, 250_000, 1, [5, 6]))
    assert packet == Remb(500_000.0, [5, 6])


def test_no_limit_is_no_estimate() -> None:
    """A receiver that knows none says the largest number."""
    compound = parse(packets.remb(1, 0x3FFFF, 63, [5]))
    assert (compound.packets, compound.others) == ([], ["PSFB format 15"])


def test_transport_feedback_of_all_kinds_of_chunks() -> None:
    """A run of two that came, seven of two bits, fourteen of one bit; deltas of 8 and 16 bits, and padding."""
    run, two_bits, one_bit = 0x2002, 0xC000 | 0b10_00_01_00_00_00_00, 0x8000 | 0b01000000000000
    deltas = bytes([4, 8]) + struct.pack("!h", -4) + bytes([12]) + bytes([20])
    packet = only(packets.transport_feedback(65534, 3, [run, two_bits, one_bit], deltas, statuses=11))
    assert isinstance(packet, TransportFeedback)
    assert (packet.base, packet.count) == (65534, 3)
    assert packet.arrivals_ms == [65.0, 67.0, 66.0, None, 69.0, None, None, None, None, None, 74.0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "an empty datagram"),
        (b"\x80\xc9\x00", "byte 0: the header is cut off"),
        (b"\x40\xc9\x00\x01" + bytes(4), "version 1"),
        (b"\x80\x60\x00\x01" + bytes(4), "packet type 96"),
        (packets.receiver_report(1)[:-1], "8 bytes, of which 7 came"),
        (packets.receiver_report(1) + b"\x80\xc8\x00\x63", "byte 8: 400 bytes, of which 4 came"),
    ],
)
def test_what_is_no_rtcp(data: bytes, said: str) -> None:
    """Refused whole, with where it breaks."""
    with pytest.raises(MalformedPacket, match=said):
        parse(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packets.rtcp(packets.RR, 2, bytes(28)), "receiver report length"),
        (packets.rtcp(packets.RTPFB, 15, bytes(8)), "transport-wide feedback of 8 bytes"),
        (packets.transport_feedback(1, 1, [0x2005], b"\x01", statuses=5), "deltas are cut off"),
        (packets.transport_feedback(1, 1, [], b"", statuses=5), "0 of 5 packets have a status"),
        (packets.rtcp(packets.PSFB, 15, bytes(8) + b"REMB\x05\x00\x00\x01"), "REMB: 8 bytes"),
        (packets.rtcp(packets.XR, 0, bytes(4) + b"\x04\x00\x00\x09"), "a block of 9 words"),
        (b"\xa0\xc9\x00\x01" + bytes(4), "padding"),
    ],
)
def test_a_broken_body_costs_itself(data: bytes, said: str) -> None:
    """What stands beside it is used."""
    compound = parse(packets.receiver_report(1, packets.block(2)) + data)
    assert len(compound.packets) == 1
    assert [said in what for what in compound.malformed] == [True]


@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Nothing but the documented error."""
    try:
        parse(data)
    except MalformedPacket:
        return


@settings(deadline=None)
@given(
    kind=st.integers(192, 223),
    count=st.integers(0, 31),
    words=st.binary(max_size=120),
    first=st.sampled_from([0, 0x20]),
)
def test_any_body_in_a_right_frame(kind: int, count: int, words: bytes, first: int) -> None:
    """It costs itself at most."""
    packet = bytearray(packets.rtcp(kind, count, words[: len(words) // 4 * 4]))
    packet[0] |= first
    compound = parse(bytes(packet))
    assert len(compound.packets) + len(compound.others) + len(compound.malformed) <= 60
