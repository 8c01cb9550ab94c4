"""Runs one impaired call between two pages of headless Chromium, the SDK in each as a script tag of the collector."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.record import Record, Rtcp
from rtcpulse.demo.relay import Relay
from tests.browser import chromium
from tests.e2e.calls import RECEIVER_REPORT, SENDER_REPORT, CallTruth, StreamTruth, answered_checks
from tests.sdk.receiver import receiving

PEER: Final = Path(__file__).with_name("peer.js")
PACE: Final = 'data-poll_ms="1000"'
CONNECT_S: Final = 20.0
LAST_REPORT_S: Final = 8.0
"""Libwebrtc reports audio every 2.5 to 7.5 s, and a stream that is silent no longer than 8 s."""
JUST_CAME_MS: Final = 300.0


@dataclass(frozen=True, slots=True)
class End:
    """One page of the call: its session, its description, and when (epoch ms) it ended."""

    page: Page
    name: str
    session: str

    async def do(self, function: str, *given: Any) -> Any:
        """Call a function of peer.js."""
        return await self.page.evaluate(f"(given) => {function}(...given)", list(given))


@dataclass(frozen=True, slots=True)
class PageCallTruth:
    """A call between pages.

    Attributes:
        call: what happened in it; `call.sample_times` has one time for each end: when it hung up.
        tag: bytes that the SRTP profile in use puts behind each payload.
    """

    call: CallTruth
    tag: int


async def page_call(
    collector_url: str, there: Impairment, back: Impairment | None = None, *, seconds: float, seed: int = 1
) -> PageCallTruth:
    """Run one call with audio and video both ways through the relay, then close both connections.

    Args:
        collector_url: where the pages load the SDK from, and where it pushes.
        there: what happens from a to b.
        back: what happens from b to a; None: the same.
        seconds: how long media flows once both ends are connected.
        seed: of the relay's dice.

    Raises:
        TimeoutError: the call did not connect.
    """
    relay = Relay(seed)
    relay.impair("a_to_b", there)
    relay.impair("b_to_a", back or there)
    try:
        async with chromium(whole=True) as browser, receiving() as site:
            site.pages["/"] = _page(collector_url)
            a, b = await _join(browser, site.page_url)
            return await _run(relay, a, b, seconds)
    finally:
        await relay.close()


def _page(collector_url: str) -> str:
    sdk = f'<script src="{collector_url}/sdk/rtcpulse.js" {PACE}></script>'
    return f"<!doctype html><body>{sdk}<script>{PEER.read_text()}</script>"


async def _join(browser: Browser, url: str) -> tuple[End, End]:
    room = f"pages-{secrets.token_hex(4)}"
    ends = [End(await browser.new_page(), name, f"{room}-{name}") for name in ("a", "b")]
    for end in ends:
        await end.page.goto(url)
        await end.do("join", end.session, room, end.name)
    return ends[0], ends[1]


async def _run(relay: Relay, a: End, b: End, seconds: float) -> PageCallTruth:
    """Connect, talk, fall silent, wait for the last reports, hang up."""
    async with asyncio.timeout(CONNECT_S):
        repairs = await _negotiate(relay, a, b)
        started = await asyncio.gather(a.do("connected", "a", "b"), b.do("connected", "b", "a"))
    await asyncio.sleep(seconds)
    silent = await asyncio.gather(a.do("silence"), b.do("silence"))
    await asyncio.sleep(LAST_REPORT_S)
    tag = await a.do("tag")
    closed = await asyncio.gather(a.do("hangUp"), b.do("hangUp"))
    there, back = relay.record("a_to_b"), relay.record("b_to_a")
    await asyncio.sleep(1)
    streams = [*_streams(a, b, there, back, repairs), *_streams(b, a, back, there, repairs)]
    times = [closed[0]], [closed[1]]
    checks = answered_checks(there, back), answered_checks(back, there)
    sessions = a.session, b.session
    return PageCallTruth(CallTruth(sessions, times, streams, max(started), min(silent), checks=checks), tag)


async def _negotiate(relay: Relay, a: End, b: End) -> dict[int, int]:
    """Carry offer and answer through the relay; return each repaired SSRC with that of its retransmissions."""
    offer = await a.do("describe")
    answer = await b.do("describe", await relay.rewrite(offer, "a"))
    await a.do("accept", await relay.rewrite(answer, "b"))
    groups = re.findall(r"a=ssrc-group:FID (\d+) (\d+)", offer + answer)
    return {int(primary): int(repair) for primary, repair in groups}


def _streams(sender: End, receiver: End, there: Record, back: Record, repairs: dict[int, int]) -> list[StreamTruth]:
    return [
        StreamTruth(
            ssrc,
            sender.session,
            receiver.session,
            stream,
            ssrc in repairs.values(),
            round_trips(ssrc, there, back),
            there.streams.get(repairs.get(ssrc, 0)),
            tuple((one.delivery_ms, one.arrival_ms) for one in _answers(back)),
        )
        for ssrc, stream in there.streams.items()
    ]


def round_trips(ssrc: int, there: Record, back: Record) -> tuple[tuple[float, float], ...]:
    """Return what reports on a stream waited in the relay there and back: (epoch ms of its delivery, ms).

    Which of the peer's reports are on this stream stands in their encrypted part; all are candidates. Each answers the
    stream's last sender report or, where that had only just come, the one before.
    """
    asked = [one for one in there.rtcp if (one.packet_type, one.ssrc) == (SENDER_REPORT, ssrc)]
    return tuple(
        (answer.delivery_ms, one.delivery_ms - one.arrival_ms + answer.delivery_ms - answer.arrival_ms)
        for answer in _answers(back)
        for one in _answered(asked, answer)
    )


def _answers(back: Record) -> list[Rtcp]:
    return [one for one in back.rtcp if one.packet_type in {SENDER_REPORT, RECEIVER_REPORT}]


def _answered(asked: list[Rtcp], answer: Rtcp) -> list[Rtcp]:
    before = [one for one in asked if one.delivery_ms <= answer.arrival_ms]
    fresh = before and answer.arrival_ms - before[-1].delivery_ms < JUST_CAME_MS
    return before[-2:] if fresh else before[-1:]
