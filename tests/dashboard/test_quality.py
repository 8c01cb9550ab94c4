"""The scores on the Session page: of the leg and end to end, each with its scale, and what is not known of them."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx
from playwright.async_api import expect

from dashboard.quality import coverage, end_to_end, scores
from tests.analytics.modelled import START, moved
from tests.analytics.test_end_to_end import BOTH_LEGS, LEG, hearing, talking
from tests.builders import packed
from tests.dashboard.conftest import OpenPage
from tests.running import Running

WITHIN_MS = 20_000
MINUTE_MS = 60_000


async def push(pipeline: Running, *people: Mapping[str, Any]) -> None:
    """Push people's last whole minute, and wait until the jobs have come to it."""
    now_ms = time.time() * 1000
    by_ms = now_ms // MINUTE_MS * MINUTE_MS - MINUTE_MS - START
    async with httpx.AsyncClient(trust_env=False) as client:
        for person in people:
            body = packed(moved(dict(person), by_ms))
            address = f"{pipeline.collector}/v1/batches?sent={now_ms:.0f}"
            assert (await client.post(address, content=body)).status_code == 202
    for person in people:
        name = person["session"]["id"]
        await pipeline.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": name})


async def test_a_score_end_to_end_stands_beside_that_of_the_leg(pipeline: Running, open_page: OpenPage) -> None:
    """Of two tracks one has a sender who is known; of what is sent no score from the sender on is asked."""
    listener, talker, room = (secrets.token_hex(16) for _ in range(3))
    heard, lonely = hearing(listener, room=room), hearing(listener, ssrc=8, track="u", room=room)
    heard["series"][0]["objects"].append(lonely["series"][0]["objects"][0])
    heard["tracks"] += lonely["tracks"]
    await push(pipeline, heard, talking(talker, room=room))
    page = await open_page(f"{pipeline.dashboard}/session/{listener}")
    leg, whole = f"{LEG:.2f}, {LEG:.2f} NB", f"{BOTH_LEGS:.2f}, {BOTH_LEGS:.2f} NB"
    for ssrc, said in ((7, f"{whole}100 % of minutes known"), (8, "unknown")):
        line = page.locator("#session-streams tbody tr").filter(has_text=f"({ssrc})")
        await expect(line.locator("[data-column=mos]")).to_have_text(leg, timeout=WITHIN_MS)
        await expect(line.locator("[data-column=whole]")).to_have_text(said)
    titles = await page.locator("#session-streams th span").all()
    assert all([await title.get_attribute("title") for title in titles])
    page = await open_page(f"{pipeline.dashboard}/session/{talker}")
    sent = page.locator("#session-streams tbody tr").filter(has_text="(9)")
    await expect(sent.locator("[data-column=whole]")).to_have_text("", timeout=WITHIN_MS)


def row(stream: str, scale: str, scope: str, mean: float | None, worst: float | None, known: float) -> dict[str, Any]:
    """Return a row of the answer, of a stream of which two of three samples came."""
    told = {"mos_mean": mean, "mos_worst": worst, "known_ratio": known, "samples_seen": 40, "expected": 60}
    return {"stream": stream, "scale": scale, "scope": scope} | told


QUALITY = [
    row("s", "FB", "leg", 4.1234, 3.0, 0.5), row("s", "NB", "leg", 3.5, 3.5, 0.5), row("t", "", "", None, None, 1),
    row("s", "FB", "end_to_end", 4.0, 2.9, 0.25), row("s", "NB", "end_to_end", 3.4, 3.3, 0.5),
]  # fmt: skip


def test_scores_stand_with_their_scale_and_what_was_seen() -> None:
    """Two scales are not put together; without a score there is a dash, and without minutes too."""
    assert scores("s", QUALITY) == "4.12, 3.00 FB; 3.50, 3.50 NB"
    assert (scores("t", QUALITY), scores("u", QUALITY)) == ("–", "–")
    assert (coverage("s", QUALITY), coverage("t", QUALITY), coverage("u", QUALITY)) == ("66.7 %", "66.7 %", "–")


def test_a_score_end_to_end_says_of_how_many_minutes_it_is() -> None:
    """Of three minutes in four; where it is of none, it says that it is unknown."""
    shown = str(end_to_end("s", QUALITY))
    assert "'4.00, 2.90 FB; 3.40, 3.30 NB'" in shown
    assert "'75.0 % of minutes known'" in shown
    assert ["unknown" in str(end_to_end(stream, QUALITY)) for stream in ("s", "t", "u")] == [False, True, True]
