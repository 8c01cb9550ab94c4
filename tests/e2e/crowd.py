"""Pages of Chromium with many inbound streams, watched by the SDK, and what the service then has of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.async_api import Browser, Page

from tests.browser import chromium
from tests.running import Running
from tests.sdk.receiver import receiving

SCRIPT: Final = Path(__file__).with_name("crowd.js")
SAMPLE_S: Final = 60.0
STORED_S: Final = 60.0
LEDGER: Final = (
    "SELECT seq, outcome, every_ms, bytes, stream_rows, dropped_client, toFloat64(t_max) * 1000 AS end_ms "
    "FROM batches WHERE session = {s:String} ORDER BY seq"
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """A page in a call with many inbound streams.

    Attributes:
        page: the page; the call flows, and `observe` begins to watch it.
        session: of what it pushes.
    """

    page: Page
    session: str

    async def observe(self) -> None:
        """Watch the receiving connection from now on."""
        await self.page.evaluate("(session) => observe(session)", self.session)

    async def sampled(self, count: int) -> list[float]:
        """Wait until the SDK has taken so many samples, the baseline among them; return their times, epoch ms.

        Raises:
            TimeoutError: it did not.
        """
        async with asyncio.timeout(SAMPLE_S):
            while len(taken := await self.page.evaluate("() => taken")) < count:
                await asyncio.sleep(0.1)
        return [float(one) for one in taken]

    async def work_ms(self) -> float:
        """Return for how long one poll's work kept the page's thread, the median of all polls."""
        return float(median(await self.page.evaluate("() => workMs")))


@asynccontextmanager
async def crowd_site(pipeline: Running, attributes: str = "") -> AsyncIterator[tuple[Browser, str]]:
    """Serve the page with the SDK as a script tag of the running collector; give a browser and the address."""
    async with chromium(whole=True) as browser, receiving() as site:
        scripts = f"<script src=/call.js></script><script>{SCRIPT.read_text()}</script>"
        sdk = f'<script src="{pipeline.collector}/sdk/rtcpulse.js" {attributes}></script>'
        site.pages["/"] = f"<!doctype html><body>{scripts}{sdk}"
        yield browser, site.page_url


async def open_crowd(browser: Browser, url: str, *, streams: int, sends_kbps: int) -> Crowd:
    """Open the page and wait until every stream flows.

    Args:
        browser: where.
        url: of the page.
        streams: inbound streams, every other one audio.
        sends_kbps: what the page sends beside its RTCP reports.
    """
    page = await browser.new_page()
    await page.goto(url)
    await page.evaluate("(given) => crowd(...given)", [streams, sends_kbps])
    return Crowd(page, f"crowd-{secrets.token_hex(6)}")


async def ledger(pipeline: Running, session: str, *, batches: int = 0) -> list[dict[str, Any]]:
    """Return the session's rows of `batches` by seq, once there are so many."""
    named = {"s": session}
    await pipeline.until(
        f"SELECT count() >= {batches} FROM batches WHERE session = {{s:String}}", named, within_s=STORED_S
    )
    return pipeline.query(LEDGER, named)
