"""Empty, failing and closed: what a page says when there is nothing, no store, no service, or no token."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from runtime.chdbstore import ChdbStore
from runtime.store import Parameter, Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import Medium, a_person
from tests.dashboard.conftest import OpenPage, dashboard_of
from tests.dashboard.pushing import Talker
from tests.running import Running, running

WITHIN_MS = 20_000
EMPTY = {
    "/?app=of-nobody": ("#fleet-content", "No session in this range has these circumstances."),
    "/room/nowhere": ("#room-content", "Nobody was in this room"),
    "/session/nobody": ("#session-content", "Nobody knows a session nobody"),
    "/search/nothing-like-it": ("#search-content", "No session, room, participant or server has nothing-like-it"),
    "/no/such/page": ("#page", "There is no page /no/such/page."),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two_projects(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service with a reader and a writer for each of two projects."""
    async with running(
        tmp_path_factory.mktemp("two"), readers="reads-a:a,reads-b:b", keys="writes-a:a,writes-b:b"
    ) as service:
        yield service


async def test_nothing_is_said_in_a_sentence(pipeline: Running, open_page: OpenPage) -> None:
    """Each page has its own; none is blank and none fails."""
    page = await open_page(pipeline.dashboard)
    for path, (where, sentence) in EMPTY.items():
        await page.goto(pipeline.dashboard + path)
        await expect(page.locator(where)).to_contain_text(sentence, timeout=WITHIN_MS)


async def test_an_empty_store_says_how_to_begin(two_projects: Running, open_page: OpenPage) -> None:
    """The first look of a new user, after the login."""
    page = await _signed_in(open_page, two_projects.dashboard, "reads-a")
    await expect(page.locator("#fleet-content")).to_contain_text("Start one with the SDK", timeout=WITHIN_MS)
    await page.get_by_role("link", name="Pipeline").click()
    await expect(page.locator("#pipeline-content")).to_contain_text("No dead letters.", timeout=WITHIN_MS)


async def test_the_login_says_no_and_leads_back(two_projects: Running, open_page: OpenPage) -> None:
    """A link from a colleague, a wrong token, the right one, and there is the page; the login is light and dark."""
    for scheme in ("light", "dark"):
        page = await open_page(
            f"{two_projects.dashboard}/room/r%2F1?range=6h", width=390, scheme=scheme, expected=("401",)
        )
        await page.get_by_label("Reader token").fill("wrong")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_have_text("No reader has this token.")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert dark == (scheme == "dark")
        await page.get_by_label("Reader token").fill("reads-a")
        await page.get_by_role("button").click()
        await expect(page.locator("h1")).to_have_text("Room r/1", timeout=WITHIN_MS)
        assert page.url == f"{two_projects.dashboard}/room/r%2F1?range=6h"


async def test_a_reader_sees_no_other_project(two_projects: Running, open_page: OpenPage) -> None:
    """Not in the fleet, a room, a session, the ledger, nor by search; the owner sees all of it."""
    talker = Talker(two_projects.collector, room="shared-name", key="writes-b", lost=20)
    await talker.push(3)
    await two_projects.until("SELECT count() FROM sessions WHERE session = {s:String}", {"s": talker.session})
    seen = {
        "/": ("#fleet-content", talker.session[:18]),
        "/room/shared-name": ("#room-content", talker.session[:18]),
        f"/session/{talker.session}": ("#session-content", "inbound audio"),
        f"/search/{talker.session}": ("#search-content", "shared-name"),
        "/pipeline": ("#pipeline-ledger", "of 1"),
    }
    for token, sees in (("reads-b", True), ("reads-a", False)):
        page = await _signed_in(open_page, two_projects.dashboard, token)
        for path, (where, text) in seen.items():
            await page.goto(two_projects.dashboard + path)
            await expect(page.locator(where)).not_to_have_text("Loading", timeout=WITHIN_MS)
            content = expect(page.locator(where))
            await (content.to_contain_text(text, timeout=WITHIN_MS) if sees else content.not_to_contain_text(text))


async def test_a_store_that_fails_is_said_and_tried_again(store: ChdbStore, open_page: OpenPage) -> None:
    """The same page, without a reload, shows the answer once the store answers again."""
    async with dashboard_of(store) as address:
        with _away(store, "batches", "sessions", "session_minutes"):
            pages = [
                await open_page(address + path) for path in ("/", "/room/r", "/session/s", "/pipeline", "/search/t")
            ]
            for page in pages:
                await expect(page.locator(".failed")).to_contain_text("it is tried again", timeout=WITHIN_MS)
        for page in pages:
            await expect(page.locator(".failed")).to_have_count(0, timeout=WITHIN_MS)
        await expect(pages[-2].locator("#pipeline-ledger")).to_be_visible(timeout=WITHIN_MS)
        for page in pages:
            await page.close()


async def test_a_service_that_is_away_is_said(store: ChdbStore, open_page: OpenPage) -> None:
    """What stands on the page is old then, and the reader must know."""
    async with dashboard_of(store) as address:
        page = await open_page(f"{address}/pipeline", expected=("ERR_CONNECTION", "ERR_EMPTY", "fetch", "Callback"))
        await expect(page.locator("#pipeline-ledger")).to_be_visible(timeout=WITHIN_MS)
        await expect(page.locator("#unanswered")).to_be_hidden()
    await expect(page.locator("#unanswered")).to_contain_text("No answer since", timeout=WITHIN_MS)
    async with dashboard_of(store, int(address.rpartition(":")[2])):
        await expect(page.locator("#unanswered")).to_be_hidden(timeout=WITHIN_MS)


@pytest.mark.parametrize("path", ["/", "/room/standup", "/session/slow", "/pipeline"])
async def test_a_slow_store_is_waited_for(store: ChdbStore, open_page: OpenPage, path: str) -> None:
    """Answers take longer than the time between two ticks, each time: a page shows them all the same."""
    Feed(store, "default").store_batches([a_person("slow", 20, Medium("inbound", "audio", "t", "p", 7))])
    async with dashboard_of(Slow(store)) as address:
        page = await open_page(address + path)
        await expect(page.get_by_text("Loading", exact=True)).to_be_visible(timeout=WITHIN_MS)
        await expect(page.get_by_text("Loading", exact=True)).to_have_count(0, timeout=WITHIN_MS)
        await page.close()


@dataclass(frozen=True, slots=True)
class Slow:
    """A store whose disk is busy: the same answers, later."""

    store: Store

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer late: a page's few questions take longer than the time between two ticks."""
        time.sleep(0.7)
        return self.store.query(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Do it."""
        self.store.execute(sql, parameters)

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Do it."""
        self.store.insert(table, rows, token=token)

    def close(self) -> None:
        """Nothing: it is another's."""


@contextmanager
def _away(store: ChdbStore, *tables: str) -> Iterator[None]:
    for table in tables:
        store.execute(f"RENAME TABLE {table} TO {table}_away")
    try:
        yield
    finally:
        for table in tables:
            store.execute(f"RENAME TABLE {table}_away TO {table}")


async def _signed_in(open_page: OpenPage, address: str, token: str) -> Page:
    page = await open_page(address)
    await page.get_by_label("Reader token").fill(token)
    await page.get_by_role("button").click()
    await expect(page.locator("#page h1")).to_be_visible(timeout=WITHIN_MS)
    return page
