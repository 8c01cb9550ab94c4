"""Fixtures of the dashboard's tests: one Chromium, and pages that must neither fail nor leave the machine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from analytics.queries import Queries
from dashboard.app import create_app
from dashboard.health import Health
from rtcpulse.serve import serve
from runtime.instruments import Instruments
from runtime.store import Store
from tests.browser import chromium
from tests.running import START_S, free_port


class OpenPage(Protocol):
    """Opens an address in a browser without a past."""

    def __call__(
        self, address: str, *, width: int = 1440, scheme: str = "light", expected: tuple[str, ...] = ()
    ) -> Awaitable[Page]:
        """Return the page; a message with one of the `expected` pieces is no problem."""
        ...


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
async def open_page(chromium_process: Browser) -> AsyncIterator[OpenPage]:
    """Return a function that opens pages; at the end none may have failed, complained or asked another machine."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    async def _open(address: str, *, width: int = 1440, scheme: str = "light", expected: tuple[str, ...] = ()) -> Page:
        context = await chromium_process.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
        )
        contexts.append(context)
        page = await context.new_page()
        _watch(page, problems.append, expected)
        await page.goto(address)
        return page

    yield _open
    for context in contexts:
        await context.close()
    assert problems == []


def _watch(page: Page, tell: Callable[[str], None], expected: tuple[str, ...]) -> None:
    def _said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(piece in message.text for piece in expected):
            tell(f"{message.type}: {message.text}")

    def _asked(request: Request) -> None:
        where = urlsplit(request.url)
        if where.hostname != "127.0.0.1" and where.scheme not in {"data", "blob"}:
            tell(f"request: {request.url}")

    page.on("console", _said)
    page.on("pageerror", lambda error: tell(f"page error: {error}"))
    page.on("request", _asked)


@asynccontextmanager
async def dashboard_of(store: Store, port: int = 0, health: Callable[[], Health] = Health) -> AsyncIterator[str]:
    """Serve the dashboard of a store in this process; return its address."""
    stop, port = asyncio.Event(), port or free_port()
    app = create_app(Queries(store), readers="", instruments=Instruments(), health=health)
    served = asyncio.ensure_future(serve(app, ("127.0.0.1", port), stop, drain_s=1))
    try:
        await _reached(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await served


async def _reached(port: int) -> None:
    """Wait until somebody listens there.

    Raises:
        TimeoutError: nobody does.
    """
    async with asyncio.timeout(START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
