"""The public names: watch, watchAll, track, event, configure, in both served forms."""

import pytest
from playwright.async_api import BrowserContext

from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver
from tests.sdk.samples import accepted, series_of

WATCH = "async () => { await call(); window.detach = rtcpulse.watch(caller); }"


async def test_the_script_form_knows_its_collector_and_key_from_its_own_address(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """`<script src="COLLECTOR/sdk/rtcpulse.js?key=KEY">` is all that a page needs."""
    page = await open_page()
    await page.evaluate(WATCH)
    await receiver.wait(1)
    assert receiver.posts[0].query["key"] == ["secret"]


async def test_one_attribute_watches_every_connection_of_the_page(receiver: Receiver, open_page: OpenPage) -> None:
    """`data-watch-all`: no line of the page's own."""
    page = await open_page('data-poll_ms="500" data-send_ms="1000" data-watch-all')
    await page.evaluate("call()")
    await receiver.wait(2)
    assert {pc.pc for pc in receiver.posts[1].batch.pcs} == {"pc0", "pc1"}
    assert await page.evaluate("caller instanceof RTCPeerConnection")


@pytest.mark.parametrize("query", ["?key=secret", ""])
async def test_the_module_form_is_the_same_code(receiver: Receiver, browser: BrowserContext, query: str) -> None:
    """`import` from the collector knows its address too; configure() says it where the module is elsewhere."""
    receiver.pages["/"] = f"""<!doctype html><body><script src="/call.js"></script><script type="module">
      import * as rtcpulse from "{receiver.url}/sdk/rtcpulse.mjs{query}";
      rtcpulse.configure({{ poll_ms: 500, send_ms: 500, app: "acme/2", tags: {{ plan: "pro" }}{"" if query else ", key: 'secret'"} }});
      await call();
      rtcpulse.watch(caller, {{ room: "demo" }});
    </script>"""
    page = await browser.new_page()
    await page.goto(receiver.page_url)
    await receiver.wait(1)
    assert receiver.posts[0].query["key"] == ["secret"]
    assert (receiver.posts[0].batch.session.app, receiver.posts[0].batch.session.tags) == ("acme/2", {"plan": "pro"})
    assert await page.evaluate("typeof globalThis.rtcpulse") == "undefined"


async def test_the_module_for_livekit_has_all_of_rtcpulse_in_it(receiver: Receiver, browser: BrowserContext) -> None:
    """One import, one copy of the core, and the key of its own address."""
    receiver.pages["/"] = f"""<!doctype html><body><script src="/call.js"></script><script type="module">
      import * as rtcpulse from "{receiver.url}/sdk/livekit.mjs?key=secret";
      rtcpulse.configure({{ poll_ms: 500, send_ms: 500 }});
      await call();
      rtcpulse.watch(caller, {{ room: "demo" }});
      window.names = Object.keys(rtcpulse).sort();
    </script>"""
    page = await browser.new_page()
    await page.goto(receiver.page_url)
    await receiver.wait(1)
    assert receiver.posts[0].query["key"] == ["secret"]
    assert await page.evaluate("names") == [
        "attachRoom",
        "configure",
        "event",
        "identify",
        "track",
        "watch",
        "watchAll",
    ]


async def test_a_session_can_begin_before_its_connection(receiver: Receiver, open_page: OpenPage) -> None:
    """What is said of it later is added; its id is one session, also after another room; events find it by the target."""
    page = await open_page()
    await page.evaluate("""async () => {
      const [one, two] = [{}, {}];
      rtcpulse.identify({ session: "s1", room: "a", refs: { x: { id: "1" } } }, one);
      rtcpulse.identify({ session: "s2", room: "b" }, two);
      rtcpulse.event("join_started", null, one);
      await sleep(1200);
      rtcpulse.identify({ session: "s1", participant: "alice" }, one);
      rtcpulse.watch(new RTCPeerConnection(), { session: "s1", label: "publisher" });
      rtcpulse.event("joined", null, one);
      rtcpulse.event("left", null, one);
      rtcpulse.watch(new RTCPeerConnection(), { session: "s1" });
    }""")
    await receiver.wait(2)
    await page.evaluate("sleep(1500)")
    batches = [batch for batch in receiver.accepted() if batch.session.id == "s1"]
    assert [batch.seq for batch in batches] == list(range(len(batches)))
    assert [event.name for batch in batches for event in batch.events][:3] == ["join_started", "joined", "left"]
    about = batches[-1].session
    assert (about.room, about.participant, about.refs) == ("a", "alice", {"x": {"id": "1"}})
    assert {event.name for batch in receiver.accepted() if batch.session.id == "s2" for event in batch.events} == set()


async def test_watch_all_can_be_stopped(receiver: Receiver, open_page: OpenPage) -> None:
    """Its answer puts the page's own constructor back; what is watched stays watched."""
    page = await open_page()
    same = await page.evaluate("""async () => {
      const native = RTCPeerConnection;
      const stop = rtcpulse.watchAll({ room: "all" });
      const wrapped = RTCPeerConnection !== native && new RTCPeerConnection() instanceof RTCPeerConnection;
      await call();
      stop();
      new RTCPeerConnection();
      return [wrapped, RTCPeerConnection === native, typeof RTCPeerConnection.generateCertificate];
    }""")
    assert same == [True, True, "function"]
    await receiver.wait(2)
    assert len(receiver.posts[1].batch.pcs) == 3


async def test_detaching_ends_the_watch_and_leaves_the_connection_as_it_was(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """A last sample is sent, no more are taken, close() is the browser's own again, and nothing says pc_closed."""
    page = await open_page()
    await page.evaluate(WATCH)
    await receiver.wait(2)
    own = await page.evaluate("() => { detach(); return Object.hasOwn(caller, 'close'); }")
    assert own is False
    await page.evaluate("sleep(1000)")
    count = len(receiver.posts)
    await page.evaluate("sleep(2500)")
    assert len(receiver.posts) == count
    assert "pc_closed" not in {event.name for post in receiver.posts for event in post.batch.events}


async def test_another_room_is_another_session(receiver: Receiver, open_page: OpenPage) -> None:
    """The same room is the same session over reconnects; another one, or coming back after `left`, is a new one."""
    page = await open_page('data-poll_ms="500" data-send_ms="500"')
    await page.evaluate("""async () => {
      const one = (room) => rtcpulse.watch(new RTCPeerConnection(), { room });
      one("a"); one("a"); one("b");
      rtcpulse.event("joined");
      await sleep(1500);
      rtcpulse.event("left", { reason: "done" });
      one("b");
      await sleep(1500);
    }""")
    await receiver.wait(3)
    batches = [post.batch for post in receiver.posts]
    rooms = {batch.session.id: batch.session.room for batch in batches}
    assert sorted(rooms.values()) == ["a", "b", "b"]
    assert {batch.session.room for batch in batches for event in batch.events if event.name == "joined"} == {"b"}
    left = [batch.session.id for batch in batches for event in batch.events if event.name == "left"]
    assert len(left) == 1
    assert rooms[left[0]] == "b"


async def test_owners_are_said_in_full_at_the_start_and_then_as_they_change(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """Every batch carries the whole state; a change adds to it; the same track keeps what was said of it before."""
    page = await open_page()
    await page.evaluate(WATCH)
    await page.evaluate("""() => {
      const one = { pc: caller, direction: "outbound", mid: "0", track: "TR_1" };
      rtcpulse.track({ ...one, publisher: "alice", source: "microphone", muted: false });
      rtcpulse.track({ ...one, muted: true });
      rtcpulse.track({ pc: caller, direction: "outbound", ssrc: 7, track: "TR_2" });
    }""")
    await receiver.wait(3)
    told = [[(t.mid, t.ssrc, t.track, t.publisher, t.muted) for t in post.batch.tracks] for post in receiver.posts]
    state = [("0", None, "TR_1", "alice", True), ("", 7, "TR_2", "", None)]
    assert told[0] == [("0", None, "TR_1", "alice", False), *state]
    assert told[1] == told[2] == state
    await page.evaluate(
        """rtcpulse.track({ pc: caller, direction: "outbound", mid: "0", track: "TR_9", publisher: "dave" })"""
    )
    await receiver.wait(6)
    assert [(t.track, t.publisher, t.muted) for t in receiver.posts[5].batch.tracks] == [
        ("TR_9", "dave", None),
        ("TR_2", "", None),
    ]


async def test_a_changed_identity_begins_a_further_object_with_the_same_id(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """Each text is said of the samples it was true for, and the arrays of both objects span them all."""
    page = await open_page('data-poll_ms="500" data-send_ms="2500"')
    await page.evaluate("""() => {
      const pc = new RTCPeerConnection();
      let count = 0;
      const one = () => ({ type: "outbound-rtp", id: "O", kind: "video", ssrc: 7, packetsSent: 10 * ++count, active: count !== 3,
        qualityLimitationReason: count < 4 ? "none" : "cpu", hugeFramesSent: 2 });
      pc.getStats = async () => new Map([["O", one()]]);
      rtcpulse.watch(pc);
    }""")
    await receiver.wait(1)
    (series,) = accepted(receiver.posts)[0]["series"]
    count = len(series["t"])
    assert [one["s"]["qualityLimitationReason"] for one in series["objects"]] == ["none", "cpu"]
    assert all(len(values) == count for one in series["objects"] for values in one["f"].values())
    ((samples,),) = series_of(accepted(receiver.posts)[:1]).values()
    assert [stats["O"]["packetsSent"] for _, stats in samples] == [10 * (index + 1) for index in range(count)]
    assert [stats["O"]["active"] for _, stats in samples] == [True, True, False, *[True] * (count - 3)]
    assert {stats["O"]["hugeFramesSent"] for _, stats in samples} == {2}
