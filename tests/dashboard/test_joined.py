"""A session that a client and a server tell of: who says what, its names, and the platform's own judgement of it."""

import secrets

from playwright.async_api import expect

from analytics.queries import Queries
from dashboard import joined, lanes
from dashboard.figures import POOR
from runtime.chdbstore import ChdbStore
from tests.analytics.attended import a_client, a_presence, left
from tests.analytics.attended import joined as came
from tests.analytics.conftest import FOLLOWED
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.dashboard.conftest import OpenPage, dashboard_of
from tests.ingest.playing import an_analyst

WITHIN_MS = 30_000


def test_the_platforms_own_judgement_is_a_lane() -> None:
    """Each word until the next one, the last until the end or until they leave; in whatever letters."""
    told = [(1000, "quality", '{"quality":"excellent","score":4.4}'), (6000, "quality", '{"quality":"POOR"}'),
            (7000, "device", "{}"), (9000, "left", '{"reason":"hung up"}')]  # fmt: skip
    events = [{"t_ms": t_ms, "event": event, "value": value} for t_ms, event, value in told]
    lane = lanes.qualities(events, "LiveKit", (0, 20_000))
    assert lane.name == "LiveKit says"
    assert [(bar.begin_ms, bar.end_ms) for bar in lane.bars] == [(1000, 6000), (6000, 9000)]
    assert [bar.words.split(", ", 1)[1] for bar in lane.bars] == [
        "LiveKit says excellent, score 4.4",
        "LiveKit says poor",
    ]
    assert lane.bars[1].colour == POOR
    assert lanes.qualities(events[:2], "LiveKit", (0, 20_000)).bars[-1].end_ms == 20_000
    assert not lanes.qualities([{"t_ms": 1, "event": "quality", "value": "null"}], "LiveKit", (0, 9)).bars


def test_names_are_said_once() -> None:
    """Of several texts that say the same."""
    refs = ['{"livekit":{"sid":"PA_1","room":"r"}}', '{"livekit":{"sid":"PA_2","room":"r"},"crm":{"id":"7"}}']
    assert joined.names(refs) == ["LiveKit room r", "LiveKit sid PA_1", "LiveKit sid PA_2", "crm id 7"]


async def test_a_page_says_who_tells_what(store: ChdbStore, open_page: OpenPage) -> None:
    """The client's page has the server's events; the server's leads to it; the search finds it by the server's name."""
    store.execute(FOLLOWED)
    sid, name = f"PA_{secrets.token_hex(6)}", f"s{secrets.token_hex(8)}"
    feed = Feed(store, "default")
    quality = [(10.0, "quality", {"quality": "good"})]
    feed.store_batches(a_client(name, (0, sid), until=50, identity=name, events=quality))
    feed.store_batches(a_presence(sid, came(2), left(72, "connection_timeout"), identity=name))
    settle(an_analyst(store, feed.log_id))
    assert [row["session"] for row in Queries(store).search("default", sid)] == [name]
    async with dashboard_of(store) as address:
        page = await open_page(f"{address}/session/{name}")
        events = page.locator("#session-events tbody tr")
        await expect(events).to_have_count(3, timeout=WITHIN_MS)
        await expect(events.nth(2)).to_contain_text("connection_timeout")
        await expect(events.nth(2)).to_contain_text("LiveKit webhook")
        await expect(events.nth(1)).to_contain_text("client")
        await expect(page.locator("#session-links")).to_contain_text("LiveKit sid " + sid)
        await expect(page.locator("#session-tiles")).to_contain_text("ended: dropped, connection_timeout")
        await expect(page.locator("#session-graph")).to_contain_text("LiveKit says", timeout=WITHIN_MS)
        await page.goto(f"{address}/session/livekit:{sid}")
        await expect(page.locator("#session-content")).to_contain_text(
            "what a server saw of session", timeout=WITHIN_MS
        )
        await page.locator("#session-content").get_by_role("link", name=name).first.click()
        await expect(page.locator("#session-name")).to_have_text(name, timeout=WITHIN_MS)
        await page.close()
