"""Watching a session from its page: whether it is watched, until when, and a button that the keyboard presses."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from analytics.queries import Queries
from dashboard import watchpart
from dashboard.desk import Desk
from rtcpulse.core import PARTS, _watching
from runtime import watching
from runtime.chdbstore import ChdbStore
from runtime.settings import load
from runtime.watching import Watch, Watching
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker
from tests.running import Running

NOW = 1_764_000_000_000
WITHIN_MS = 20_000


def shown(path: Path | None, *, may_act: bool = True, is_live: bool = True) -> watchpart.Shown:
    """Return what the page of session `one` of project `acme` shows."""
    known = Watching(path) if path else None
    return watchpart.shown(known, "acme", "one", may_act=may_act, is_live=is_live, now=NOW)


def test_what_stands_beside_the_button(tmp_path: Path) -> None:
    """Who may not act sees that it is watched, and else nothing; what is over has no button."""
    path = tmp_path / "watched.jsonl"
    offer = (False, "Watch", False, "asks its client for a reading every second, sent every 2 s, for 10 minutes.")
    assert shown(path) == offer
    assert shown(path, may_act=False)[0]
    assert shown(path, is_live=False)[0]
    watching.write(path, [Watch("acme", "*", NOW + 90_000, 5000, 30_000), Watch("umbrella", "one", NOW + 1)])
    every = "Every client of the project is asked for a reading every 5 s, sent every 30 s, until 16:01:30 UTC."
    assert shown(path) == (False, "Watch", False, every)
    watching.write(path, [Watch("acme", "one", NOW + 61_000)])
    watched = "Watched: its client is asked for a reading every second, sent every 2 s, until 16:01:01 UTC."
    assert shown(path) == (False, "Stop watching", False, watched)
    assert shown(path, may_act=False) == (False, "Stop watching", True, watched)
    watching.write(path, [Watch("acme", "one", NOW)])
    assert shown(path) == offer


def test_a_dashboard_apart_from_its_collectors_says_so(tmp_path: Path) -> None:
    """It writes no file that nobody reads; with a file that all of them have it watches."""
    hidden, _, is_without_button, said = shown(None)
    assert (hidden, is_without_button, "RTCPULSE_WATCHED_FILE" in said) == (False, True, True)
    assert shown(None, may_act=False)[0]
    alone = {"RTCPULSE_DATA": str(tmp_path)}
    assert _watching(load(alone, tmp_path), ("dashboard",)) is None
    assert _watching(load(alone, tmp_path), PARTS) is not None
    shared = _watching(load(alone | {"RTCPULSE_WATCHED_FILE": str(tmp_path / "shared")}, tmp_path), ("dashboard",))
    assert shared is not None
    shared.begin(Watch("acme", "one", NOW + 1), NOW)
    assert (tmp_path / "shared").is_file()


def test_only_an_admin_watches(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Though the callback be called; nor is a session watched that is not there, or `*`, which is every one."""
    path = tmp_path / "watched.jsonl"
    nothing: Any = None
    desk = Desk(Queries(store), nothing, nothing, lambda: project, watching=Watching(path))
    assert watchpart._turned(desk, project, "one", may_act=False)[-1] == watchpart.NOT_YOURS
    assert watchpart._turned(desk, project, "one", may_act=True)[-1] == watchpart.OVER
    assert watchpart._turned(desk, project, "*", may_act=True)[-1] == watchpart.OVER
    assert not path.exists()


async def test_the_button_by_the_keyboard(pipeline: Running, open_page: OpenPage, project: str) -> None:
    """Enter watches and the client's next batch is told, Enter again stops; the button keeps the focus all the time."""
    talker = Talker(pipeline.collector, room=f"watched-{project}")
    await talker.push(3)
    for width in (1440, 390):
        page = await open_page(f"{pipeline.dashboard}/session/{talker.session}?range=1h", width=width)
        button = page.locator("#session-watch-act")
        await expect(button).to_be_visible(timeout=WITHIN_MS)
        await expect(page.locator("#session-content")).not_to_have_text("Loading", timeout=WITHIN_MS)
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(button).to_have_text("Stop watching", timeout=WITHIN_MS)
        await expect(page.locator("#session-watch-said")).to_contain_text("Watched: its client is asked for a reading")
        await talker.push(2)
        assert (talker.told.get("poll_ms"), talker.told.get("send_ms")) == (1000, 2000)
        await asyncio.sleep(1.5)
        await expect(button).to_be_focused()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.keyboard.press("Enter")
        await expect(button).to_have_text("Watch", timeout=WITHIN_MS)
        await talker.push(2)
        assert "poll_ms" not in talker.told
        assert page.url.endswith(f"/session/{talker.session}?range=1h")
        await page.close()
