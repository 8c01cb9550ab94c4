"""People in a LiveKit room: pages of Chromium and a process in Python, each watched as an application would have it."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from tests.livekit import fetching
from tests.livekit.person import Part
from tests.livekit.server import LiveKit

SCRIPT: Final = Path(__file__).with_name("page.js")
KEY: Final = "writer"
PACE: Final = 'data-poll_ms="1000"'
LEAVE_S: Final = 15.0
BEACON_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class InPage:
    """A person in a page."""

    page: Page
    identity: str

    async def do(self, function: str, *given: Any) -> Any:
        """Call a function of page.js."""
        return await self.page.evaluate(f"(given) => {function}(...given)", list(given))

    async def leave(self) -> None:
        """Leave the room, and the page: what is still to be delivered goes as it does when a tab is closed."""
        await self.do("leave")
        await self.page.goto("about:blank")
        await asyncio.sleep(BEACON_S)

    async def readings(self) -> list[dict[str, Any]]:
        """Return every report that was read of their peer connections: `t` (epoch ms) and its RTP streams."""
        return list(await self.page.evaluate("() => readings"))


@dataclass(slots=True)
class InPython:
    """A person in a process; `said` is what it has said, the newest of each name."""

    process: asyncio.subprocess.Process
    identity: str
    session: str
    said: dict[str, Any] = field(default_factory=dict)

    async def hear(self) -> dict[str, Any]:
        """Wait for its next line."""
        assert self.process.stdout
        line = await self.process.stdout.readline()
        assert line, "it ended"
        self.said |= json.loads(line)
        return self.said

    async def leave(self) -> None:
        """Have it leave the room and end."""
        assert self.process.stdin
        self.process.stdin.write(b"leave\n")
        await asyncio.wait_for(self.hear(), LEAVE_S)
        await asyncio.wait_for(self.process.wait(), LEAVE_S)

    async def kill(self) -> None:
        """SIGKILL: it says goodbye to nobody."""
        self.process.kill()
        await self.process.wait()


@dataclass(frozen=True, slots=True)
class Door:
    """Where people come in.

    Attributes:
        server: the media server.
        collector: where their statistics go.
        room: the room's name.
    """

    server: LiveKit
    collector: str
    room: str

    @property
    def document(self) -> str:
        """The page that `page` opens: the SDK as an application has it."""
        sdk = f'<script src="{self.collector}/sdk/rtcpulse.js" data-key="{KEY}" {PACE}></script>'
        return f'<!doctype html><title>call</title><body>{sdk}<script src="{self.collector}/sdk/livekit.js"></script>'

    async def page(self, browser: Browser, site: str, identity: str, *, single: bool, front: int = 0) -> InPage:
        """Bring a page into the room, with camera and microphone.

        Args:
            browser: where.
            site: the address of `document`.
            identity: who it is.
            single: one peer connection for both ways, not two.
            front: the port of a relay before the server's media, if their way leads through it.
        """
        page = await (await browser.new_context(permissions=["camera", "microphone"])).new_page()
        person = InPage(page, identity)
        await page.goto(site)
        await page.add_script_tag(path=fetching.client())
        await page.add_script_tag(path=SCRIPT)
        if front:
            await person.do("detour", self.server.media, front)
        token = self.server.token(self.room, identity)
        await person.do("join", {"url": self.server.url, "token": token, "single": single})
        return person

    @asynccontextmanager
    async def python(self, identity: str) -> AsyncIterator[InPython]:
        """Bring a process into the room; it is dead when the block ends."""
        session = f"{self.room}-{identity}"
        part = Part(self.server.url, self.server.token(self.room, identity), self.collector, KEY, session)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.livekit.person", json.dumps(asdict(part)), stdin=pipe, stdout=pipe
        )
        person = InPython(process, identity, session)
        try:
            await person.hear()
            yield person
        finally:
            if process.returncode is None:
                await person.kill()


def new_room() -> str:
    """Return a name that no other room has."""
    return f"room-{secrets.token_hex(4)}"
