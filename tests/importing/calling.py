"""Real calls between two aiortc peers, captured at one end, with what that end says of them itself."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rtcpulse.agent import internals
from rtcpulse.demo.call import new_call
from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.relay import Relay
from tests.importing.capturing import Tap, of_call

SECONDS: Final = 8


@dataclass
class Truth:
    """What aiortc says at the end: its receivers' counters by SSRC, its senders' reports, codecs, round trips."""

    received: dict[int, tuple[str, internals.Received]]
    sent: dict[int, tuple[str, dict[str, Any]]]
    codecs: list[str]
    trips: dict[int, list[float]]


@dataclass
class Captured:
    """A captured call."""

    path: Path
    keys: Path
    truth: Truth


def watched(pc: Any) -> dict[int, list[float]]:
    """Return what will hold each round trip that a sender measures, in s: aiortc itself tells them smoothed only."""
    found: dict[int, list[float]] = {}

    def watch(sender: Any) -> None:
        take, weight = sender._handle_rtcp_packet, 0.85

        async def taken(packet: Any) -> None:
            before = sender._RTCRtpSender__rtt
            await take(packet)
            after = sender._RTCRtpSender__rtt
            if after != before:
                trip = after if before is None else (after - weight * before) / (1 - weight)
                found.setdefault(sender._ssrc, []).append(trip)

        sender._handle_rtcp_packet = taken

    for transceiver in pc.getTransceivers():
        watch(transceiver.sender)
    return found


async def truth_of(pc: Any, trips: dict[int, list[float]]) -> Truth:
    """Return what a peer connection says of itself now."""
    truth = Truth({}, {}, [], trips)
    for transceiver in pc.getTransceivers():
        for codec in transceiver._codecs:
            truth.codecs.append(f"{codec.payloadType}={codec.mimeType}/{codec.clockRate}")
        for ssrc, counters in (internals.received(transceiver.receiver) or {}).items():
            if ssrc not in internals.rtx_ssrcs(pc, transceiver.receiver):
                truth.received[ssrc] = (transceiver.kind, counters)
        report = await transceiver.sender.getStats()
        by_type = {one.type: one for one in report.values()}
        truth.sent[by_type["outbound-rtp"].ssrc] = (transceiver.kind, by_type)
    return truth


async def capture(folder: Path, *, video: bool = True, seconds: float = SECONDS) -> Captured:
    """Hold a call with 5 % loss and 40 ms of delay both ways, and write down what passed at a."""
    relay = Relay(seed=11)
    relay.impair("both", Impairment(loss=0.05, delay_ms=40))
    call = new_call(relay, video=video)
    tap, trips = Tap(call.a.pc), watched(call.a.pc)
    try:
        await call.connect()
        await asyncio.sleep(seconds)
        call.a.mute_all()
        call.b.mute_all()
        await asyncio.sleep(0.3)
        keys = tap.keys()
        passed, truth = list(tap.passed), await truth_of(call.a.pc, trips)
    finally:
        await call.close()
    (folder / "call.pcap").write_bytes(of_call(passed))
    (folder / "keys").write_text(keys)
    return Captured(folder / "call.pcap", folder / "keys", truth)
