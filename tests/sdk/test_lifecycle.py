"""A page's life: strict policies, frozen, kept for going back, asleep, offline for an hour."""

import asyncio
from itertools import pairwise

import pytest
from playwright.async_api import BrowserContext, async_playwright

from tests.browser import FLAGS, executable
from tests.sdk.bare import bare_page
from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver, free_port, receiving
from tests.sdk.samples import accepted, new_times

SLOW_SEND = 'data-poll_ms="500" data-send_ms="60000"'
CLOCK = "<script>{ const native = Date.now; globalThis.jump = 0; Date.now = () => native() + jump; }</script>"
HOUR_MS = 3_600_000
SPEED = 300

# Every clock of the page runs SPEED times as fast, until it is told to run as it should.
FAST = """{
  const later = setTimeout, clock = performance.now.bind(performance), drift = Date.now() - performance.timeOrigin - clock();
  let offset = 0, rate = SPEED;
  performance.now = () => offset + clock() * rate;
  Date.now = () => performance.timeOrigin + performance.now() + drift;
  globalThis.setTimeout = (work, ms) => later(work, ms / rate);
  globalThis.nap = (ms) => new Promise((done) => later(done, ms));
  globalThis.calm = () => { offset = performance.now() - clock(); rate = 1; };
}""".replace("SPEED", str(SPEED))
# A connection with `streams` video streams whose counters move as a call's do.
PRETENDED = """(streams) => {
  const pc = new RTCPeerConnection();
  let at = 0;
  const one = (index) => ["I" + index, { type: "inbound-rtp", id: "I" + index, kind: "video", ssrc: index + 1, mid: "" + index,
    packetsReceived: at * 97 + (Math.random() * 9 | 0), packetsLost: at, jitter: Math.random() / 50, framesDecoded: at * 30,
    bytesReceived: at * 90000 + (Math.random() * 999 | 0), totalDecodeTime: at * Math.random(), frameWidth: 1280, nackCount: at }];
  pc.getStats = async () => {
    at++;
    const pair = { type: "candidate-pair", id: "P", selected: true, bytesSent: at * 250000 };
    return new Map([["P", pair], ...[...Array(streams).keys()].map(one)]);
  };
  rtcpulse.watch(pc);
}"""


async def test_a_strict_content_security_policy_is_enough(receiver: Receiver, browser: BrowserContext) -> None:
    """Scripts of the page's own origin and connections to the collector: no eval, no inline script or style, no worker."""
    policy = f"default-src 'none'; script-src 'self'; connect-src {receiver.url}; require-trusted-types-for 'script'"
    receiver.pages["/"] = f"""<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}"><body>
      <script src="/sdk/rtcpulse.js" data-collector="{receiver.url}" data-key="k" data-poll_ms="500" data-send_ms="500"
        data-watch-all></script>
      <script src="/sdk/livekit.js"></script><script src="/sdk/debug.js"></script><script src="/call.js"></script>"""
    page = await browser.new_page()
    page.on("pageerror", lambda error: receiver.methods.append(f"pageerror: {error}"))
    page.on("console", lambda message: receiver.methods.append(f"console: {message.text}"))
    await page.goto(receiver.page_url)
    await page.evaluate(
        "async () => { window.view = rtcpulse.debug({ overlay: true }); await call(); await sleep(1500); }"
    )
    await receiver.wait(2)
    assert receiver.posts[1].body.startswith(b"\x1f\x8b")
    assert "accepted" in str(await page.text_content("[data-rtcpulse=debug]"))
    assert await page.evaluate("getComputedStyle(document.querySelector('[data-rtcpulse=debug]')).position") == "fixed"
    assert set(receiver.methods) <= {"GET", "POST"}


async def test_a_frozen_page_has_sent_all_and_goes_on(receiver: Receiver) -> None:
    """A phone freezes a page in the background and may end it without a word, or let it go on minutes later."""
    receiver.pages["/"] = f"""<!doctype html><body><script src="/sdk/rtcpulse.js" {SLOW_SEND}></script>
      <script src="/call.js"></script>"""
    async with bare_page(receiver.page_url + "/") as page:
        await page.evaluate("call().then(() => { rtcpulse.watch(caller); return sleep(2500); })")
        assert receiver.posts == []
        await page.ask("Page.setWebLifecycleState", state="frozen")
        await receiver.wait(1)
        await asyncio.sleep(2)
        frozen = new_times(accepted(receiver.posts), "pc0")
        await page.ask("Page.setWebLifecycleState", state="active")
        await page.evaluate("sleep(2500).then(() => { dispatchEvent(new Event('pagehide')); })")
        await receiver.wait(2)
        await asyncio.sleep(0.5)
    batches = accepted(receiver.posts)
    times = new_times(batches, "pc0")
    assert len(frozen) >= 2
    assert len(times) > len(frozen)
    assert times == sorted(set(times))
    assert max(after - before for before, after in pairwise(times)) > 1800
    assert [event["value"] for event in told(receiver) if event["name"] == "sdk"] == [{"resumed": True}]
    assert sum(batch["dropped"] for batch in batches) == 0


