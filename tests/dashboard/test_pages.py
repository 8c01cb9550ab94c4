"""Every page on wide and narrow screens, light and dark; ranges and filters in the address."""

import re
import time
from pathlib import Path
from typing import Any, Final, Literal

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from runtime.chdbstore import ChdbStore
from tests.dashboard.conftest import OpenPage, dashboard_of
from tests.dashboard.pushing import Talker, a_camera, joining
from tests.running import Running

WITHIN_MS = 20_000
CONTRAST_MIN = 4.5
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
SAMPLES = 30
ODD = "room / 9:00 ?#% é"
PAGES = {
    "fleet": ("/", "#worst-sessions a"),
    "room": ("/room/{room}", "#room-sessions a"),
    "session": ("/session/{session}", "#session-streams td"),
    "pipeline": ("/pipeline", "#pipeline-ledger .tile"),
    "search": ("/search/{session}", "#found a"),
}
CONTRAST = """() => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const card = light(getComputedStyle(document.querySelector(".card")).backgroundColor);
  const ratio = (colour) => (Math.max(light(colour), card) + 0.05) / (Math.min(light(colour), card) + 0.05);
  const words = [...document.querySelectorAll(".card td, .card th, .card a, .tile div, .poor")];
  const drawn = [...document.querySelectorAll(".graph .xtick text, .graph .legendtext, .graph .ytitle")];
  return Math.min(...words.map((word) => ratio(getComputedStyle(word).color)),
                  ...drawn.map((word) => ratio(getComputedStyle(word).fill)));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talker(pipeline: Running) -> Talker:
    """Somebody whose minute of audio and video is stored, in a room with an odd name."""
    return await _stored(pipeline, ODD)


async def _stored(pipeline: Running, room: str) -> Talker:
    one = Talker(pipeline.collector, room=room, lost=12)
    events = joining(time.time() * 1000 - 60_000)
    await one.push(SAMPLES, events=events, more=a_camera(SAMPLES, ["none", "bandwidth", "cpu"]))
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": one.session})
    return one


def _address(pipeline: Running, talker: Talker, name: str) -> str:
    path = PAGES[name][0].format(room="room%20%2F%209%3A00%20%3F%23%25%20%C3%A9", session=talker.session)
    return pipeline.dashboard + path


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_fits_and_reads(
    pipeline: Running, talker: Talker, open_page: OpenPage, tmp_path: Path, name: str
) -> None:
    """Wide and narrow, light and dark: nothing sticks out, words stand out from their ground, there is a picture."""
    page = await open_page(_address(pipeline, talker, name), width=390)
    await expect(page.locator(PAGES[name][1]).first).to_be_visible(timeout=WITHIN_MS)
    await expect(page).to_have_title(f"{(await page.locator('h1').inner_text()).strip()} – rtcpulse")
    for width in (390, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached(timeout=WITHIN_MS)
            if name != "search":
                await expect(page.locator(".graph .xtick").first).to_be_attached(timeout=WITHIN_MS)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert await page.evaluate(CONTRAST) >= CONTRAST_MIN
            picture = await page.screenshot(full_page=True, path=tmp_path / f"{name}-{width}-{scheme}.png")
            assert len(picture) > 10_000


async def test_the_first_page_after_a_start_has_its_style(store: ChdbStore) -> None:
    """A deep link may be what is asked for first."""
    async with dashboard_of(store) as address, httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"{address}/session/s1")).text
    assert "rtcpulse.css" in page
    assert "rtcpulse.js" in page


async def test_a_session_stands_on_one_axis_of_time(pipeline: Running, talker: Talker, open_page: OpenPage) -> None:
    """Each metric of each stream, the events by name, and what limited the encoder."""
    page = await open_page(_address(pipeline, talker, "session"))
    await expect(page.locator(".graph .annotation-text").first).to_contain_text("join_started", timeout=WITHIN_MS)
    drawn = await page.evaluate(
        "(({data, layout}) => ({names: data.map((trace) => trace.name), titles: Object.keys(layout)"
        ".filter((key) => /^yaxis/.test(key) && layout[key].title).map((key) => layout[key].title.text), "
        "times: Object.keys(layout).filter((key) => /^xaxis/.test(key))}))(document.querySelector('.js-plotly-plot'))"
    )
    assert drawn["times"] == ["xaxis"]
    assert [title.split("<br>")[0] for title in drawn["titles"]] == ["Bitrate", "Loss", "Jitter", "Frame rate"]
    assert {"not limited", "limited by bandwidth", "limited by cpu"} <= set(drawn["names"])
    assert len({name for name in drawn["names"] if "(" in name}) == 2
    await expect(page.locator("#session-tiles")).to_contain_text("0.70 s")
    await expect(page.locator("#session-events tbody tr")).to_have_count(4)


async def test_numbers_agree_between_pages(pipeline: Running, talker: Talker, open_page: OpenPage) -> None:
    """The row of a session is the same on Fleet and in its room, and its poor minutes are those of its own page."""
    fleet = await open_page(f"{pipeline.dashboard}/?app={talker.app}")
    room = await open_page(_address(pipeline, talker, "room"))
    session = await open_page(_address(pipeline, talker, "session"))
    rows = []
    for page in (fleet, room):
        row = page.locator("tr").filter(has=page.get_by_text(talker.session[:18]))
        await expect(row).to_be_visible(timeout=WITHIN_MS)
        rows.append({key: await row.locator(f"[data-column={key}]").inner_text() for key in ("poor", "loss", "jitter")})
    assert rows[0] == rows[1]
    assert rows[0]["loss"] == "10.7 %"
    await expect(session.locator("#session-tiles")).to_contain_text(rows[0]["poor"], timeout=WITHIN_MS)


async def test_fleet_tiles_say_how_many_of_how_many(pipeline: Running, open_page: OpenPage) -> None:
    """Beside each number stands how many it concerns; who is there now was heard of within a minute."""
    talker = await _stored(pipeline, "counted")
    page = await open_page(f"{pipeline.dashboard}/?app={talker.app}")
    await expect(page.locator("#fleet-tiles .tile")).to_have_count(8, timeout=WITHIN_MS)
    beside = await page.locator("#fleet-tiles .tile-beside").all_inner_texts()
    minutes = beside[2].removesuffix(" minutes")
    assert minutes in {"1 of 1", "2 of 2"}
    assert beside == [
        "in 1 room, 1 affected", "1 of 1 sessions", f"{minutes} minutes", "burns 100.0 x in 1 h: page",
        "0 of 1 attempts failed", "0 of 1 over 10 s", "0 of 1 sessions", "0 of 1 sessions", "unknown",
    ]  # fmt: skip
    latest = await page.locator(".graphs .latest").all_inner_texts()
    assert [one.split(", ")[-1] for one in latest[:3]] == [
        "1 of 1 sessions over 5 %", "unknown", "0 of 1 sessions over 50 ms",
    ]  # fmt: skip


async def test_a_filter_and_a_range_go_to_the_address_and_back(
    pipeline: Running, talker: Talker, open_page: OpenPage
) -> None:
    """Choosing changes the address; back and forward change the choice."""
    page = await open_page(pipeline.dashboard)
    await expect(page.locator("#worst-sessions")).to_be_visible(timeout=WITHIN_MS)
    await page.locator("#fleet-app").click()
    await page.get_by_role("option", name=talker.app).click()
    await page.wait_for_url(f"**/?app={talker.app}")
    await expect(page.locator("nav a").first).to_have_attribute("href", f"/?app={talker.app}", timeout=WITHIN_MS)
    await expect(page.locator("#worst-sessions tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    await page.locator("#range").get_by_text("6h").click()
    await page.wait_for_url(f"**/?range=6h&app={talker.app}")
    await page.go_back()
    await page.wait_for_url(f"**/?app={talker.app}")
    await expect(page.locator("#range input:checked")).to_have_value("1h", timeout=WITHIN_MS)
    await page.go_forward()
    await page.wait_for_url(f"**/?range=6h&app={talker.app}")
    await expect(page.locator("#range input:checked")).to_have_value("6h", timeout=WITHIN_MS)
    await expect(page.locator("#fleet-app")).to_have_value(talker.app)


async def test_a_link_opens_the_same_view(pipeline: Running, talker: Talker, open_page: OpenPage) -> None:
    """A range that was fixed, with its filters, shows the same to somebody else; rooms keep the range."""
    page = await open_page(f"{pipeline.dashboard}/?range=15m&app={talker.app}&os=Linux")
    await expect(page.locator("#worst-sessions tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    await page.locator("#pin").click()
    await page.wait_for_url("**since=*until=*")
    await expect(page.locator("#fixed-range")).to_be_visible(timeout=WITHIN_MS)
    other = await open_page(page.url)
    views = [await _view(one) for one in (page, other)]
    assert views[0] == views[1]
    assert views[0]["app"] == talker.app
    await other.locator("#worst-sessions [data-column=room] a").click()
    await expect(other.locator("h1")).to_have_text(f"Room {ODD}")
    await expect(other.locator("#room-sessions tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    await expect(other.locator("#fixed-range")).to_have_text(views[0]["range"])
    await expect(other.locator("#room-tiles .tile-title").first).to_have_text(re.compile(r"Sessions at \d\d:\d\d"))
    await other.locator("#unpin").click()
    await expect(other.locator("#range input:checked")).to_have_value("15m")


async def _view(page: Page) -> dict[str, Any]:
    await expect(page.locator("#worst-sessions tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    await expect(page.locator(".graph .xtick").first).to_be_attached(timeout=WITHIN_MS)
    return {
        "range": await page.locator("#fixed-range").inner_text(),
        "app": await page.locator("#fleet-app").input_value(),
        "axis": await page.evaluate("document.querySelector('.js-plotly-plot').layout.xaxis.range.map(String)"),
        "tiles": await page.locator("#fleet-tiles").inner_text(),
        "worst": await page.locator("#worst-sessions").inner_text(),
    }


async def test_search_finds_by_a_piece_of_an_id(pipeline: Running, talker: Talker, open_page: OpenPage) -> None:
    """The field in the bar leads to the sessions, and they to their pages."""
    page = await open_page(pipeline.dashboard)
    await page.locator("#search").fill(talker.session[5:20].upper())
    await page.locator("#search").press("Enter")
    await page.get_by_role("link", name=talker.session).click(timeout=WITHIN_MS)
    await expect(page.locator("#session-name")).to_have_text(talker.session)
    await expect(page.locator("#session-streams")).to_be_visible(timeout=WITHIN_MS)
