"""Runs one impaired aiortc call against a collector, both ends watched, and returns what really happened to it."""

import asyncio
import secrets
from dataclasses import dataclass
from typing import Final

from rtcpulse.agent import Who
from rtcpulse.demo.call import Call, Peer, new_call
from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.record import Record, Rtcp, StreamRecord
from rtcpulse.demo.relay import Relay
from rtcpulse.demo.watched import Pace, Watched, watched

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
BINDING_REQUEST: Final = 0x0001
BINDING_SUCCESS: Final = 0x0101
SMOOTHING: Final = 0.85
SRTP_TAG: Final = 16
"""Bytes that aiortc's SRTP profile (AEAD AES-GCM) puts behind the payload."""


Trips = tuple[tuple[float, float], ...]
"""Round trips: (epoch ms of the answer, ms)."""


@dataclass(frozen=True, slots=True)
class StreamTruth:
    """One SSRC: who sent it, who received it (session ids), and the relay's record of it.

    The receiver counts what it was given: the truth at a sample in which it had received n packets is `record.lost(n)`
    and `record.jitter_ms(n, clock_rate)`, without any clock. `rtx` marks retransmissions, which no one reports. `rtt`
    is what RTCP waited there and back at each report, (epoch ms, ms), smoothed as aiortc smooths it. `repair` is the
    record of this stream's retransmissions, where it has any. `reports` are those that can be on this stream:
    (epoch ms when its sender had it, epoch ms when it came to the relay, which is when it was made).
    """

    ssrc: int
    sender: str
    receiver: str
    record: StreamRecord
    rtx: bool
    rtt: tuple[tuple[float, float], ...] = ()
    repair: StreamRecord | None = None
    reports: tuple[tuple[float, float], ...] = ()

    def rtt_ms(self, t_ms: float) -> float | None:
        """Return the round trip time that the sender knew at a time, None before its first report."""
        known = [value for moment, value in self.rtt if moment <= t_ms]
        return known[-1] if known else None


@dataclass(frozen=True, slots=True)
class CallTruth:
    """What happened in a call: its streams, the sessions of peers a and b, and when each was sampled (epoch ms).

    `started_ms` is when both were connected, `ended_ms` when they stopped sending. `accepted` and `given_up` count
    batches where the ends know that. `checks` are the answered connectivity checks of a and of b.
    """

    sessions: tuple[str, str]
    sample_times: tuple[list[float], list[float]]
    streams: list[StreamTruth]
    started_ms: float
    ended_ms: float
    accepted: int = 0
    given_up: int = 0
    checks: tuple[Trips, Trips] = ((), ())

    def media(self) -> list[StreamTruth]:
        """Return the streams that rtcpulse must report: all but retransmissions."""
        return [stream for stream in self.streams if not stream.rtx]


async def impaired_call(
    collector_url: str,
    there: Impairment,
    back: Impairment | None = None,
    *,
    seconds: float = 15.0,
    seed: int = 1,
    key: str | None = None,
    video: bool = True,
    room: str = "",
    pace: Pace | None = None,
) -> CallTruth:
    """Run one call through the relay and flush both agents.

    Args:
        collector_url: where the agents push.
        there: what happens from a to b.
        back: what happens from b to a; None: the same.
        seconds: how long media flows once both ends are connected.
        seed: of the relay's dice.
        key: the writer's key.
        video: video beside audio.
        room: made up when empty.
        pace: how often the agents read and send; by default every second and every 4 s.

    Raises:
        TimeoutError: the call did not connect.
    """
    relay = Relay(seed)
    back = back or there
    relay.impair("a_to_b", there)
    relay.impair("b_to_a", back)
    call = new_call(relay, video=video)
    ends = _watch(call, collector_url, key, room or f"e2e-{secrets.token_hex(4)}", pace or Pace(1.0, 4.0))
    try:
        await call.connect()
        started_ms = ends[0].agent.now_ms()
        await asyncio.sleep(seconds)
        ended_ms = ends[0].agent.now_ms()
        await _fall_silent(call, there.longest_ms + back.longest_ms)
        await asyncio.gather(*(end.agent.close("hangup") for end in ends))
        return _truth(call, ends, started_ms, ended_ms)
    finally:
        await asyncio.gather(*(end.agent.close("aborted") for end in ends))
        await call.close()


