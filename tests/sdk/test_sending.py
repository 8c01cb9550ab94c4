"""Between the SDK and its collector: attempts, refusals, silence, a bounded queue."""

import asyncio
from collections import Counter

from playwright.async_api import BrowserContext

from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver, free_port, receiving
from tests.sdk.samples import accepted

WATCH = "async () => { await call(); rtcpulse.watch(caller); }"


async def test_a_batch_that_met_503_is_sent_again_with_the_same_bytes(receiver: Receiver, open_page: OpenPage) -> None:
    """Nothing in a batch changes once it is cut; only the time of sending beside it does."""
    receiver.answers = [(503, {}), (429, {"retry-after": "1"}), (500, {})]
    page = await open_page()
    await page.evaluate(WATCH)
    await receiver.wait(6)
    first = receiver.posts[:4]
    assert [post.status for post in first] == [503, 429, 500, 202]
    assert len({post.body for post in first}) == 1
    assert len({post.query["sent"][0] for post in first}) == 4
    assert [batch["seq"] for batch in accepted(receiver.posts)][:2] == [0, 1]


async def test_retry_after_is_honoured(receiver: Receiver, open_page: OpenPage) -> None:
    """The next attempt waits for what the collector asked."""
    receiver.answers = [(503, {"retry-after": "3"})]
    page = await open_page()
    await page.evaluate(WATCH)
    await receiver.wait(2)
    assert receiver.posts[1].at - receiver.posts[0].at >= 2.9


async def test_a_refused_batch_is_not_sent_again_and_is_counted(receiver: Receiver, open_page: OpenPage) -> None:
    """400, 401, 413, 415 and 422 say do not retry; a later batch says how many were dropped."""
    receiver.answers = [(status, {}) for status in (400, 401, 413, 415, 422)]
    page = await open_page()
    await page.evaluate(WATCH)
    await receiver.wait(8)
    assert [post.batch.seq for post in receiver.posts] == list(range(len(receiver.posts)))
    assert sum(batch.dropped for batch in receiver.accepted()) == 5


async def test_nothing_is_lost_while_the_collector_is_away(browser: BrowserContext) -> None:
    """Batches wait for a collector that is not there, and come in full when it is."""
    port = free_port()
    async with receiving() as pages:
        pages.pages["/"] = f"""<!doctype html><body><script src="/call.js"></script>
          <script src="/sdk/rtcpulse.js" data-collector="http://127.0.0.1:{port}" data-poll_ms="500" data-send_ms="500">
          </script>"""
        page = await browser.new_page()
        await page.goto(pages.page_url)
        await page.evaluate(WATCH)
        await asyncio.sleep(4)
        async with receiving(port) as receiver:
            await receiver.wait(4)
            assert [batch["seq"] for batch in accepted(receiver.posts)][:4] == [0, 1, 2, 3]
            assert sum(post.batch.dropped for post in receiver.posts) == 0


async def test_the_queue_is_bounded_and_says_what_it_dropped(browser: BrowserContext) -> None:
    """With a megabyte waiting, the oldest batches but the one on its way give place; the next ones say how many."""
    port = free_port()
    async with receiving() as pages:
        pages.pages["/"] = f"""<!doctype html><body><script src="/sdk/rtcpulse.js" data-poll_ms="500" data-send_ms="1"
          data-collector="http://127.0.0.1:{port}"></script>"""
        page = await browser.new_page()
        await page.goto(pages.page_url)
        await page.evaluate("""async () => {
          rtcpulse.watch(new RTCPeerConnection());
          const noise = () => Array.from(crypto.getRandomValues(new Uint32Array(60)), (one) => one.toString(36)).join("");
          Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
          for (let round = 0; round < 12; round++) {
            for (let index = 0; index < 400; index++) rtcpulse.event("noise", { [noise()]: noise() });
            document.dispatchEvent(new Event("visibilitychange"));
            await new Promise((done) => setTimeout(done, 300));
          }
        }""")
        async with receiving(port) as receiver:
            await page.evaluate("dispatchEvent(new Event('online'))")
            await receiver.wait(3)
            await asyncio.sleep(2)
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            await asyncio.sleep(2)
            seqs = [batch["seq"] for batch in accepted(receiver.posts)]
            lost = set(range(max(seqs))) - set(seqs)
            assert seqs[0] == 0
            assert lost
            assert sum(post.batch.dropped for post in receiver.posts) == len(lost)


async def test_batches_go_one_at_a_time(receiver: Receiver, open_page: OpenPage) -> None:
    """No batch is sent twice without need, and sessions do not mix."""
    page = await open_page()
    await page.evaluate("""async () => {
      await call();
      rtcpulse.watch(caller, { room: "one" });
      rtcpulse.watch(callee, { room: "two" });
    }""")
    await receiver.wait(6)
    sent = Counter((post.batch.session.room, post.batch.seq) for post in receiver.posts)
    assert set(sent.values()) == {1}
    assert {room for room, _ in sent} == {"one", "two"}
    assert {seq for room, seq in sent if room == "one"} == set(range(sum(room == "one" for room, _ in sent)))
