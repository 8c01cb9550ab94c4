"""The verdicts on the Session page: streams by rules, in words, with share, coverage, and why one is unknown."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from dashboard.verdicttable import MOST, verdicts
from schemas.verdicts import BY_RULE
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import Talker, a_camera
from tests.running import Running

WITHIN_MS = 20_000
SAMPLES = 30


@pytest_asyncio.fixture(loop_scope="session")
async def page(pipeline: Running, open_page: OpenPage) -> AsyncIterator[Page]:
    """The page of somebody who loses 2 % of the audio, and of whose video nobody reports."""
    talker = Talker(pipeline.collector, room="judged", lost=2)
    await talker.push(SAMPLES, more=a_camera(SAMPLES, ["none"]))
    await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    yield await open_page(f"{pipeline.dashboard}/session/{talker.session}")


def cell(page: Page, stream: str, title: str) -> Locator:
    """Return the cell of a stream, by the begin of its name, and a definition."""
    return page.locator("#session-verdicts tr").filter(has_text=stream).locator(f"[data-column='{title}']")


async def test_each_definition_says_its_own(page: Page) -> None:
    """Levels are words; what is missing is unknown and not good; titles name rule, version and source."""
    twilio = cell(page, "inbound audio", "Twilio Voice")
    await expect(twilio).to_contain_text("poor", timeout=WITHIN_MS)
    await expect(twilio).to_contain_text("100 % of 93 % judged")
    await expect(cell(page, "inbound audio", "Plivo voice")).to_contain_text("poor")
    await expect(cell(page, "inbound audio", "rtcpulse")).to_contain_text("not poor")
    await expect(cell(page, "inbound audio", "Teams CQD")).to_have_text("unknownround trip is not told")
    await expect(cell(page, "inbound audio", "LiveKit quality")).to_have_text("unknowncodec is not told")
    await expect(cell(page, "outbound video", "Twilio Voice")).to_have_text("not asked")
    heads = page.locator("#session-verdicts th span")
    titles = [await head.get_attribute("title") for head in await heads.all()]
    shown = [line.partition(": ") for title in titles for line in str(title).splitlines()]
    assert {rule for rule, _, _ in shown} == set(BY_RULE) - {"twilio_video_v1"}, "no video is received here"
    assert all(BY_RULE[rule].source == source for rule, _, source in shown)
    title = await twilio.locator("div").first.get_attribute("title")
    assert str(title).startswith("twilio_voice_v1; 29 of 29 samples; poor ")


@pytest.mark.parametrize(
    ("names", "sentence"), [(1, ""), (2, "1 more stream with fewer"), (MOST + 6, f"{MOST + 5} more streams with fewer")]
)
def test_it_says_how_many_are_left_out(names: int, sentence: str) -> None:
    """The statement judges a number of streams, and the page has all of them in its other table."""
    row = {
        "stream": "s0", "rule": "rtc_affected_v1", "verdict": "unknown", "level": "unknown", "reason": "why",
        "intervals": 1, "intervals_expected": 2,
    }  # fmt: skip
    shown = str(verdicts([row], {f"s{number}": f"stream {number}" for number in range(names)}))
    assert ("not judged" in shown) == (names > 1)
    assert sentence in shown
