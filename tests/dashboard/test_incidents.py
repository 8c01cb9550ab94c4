"""The incidents on the Session and the Room page: when, how bad, from what, and what was seen."""

import secrets
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from dashboard.incidenttable import of_session, shared
from schemas.incidents import CAUSES, SIDES
from tests.dashboard.conftest import OpenPage
from tests.dashboard.pushing import DEGRADED, Talker
from tests.running import Running

WITHIN_MS = 20_000


@pytest_asyncio.fixture(loop_scope="session")
async def lossy(pipeline: Running) -> AsyncIterator[Talker]:
    """Somebody who loses 20 % of the audio for a minute; whose fault that is nobody can tell."""
    talker = Talker(pipeline.collector, room=f"lossy-{secrets.token_hex(4)}", lost=25)
    await talker.push(30)
    await pipeline.until(
        DEGRADED,
        {"s": talker.session},
    )
    yield talker


async def test_a_session_says_when_and_why_it_was_bad(pipeline: Running, open_page: OpenPage, lossy: Talker) -> None:
    """Without the evidence for a cause it says that; on a phone what was seen takes the width that there is."""
    page: Page = await open_page(f"{pipeline.dashboard}/session/{lossy.session}")
    row = page.locator("#session-incidents tbody tr")
    await expect(row).to_have_count(1, timeout=WITHIN_MS)
    await expect(row.locator("[data-column='cause']")).to_have_text(CAUSES["unknown"])
    await expect(row.locator("[data-column='side']")).to_have_text(SIDES["unknown"])
    await expect(row.locator("[data-column='severity']")).to_have_text("major")
    await expect(row.locator("[data-column='evidence']")).to_contain_text("seen: loss")
    await page.set_viewport_size({"width": 390, "height": 900})
    card = await page.locator(".table:has(#session-incidents)").bounding_box()
    seen = await row.locator("[data-column='evidence']").bounding_box()
    assert card
    assert seen
    assert card["x"] < seen["x"]
    assert seen["x"] + seen["width"] < card["x"] + card["width"] < 390
    assert seen["width"] > 0.9 * card["width"]


async def test_a_room_has_those_of_its_sessions(pipeline: Running, open_page: OpenPage, lossy: Talker) -> None:
    """Merged."""
    page: Page = await open_page(f"{pipeline.dashboard}/room/{lossy.room}")
    row = page.locator("#room-incidents tbody tr")
    await expect(row).to_have_count(1, timeout=WITHIN_MS)
    await expect(row.locator("[data-column='sessions']")).to_have_text("1")
    await row.get_by_role("link").click()
    await expect(page.locator("#incident-list tbody tr")).to_have_count(1, timeout=WITHIN_MS)
    await expect(page.locator("#incident-list")).to_contain_text(lossy.room)


def test_every_cause_and_side_has_words() -> None:
    """And a session without incidents a sentence."""
    for cause in CAUSES:
        for side in SIDES:
            row = {
                "began_ms": 0, "ended_ms": 5000, "severity": "minor", "cause": cause, "side": side, "evidence": ["e"],
                "rule": "r", "incident": "i",
            }  # fmt: skip
            assert CAUSES[cause] in str(of_session([row], {}))
    assert "No incident" in str(of_session([], {}))


def test_who_else_was_degraded_is_told_where_it_is_no_chance() -> None:
    """The two least likely circumstances; nobody, or what happens often, is left out."""
    row = {"circumstance": "prefix", "value": "n1", "sessions": 9, "degraded": 8, "other_sessions": 40,
           "other_degraded": 1, "by_chance": 0.0004}  # fmt: skip
    often, nobody = row | {"by_chance": 0.05}, row | {"degraded": 0, "sessions": 0, "by_chance": 0.001}
    said = shared([row, nobody, row | {"circumstance": "asn", "value": "7"}, row, often])
    assert said[0] == "8 of 9 others with prefix n1 were degraded too, 1 of 40 without it; by chance: under 0.1 %"
    assert [sentence.split()[4:7] for sentence in said] == [["with", "prefix", "n1"], ["with", "asn", "7"]]
    assert shared([often, nobody]) == []
