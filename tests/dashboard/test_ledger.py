"""The ledger on the Pipeline page: per minute, with what waits in the log and what the writers' numbers miss."""

import time
from collections.abc import Callable
from typing import Any

from playwright.async_api import Page, expect

from analytics.queries import Filters, Queries
from dashboard import ledgertable
from dashboard.health import Health
from runtime.chdbstore import ChdbStore
from runtime.retention import Unread
from tests.analytics.feed import Feed
from tests.builders import a_batch, a_series, inbound
from tests.dashboard.conftest import OpenPage, dashboard_of

WITHIN_MS = 20_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
NOW_MS = time.time_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS


def a_numbered(seq: int) -> dict[str, object]:
    """Return a batch of one sample, of a writer's number."""
    return a_batch(seq=seq, session="numbered", series=[a_series([NOW_MS - seq], inbound(received=[seq], lost=[0]))])


def fed(store: ChdbStore, project: str) -> Feed:
    """Store two minutes: 0, 1 and 1 again, then 4 and 6, and rubbish; three numbers are missing."""
    feed = Feed(store, project)
    feed.store_batches([a_numbered(0), a_numbered(1), a_numbered(1)], received_ms=NOW_MS - 2 * MINUTE_MS + 5000)
    odd: list[Any] = [a_numbered(6), a_numbered(4), b"rubbish"]
    feed.store_batches(odd, received_ms=NOW_MS - MINUTE_MS + 5000)
    return feed


def of_hour(project: str) -> Filters:
    """Return the hour that ends a minute from now."""
    return Filters(project, NOW_MS - HOUR_MS, NOW_MS + MINUTE_MS)


def test_each_minute_has_its_outcomes_and_missing_numbers(store: ChdbStore, project: str) -> None:
    """A gap stands in the minute of the batch after it, in whatever order batches came."""
    feed, queries = fed(store, project), Queries(store)
    rows = queries.pipeline_ledger(of_hour(project), "", [])
    assert [[row[name] for name in ("t_ms", "stored", "duplicate", "dead_letter", "missing")] for row in rows] == [
        [NOW_MS - MINUTE_MS, 2, 0, 1, 3],
        [NOW_MS - 2 * MINUTE_MS, 2, 1, 0, 0],
    ]
    late = Filters(project, NOW_MS - MINUTE_MS, NOW_MS)
    assert [row["missing"] for row in queries.pipeline_ledger(late, "", [])] == [3], "what came before is known"
    assert len(queries.pipeline_ledger(of_hour(project), "", [], 1)) == 1
    looked = queries.pipeline_ledger(of_hour(project), feed.log_id, [4])
    assert [row["stored"] for row in looked] == [1, 2], "what a look found in flight does not count a second time"
    other = queries.pipeline_ledger(of_hour(project), "another", [0])
    assert [row["stored"] for row in other] == [2, 2]


def test_a_line_has_what_waits(store: ChdbStore, project: str) -> None:
    """Of this project and range only; a minute of which nothing ended yet has a line, too."""
    feed = fed(store, project)
    waiting = {
        (project, NOW_MS - MINUTE_MS): 2,
        (project, NOW_MS): 5,
        ("other", NOW_MS): 7,
        (project, NOW_MS - 2 * HOUR_MS): 9,
    }
    seen = Health(log_end=27, log_committed=4, log_id=feed.log_id, committed=[4], waiting=waiting)
    filters = of_hour(project)
    rows = Queries(store).pipeline_ledger(filters, seen.log_id, seen.committed)
    found = ledgertable.lines(filters, rows, seen, 60)
    names = ("t_ms", "accepted", "stored", "duplicate", "dead_letter", "in_flight")
    assert [[row[name] for name in names] for row in found] == [
        [NOW_MS, 5, 0, 0, 0, 5],
        [NOW_MS - MINUTE_MS, 3, 1, 0, 0, 2],
        [NOW_MS - 2 * MINUTE_MS, 3, 2, 1, 0, 0],
    ]
    assert len(ledgertable.lines(filters, rows, seen, 2)) == 2


def health_of(oldest_ms: int) -> Callable[[], Health]:
    """Return a look at a log whose oldest unread message is so old; it keeps messages for a day."""
    unread = Unread(NOW_MS - oldest_ms, 24 * HOUR_MS, deletes=True)
    waiting = {("default", NOW_MS): 3}
    return lambda: Health(9, 6, 2**30, "1", time.time(), log_id="l", committed=[6], waiting=waiting, unread=unread)


async def test_the_page_shows_the_lines_and_warns_of_what_will_be_lost(store: ChdbStore, open_page: OpenPage) -> None:
    """At half of the retention, wide and narrow; before that there is an age and no warning."""
    fed(store, "default")
    for oldest_ms, width in ((13 * HOUR_MS, 390), (13 * HOUR_MS, 1440), (11 * HOUR_MS, 1440)):
        async with dashboard_of(store, health=health_of(oldest_ms)) as address:
            page = await open_page(f"{address}/pipeline", width=width)
            await _check(page, late=oldest_ms > 12 * HOUR_MS)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await page.close()


async def _check(page: Page, *, late: bool) -> None:
    first = page.locator("#pipeline-minutes tbody tr").first
    await expect(first.locator("[data-column=in_flight]")).to_have_text("3", timeout=WITHIN_MS)
    warning = page.locator("#pipeline-late")
    await expect(page.locator("#pipeline-service")).to_contain_text("Oldest unread")
    if late:
        await expect(warning).to_contain_text("Kafka deletes messages that were acknowledged and never stored")
    else:
        await expect(warning).to_have_count(0)
