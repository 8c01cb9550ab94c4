"""A page as it is printed: what is cut off, and its ink."""

from typing import Final

from playwright.async_api import Page, expect

PAPER: Final = {"width": 718, "height": 1000}
"""A4 between margins of 12 mm, in CSS's pixels."""
CUT: Final = """() => {
  const wide = (one) => one.getBoundingClientRect().right > innerWidth + 1;
  const said = (one) => `beyond the paper: ${one.tagName} ${one.id || one.className.baseVal || one.className}`;
  return [...document.querySelectorAll("#page table, #page .main-svg, #page .card")].filter(wide).map(said)
    .concat(document.querySelector("header").checkVisibility() ? ["the bar is printed"] : []);
}"""


async def printed(page: Page) -> list[str]:
    """Look at the page as it is printed; return what is wrong."""
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    size = page.viewport_size
    assert size is not None
    await page.emulate_media(media="print", color_scheme="dark")
    await page.set_viewport_size({"width": PAPER["width"], "height": PAPER["height"]})
    wrong: list[str] = await page.evaluate(CUT)
    ink = await page.evaluate("getComputedStyle(document.querySelector('#page h1')).color")
    if ink != "rgb(26, 27, 30)":
        wrong.append(f"printed in {ink}")
    await expect(page.locator("#printed")).to_contain_text(page.url)
    await page.emulate_media(media="screen", color_scheme="dark")
    await page.set_viewport_size(size)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    return wrong
