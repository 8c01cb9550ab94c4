"""The impaired call's relay: a UDP relay on loopback between two real peers, seeded, changeable while it runs.

Each real address of a peer gets a socket of the relay that stands in for it in the SDP given to the other peer. RTP may
be dropped; everything (ICE, DTLS, RTCP too) is delayed. What happened is in `record(direction)`.
"""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from rtcpulse.agent.clock import epoch_clock
from rtcpulse.demo import sdp as session_description
from rtcpulse.demo.impairment import Dice, Impairment, Link
from rtcpulse.demo.record import Record, Rtcp, StreamRecord, Stun, parse_stun
from rtcpulse.demo.sdp import Address
from rtcpulse.demo.standin import Side, StandIn
from rtcpulse.rtcp.headers import Rtp, parse_rtcp, parse_rtp

Direction = Literal["a_to_b", "b_to_a"]
# aioice's socket, aioice's queue, aiortc's receiving task
TURNS_TO_READ: Final = 3
_INTO: dict[Side, Direction] = {"a": "b_to_a", "b": "a_to_b"}


@dataclass(slots=True)
class _Way:
    """One direction: its impairment, dice, link and record."""

    name: Direction
    impairment: Impairment
    link: Link
    record: Record
    dice: dict[int | None, Dice]
    seen: Counter[int]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A datagram on its way through: from which of the relay's sockets to which peer, and its place in the record."""

    way: _Way
    sender: StandIn
    receiver: StandIn
    data: bytes
    arrival_ms: float
    stream: StreamRecord | None
    index: int


class Relay:
    """A relay between peers `a` and `b`. Make it inside a running event loop; end it with `close`."""

    def __init__(self, seed: int, host: str = "127.0.0.1") -> None:
        self._seed = seed
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._now_ms = epoch_clock()
        self._stand_ins: dict[Address, StandIn] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._waiting: list[tuple[float, int, _Passage]] = []
        self._count = itertools.count()
        self._ways = {name: _Way(name, Impairment(), Link(), Record(), {}, Counter()) for name in _INTO.values()}

    async def rewrite(self, sdp: str, side: Side) -> str:
        """Return the description of peer `side` as the other peer should see it: with the relay's addresses.

        Raises:
            ValueError: the description has no UDP IPv4 candidate.
        """
        real = session_description.addresses(sdp)
        if not real:
            raise ValueError("the session description has no UDP IPv4 candidate to put the relay in front of")
        for address in real:
            if address not in self._stand_ins:
                self._stand_ins[address] = StandIn(side, address, self._host, self._receive)
        return session_description.rewrite(sdp, {address: self._stand_ins[address].address for address in real})

    def impair(self, direction: Direction | Literal["both"], impairment: Impairment) -> None:
        """Change what a direction does, from the next datagram on."""
        for way in self._ways.values():
            if direction in (way.name, "both"):
                way.impairment = impairment

    def record(self, direction: Direction) -> Record:
        """Return what was done in a direction; it goes on growing while the relay runs."""
        return self._ways[direction].record

    async def close(self) -> None:
        """Forget what is under way and close the sockets. Safe to call twice."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._waiting.clear()
        for stand_in in self._stand_ins.values():
            stand_in.close()
        self._stand_ins.clear()
        await asyncio.sleep(0)

    def _receive(self, stand_in: StandIn, data: bytes, source: Address, age_s: float) -> None:
        way = self._ways[_INTO[stand_in.side]]
        sender = self._stand_ins.get(source) or self._any_of("b" if stand_in.side == "a" else "a")
        if sender is None:
            return
        now, arrival_ms = self._loop.time() - age_s, self._now_ms() - age_s * 1000
        rtp = parse_rtp(data)
        due = self._judge(way, rtp, len(data), now)
        stream, index = way.record.arrived(rtp, arrival_ms, dropped=due is None) if rtp else (None, -1)
        if due is not None:
            self._later(due, _Passage(way, sender, stand_in, data, arrival_ms, stream, index))

    def _judge(self, way: _Way, rtp: Rtp | None, size: int, now: float) -> float | None:
        """Return when the datagram goes on, on the loop's clock, None if it is dropped."""
        impairment = way.impairment
        fate = self._dice(way, rtp).throw(impairment)
        wait = way.link.wait(now, size, impairment)
        if rtp and (fate.dropped or wait is None):
            return None
        wanted = now + (wait or 0.0) + (impairment.delay_ms + fate.extra_ms) / 1000
        return way.link.due(wanted, overtaken=fate.overtaken)

    def _dice(self, way: _Way, rtp: Rtp | None) -> Dice:
        ssrc = rtp.ssrc if rtp else None
        dice = way.dice.get(ssrc)
        if dice is None:
            # SSRCs are random in every run: the n-th stream of a payload type is what repeats.
            payload_type = rtp.payload_type if rtp else -1
            way.seen[payload_type] += 1
            dice = way.dice[ssrc] = Dice(f"{self._seed}/{way.name}/{payload_type}/{way.seen[payload_type]}")
        return dice

    def _later(self, due: float, passage: _Passage) -> None:
        heapq.heappush(self._waiting, (due, next(self._count), passage))
        if due <= self._loop.time():
            self._send_until(due)
            return

        def fire() -> None:
            self._timers.discard(timer)
            self._send_until(due)

        timer = self._loop.call_at(due, fire)
        self._timers.add(timer)

    def _send_until(self, due: float) -> None:
        """Send what is due until then, in that order: a busy loop reads new datagrams before it looks at its timers."""
        while self._waiting and self._waiting[0][0] <= due:
            self._deliver(heapq.heappop(self._waiting)[2])

    def _deliver(self, passage: _Passage) -> None:
        # Noted before it is sent: a peer in another process may have it before this one goes on.
        at_ms = self._now_ms()
        if not self._stand_ins or not passage.sender.send(passage.data, passage.receiver.real):
            return
        passage.way.record.forwarded(passage.arrival_ms, at_ms)
        rtcp = parse_rtcp(passage.data)
        if rtcp is not None:
            self._after(TURNS_TO_READ, lambda: self._note_rtcp(passage, rtcp, at_ms))
        stun = parse_stun(passage.data)
        if stun is not None:
            passage.way.record.stun.append(Stun(*stun, passage.arrival_ms, at_ms))
        if passage.stream is not None:
            passage.stream.delivered(passage.index, at_ms)

    def _note_rtcp(self, passage: _Passage, rtcp: tuple[int, int], at_ms: float) -> None:
        passage.way.record.rtcp.append(Rtcp(*rtcp, passage.arrival_ms, at_ms, self._now_ms()))

    def _after(self, turns: int, then: Callable[[], None]) -> None:
        """Call something after so many turns of the event loop."""
        if turns:
            self._loop.call_soon(lambda: self._after(turns - 1, then))
        else:
            then()

    def _any_of(self, side: Side) -> StandIn | None:
        return next((one for one in self._stand_ins.values() if one.side == side), None)
