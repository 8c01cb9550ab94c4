"""Every page by axe-core: light and dark, wide and narrow, nothing serious."""

import time
from typing import Any, Final, Literal

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, expect

from dashboard.app import PAGES, WITH_NAME
from schemas.node import SESSION
from tests.builders import a_batch, a_scrape, packed
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker, a_camera, joining
from tests.running import Running

pytestmark = pytest.mark.timeout(170)
WITHIN_MS: Final = 20_000
GRAVE: Final = frozenset({"serious", "critical"})
WIDTHS: Final = (1440, 390)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
RUN: Final = """(only) => axe.run({exclude: ['.js-plotly-plot']}, {resultTypes: ['violations'], ...only})
  .then((found) => found.violations)"""
"""What plotly draws stands in a figure whose label says what it is; the contrast of its words is tested elsewhere."""
CONTRAST: Final = {"runOnly": ["color-contrast"]}
"""What the dark scheme can have of its own."""
SAMPLES: Final = 30


async def test_no_page_has_a_serious_finding(pipeline: Running, open_page: OpenPage) -> None:
    """Whatever page there is is looked at; a finding is told with its rule and the first element that has it."""
    talker = Talker(pipeline.collector, room="for everybody", lost=12)
    await talker.push(SAMPLES, events=joining(0), more=a_camera(SAMPLES, ["none", "cpu"]))
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    nodes = a_batch(session=SESSION, writer=talker.session, nodes=[a_scrape(time.time() * 1000, packets=1)])
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(f"{pipeline.collector}/v1/batches", content=packed(nodes))).status_code == 202
    await pipeline.until("SELECT count() FROM node_samples WHERE node = {n:String}", {"n": "n1"})
    page = await open_page(pipeline.dashboard)
    found = [
        f"/{kind} {width} {scheme}: {one}"
        for kind in PAGES
        for width, scheme, one in await _findings(page, pipeline.dashboard + _path(kind, talker))
    ]
    assert found == []


def _path(kind: str, talker: Talker) -> str:
    """Return the address of a page; one with a name is that of the session, unless it is a room's."""
    name = talker.room if kind == "room" else talker.session
    return f"/{kind}/{name}" if kind in WITH_NAME else f"/{kind}"


async def _findings(page: Page, address: str) -> list[tuple[int, str, str]]:
    await page.goto(address)
    await expect(page.locator("#page h1")).to_be_visible(timeout=WITHIN_MS)
    await expect(page.get_by_text("Loading", exact=True)).to_have_count(0, timeout=WITHIN_MS)
    await page.evaluate(AXE_SCRIPT)
    found: list[tuple[int, str, str]] = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached(timeout=WITHIN_MS)
            grave = [
                one for one in await page.evaluate(RUN, CONTRAST if scheme == "dark" else {}) if one["impact"] in GRAVE
            ]
            found += [(width, scheme, _said(one)) for one in grave]
    return found


def _said(finding: dict[str, Any]) -> str:
    first = finding["nodes"][0]
    return f"{finding['id']} ({finding['impact']}), {len(finding['nodes'])} times: {first['html'][:160]}"
