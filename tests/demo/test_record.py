"""The record says what was delivered, counted as a receiver counts it."""

import struct

import pytest

from rtcpulse.demo.record import Record, StreamRecord, parse_stun
from rtcpulse.rtcp.headers import Rtp, parse_rtcp, parse_rtp


def packet(payload_type: int = 96, seq: int = 7, extension: bytes = b"", first: int = 0x80) -> bytes:
    """Return an RTP packet with 10 bytes of payload."""
    head = struct.pack("!BBHII", first | (0x10 if extension else 0), payload_type, seq, 1234, 99)
    ext = struct.pack("!HH", 0xBEDE, len(extension) // 4) + extension if extension else b""
    return head + ext + bytes(10)


def test_an_rtp_header_is_read_with_its_extension() -> None:
    """Payload type without the marker, and the header's real length."""
    assert parse_rtp(packet(96 | 0x80)) == Rtp(96, 7, 1234, 99, 22, 12)
    assert parse_rtp(packet(extension=bytes(8))) == Rtp(96, 7, 1234, 99, 34, 24)


def test_padding_is_no_payload() -> None:
    """The P bit stands in the first byte; what is sent are the bytes between header and SRTP tag, dropped or not."""
    probe = parse_rtp(packet(first=0xA0))
    assert probe == Rtp(96, 7, 1234, 99, 22, 12, padding=True)
    stream = StreamRecord(99, 96)
    stream.arrived(Rtp(96, 7, 1234, 99, 112, 12), 1.0, dropped=True)
    stream.arrived(probe, 2.0, dropped=False)
    assert stream.payloads(tag=10).tolist() == [90, 0]
    assert (stream.sent_bytes(0, 2, tag=10), stream.sent_bytes(1, 2, tag=10)) == (90, 0)


def test_delivered_bytes_leave_out_what_was_dropped() -> None:
    """By the time of delivery, to the end of the span and not from its begin."""
    stream = StreamRecord(99, 96)
    for number, dropped in enumerate((False, True, False)):
        index = stream.arrived(Rtp(96, number, 0, 99, 112, 12), 10.0 * number, dropped=dropped)
        if not dropped:
            stream.delivered(index, 10.0 * number + 5)
    assert (stream.delivered_bytes(0, 25, tag=10), stream.delivered_bytes(5, 24, tag=10)) == (180, 0)


@pytest.mark.parametrize("payload_type", [200, 201, 205, 206, 207])
def test_rtcp_is_not_rtp(payload_type: int) -> None:
    """RFC 5761: second byte 192 to 223."""
    assert parse_rtp(packet(payload_type)) is None
    assert parse_rtcp(packet(payload_type)) == (payload_type, 1234)


@pytest.mark.parametrize("first", [0x00, 0x16, 0x40])
def test_stun_dtls_and_turn_are_not_rtp(first: int) -> None:
    """RFC 7983: RTP begins with 128 to 191."""
    assert parse_rtp(packet(first=first)) is None
    assert parse_rtcp(packet(first=first)) is None


def test_stun_is_known_by_its_magic_cookie() -> None:
    """RFC 8489: type, length, cookie, transaction id; the classic form without a cookie is not looked for."""
    head = struct.pack("!HHI12s", 0x0101, 0, 0x2112A442, b"transaction!")
    assert parse_stun(head + bytes(8)) == (0x0101, b"transaction!")
    assert [parse_stun(some) for some in (head[:19], head[:4] + bytes(16), b"\x80" + head[1:], packet())] == [None] * 4


def stream_of(fates: list[tuple[int, bool]]) -> StreamRecord:
    """Return a record of packets 10 ms apart, delivered 5 ms later unless dropped."""
    stream = StreamRecord(99, 96)
    for number, (seq, dropped) in enumerate(fates):
        index = stream.arrived(Rtp(96, seq, 160 * number, 99, 112, 12), 10.0 * number, dropped=dropped)
        if not dropped:
            stream.delivered(index, 10.0 * number + 5)
    return stream


def test_loss_is_between_the_first_and_the_last_delivered() -> None:
    """Drops at either end are not known to the receiver and do not count."""
    stream = stream_of([(1, True), (2, False), (3, True), (4, False), (5, True)])
    assert (stream.received, stream.lost(stream.received)) == (2, 1)


def test_a_span_counts_what_was_delivered_in_it_and_the_loss_it_reveals() -> None:
    """The loss belongs to the packet after it; bytes are those delivered."""
    stream = stream_of([(65534, False), (65535, True), (0, False), (1, False)])
    first, second = stream.between(0, 10), stream.between(10, 1000)
    assert (first.received, first.lost, first.loss_ratio) == (1, 0, 0.0)
    assert (second.received, second.lost) == (2, 1)
    assert second.loss_ratio == pytest.approx(1 / 3)
    assert (second.datagram_bytes, second.payload_bytes) == (224, 200)


def test_jitter_is_that_of_the_delivery_times() -> None:
    """Packets of 20 ms timestamps (8 kHz) delivered every 10 ms: |D| = 80 ticks."""
    assert stream_of([(1, False), (2, False)]).jitter_ms(2, 8000) == pytest.approx(80 / 16 / 8)


def test_the_mean_delay_is_over_a_span() -> None:
    """Of everything that was sent on in it."""
    record = Record()
    record.forwarded(1000, 1010)
    record.forwarded(1000, 1030)
    assert record.mean_delay_ms() == 20
    assert record.mean_delay_ms(1010, 1030) == 30
