"""A real aiortc call through the relay: the receivers count exactly what the relay did."""

import asyncio
from itertools import chain

import aioice.ice
import pytest

from rtcpulse.agent.internals import Received, received
from rtcpulse.demo.call import Call, new_call
from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.record import StreamRecord
from rtcpulse.demo.relay import Direction, Relay


def matched(call: Call) -> list[tuple[Received, StreamRecord]]:
    """Return every SSRC's counters beside the relay's record of it, both directions."""
    found = []
    sides: list[tuple[Direction, Call]] = [("a_to_b", call), ("b_to_a", call)]
    for direction, _ in sides:
        pc = call.b.pc if direction == "a_to_b" else call.a.pc
        counted = chain.from_iterable((received(one) or {}).items() for one in pc.getReceivers())
        streams = call.relay.record(direction).streams
        found += [(counters, streams[ssrc]) for ssrc, counters in counted]
    return found


async def test_the_peers_packets_lost_is_the_relays_exactly() -> None:
    """SSRC by SSRC, retransmissions among them; jitter agrees with the record's own times; RTT with the delay."""
    finder = aioice.ice.get_host_addresses
    relay = Relay(seed=2)
    relay.impair("both", Impairment(loss=0.05, delay_ms=30, jitter_ms=10))
    call = new_call(relay)
    await call.connect()
    assert aioice.ice.get_host_addresses is finder
    await asyncio.sleep(6)
    call.a.mute_all()
    call.b.mute_all()
    await asyncio.sleep(0.4)
    pairs = matched(call)
    assert len(pairs) >= 4
    for counters, record in pairs:
        assert (counters.packets, counters.lost) == (record.received, record.lost(record.received))
    for counters, record in pairs:
        if record.received > 100:
            measured = counters.jitter_ticks / counters.clock_rate * 1000
            assert measured == pytest.approx(record.jitter_ms(record.received, counters.clock_rate), abs=3, rel=0.15)
    assert sum(counters.lost for counters, _ in pairs) > 10
    await call.close()


async def test_a_call_can_be_one_way_and_audio_only() -> None:
    """Then nothing but audio flows, and only from a to b."""
    relay = Relay(seed=1)
    call = new_call(relay, video=False, both_ways=False)
    await call.connect()
    await asyncio.sleep(0.5)
    await call.close()
    assert len(relay.record("a_to_b").streams) == 1
    assert not relay.record("b_to_a").streams
