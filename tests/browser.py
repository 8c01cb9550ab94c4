"""Headless Chromium for every test that needs a real browser: one place that knows how it is found and started."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, async_playwright

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


SHELL: Final = "chromium-headless-shell"
"""The same engine without windows, menus and a profile: a page opens in a quarter of the time."""


def executable(*first: str) -> str:
    """Return the path of the system's Chromium.

    Args:
        first: names of programs that are as good, if they are there.

    Raises:
        RuntimeError: there is none; the sentence says what to install.
    """
    for name in (*first, "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise RuntimeError("these tests need Chromium: install the Debian package `chromium`")


@asynccontextmanager
async def chromium(*flags: str, whole: bool = False) -> AsyncIterator[Browser]:
    """Run a headless Chromium with fake camera and microphone and peer connections over loopback; end it afterwards.

    Args:
        flags: further ones of its command line.
        whole: with all that people see of it, not its shell alone.
    """
    path = executable(*(() if whole else (SHELL,)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()
