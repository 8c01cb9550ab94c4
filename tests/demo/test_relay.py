"""The relay between two plain sockets: what it drops, what it never drops, and that a run repeats."""

import asyncio
import struct
import time
from dataclasses import dataclass

import pytest

from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.relay import Relay

SDP = "m=audio 9 X\r\na=candidate:1 1 udp 1 127.0.0.1 {} typ host\r\n"


class Sink(asyncio.DatagramProtocol):
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Keep a datagram."""
        self.got.append(data)


@dataclass
class Ends:
    """Two sockets with the relay between them: `send(data)` goes from a to b."""

    relay: Relay
    b: Sink
    a_socket: asyncio.DatagramTransport
    b_socket: asyncio.DatagramTransport
    b_address: tuple[str, int]

    def send(self, data: bytes) -> None:
        """Send from a to where a believes b is."""
        self.a_socket.sendto(data, self.b_address)

    async def close(self) -> None:
        """Close all."""
        self.a_socket.close()
        self.b_socket.close()
        await self.relay.close()


async def ends(seed: int = 1) -> Ends:
    """Open both sockets and put the relay between them."""
    loop, relay = asyncio.get_running_loop(), Relay(seed)
    a_socket, _ = await loop.create_datagram_endpoint(Sink, local_addr=("127.0.0.1", 0))
    b_socket, b = await loop.create_datagram_endpoint(Sink, local_addr=("127.0.0.1", 0))
    await relay.rewrite(SDP.format(a_socket.get_extra_info("sockname")[1]), "a")
    seen_by_a = await relay.rewrite(SDP.format(b_socket.get_extra_info("sockname")[1]), "b")
    port = int(seen_by_a.split("127.0.0.1 ")[1].split()[0])
    return Ends(relay, b, a_socket, b_socket, ("127.0.0.1", port))


def rtp(seq: int, payload_type: int = 96, ssrc: int = 5) -> bytes:
    """Return an RTP packet."""
    return struct.pack("!BBHII", 0x80, payload_type, seq, 160 * seq, ssrc) + bytes(20)


async def delivered(seed: int, impairment: Impairment, data: list[bytes]) -> list[bytes]:
    """Return what comes out when these datagrams go in."""
    made = await ends(seed)
    made.relay.impair("a_to_b", impairment)
    for one in data:
        made.send(one)
        await asyncio.sleep(0)
    await asyncio.sleep(0.15)
    await made.close()
    return made.b.got


async def test_the_same_seed_drops_the_same_packets() -> None:
    """Whatever the SSRC is, and with another stream in between, packet n of a stream has the same fate."""
    impairment = Impairment(loss=0.3)
    audio = [rtp(seq) for seq in range(100)]
    first = await delivered(3, impairment, audio)
    mixed = [one for seq in range(100) for one in (rtp(seq, 97, 6), rtp(seq, ssrc=77))]
    second = await delivered(3, impairment, mixed)
    kept = [struct.unpack("!H", one[2:4])[0] for one in first]
    assert kept == [struct.unpack("!H", one[2:4])[0] for one in second if one[1] == 96]
    assert 50 < len(kept) < 90
    assert kept != [struct.unpack("!H", one[2:4])[0] for one in await delivered(4, impairment, audio)]


async def test_only_rtp_is_dropped() -> None:
    """STUN, DTLS and RTCP always arrive, unchanged."""
    control = [b"\x00\x01" + bytes(18), b"\x16\xfe\xfd" + bytes(20), rtp(1, 200), rtp(2, 206)]
    assert await delivered(1, Impairment(loss=1.0), [*control, rtp(3)]) == control


async def test_the_record_is_what_happened() -> None:
    """Each packet's fate, and no delivery that did not take place."""
    made = await ends()
    made.relay.impair("a_to_b", Impairment(loss=0.2, delay_ms=30))
    for seq in range(50):
        made.send(rtp(seq))
        await asyncio.sleep(0)
    await asyncio.sleep(0.15)
    stream = made.relay.record("a_to_b").streams[5]
    assert stream.received == len(made.b.got) == 50 - sum(stream.dropped)
    assert made.relay.record("a_to_b").mean_delay_ms() == pytest.approx(30, abs=15)
    assert not made.relay.record("b_to_a").streams
    await made.close()


async def test_rtcp_is_noted_with_when_it_came_went_and_was_read() -> None:
    """Round trip times are made of these."""
    made = await ends()
    made.relay.impair("a_to_b", Impairment(delay_ms=20))
    made.send(rtp(1, 200))
    await asyncio.sleep(0.1)
    (noted,) = made.relay.record("a_to_b").rtcp
    assert noted.packet_type == 200
    assert noted.delivery_ms - noted.arrival_ms == pytest.approx(20, abs=15)
    assert noted.read_ms >= noted.delivery_ms
    await made.close()


async def test_jitter_keeps_order_and_reordering_breaks_it() -> None:
    """Only `reorder` lets packets overtake."""
    data = [rtp(seq) for seq in range(60)]
    assert await delivered(1, Impairment(jitter_ms=40), data) == data
    shuffled = await delivered(1, Impairment(reorder=0.2, reorder_ms=30), data)
    assert shuffled != data
    assert sorted(shuffled) == sorted(data)


async def test_order_is_kept_by_a_loop_that_was_busy() -> None:
    """What waits and is overdue goes before what is read only now and is overdue too."""
    made = await ends()
    made.relay.impair("a_to_b", Impairment(delay_ms=20))
    made.send(rtp(1))
    await asyncio.sleep(0.005)
    made.send(rtp(2))
    time.sleep(0.06)  # noqa: ASYNC251 - the loop is busy
    await asyncio.sleep(0.1)
    await made.close()
    assert made.b.got == [rtp(1), rtp(2)]


async def test_it_changes_while_it_runs_and_per_direction() -> None:
    """From the next datagram on, and only where it was asked."""
    made = await ends()
    made.relay.impair("b_to_a", Impairment(loss=1.0))
    made.send(rtp(1))
    await asyncio.sleep(0.05)
    made.relay.impair("both", Impairment(loss=1.0))
    made.send(rtp(2))
    await asyncio.sleep(0.05)
    assert made.b.got == [rtp(1)]
    await made.close()


async def test_a_description_without_a_usable_candidate_is_refused() -> None:
    """Better than a call that goes around the relay."""
    relay = Relay(1)
    with pytest.raises(ValueError, match="no UDP IPv4 candidate"):
        await relay.rewrite("v=0\r\nm=audio 9 X\r\n", "a")
    await relay.close()