async def test_a_page_from_the_back_forward_cache_goes_on(receiver: Receiver) -> None:
    """Nothing of the SDK keeps a page out of the cache: no unload listener; what waited is sent, then it goes on."""
    receiver.pages["/"] = """<!doctype html><body><script src="/call.js"></script><script src="/sdk/rtcpulse.js"
      data-poll_ms="500" data-send_ms="500" data-room="demo"></script>
      <script>addEventListener("pageshow", (event) => rtcpulse.event("shown", { persisted: event.persisted }));
        rtcpulse.identify({});</script>"""
    receiver.pages["/other"] = "<!doctype html><script>setTimeout(() => history.back(), 700)</script>"
    async with async_playwright() as playwright:
        kept = ["--disable-back-forward-cache"]
        browser = await playwright.chromium.launch(
            executable_path=executable(), args=[*FLAGS], ignore_default_args=kept
        )
        page = await browser.new_page()
        await page.goto(receiver.page_url)
        await page.evaluate("rtcpulse.event('before'); setTimeout(() => { location = '/other'; }, 100)")
        async with asyncio.timeout(20):
            while not (shown := [event for event in told(receiver) if event["value"] == {"persisted": True}]):
                await asyncio.sleep(0.1)
        await browser.close()
    names = [event["name"] for event in told(receiver)]
    assert len(shown) == 1
    assert names.index("before") < names.index("sdk")
    assert len({post.batch.session.id for post in receiver.posts}) == 1


def told(receiver: Receiver) -> list[dict[str, object]]:
    """Return all events in order."""
    return [event for batch in accepted(receiver.posts) for event in batch["events"]]


@pytest.mark.parametrize(("jump", "moves"), [(HOUR_MS, True), (-HOUR_MS, False), (50_000, False)])
async def test_clocks_that_jump(receiver: Receiver, open_page: OpenPage, jump: int, moves: bool) -> None:  # noqa: FBT001
    """After a sleep the wall clock is ahead of the page's, which slept too: times go on after the gap. Back they never go."""
    page = await open_page(before=CLOCK)
    await page.evaluate("async () => { await call(); rtcpulse.watch(caller); }")
    await receiver.wait(2)
    before = len(receiver.posts)
    await page.evaluate(f"jump = {jump}")
    await receiver.wait(before + 3)
    times = new_times(accepted(receiver.posts), "pc0")
    steps = [after - now for now, after in pairwise(times)]
    assert all(step > 0 for step in steps)
    assert sum(step > HOUR_MS - 10_000 for step in steps) == int(moves)
    last = receiver.posts[-1]
    assert abs(float(last.query["sent"][0]) - times[-1]) < 20_000


async def test_an_hour_offline_is_kept_or_counted(browser: BrowserContext) -> None:
    """A call's hour waits in bounded memory and comes in order; what had to give way is counted, batch by batch."""
    port = free_port()
    async with receiving() as pages:
        pages.pages["/"] = f"""<!doctype html><body><script>{FAST}</script><script src="/sdk/rtcpulse.js"
          data-collector="http://127.0.0.1:{port}"></script>"""
        page = await browser.new_page()
        await page.goto(pages.page_url)
        await page.evaluate(PRETENDED, 30)
        await page.evaluate(f"nap({HOUR_MS / SPEED})")
        async with receiving(port) as receiver:
            await page.evaluate("calm(); dispatchEvent(new Event('online'))")
            count = 0
            while count < len(receiver.posts) or not count:
                count = len(receiver.posts)
                await asyncio.sleep(1.5)
            await page.evaluate("dispatchEvent(new Event('pagehide'))")
            await receiver.wait(count + 1)
            kept = accepted(receiver.posts)
    seqs = [batch["seq"] for batch in kept]
    span_ms = max(batch["series"][0]["t"][-1] for batch in kept) - kept[0]["series"][0]["t"][0]
    assert span_ms > 0.8 * HOUR_MS
    assert sum(len(post.body) for post in receiver.posts) < 1_100_000
    assert seqs[0] == 0
    assert sum(batch["dropped"] for batch in kept) == max(seqs) + 1 - len(seqs) > 10
