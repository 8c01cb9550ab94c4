"""What the SDK costs a page: CPU of the page's thread for one poll, by Chromium's own count, beside the debug view's.

`pytest tests/sdk/test_cost.py -s` prints the figures of docs/sdk.md.
"""

from itertools import pairwise

import pytest
from playwright.async_api import CDPSession

from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver

POLLS = 8
QUIET_MS = 3000
WATCH = """() => {
  rtcpulse.watch(caller, { label: "publisher" });
  rtcpulse.watch(callee, { label: "subscriber" });
  window.view = rtcpulse.debug();
}"""
UNTIL = "async (polls) => { while (view.counts().polls < polls) await sleep(100); return view.counts(); }"


async def task_ms(session: CDPSession) -> tuple[float, float]:
    """Return the time of the page's thread that its tasks took, of a processor, and the time that passed; ms."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    named = {one["name"]: one["value"] for one in metrics}
    return 1000 * float(named["TaskDuration"]), 1000 * float(named["Timestamp"])


@pytest.mark.alone
@pytest.mark.parametrize("tracks", [2, 30])
async def test_a_poll_is_cheap(receiver: Receiver, open_page: OpenPage, tracks: int) -> None:
    """A call of two connections in one page, watched after a while: what tasks take more from then on is the SDK's."""
    page = await open_page(
        'data-poll_ms="500" data-send_ms="2000"', before='<script src="/sdk/debug.js" defer></script>'
    )
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.evaluate("async (tracks) => { await call({ tracks }); await sleep(2000); }", tracks)
    marks = [await task_ms(session)]
    await page.evaluate(f"sleep({QUIET_MS})")
    marks.append(await task_ms(session))
    await page.evaluate(WATCH)
    counts = await page.evaluate(UNTIL, POLLS)
    marks.append(await task_ms(session))
    (quiet_ms, quiet_span_ms), (busy_ms, busy_span_ms) = (
        (after[0] - before[0], after[1] - before[1]) for before, after in pairwise(marks)
    )
    more_ms = busy_ms - quiet_ms * busy_span_ms / quiet_span_ms
    print(
        f"\n{2 * tracks} streams: {more_ms / counts['polls']:.1f} ms of processor a poll; by the debug view"
        f" {counts['poll_ms_mean']:.1f} ms, at most {counts['poll_ms_most']:.1f}; batches of up to"
        f" {max(len(post.body) for post in receiver.posts)} bytes"
    )
    assert 0 < counts["poll_ms_mean"] < 40
    assert more_ms / counts["polls"] < 40
    assert counts["failures"] == 0
    assert counts["accepted"] >= 1
