"""WS /v1/sources/rtcstats: sub-protocols, keys, reconnects, and what is no trace."""

import asyncio
import json
import secrets
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from collector.sources.traces import conversations
from collector.sources.traces.conversations import REMEMBERED_S, Conversation, Conversations
from collector.sources.traces.dialects import Unreadable, chosen, dialect_of
from tests.running import Running, running

PAGE = Subprotocol("rtcstats#5.0")
CONFERENCE = Subprotocol("3.1_STANDARD")
NOW_MS = 1_795_000_000_000.0
HUNDREDS = 500


def address(service: Running, rest: str = "") -> str:
    """Return the address of the source."""
    return service.collector.replace("http", "ws") + "/v1/sources/rtcstats" + rest


def report(packets: int) -> dict[str, Any]:
    """Return a whole report of one audio stream."""
    return {"IT1": {"type": "inbound-rtp", "kind": "audio", "ssrc": 7, "packetsReceived": packets, "packetsLost": 0}}


def jitsi(session: str, number: int, t: float, packets: int) -> str:
    """Return a message of Jitsi's client."""
    stats = {"IT1": {"packetsReceived": packets, "timestamp": 0}, "timestamp": t}
    if number == 1:
        stats["IT1"] = report(packets)["IT1"] | {"timestamp": 0}
    return json.dumps(
        {"statsSessionId": session, "type": "stats-entry", "data": json.dumps(["getstats", "PC_0", stats, t, number])}
    )


async def packets_of(service: Running, session: str, count: int) -> list[int]:
    """Return the packets of a session's rows, once there are as many."""
    await service.until(
        f"SELECT count() >= {count} FROM stream_samples WHERE session = {{s:String}}", {"s": session}, within_s=30
    )
    sql = "SELECT packets FROM stream_samples WHERE session = {s:String} ORDER BY t, log_offset"
    return [row["packets"] for row in await asyncio.to_thread(service.query, sql, {"s": session})]


async def test_a_client_of_jitsi_goes_on_where_it_was(pipeline: Running) -> None:
    """It is told what is here, sends again what it kept, and nothing is stored twice or lost."""
    session = secrets.token_hex(8)
    t = time.time() * 1000 - 60_000
    messages = [jitsi(session, number, t + number * 1000, number * 50) for number in range(1, 31)]
    state = json.dumps(["onconnectionstatechange", "PC_0", "connected", t + 17_001, 18])
    messages.insert(17, json.dumps({"statsSessionId": session, "type": "stats-entry", "data": state}))
    messages[18:] = [jitsi(session, number + 1, t + number * 1000, number * 50) for number in range(18, 31)]
    rest = f"/standup?statsSessionId={session}&isReconnect="
    async with connect(address(pipeline, rest + "false"), proxy=None, subprotocols=[CONFERENCE]) as one:
        assert one.subprotocol == "3.1_STANDARD"
        assert json.loads(await one.recv()) == {"type": "sn", "body": {"value": 0, "state": "initial"}}
        for message in messages[:18]:
            await one.send(message)
    assert len(await packets_of(pipeline, session, 17)) == 17
    async with connect(address(pipeline, rest + "true"), proxy=None) as one:
        assert json.loads(await one.recv())["body"]["value"] == 18
        for message in messages[9:]:
            await one.send(message)
        await one.close(3001)
    assert await packets_of(pipeline, session, 30) == [number * 50 for number in range(1, 31)]
    await pipeline.until(
        "SELECT count() = 1 FROM sessions FINAL WHERE session = {s:String} AND ending = 'left' AND room = 'standup'",
        {"s": session},
        within_s=30,
    )
    sql = "SELECT count() AS n FROM events WHERE session = {s:String} AND name = 'connection_state'"
    assert await asyncio.to_thread(pipeline.query, sql, {"s": session}) == [{"n": 1}]


