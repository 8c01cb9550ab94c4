"""Fixtures of the SDK's tests: a receiver, and pages that load the SDK from it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.sdk.receiver import Receiver, receiving

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    async with receiving() as one:
        yield one


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the folder's tests share one event loop, and so one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium_process() -> AsyncIterator[Browser]:
    """A headless Chromium, for all tests of the folder."""
    async with chromium() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium_process: Browser) -> AsyncIterator[BrowserContext]:
    """A browser without a past: nothing of another test's pages is in it."""
    async with await chromium_process.new_context() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: BrowserContext, receiver: Receiver) -> OpenPage:
    """Return a function that opens a page with the SDK as a script tag; its errors fail the test by `errors`."""

    async def open_page(attributes: str = 'data-poll_ms="500" data-send_ms="1000"', before: str = "") -> Page:
        tag = f'<script src="{receiver.url}/sdk/rtcpulse.js?key=secret" data-room="demo" {attributes}></script>'
        receiver.pages["/"] = f'<!doctype html><body>{before}{tag}<script src="/call.js"></script>'
        page = await browser.new_page()
        page.on("pageerror", lambda error: receiver.methods.append(f"pageerror: {error}"))
        page.on("console", lambda message: receiver.methods.append(f"console: {message.text}"))
        await page.goto(receiver.page_url)
        return page

    return open_page
