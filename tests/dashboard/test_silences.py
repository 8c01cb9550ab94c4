"""Silences, made and ended before their time: on the Alerts page by keyboard and by mouse, and on the command line."""

import asyncio
import secrets
from typing import Final

from playwright.async_api import Locator, Page, expect

from tests.dashboard.conftest import OpenPage
from tests.rtcpulse.test_commands import typed
from tests.running import Running

WITHIN_MS: Final = 20_000
TABS_MAX: Final = 60
ENDED: Final = "has ended: what it held back and still fires is told now"


async def tabbed_to(page: Page, wanted: Locator) -> None:
    """Go there as one without a mouse does."""
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is not reached by {TABS_MAX} tabs")


async def test_a_silence_is_made_and_ended(pipeline: Running, open_page: OpenPage) -> None:
    """Each way it is gone from the list at once, and what is said names what comes of it."""
    page = await open_page(f"{pipeline.dashboard}/alerts?part=silences")
    for by_keyboard in (True, False):
        name = f'room="r{secrets.token_hex(4)}"'
        matchers, silence = page.locator("#alerts-matchers"), page.locator("#alerts-silence")
        await expect(silence).to_be_visible(timeout=WITHIN_MS)
        if by_keyboard:
            await tabbed_to(page, matchers)
            await page.keyboard.type(name)
            await tabbed_to(page, silence)
            await page.keyboard.press("Enter")
        else:
            await matchers.fill(name)
            await silence.click()
        row = page.locator("#alert-silences tr", has_text=name)
        await expect(row).to_be_visible(timeout=WITHIN_MS)
        await expect(page.locator("#alerts-said")).to_contain_text(f"UTC: {name}")
        end = row.get_by_role("button", name="End it")
        if by_keyboard:
            await tabbed_to(page, end)
            await page.keyboard.press("Enter")
        else:
            await end.click()
        await expect(page.locator("#alerts-said")).to_contain_text(ENDED, timeout=WITHIN_MS)
        await expect(row).to_have_count(0, timeout=WITHIN_MS)
        await page.reload()


async def test_a_silence_is_made_and_ended_by_commands(pipeline: Running) -> None:
    """What is said names it; one that is over cannot be ended again."""
    name = f"room=r{secrets.token_hex(4)}"
    made = await asyncio.to_thread(typed, pipeline.data, "alerts", "silence", name, "--project", "default")
    assert made.stdout.startswith("silence "), made
    of = made.stdout.split()[1]
    listed = await asyncio.to_thread(typed, pipeline.data, "alerts", "silences", "--json")
    assert name in listed.stdout
    ended = await asyncio.to_thread(typed, pipeline.data, "alerts", "unsilence", of)
    assert ended.stdout == f"silence {of} {ENDED}\n"
    again = await asyncio.to_thread(typed, pipeline.data, "alerts", "unsilence", of)
    assert (again.returncode != 0, f"no silence {of} of project" in again.stderr) == (True, True), again
