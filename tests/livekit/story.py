"""One call through a real LiveKit in which everything happens once, and what really happened in it.

alice (a page, two peer connections) shares her screen, is mute, reconnects in full, and shares again. bob (a page, one
peer connection) loses packets on his way up. carol (a process in Python) is killed. Meanwhile a webhook gets no answer,
and for half a minute nobody listens to them.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Browser

from rtcpulse.demo.impairment import Impairment
from rtcpulse.demo.record import Record
from tests.browser import chromium
from tests.faults.proxy import Mode, Proxy
from tests.livekit.front import Front
from tests.livekit.people import Door, InPage
from tests.sdk.receiver import receiving

LOSSY: Final = Impairment(loss=0.08)
LOSSY_S: Final = 22.0
SHARED_S: Final = 4.0
MUTED_S: Final = 5.0
CALM_S: Final = 6.0
"""With the mute more than 10 s without trouble, so that what comes next is an incident of its own."""
QUIET_S: Final = 3.0
HOOKS_S: Final = 3.0
DEAF_S: Final = 30.0
WEBHOOK_S: Final = 10.0
SHARE_S: Final = 2.0
"""LiveKit tries five times, 0, 1, 3, 7 and 15 s after an event, one event of a room after the other: so its last trial
of what happens this long after the deaf time begins falls into it, and the last of carol's end, which waits, after it.
"""
SETTLE_S: Final = 6.0
FLAGS: Final = ("--auto-accept-this-tab-capture", "--auto-select-desktop-capture-source=Entire screen")


@dataclass(slots=True)
class Told:
    """What happened.

    Attributes:
        room: the room's name.
        ids: by identity, what the server called them, in order of time: sids, and tracks.
        when: moments (epoch s) by name.
        up: what the relay did to what bob sent.
        readings: by identity, every report that was read in the page.
        load: of the machine while bob lost packets: how many processes wanted to run, on average.
    """

    room: str
    up: Record
    ids: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    when: dict[str, float] = field(default_factory=dict)
    readings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    load: float = 0.0

    def note(self, name: str) -> None:
        """Note that something happens now."""
        self.when[name] = time.time()


@asynccontextmanager
async def _pages(document: str) -> AsyncIterator[tuple[Browser, str]]:
    async with chromium(*FLAGS, whole=True) as browser, receiving() as site:
        site.pages["/"] = document
        yield browser, site.page_url


async def told(door: Door, webhooks: Proxy, relay: Front) -> Told:
    """Play it, which takes a hundred seconds or so."""
    story = Told(door.room, relay.record("a_to_b"))
    async with _pages(door.document) as (browser, site), door.python("carol") as carol:
        alice, bob = await asyncio.gather(
            door.page(browser, site, "alice", single=False),
            door.page(browser, site, "bob", single=True, front=relay.port),
        )
        await asyncio.gather(alice.do("hears", 4), bob.do("hears", 4))
        story.ids = {"bob": [await bob.do("own")], "carol": [carol.said]}
        story.ids["alice"] = [await _show(story, alice, webhooks)]
        await _lose(story, relay)
        story.note("killed")
        await carol.kill()
        await asyncio.sleep(QUIET_S)
        story.ids["alice"].append(await alice.do("reconnect"))
        await asyncio.sleep(HOOKS_S)
        story.ids["alice"].append(await _be_deaf(story, alice, webhooks))
        story.note("leaving")
        for one in (alice, bob):
            story.readings[one.identity] = await one.readings()
        await asyncio.gather(alice.leave(), bob.leave())
    return story


async def _show(story: Told, alice: InPage, webhooks: Proxy) -> dict[str, Any]:
    """Alice shares her screen, of which the first webhook gets no answer; then she is mute for a while."""
    await webhooks.switch(Mode.CUT)
    await alice.do("share", True)
    async with asyncio.timeout(WEBHOOK_S):
        while not webhooks.cut:
            await asyncio.sleep(0.05)
    await webhooks.switch(Mode.PASS)
    await asyncio.sleep(SHARED_S)
    own: dict[str, Any] = await alice.do("own")
    await alice.do("share", False)
    await alice.do("mute", True)
    story.note("muted")
    await asyncio.sleep(MUTED_S)
    await alice.do("mute", False)
    story.note("unmuted")
    await asyncio.sleep(CALM_S)
    return own


async def _lose(story: Told, relay: Front) -> None:
    """Bob's way up loses packets."""
    story.note("lossy")
    relay.impair("a_to_b", LOSSY)
    await asyncio.sleep(LOSSY_S)
    relay.impair("a_to_b", Impairment())
    story.note("whole")
    story.load = os.getloadavg()[0]
    print(f"the machine's load was {story.load:.1f}")


async def _be_deaf(story: Told, alice: InPage, webhooks: Proxy) -> dict[str, Any]:
    """Nobody listens to webhooks while alice shares her screen again and the server finds out that carol is gone."""
    story.note("deaf")
    await webhooks.switch(Mode.REFUSE)
    await asyncio.sleep(SHARE_S)
    await alice.do("share", True)
    await asyncio.sleep(DEAF_S - SHARE_S)
    await webhooks.switch(Mode.PASS)
    story.note("heard")
    await asyncio.sleep(SETTLE_S)
    own: dict[str, Any] = await alice.do("own")
    return own
