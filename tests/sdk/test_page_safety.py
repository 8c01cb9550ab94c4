"""Whatever goes wrong in the SDK, the page does not notice: no exception, no rejection, no word on the console."""

import asyncio

import pytest

from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver
from tests.sdk.samples import accepted, series_of

BROKEN = {
    "getStats rejects": "RTCPeerConnection.prototype.getStats = () => Promise.reject(new Error('broken'))",
    "getStats throws": "RTCPeerConnection.prototype.getStats = () => { throw new Error('broken'); }",
    "getStats never answers": "RTCPeerConnection.prototype.getStats = () => new Promise(() => {})",
    "getStats gives nonsense": "RTCPeerConnection.prototype.getStats = async () => ({ values: 7 })",
    "fetch throws": "globalThis.fetch = () => { throw new Error('broken'); }",
    "fetch rejects": "globalThis.fetch = () => Promise.reject(new Error('broken'))",
    "no fetch": "globalThis.fetch = undefined",
    "no beacon": "Navigator.prototype.sendBeacon = () => { throw new Error('broken'); }",
    "no CompressionStream": "delete globalThis.CompressionStream",
    "CompressionStream throws": "globalThis.CompressionStream = class { constructor() { throw new Error('broken'); } }",
    "no random": "crypto.getRandomValues = () => { throw new Error('broken'); }",
}
USE = """async () => {
  const stop = rtcpulse.watchAll({ label: "all" });
  await call();
  rtcpulse.watch(null);
  rtcpulse.watch(caller, null);
  rtcpulse.track();
  rtcpulse.track({ pc: caller });
  rtcpulse.track({ pc: caller, direction: "outbound", mid: 0, ssrc: "x", muted: "yes" });
  rtcpulse.event();
  rtcpulse.event("odd", { big: 10n, sign: Symbol("x"), deep: { a: 1 }, not: NaN, list: [1], long: "x".repeat(5000) });
  const ring = {}; ring.ring = ring; rtcpulse.event("ring", ring);
  rtcpulse.configure();
  rtcpulse.configure(7);
  await sleep(1500);
  stop();
  caller.close();
  caller.close();
  await sleep(500);
  dispatchEvent(new Event("pagehide"));
  await sleep(500);
  return [caller.signalingState, callee.connectionState];
}"""


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_browser_breaks_nothing_in_the_page(
    receiver: Receiver, open_page: OpenPage, broken: str
) -> None:
    """Every entry and callback is guarded."""
    page = await open_page(before=f"<script>{BROKEN[broken]}</script>")
    assert (await page.evaluate(USE))[0] == "closed"
    assert set(receiver.methods) <= {"GET", "POST"}