async def test_a_page_with_rtcstats_changes_its_address_only(pipeline: Running) -> None:
    """Reports are differences; closing the page is leaving."""
    room = f"room-{secrets.token_hex(4)}"
    t = round(time.time() * 1000) - 30_000
    async with connect(address(pipeline, f"/{room}"), proxy=None, subprotocols=[PAGE]) as page:
        await page.send(json.dumps(["create", None, {"hardwareConcurrency": 8}, t]))
        await page.send(json.dumps(["getStats", "PC_0", report(50), 1000]))
        for _ in range(9):
            await page.send(json.dumps(["getStats", "PC_0", {"IT1": {"packetsReceived": 100 + _ * 50}}, 1000]))
        await page.close(1001)
    await pipeline.until(
        "SELECT count() = 1 FROM sessions FINAL WHERE room = {r:String} AND left_reason = 'page left'",
        {"r": room},
        within_s=30,
    )
    sql = "SELECT packets, packets_lost FROM stream_samples WHERE room = {r:String} ORDER BY t"
    rows = await asyncio.to_thread(pipeline.query, sql, {"r": room})
    assert [(row["packets"], row["packets_lost"]) for row in rows] == [(50 * n, 0) for n in range(1, 11)]


@pytest.mark.parametrize(
    ("protocol", "message", "words"),
    [
        ("rtcstats#5.0", "hello", "not JSON"),
        ("rtcstats#5.0", "{}", "not [event"),
        ("rtcstats#5.0", '["getStats", "PC_0", {}, 5]', "does not tell the time"),
        ("rtcstats#5.0", "[" * 20_000 + "]" * 20_000, "not JSON"),
        ("3.1_STANDARD", '{"type": "stats-entry", "data": "{"}', "not JSON"),
        ("3.1_STANDARD", '{"type": "stats-entry", "data": 7}', "no entry"),
        ("3.1_STANDARD", "7", "no entry"),
    ],
)
async def test_what_is_no_trace_ends_the_connection_with_the_reason(
    pipeline: Running, protocol: str, message: str, words: str
) -> None:
    """The collector goes on."""
    async with connect(address(pipeline), proxy=None, subprotocols=[Subprotocol(protocol)]) as page:
        await page.send(message)
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert (page.close_code, words in (page.close_reason or "")) == (1008, True), page.close_reason


@pytest.mark.parametrize("protocol", ["graphql-ws", "rtcstats", "3.0_JVB", "1.0_JICOFO", "x" * 200])
async def test_an_unknown_sub_protocol_is_refused(pipeline: Running, protocol: str) -> None:
    """With what was asked for and what there is; it is not taken as Jitsi's, nor are those of Jitsi's servers."""
    async with connect(address(pipeline), proxy=None, subprotocols=[Subprotocol(protocol)]) as page:
        await asyncio.wait_for(page.wait_closed(), 20)
        assert page.close_code == 1008
        known = "rtcstats#5.0, 3.1_STANDARD, 3.1_LEGACY, in any version"
        assert page.close_reason == f"sub-protocol {protocol[:24]} is not known; these are: {known}"


@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        (["rtcstats#4.0"], "rtcstats#4.0"), (["3.0_LEGACY"], "3.0_LEGACY"), (["1.0"], "1.0"),
        (["other", "3.1_STANDARD"], "3.1_STANDARD"), (["other"], "other"), ([], ""),
    ],
)  # fmt: skip
def test_of_several_sub_protocols_one_that_is_known_is_spoken(offered: list[str], spoken: str) -> None:
    """What clients send, and have sent: rtcstats-js its own, Jitsi's pages a version and the form of the stats."""
    assert chosen(offered) == spoken


async def test_a_key_may_stand_in_the_address(tmp_path: Any) -> None:
    """Where a client lets nothing else be changed; a wrong one ends the connection as rtcstats' own server does."""
    message = json.dumps(["create", None, {}, round(time.time() * 1000)])
    async with running(tmp_path, keys="page:acme", readers="r:acme:admin") as service:
        for rest in ("/key/page/hall", "/hall?key=page"):
            async with connect(address(service, rest), proxy=None, subprotocols=[PAGE]) as page:
                await page.send(message)
                await page.ping()
        for rest in ("/key/nobody/hall", "/hall"):
            async with connect(address(service, rest), proxy=None, subprotocols=[PAGE]) as page:
                await page.wait_closed()
                assert page.close_code == 1008


