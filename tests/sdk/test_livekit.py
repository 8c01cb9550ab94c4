"""`attachRoom` on rooms of a real livekit-server: one session each, with names, ids, owners and what happened."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from schemas.batch import Batch
from tests.livekit import fetching
from tests.livekit.people import new_room
from tests.livekit.server import LiveKit, livekit
from tests.sdk.receiver import Receiver
from tests.sdk.samples import accepted, series_of

Stream = tuple[str, str, str, str]
"""Connection, direction, media section, kind."""
SCRIPT = Path(__file__).with_name("livekit.js")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveKit]:
    """A livekit-server for the module's tests."""
    async with livekit(tmp_path_factory.mktemp("livekit")) as one:
        yield one


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages are opened; what they throw or write is among the receiver's `methods`."""

    browser: Browser
    receiver: Receiver
    server: LiveKit

    async def page(self) -> Page:
        """Open a page with the SDK, attachRoom and livekit-client."""
        tags = "".join(
            f'<script src="{self.receiver.url}/sdk/{name}.js?key=k"></script>' for name in ("rtcpulse", "livekit")
        )
        self.receiver.pages["/"] = f'<!doctype html><body>{tags}<script src="/call.js"></script>'
        page = await (await self.browser.new_context()).new_page()
        page.on("pageerror", lambda error: self.receiver.methods.append(f"pageerror: {error}"))
        await page.goto(self.receiver.page_url)
        await page.evaluate("rtcpulse.configure({ poll_ms: 500, send_ms: 500, app: 'acme/1' })")
        await page.add_script_tag(path=fetching.client())
        await page.add_script_tag(path=SCRIPT)
        return page

    async def join(self, page: Page, room: str, identity: str, **options: Any) -> None:
        """Bring a page into a room."""
        given = [self.server.url, self.server.token(room, identity), options]
        await page.evaluate("([url, token, options]) => join(url, token, options)", given)


@pytest.fixture
def site(chromium_process: Browser, receiver: Receiver, server: LiveKit) -> Site:
    """The site of one test."""
    return Site(chromium_process, receiver, server)


def of(receiver: Receiver, participant: str) -> list[Batch]:
    """Return a participant's batches in order."""
    return [batch for batch in receiver.accepted() if batch.session.participant == participant]


def happened(batches: Iterable[Batch], *names: str) -> list[tuple[str, Any]]:
    """Return the events of these names as (name, value), in order of time."""
    events = sorted((event for batch in batches for event in batch.events), key=lambda event: event.t)
    return [(event.name, event.value) for event in events if event.name in names]