def _watch(call: Call, url: str, key: str | None, room: str, pace: Pace) -> tuple[Watched, Watched]:
    a, b = Who(room=room, participant="a", app="e2e/1.0"), Who(room=room, participant="b", app="e2e/1.0")
    return (
        watched(call.a, "b", collector=url, key=key, who=a, pace=pace),
        watched(call.b, "a", collector=url, key=key, who=b, pace=pace),
    )


async def _fall_silent(call: Call, round_trip_ms: float) -> None:
    """Stop the senders and let the last packets and their RTCP reports arrive (one comes within 1.5 s)."""
    call.a.mute_all()
    call.b.mute_all()
    await asyncio.sleep(2.0 + round_trip_ms / 1000)


def _truth(call: Call, ends: tuple[Watched, Watched], started_ms: float, ended_ms: float) -> CallTruth:
    a, b = (end.agent.session_id for end in ends)
    there, back = call.relay.record("a_to_b"), call.relay.record("b_to_a")
    return CallTruth(
        sessions=(a, b),
        sample_times=(ends[0].watcher.sample_times, ends[1].watcher.sample_times),
        streams=[*_streams(call.a, call.b, there, back, (a, b)), *_streams(call.b, call.a, back, there, (b, a))],
        started_ms=started_ms,
        ended_ms=ended_ms,
        accepted=sum(end.agent.delivery.accepted for end in ends),
        given_up=sum(end.agent.delivery.given_up for end in ends),
    )


def _streams(sender: Peer, receiver: Peer, there: Record, back: Record, sessions: tuple[str, str]) -> list[StreamTruth]:
    """Return what one peer sent. `there` is the way of its media, `back` that of the reports on it."""
    reporters = {
        mine.sender._ssrc: theirs.sender._ssrc
        for mine, theirs in zip(sender.pc.getTransceivers(), receiver.pc.getTransceivers(), strict=True)
    }
    return [_stream(ssrc, sessions, reporters.get(ssrc), there, back) for ssrc in there.streams]


def _stream(ssrc: int, sessions: tuple[str, str], reporter: int | None, there: Record, back: Record) -> StreamTruth:
    answers = [one for one in back.rtcp if (one.packet_type, one.ssrc) == (RECEIVER_REPORT, reporter)]
    return StreamTruth(
        ssrc,
        *sessions,
        there.streams[ssrc],
        reporter is None,
        _rtt(ssrc, there, answers),
        reports=tuple((one.read_ms, one.arrival_ms) for one in answers),
    )


def answered_checks(there: Record, back: Record) -> Trips:
    """Return what each connectivity check that a peer sent `there`, and its answer, waited in the relay.

    A request that was sent again under the same transaction counts from its last time before the answer.
    """
    asked = {one.transaction: one for one in there.stun if one.message_type == BINDING_REQUEST}
    return tuple(
        (answer.delivery_ms, ask.delivery_ms - ask.arrival_ms + answer.delivery_ms - answer.arrival_ms)
        for answer in back.stun
        if answer.message_type == BINDING_SUCCESS and (ask := asked.get(answer.transaction))
    )


def _rtt(ssrc: int, there: Record, answered: list[Rtcp]) -> tuple[tuple[float, float], ...]:
    """Return the round trips of a stream's reports: the last sender report's delay plus the receiver report's.

    Each delay ends when the peer has read the report, which a busy event loop does late. aiortc leaves out a report
    that answers an older sender report, and keeps 85 % of the old value at each new one.
    """
    asked = [one for one in there.rtcp if (one.packet_type, one.ssrc) == (SENDER_REPORT, ssrc)]
    found: list[tuple[float, float]] = []
    for answer in answered:
        before = [one for one in asked if one.arrival_ms <= answer.read_ms]
        if before and before[-1].read_ms <= answer.arrival_ms:
            trip = before[-1].read_ms - before[-1].arrival_ms + answer.read_ms - answer.arrival_ms
            found.append((answer.read_ms, SMOOTHING * found[-1][1] + (1 - SMOOTHING) * trip if found else trip))
    return tuple(found)
