"""Every page by the keyboard alone, and on paper: what can be pressed is reached and seen to be, nothing is cut off."""

import asyncio
import time
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from dashboard.app import PAGES, WITH_NAME
from tests.dashboard.conftest import OpenPage
from tests.dashboard.paper import printed
from tests.dashboard.pushing import DEGRADED, Talker, a_camera, joining
from tests.running import Running

pytestmark = pytest.mark.timeout(170)
WITHIN_MS: Final = 20_000
SAMPLES: Final = 30
STOPS_MAX: Final = 400
WALK: Final = """() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const pressed = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const said = (one) => `${one.tagName} ${one.id} ${(one.textContent || one.ariaLabel || "").trim().slice(0, 40)}`;
  const around = (one) =>
    [one, one.nextElementSibling, one.parentElement, one.parentElement?.parentElement].filter(Boolean);
  const looks = (one) => around(one).map((part) => {
    const { outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor } = getComputedStyle(part);
    return [outlineStyle, outlineColor, borderColor, boxShadow, backgroundColor].join();
  }).join("|");
  window.walked = { seen, said, looks, stops: new Set() };
  const inert = (one) => one.disabled || one.tabIndex < 0 || one.closest("[aria-hidden=true]")
    || (one.type === "radio" && !one.checked);
  window.walked.wanted = [...document.querySelectorAll(pressed)].filter((one) => seen(one) && !inert(one));
  const alone = [...document.querySelectorAll("#page *")].filter((one) =>
    getComputedStyle(one).cursor === "pointer" && seen(one) && getComputedStyle(one.parentElement).cursor !== "pointer"
    && !one.closest(`${pressed}, label, .js-plotly-plot`) && !one.querySelector(pressed));
  return alone.map((one) => `only a mouse presses ${said(one)}`);
}"""
STOP: Final = """() => {
  const one = document.activeElement;
  const { seen, said, looks, stops } = window.walked;
  if (one === document.body || stops.has(one)) return null;
  stops.add(one);
  const with_it = looks(one);
  const wrong = seen(one) ? [] : [`nobody sees ${said(one)}`];
  one.blur();
  const without = looks(one);
  one.focus({ focusVisible: true, preventScroll: true });
  return with_it === without ? [...wrong, `nothing shows the focus on ${said(one)}`] : wrong;
}"""
MISSED: Final = """() => window.walked.wanted
  .filter((one) => one.isConnected && window.walked.seen(one) && !window.walked.stops.has(one))
  .map((one) => `no Tab comes to ${window.walked.said(one)}`)"""


async def test_every_page_by_keyboard_and_on_paper(pipeline: Running, open_page: OpenPage) -> None:
    """Tab comes to all that can be pressed and shows where it is; paper is as wide as what stands on it."""
    talker = Talker(pipeline.collector, room="by keyboard", lost=12)
    await talker.push(SAMPLES, events=joining(time.time() * 1000 - 50_000), more=a_camera(SAMPLES, ["none", "cpu"]))
    await pipeline.until(
        DEGRADED,
        {"s": talker.session},
    )
    asked = "SELECT incident FROM incidents FINAL WHERE session = {s:String} LIMIT 1"
    (found,) = await asyncio.to_thread(pipeline.query, asked, {"s": talker.session})
    page = await open_page(pipeline.dashboard, scheme="dark")
    wrong = []
    for kind in PAGES:
        name = {"room": talker.room, "incident": found["incident"]}.get(kind, talker.session)
        path = f"/{kind}/{name}" if kind in WITH_NAME else f"/{kind}"
        await page.goto(pipeline.dashboard + path)
        await expect(page.locator("#page h1")).to_be_visible(timeout=WITHIN_MS)
        await expect(page.get_by_text("Loading", exact=True)).to_have_count(0, timeout=WITHIN_MS)
        wrong += [f"{path}: {one}" for one in [*await _walked(page), *await printed(page)]]
    assert wrong == []


async def _walked(page: Page) -> list[str]:
    """Press Tab until it comes round; return what is wrong."""
    wrong: list[str] = await page.evaluate(WALK)
    for _ in range(STOPS_MAX):
        await page.keyboard.press("Tab")
        said: Any = await page.evaluate(STOP)
        if said is None:
            return wrong + list(await page.evaluate(MISSED))
        wrong += said
    return [*wrong, f"more than {STOPS_MAX} stops"]