async def eventually(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("single", [True, False])
async def test_a_room_is_one_session_over_a_full_reconnect(site: Site, single: bool) -> None:  # noqa: FBT001
    """Names and ids come from the room, ids are those of now, every stream has its owner, and the way in and out is told."""
    room = new_room()
    alice, bob = await site.page(), await site.page()
    await site.join(alice, room, "alice", single=single)
    await site.join(bob, room, "bob", single=single)
    published = dict(await bob.evaluate("tracks()"))
    await alice.evaluate("heard(2)")
    sids = [await alice.evaluate("[room.localParticipant.sid, room.name]")]
    await alice.evaluate(
        "async () => { await sleep(1200); await room.localParticipant.setMicrophoneEnabled(false); await sleep(1200); }"
    )
    await eventually(lambda: len(sids_of(site.receiver, "bob")) == 1)
    await bob.evaluate("async () => { await reconnect(); await sleep(500); }")
    republished = dict(await bob.evaluate("tracks()"))
    await alice.evaluate("async () => { await heard(2); await sleep(1500); await room.disconnect(); }")
    await eventually(lambda: bool(happened(of(site.receiver, "alice"), "left")))
    batches = of(site.receiver, "alice")
    assert len({batch.session.id for batch in batches}) == 1
    assert {batch.session.room for batch in batches} == {room}
    last = batches[-1].session
    assert last.refs["livekit"] | {"roomSid": ""} == {
        "room": room,
        "identity": "alice",
        "sid": sids[0][0],
        "roomSid": "",
    }
    assert last.refs["livekit"]["roomSid"].startswith("RM_")
    assert (last.app, last.server.node[:3]) == ("acme/1", "ND_")
    told = happened(batches, "join_started", "signal_connected", "joined", "track_muted", "left")
    assert [name for name, _ in told] == ["join_started", "signal_connected", "joined", "track_muted", "left"]
    assert told[-1] == ("left", {"reason": "client_initiated"})
    assert {name for name, _ in happened(batches, "first_audio", "first_video", "ice_connected")} == {
        "first_audio",
        "first_video",
        "ice_connected",
    }
    assert {pc.label for batch in batches for pc in batch.pcs} == (
        {"publisher"} if single else {"publisher", "subscriber"}
    )
    owners = {
        (track.track, track.source, track.publisher)
        for batch in batches
        for track in batch.tracks
        if track.direction == "inbound"
    }
    assert owners == {(sid, source, "bob") for sid, source in (published | republished).items()}
    streams, unowned = streams_of(site.receiver, "alice")
    assert len(streams) >= 4
    assert unowned == set()
    await eventually(lambda: not streams_of(site.receiver, "bob")[1])
    await eventually(lambda: len(sids_of(site.receiver, "bob")) == 2)
    await eventually(lambda: bool(happened(of(site.receiver, "bob"), "reconnected")))
    again = of(site.receiver, "bob")
    assert len({batch.session.id for batch in again}) == 1
    assert [name for name, _ in happened(again, "reconnecting", "reconnected")] == ["reconnecting", "reconnected"]
    assert {value["quality"] for _, value in happened(again + batches, "quality")} <= {
        "excellent",
        "good",
        "poor",
        "lost",
    }
    assert all(value["score"] > 0 for _, value in happened(again + batches, "quality"))
    assert happened(again + batches, "quality")
    assert set(site.receiver.methods) <= {"GET", "POST"}


def sids_of(receiver: Receiver, participant: str) -> set[str]:
    """Return the ids by which LiveKit knew a participant."""
    return {batch.session.refs["livekit"].get("sid", "") for batch in of(receiver, participant)} - {""}


def streams_of(receiver: Receiver, participant: str) -> tuple[set[Stream], set[Stream]]:
    """Return a participant's streams, and those of them that no track of their kind owns."""
    batches = of(receiver, participant)
    tracks = [track for batch in batches for track in batch.tracks if track.mid]
    kinds = {"microphone": "audio", "camera": "video"}
    owned = {(track.pc, track.direction, track.mid, kinds[track.source]) for track in tracks}
    told = [batch for batch in accepted(receiver.posts) if batch["session"]["participant"] == participant]
    streams = {
        (pc, row["type"].removesuffix("-rtp"), row["mid"], row["kind"])
        for pc, parts in series_of(told).items()
        for samples in parts
        for _, stats in samples[1:]
        for row in stats.values()
        if row["type"] in {"inbound-rtp", "outbound-rtp"}
    }
    return streams, streams - owned


async def test_a_refused_token_is_a_join_that_failed(site: Site) -> None:
    """Who and where are known from the token; the error and the end are told; connect() fails as it would by itself."""
    page = await site.page()
    token = site.server.token("shut", "carol")[:-4] + "AAAA"
    code = "([url, token]) => join(url, token).catch(({ reasonName }) => reasonName)"
    why = await page.evaluate(code, [site.server.url, token])
    await eventually(lambda: bool(happened(of(site.receiver, "carol"), "left")))
    batches = of(site.receiver, "carol")
    events = happened(batches, "join_started", "error", "joined", "left")
    assert {batch.session.room for batch in batches} == {"shut"}
    assert why in {"NotAllowed", "ServerUnreachable"}
    assert [name for name, _ in events] == ["join_started", "error", "left"]
    assert events[1] == ("error", {"stage": "connect", "code": why})


async def test_a_page_that_is_left_says_so(site: Site) -> None:
    """The room hangs up with the page, and what it says of that comes too late for any page; one that stays says nothing."""
    room = new_room()
    stays, goes = await site.page(), await site.page()
    await site.join(stays, room, "bob", given={"disconnectOnPageLeave": False})
    await site.join(goes, room, "alice")
    for page in (stays, goes):
        await page.evaluate("sleep(1200)")
        await page.goto("about:blank")
    await eventually(lambda: bool(happened(of(site.receiver, "alice"), "left")))
    assert happened(of(site.receiver, "alice"), "left") == [("left", {"reason": "client_initiated"})]
    assert happened(of(site.receiver, "bob"), "left") == []


async def test_detaching_puts_everything_back(site: Site) -> None:
    """No listener of ours is left, the functions are the room's own, and nothing more is sampled."""
    page = await site.page()
    await site.join(page, new_room(), "dora", attach="after")
    await page.evaluate("async () => { await sleep(1200); detach(); await sleep(800); }")
    count = len(site.receiver.posts)
    left = await page.evaluate("""async () => {
      await sleep(1500);
      const names = ["connected", "reconnected", "trackMuted", "localTrackPublished", "connectionQualityChanged"];
      const fresh = new LivekitClient.Room();
      const more = names.filter((name) => room.listenerCount(name) > fresh.listenerCount(name));
      const client = room.engine.client.onConnectionQuality.toString();
      return [more, client.includes("handleLocalConnectionQuality"), Object.hasOwn(room.engine.pcManager.publisher._pc, "close"),
        room.connect.toString().length > 500];
    }""")
    assert left == [[], True, False, True]
    assert len(site.receiver.posts) == count
    batches = of(site.receiver, "dora")
    assert happened(batches, "join_started", "left") == []
    assert {track.source for track in batches[-1].tracks} == {"camera", "microphone"}


async def test_a_track_that_is_hidden_or_given_up_is_not_wanted(site: Site) -> None:
    """Adaptive stream switches off what nobody sees; an unsubscribed track is no longer wanted; both come back."""
    room = new_room()
    alice, bob = await site.page(), await site.page()
    await site.join(bob, room, "bob")
    await site.join(alice, room, "alice", given={"adaptiveStream": True})
    await alice.evaluate("heard(2)")
    sids = {source: sid for sid, source in await bob.evaluate("tracks()")}

    def wanted(source: str) -> list[bool]:
        told = happened(of(site.receiver, "alice"), "track_wanted")
        return [value["wanted"] for _, value in told if value["track"] == sids[source]]

    await eventually(lambda: bool(site.receiver.posts))
    for display, last in (("none", False), ("", True)):
        await alice.evaluate("(how) => { document.querySelector('video').style.display = how; }", display)
        await eventually(lambda last=last: wanted("camera")[-1:] == [last])  # type: ignore[misc]
    await alice.evaluate(
        "[...room.remoteParticipants.get('bob').audioTrackPublications.values()][0].setSubscribed(false)"
    )
    await eventually(lambda: wanted("microphone") == [False])


async def test_a_client_without_its_inside_still_gives_a_session(site: Site) -> None:
    """Nothing is thrown when engine, transports and participants are not as they were."""
    page = await site.page()
    await page.evaluate("""async () => {
      const listeners = {};
      const on = (name, work) => (listeners[name] = work);
      const odd = { name: "old", state: "connected", on, off() {}, localParticipant: { identity: "eve", sid: "PA_1" }, get engine() { throw new Error("no"); } };
      window.detach = rtcpulse.attachRoom(odd, { tags: { plan: "pro" } });
      rtcpulse.attachRoom(null);
      rtcpulse.attachRoom({});
      rtcpulse.attachRoom(Object.freeze({ name: "cold", on() { throw new Error("no"); } }))();
      listeners.reconnecting();
      listeners.disconnected(14);
      detach();
      await sleep(1000);
    }""")
    await site.receiver.wait(1)
    batch = of(site.receiver, "eve")[0]
    assert (batch.session.room, batch.session.tags, batch.session.refs["livekit"]["sid"]) == (
        "old",
        {"plan": "pro"},
        "PA_1",
    )
    assert happened([batch], "reconnecting", "left") == [
        ("reconnecting", {"kind": "full"}),
        ("left", {"reason": "connection_timeout"}),
    ]
    assert set(site.receiver.methods) <= {"GET", "POST"}
