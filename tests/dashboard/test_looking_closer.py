"""From the fleet's tiles into a number, from a session's lines into a part of them: in the browser, by the address."""

import contextlib
import time
from collections.abc import Sequence
from typing import Any, Final

import httpx
from playwright.async_api import Page, TimeoutError, expect  # noqa: A004 - Playwright's own

from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker, joining
from tests.running import Running

WITHIN_MS: Final = 20_000
SAMPLES: Final = 30
ZOOMS: Final[Sequence[dict[str, Any]]] = (
    {"xaxis.range[0]": "2026-11-26 08:15:00.5", "xaxis.range[1]": "2026-11-26 08:16:00.0004"},
    {"xaxis.range[0]": "2026-11-26", "xaxis.range[1]": "2026-11-26 08:16"},
    {"xaxis.autorange": True},
    {"autosize": True},
    {"xaxis.range[0]": "then", "xaxis.range[1]": "now"},
)
"""What plotly tells of a graph, in UTC; a double click takes a zoom away, other events are none."""
ADDRESSES: Final = [
    "?raw=streams&since=1795680900500&until=1795680960000",
    "?raw=streams&since=1795651200000&until=1795680960000",
    "?raw=streams",
    "the same",
    "the same",
]


async def test_a_deploy_stands_on_the_trend_of_a_tile(pipeline: Running, open_page: OpenPage) -> None:
    """The mark goes through collector, log and ingest; the tile's link shows its measure, a dimension its values."""
    talker = Talker(pipeline.collector, room="deployed", lost=12)
    await talker.push(SAMPLES, events=joining(time.time() * 1000 - 50_000))
    mark = {"name": "deploy", "version": talker.app, "filters": {"app": talker.app}}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{pipeline.collector}/v1/marks", json=mark)
    assert answer.status_code == 202, answer.text
    await pipeline.until("SELECT count() FROM marks WHERE version = {v:String}", {"v": talker.app})
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    page = await open_page(f"{pipeline.dashboard}/?app={talker.app}")
    await expect(page.locator("#fleet-trend .annotation-text").first).to_contain_text(
        f"deploy {talker.app}", timeout=WITHIN_MS
    )
    await page.locator("#fleet-tiles a", has_text="Join success").click()
    await page.wait_for_url("**show=join*")
    await expect(page.locator("#fleet-trend .tile-title")).to_contain_text("Join success", timeout=WITHIN_MS)
    await page.get_by_role("navigation", name="by").get_by_role("link", name="network").click()
    await page.wait_for_url("**by=network_type*")
    cell = page.locator("#breakdown tbody tr [data-column=join]")
    await expect(cell).to_have_text("100.0 %", timeout=WITHIN_MS)
    await expect(page.locator("#breakdown tbody tr [data-column=value]")).to_have_text("wifi")


async def test_a_zoom_takes_the_whole_page_along(pipeline: Running, open_page: OpenPage) -> None:
    """Tables and address follow; raw rows are one click away and of that range."""
    talker = Talker(pipeline.collector, room="brushed")
    await talker.push(SAMPLES)
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    page = await open_page(f"{pipeline.dashboard}/session/{talker.session}")
    await expect(page.locator("#why")).to_contain_text("none was bad", timeout=WITHIN_MS)
    assert [await _address_of(page, zoom) for zoom in ZOOMS] == ADDRESSES
    await _zoomed(page)
    await expect(page.locator("#fixed-range")).to_be_visible(timeout=WITHIN_MS)
    await page.get_by_role("navigation", name="raw rows").get_by_role("link", name="stream_samples").click()
    await expect(page.locator("#raw-rows tbody tr").first).to_be_visible(timeout=WITHIN_MS)
    assert 3 < await page.locator("#raw-rows tbody tr").count() < SAMPLES / 2
    await page.locator("#unpin").click()
    await expect(page.locator("#raw-rows tbody tr")).to_have_count(SAMPLES, timeout=WITHIN_MS)


async def _address_of(page: Page, zoom: dict[str, Any]) -> str:
    said: str = await page.evaluate(
        """(zoom) => {
            const { no_update, session } = window.dash_clientside;
            const before = zoom["xaxis.autorange"] ? "?raw=streams&since=1&until=2" : "?raw=streams";
            const after = session.zoomed(zoom, before);
            return after === no_update ? "the same" : after;
        }""",
        zoom,
    )
    return said


async def _zoomed(page: Page) -> None:
    """Draw over a part of the graph, as a person does: again where a tick has just drawn it anew."""
    area = page.locator("#session-graph .nsewdrag").first
    await expect(area).to_be_visible(timeout=WITHIN_MS)
    for _ in range(3):
        box = await area.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        await page.mouse.move(box["x"] + box["width"] * 0.5, y)
        await page.mouse.down()
        await page.mouse.move(box["x"] + box["width"] * 0.75, y, steps=4)
        await page.mouse.up()
        with contextlib.suppress(TimeoutError):
            await page.wait_for_url("**since=*until=*", timeout=WITHIN_MS / 2)
            return
    raise AssertionError("no range in the address after three zooms")