def test_the_same_entries_are_cut_at_the_same_places() -> None:
    """So that what a collector asks for again, since it was started anew, is a repeat by its key."""
    messages = [jitsi("s", number, NOW_MS + number * 700, number).encode() for number in range(1, 60)]
    cut = []
    for burst in (1, 59):
        conversation = Conversation(dialect_of("3.1_STANDARD", {}), "s", {}, resumes=True)
        found = [body for message in messages for body in conversation.take(message, NOW_MS + burst)]
        cut.append([json.loads(body)["origin_id"] for body in (*found, *conversation.cut())])
    assert cut[0] == cut[1]
    assert len(cut[0]) == len(set(cut[0])) > 3


def test_the_clock_is_that_of_an_entry_that_did_not_wait() -> None:
    """What a page kept while it had no connection comes at once, and says nothing of its clock."""
    conversation = Conversation(dialect_of("3.1_STANDARD", {}), "s", {}, resumes=True)
    conversation.connected()
    waited = [conversation.take(jitsi("s", number, NOW_MS + number * 9000, 1).encode(), NOW_MS + 900_000)
              for number in range(1, 9)]  # fmt: skip
    assert conversation.client_ms(NOW_MS) is None
    assert not any(waited)
    found = conversation.take(jitsi("s", 9, NOW_MS + 890_000, 1).encode(), NOW_MS + 901_000)
    assert conversation.client_ms(NOW_MS + 901_000) == NOW_MS + 890_000
    assert len(found) > 3


def test_more_than_a_page_has_is_no_trace() -> None:
    """Memory is bounded, whatever is told."""
    conversation = Conversation(dialect_of("rtcstats#5.0", {}), "s", {}, resumes=False)
    stats = {f"I{n}": report(1)["IT1"] for n in range(2000)}
    for number in range(8):
        conversation.take(json.dumps(["getStats", f"PC_{number}", stats, NOW_MS + number]).encode(), NOW_MS)
    more = [json.dumps(["getStats", f"PC_{number}", stats, NOW_MS + number]).encode() for number in range(8, 14)]
    with pytest.raises(Unreadable, match="stats objects"):
        _ = [conversation.take(one, NOW_MS) for one in more]


def test_a_batch_names_the_connections_that_it_is_about() -> None:
    """However many the page has made: what it sent is not multiplied in the log."""
    conversation = Conversation(dialect_of("rtcstats#5.0", {}), "s", {}, resumes=False)
    messages = [
        json.dumps(["getStats", f"PC_{n}", report(1), NOW_MS if n == 0 else 1]).encode() for n in range(HUNDREDS)
    ]
    found = [body for one in messages for body in conversation.take(one, NOW_MS)]
    found += conversation.cut()
    batches = [json.loads(body) for body in found]
    assert [batch["pcs"] for batch in batches if "series" in batch] == [[{"pc": f"PC_{n}"}] for n in range(HUNDREDS)]
    assert sum(map(len, found)) < 5 * sum(map(len, messages))


def test_a_trace_is_remembered_for_a_while() -> None:
    """By project and session, a bounded number of them."""
    now = 0.0
    known = Conversations(lambda: now)

    def begin() -> Conversation:
        return Conversation(dialect_of("3.1_STANDARD", {}), "s", {}, resumes=True)

    first = known.open("p", "s", begin)
    assert known.open("p", "s", begin) is first
    assert known.open("q", "s", begin) is not first
    now = REMEMBERED_S + 1
    assert known.open("p", "s", begin) is not first


def test_traces_of_many_stats_are_remembered_in_smaller_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first; what it held is held no longer."""
    monkeypatch.setattr(conversations, "REMEMBERED_OBJECTS", 5)
    known = Conversations(lambda: 0.0)

    def begin() -> Conversation:
        conversation = Conversation(dialect_of("3.1_STANDARD", {}), "s", {}, resumes=True)
        stats = {f"I{n}": {"type": "inbound-rtp", "ssrc": n} for n in range(4)}
        conversation.take(json.dumps(["getstats", "PC_0", stats, NOW_MS, 1]).encode(), NOW_MS)
        return conversation

    first, second = known.open("p", "one", begin), known.open("p", "two", begin)
    assert first.objects == second.objects == 4
    assert known.open("p", "two", begin) is second
    assert known.open("p", "one", begin) is not first
