"""A Chromium without Playwright, which keeps every page visible: one that is visible cannot be frozen."""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.browser import FLAGS, executable


@dataclass(slots=True)
class BarePage:
    """A page, driven over the DevTools protocol."""

    socket: ClientConnection
    session: str = ""
    _asked: int = field(default=0)

    async def ask(self, method: str, **given: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result.

        Raises:
            AssertionError: it failed.
        """
        self._asked += 1
        session = {"sessionId": self.session} if self.session else {}
        await self.socket.send(json.dumps({"id": self._asked, "method": method, "params": given, **session}))
        while (answer := json.loads(await self.socket.recv())).get("id") != self._asked:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, code: str) -> Any:
        """Return the value of an expression, awaited.

        Raises:
            AssertionError: it threw.
        """
        answer = await self.ask("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@asynccontextmanager
async def bare_page(address: str) -> AsyncIterator[BarePage]:
    """Open a page, by its address with a path, in a browser of its own until the block ends."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            executable(),
            *("--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", *FLAGS, "about:blank"),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with connect(await _address(process), proxy=None, max_size=None) as socket:
                page = BarePage(socket)
                target = await page.ask("Target.createTarget", url=address)
                attached = await page.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
                page.session = attached["sessionId"]
                while await page.evaluate("location.href + document.readyState") != address + "complete":
                    await asyncio.sleep(0.05)
                yield page
        finally:
            process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Return where the browser listens, once it says so."""
    assert process.stderr
    async with asyncio.timeout(30):
        while line := (await process.stderr.readline()).decode():
            if found := re.search(r"ws://\S+", line):
                return found[0]
    raise AssertionError("Chromium ended before it listened")
