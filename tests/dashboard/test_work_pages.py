"""SQL, Alerts and Reports in a browser, as people use them: by keyboard, and from the address alone."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker
from tests.running import Running

pytestmark = pytest.mark.timeout(170)
WITHIN_MS = 20_000
WRONG = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: lossratio > 1\n"
RIGHT = "groups:\n- name: g\n  rules:\n  - alert: Any\n    expr: sessions > 0\n"


async def test_the_pages_of_work(pipeline: Running, open_page: OpenPage, tmp_path: Path) -> None:
    """One walk through the three."""
    talker = Talker(pipeline.collector, room="for work", lost=12)
    await talker.push(30)
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    page = await open_page(f"{pipeline.dashboard}/query", expected=("favicon",))
    await _sql(page, talker, tmp_path)
    await _alerts(page, pipeline.dashboard)
    await _reports(page, pipeline.dashboard, tmp_path)


async def test_a_statement_with_parameters(pipeline: Running, open_page: OpenPage, tmp_path: Path) -> None:
    """A field for each, which neither a text nor a comment makes; address, Back and exports have what was filled in."""
    talker = Talker(pipeline.collector, room="for work")
    await talker.push(2)
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    page = await open_page(f"{pipeline.dashboard}/query?q=SELECT+11", expected=("favicon",))
    text = page.locator("#sql-text")
    await expect(page.locator("#sql-grid tbody tr")).to_have_text("11", timeout=WITHIN_MS)
    await text.fill(
        "SELECT room, '{no:String}' AS n FROM sessions -- {nor:String}\nWHERE session = {who:String} AND {n:UInt8} = 7"
    )
    await expect(page.locator("#sql-parameters input")).to_have_count(2, timeout=WITHIN_MS)
    await page.get_by_label("who String").fill(talker.session)
    await page.get_by_label("n UInt8").fill("7")
    await page.get_by_label("n UInt8").press("Enter")
    await expect(page.locator("#sql-grid tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    async with page.expect_download(timeout=WITHIN_MS) as loading:
        await page.get_by_role("button", name="CSV").click()
    await (await loading.value).save_as(tmp_path / "filled.csv")
    assert (tmp_path / "filled.csv").read_text().splitlines()[1:] == ['"for work","{no:String}"']
    await expect(page).to_have_url(re.compile(f"param_who={talker.session}&param_n=7"), timeout=WITHIN_MS)
    await page.go_back()
    await expect(page.locator("#sql-grid tbody tr")).to_have_text("11", timeout=WITHIN_MS)
    await expect(page.locator("#sql-parameters input")).to_have_count(0, timeout=WITHIN_MS)
    await page.go_forward()
    await expect(page.get_by_label("who String")).to_have_value(talker.session, timeout=WITHIN_MS)
    await expect(page.locator("#sql-grid tbody tr")).to_have_count(1, timeout=WITHIN_MS)


async def _sql(page: Page, talker: Talker, folder: Path) -> None:
    """Write, run by Ctrl-Enter, sort, export, save, insert a name; the address brings all back."""
    text = page.locator("#sql-text")
    await expect(page.locator(".schema-table").first).to_be_visible(timeout=WITHIN_MS)
    await text.fill("SELECT\n  nonesuch FROM sessions")
    await text.press("Control+Enter")
    await page.get_by_role("button", name="Go to line 2, column 3").click(timeout=WITHIN_MS)
    assert await page.evaluate("getSelection().toString()") in {"nonesuch", ""}
    await text.fill(
        f"SELECT room, number + 9 AS n FROM sessions, numbers(3) AS three WHERE session = '{talker.session}'"
    )
    await text.press("Control+Enter")
    await expect(page.locator("#sql-error")).to_have_count(0, timeout=WITHIN_MS)
    await expect(page.locator("#sql-grid tbody tr")).to_have_count(3, timeout=WITHIN_MS)
    await expect(page.locator("#sql-answer .js-plotly-plot")).to_be_visible(timeout=WITHIN_MS)
    for order in ("ascending", "descending"):
        await page.get_by_role("button", name=re.compile("^n")).last.press("Enter")
        await expect(page.locator(f"th[aria-sort={order}]")).to_have_count(1, timeout=WITHIN_MS)
    await expect(page.locator("#sql-grid tbody tr").first).to_contain_text("11", timeout=WITHIN_MS)
    await expect(page).to_have_url(re.compile("sort=-n"), timeout=WITHIN_MS)
    async with page.expect_download(timeout=WITHIN_MS) as loading:
        await page.get_by_role("button", name="CSV").click()
    await (await loading.value).save_as(folder / "answer.csv")
    assert min((folder / "answer.csv").read_text().splitlines()[1:]) == '"for work",10'
    await page.get_by_label("name to save the statement under").fill("mine")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#sql-saved-list")).to_contain_text("mine", timeout=WITHIN_MS)
    await page.reload()
    await expect(page.locator("#sql-grid tbody tr").first).to_contain_text("11", timeout=WITHIN_MS)
    await text.fill("SELECT 1")
    await page.locator("#sql-saved-list").get_by_role("link", name="mine").click(timeout=WITHIN_MS)
    await expect(text).to_have_value(re.compile("number \\+ 9"), timeout=WITHIN_MS)
    await expect(page.locator("#sql-grid tbody tr")).to_have_count(3, timeout=WITHIN_MS)
    await expect(page.locator(".schema-table").first).to_be_visible(timeout=WITHIN_MS)
    await page.get_by_label("filter tables and columns").fill("loss_ratio")
    await text.fill("")
    await page.get_by_role("button", name="loss_ratio", exact=True).first.click(timeout=WITHIN_MS)
    await expect(text).to_have_value("loss_ratio", timeout=WITHIN_MS)


async def _alerts(page: Page, address: str) -> None:
    """A silence is made and ended; rules are checked by line and tried on the past, and the trial has an address."""
    await page.goto(f"{address}/alerts?part=silences")
    await page.get_by_label("Your name").fill("ann", timeout=WITHIN_MS)
    await page.get_by_label(re.compile("^Silence alerts with")).fill('room="nowhere"')
    await page.get_by_role("button", name="Silence", exact=True).click()
    await expect(page.locator("#alert-silences")).to_contain_text('room="nowhere"', timeout=WITHIN_MS)
    await page.get_by_role("button", name="End it").click()
    await expect(page.locator("#alerts-content")).to_contain_text("Nothing is silenced", timeout=WITHIN_MS)
    await page.get_by_role("link", name="Check and backtest").click()
    await page.locator("#rules-text").fill(WRONG)
    await page.get_by_role("button", name="Check", exact=True).click()
    await expect(page.locator("#rules-wrong")).to_contain_text("Line 5, column 11", timeout=WITHIN_MS)
    await page.locator("#rules-text").fill(RIGHT)
    await page.get_by_role("button", name=re.compile("^Backtest")).click()
    await expect(page.locator("#backtest-result")).to_contain_text("With other thresholds", timeout=WITHIN_MS)
    await expect(page).to_have_url(re.compile("z="), timeout=WITHIN_MS)
    await page.reload()
    await expect(page.locator("#rules-text")).to_have_value(RIGHT.strip("\n"), timeout=WITHIN_MS)
    await expect(page.locator("#backtest-result")).to_be_visible(timeout=WITHIN_MS)


async def _reports(page: Page, address: str, folder: Path) -> None:
    """The order stands in the address; its file is fetched."""
    await page.goto(f"{address}/reports?room=for+work&period=24h&format=csv")
    await expect(page.get_by_label("Room")).to_have_value("for work", timeout=WITHIN_MS)
    await page.get_by_role("button", name="Make it").press("Enter")
    async with page.expect_download(timeout=3 * WITHIN_MS) as loading:
        await page.get_by_role("link", name="Download csv").click(timeout=3 * WITHIN_MS)
    await (await loading.value).save_as(folder / "report.csv")
    assert "for work" in (folder / "report.csv").read_text()
    await expect(page.locator("#reports-planned")).to_contain_text("No report is scheduled", timeout=WITHIN_MS)
