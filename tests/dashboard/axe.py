"""What axe-core finds on a page as it stands in the browser."""

from typing import Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

GRAVE: Final = frozenset({"serious", "critical"})
_RUN: Final = """() => axe.run({exclude: ['.js-plotly-plot']}, {resultTypes: ['violations']})
  .then((found) => found.violations)"""
"""What plotly draws stands in a figure whose label says what it is; the contrast of its words is tested elsewhere."""


async def grave(page: Page) -> list[str]:
    """Return the serious and critical findings: rule, how often, and the first element."""
    await page.evaluate(AXE_SCRIPT)
    return [
        f"{one['id']}, {len(one['nodes'])} times: {one['nodes'][0]['html'][:160]}"
        for one in await page.evaluate(_RUN)
        if one["impact"] in GRAVE
    ]
