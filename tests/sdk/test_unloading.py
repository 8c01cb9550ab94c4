"""The end of a page: nothing that was sampled is lost, whichever way it ends."""

import asyncio
from itertools import pairwise

import pytest
from playwright.async_api import Page

from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver
from tests.sdk.samples import accepted, new_times

SLOW_SEND = 'data-poll_ms="500" data-send_ms="60000"'
WATCH = """async () => {
  await call();
  rtcpulse.watch(caller);
  rtcpulse.event("joined");
  await sleep(4000);
  return performance.timeOrigin + performance.now();
}"""


async def close(page: Page) -> None:
    """Close the tab."""
    await page.close(run_before_unload=False)


async def navigate(page: Page) -> None:
    """Leave for another page."""
    await page.goto("about:blank")


@pytest.mark.parametrize("leave", [close, navigate])
async def test_the_last_batch_comes_by_beacon(receiver: Receiver, open_page: OpenPage, leave: object) -> None:
    """Long before the next sending was due, all samples and events up to the last poll arrive, each time once."""
    page = await open_page(SLOW_SEND)
    ended = await page.evaluate(WATCH)
    assert receiver.posts == []
    assert callable(leave)
    await leave(page)
    await receiver.wait(1)
    await asyncio.sleep(1)
    batches = accepted(receiver.posts)
    times = new_times(batches, "pc0")
    assert [batch["seq"] for batch in batches] == list(range(len(batches)))
    assert ended - times[-1] < 1000
    assert all(400 < after - before < 1500 for before, after in pairwise(times))
    assert "joined" in {event["name"] for batch in batches for event in batch["events"]}
    assert len(receiver.posts) == len(batches)


async def test_a_goodbye_that_is_said_while_a_batch_is_made_goes_at_once(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """As LiveKit's client says it, some milliseconds after it closed its connection: the end of that is a batch too."""
    page = await open_page(SLOW_SEND)
    rooms = await page.evaluate("""async () => {
      for (let room = 0; room < 8; room++) {
        await call({ tracks: 1 });
        rtcpulse.watch(caller, { room: "r" + room });
        await sleep(100);
        caller.close();
        await sleep(room);
        rtcpulse.event("left", { reason: "done" }, caller);
      }
      await sleep(1500);
      return 8;
    }""")
    events = [event["name"] for batch in accepted(receiver.posts) for event in batch["events"]]
    assert (events.count("pc_closed"), events.count("left")) == (rooms, rooms)


async def test_a_hidden_page_sends_what_it_has(receiver: Receiver, open_page: OpenPage) -> None:
    """A phone may end a hidden page without another word."""
    page = await open_page(SLOW_SEND)
    await page.evaluate(WATCH)
    await page.evaluate("""() => {
      Object.defineProperty(document, "visibilityState", { get: () => "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    await receiver.wait(2)
    events = [event for batch in accepted(receiver.posts) for event in batch["events"]]
    assert {"state": "hidden"} in [event["value"] for event in events if event["name"] == "visibility"]
    assert len(new_times(accepted(receiver.posts), "pc0")) >= 7


async def test_what_a_beacon_cannot_carry_is_sent_when_the_page_comes_back(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """A refused beacon's batch stays in line; a page from the back-forward cache sends it, and goes on."""
    page = await open_page(SLOW_SEND)
    await page.evaluate(WATCH)
    await page.evaluate("""() => {
      navigator.sendBeacon = () => false;
      globalThis.fetch = ((native) => (...given) => globalThis.frozen ? new Promise(() => {}) : native(...given))(fetch);
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    }""")
    await receiver.wait(1)
    batches = accepted(receiver.posts)
    assert len(new_times(batches, "pc0")) >= 6
    assert sum(batch["dropped"] for batch in batches) == 0