async def test_odd_arguments_never_make_a_batch_that_the_collector_refuses(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """Numbers, objects and half surrogate pairs where texts belong are made legal, long ones cut."""
    page = await open_page()
    await page.evaluate("""() => {
      const pc = new RTCPeerConnection();
      pc.createDataChannel("x");
      rtcpulse.watch(pc, { room: "r".repeat(300) + "\\ud83d", participant: 7, app: null, tags: { plan: 3, ["k".repeat(300)]: {} },
        refs: { livekit: { sid: 1 }, janus: "x" }, server: { node: ["a"] }, label: {} });
      rtcpulse.event("e".repeat(300), "v".repeat(5000));
      rtcpulse.event("pair", "\\ud83d");
      rtcpulse.event("not a number", NaN);
      rtcpulse.event("big", Object.fromEntries(Array.from({ length: 99 }, (_, index) => ["name" + index, "x".repeat(99)])));
      rtcpulse.track({ pc, direction: "inbound", mid: 3, ssrc: -1, muted: 1, wanted: "", publisher: {} });
    }""")
    await receiver.wait(1)
    batch = receiver.posts[0].batch
    assert (len(batch.session.room), batch.session.participant, batch.session.app) == (256, "7", "")
    assert batch.session.refs["livekit"] == {"sid": "1"}
    assert batch.tracks[0].ssrc == 0xFFFFFFFF
    assert (batch.tracks[0].muted, batch.tracks[0].wanted) == (True, False)
    assert all(event.value is None or len(str(event.value)) <= 1000 for event in batch.events)


async def test_a_browser_without_a_transport_still_names_the_pair_in_use(
    receiver: Receiver, open_page: OpenPage
) -> None:
    """Firefox has `selected` on the pair, and odd or missing members elsewhere; they are left out, not sent wrong."""
    page = await open_page()
    await page.evaluate("""() => {
      const stats = [
        { type: "candidate-pair", id: "old", selected: false, nominated: true, state: "succeeded", bytesSent: 5 },
        { type: "candidate-pair", id: "now", selected: true, nominated: true, state: "succeeded", localCandidateId: "L" },
        { type: "local-candidate", id: "L", candidateType: "host", address: "192.0.2.1", port: 9 },
        { type: "local-candidate", id: "M", candidateType: "relay" },
        { type: "inbound-rtp", id: "I", kind: "audio", ssrc: 7, packetsReceived: "12", jitter: NaN, mid: 3 },
        { type: "track", id: "T" }, { type: "certificate", id: "C", fingerprint: "x" },
      ];
      const pc = new RTCPeerConnection();
      let count = 0;
      pc.getStats = async () => new Map([...stats, { type: "media-source", id: "S", frames: count++ }].map((one) => [one.id, one]));
      rtcpulse.watch(pc);
    }""")
    await receiver.wait(1)
    receiver.posts[0].batch  # noqa: B018 - decodes strictly
    ((samples,),) = series_of(accepted(receiver.posts)[:1]).values()
    assert set(samples[-1][1]) == {"now", "L", "I", "S"}
    assert samples[-1][1]["I"] == {"type": "inbound-rtp", "kind": "audio", "ssrc": 7}


# What a page may do to the browser after the SDK was loaded: its own polyfills, traps, wrappers and mistakes.
HOSTILE = {
    "JSON throws": "JSON.stringify = JSON.parse = () => { throw new Error('broken'); }",
    "a Promise of the page's own": """globalThis.Promise = class Own {
      constructor(work) { this.inner = new Native(work); }
      then(...given) { return this.inner.then(...given); }
      catch(...given) { return this.inner.catch(...given); }
      static all(...given) { return Native.all(...given); }
      static race(...given) { return Native.race(...given); }
    }""",
    "Promise throws": "globalThis.Promise = class { constructor() { throw new Error('broken'); } }",
    "then, catch and race throw": """for (const name of ['then', 'catch', 'finally']) {
      Object.defineProperty(Native.prototype, name, { value: () => { throw new Error('broken'); } });
    }
    Native.race = Native.all = () => { throw new Error('broken'); }""",
    "fetch gives no Response": "globalThis.fetch = async () => ({ get status() { throw new Error('broken'); } })",
    "getters throw": """for (const name of ['connectionState', 'iceConnectionState', 'close']) {
      Object.defineProperty(RTCPeerConnection.prototype, name, { get() { throw new Error('broken'); } });
    }""",
    "listeners throw": "EventTarget.prototype.addEventListener = () => { throw new Error('broken'); }",
    "a frozen connection": "Object.freeze(caller)",
    "a report that throws": "RTCPeerConnection.prototype.getStats = async () => ({ values() { throw new Error('broken'); } })",
    "an entry that throws": """RTCPeerConnection.prototype.getStats = async () =>
      new Map([['x', { type: 'inbound-rtp', get id() { throw new Error('broken'); } }]])""",
    "names in every object": "Object.prototype.extra = () => 7; Array.prototype.more = 1",
    "clocks throw": "Date.now = () => { throw new Error('broken'); }",
    "timers throw": "globalThis.setTimeout = () => { throw new Error('broken'); }",
    "a console that throws": "console.warn = () => { throw new Error('broken'); }; rtcpulse.configure({ debug: true })",
    "a view that throws": "rtcpulse.configure({ debug: () => { throw new Error('broken'); } })",
}
SURVIVE = """async () => {
  const [Native, later] = [Promise, setTimeout];
  const nap = (ms) => ({ then: (done) => later(done, ms) }); // an await of this asks nothing of the page's Promise
  await call();
  rtcpulse.watch(callee);
  HOSTILE;
  const stop = rtcpulse.watch(caller, { label: "publisher", room: "other", refs: null, tags: new Proxy({}, {}) });
  rtcpulse.identify({ participant: "p" }, caller);
  rtcpulse.track({ pc: caller, direction: "outbound", mid: "0", track: "TR" });
  rtcpulse.event("joined", { a: 1 });
  rtcpulse.event("left");
  await nap(1300);
  stop();
  dispatchEvent(new Event("pagehide"));
  dispatchEvent(new Event("pageshow"));
  await nap(500);
}"""


async def test_a_hostile_page_is_not_thrown_into(open_page: OpenPage) -> None:
    """Whatever the page broke after the SDK was loaded: no exception, no rejection, no word. Each in a page of its own."""

    async def survive(hostile: str) -> list[str]:
        page = await open_page()
        heard: list[str] = []
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("console", lambda message: heard.append(message.text))
        await page.evaluate(SURVIVE.replace("HOSTILE", hostile))
        await page.close()
        return heard

    heard = await asyncio.gather(*map(survive, HOSTILE.values()))
    assert dict(zip(HOSTILE, heard, strict=True)) == {name: [] for name in HOSTILE}


@pytest.mark.parametrize(
    "early",
    [
        "Object.defineProperty(navigator, 'connection', { get() { throw new Error('broken'); } })",
        "Object.prototype.extra = () => 7",
        "Object.defineProperty(document, 'currentScript', { get() { throw new Error('broken'); } })",
        "EventTarget.prototype.addEventListener = undefined",
    ],
)
async def test_a_page_that_was_hostile_before_still_has_the_global(
    receiver: Receiver, open_page: OpenPage, early: str
) -> None:
    """Loading throws nothing, and what the page calls is there."""
    page = await open_page(before=f"<script>{early}</script>")
    found = await page.evaluate("Object.keys(rtcpulse).map((name) => typeof rtcpulse[name])")
    assert found == ["function"] * 6
    assert set(receiver.methods) <= {"GET", "POST"}
