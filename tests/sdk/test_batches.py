"""What the SDK writes of a real call: batches by the contract, whose deltas need nothing but the batch."""

import asyncio
import json
from itertools import pairwise

import pytest

from schemas.events import EVENTS
from schemas.stats import FORBIDDEN_MEMBERS, MEMBERS
from tests.sdk.conftest import OpenPage
from tests.sdk.receiver import Receiver
from tests.sdk.samples import Row, accepted, new_times, numbers, series_of, steps

REFERENCES = {
    "local-candidate": "localCandidateId",
    "remote-candidate": "remoteCandidateId",
    "codec": "codecId",
}
"""What is sent only where another object names it, and the members that do; a pair may change its candidates."""
CALL = """async () => {
  rtcpulse.event("join_started");
  await call({ both: true });
  rtcpulse.watch(caller, { label: "publisher", participant: "alice" });
  rtcpulse.watch(callee, { label: "subscriber", participant: "alice" });
  rtcpulse.track({ pc: caller, direction: "outbound", mid: "0", track: "TR_1", publisher: "alice", source: "microphone" });
}"""


async def test_every_body_is_a_batch_and_the_seqs_have_no_gap(receiver: Receiver, open_page: OpenPage) -> None:
    """Bodies decode strictly, gzip under text/plain without preflight, seq 0, 1, 2, ... of one writer and session."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(4)
    batches = [post.batch for post in receiver.posts]
    assert [batch.seq for batch in batches] == list(range(len(batches)))
    assert len({(batch.writer, batch.session.id) for batch in batches}) == 1
    assert {post.content_type for post in receiver.posts} == {"text/plain"}
    assert all(abs(float(post.query["sent"][0]) / 1000 - post.at) < 5 for post in receiver.posts)
    assert all(post.query["key"] == ["secret"] for post in receiver.posts)
    assert all(post.body[:2] == b"\x1f\x8b" for post in receiver.posts)
    assert set(receiver.methods) == {"GET", "POST"}


def counted(stats: dict[str, Row]) -> dict[str, dict[str, float]]:
    """Return the numbers of the stats objects that have any."""
    return {key: found for key, row in stats.items() if (found := numbers(row))}


async def test_the_baseline_is_the_previous_sample_of_the_connection(receiver: Receiver, open_page: OpenPage) -> None:
    """T and every number of a batch's first sample are those of the batch before; so deltas sum to last minus first."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(4)
    batches = accepted(receiver.posts)
    assert all(series["baseline"] for batch in batches for series in batch["series"])
    for parts in series_of(batches).values():
        for before, after in pairwise(parts):
            assert before[-1][0] == after[0][0]
            assert counted(before[-1][1]) == counted(after[0][1])
        sent = sum(sum(steps(samples, "outbound-rtp", "packetsSent")) for samples in parts)
        last = sum(row.get("packetsSent", 0) for row in parts[-1][-1][1].values() if row["type"] == "outbound-rtp")
        assert sent == last > 50


async def test_a_call_in_progress_does_not_count_what_was_before(receiver: Receiver, open_page: OpenPage) -> None:
    """Watched late, a connection's first sample is its baseline: its counters' past is not this session's."""
    page = await open_page()
    await page.evaluate("async () => { await call(); await sleep(3000); rtcpulse.watch(caller); }")
    await receiver.wait(2)
    (parts,) = series_of(accepted(receiver.posts)).values()
    before = sum(row.get("packetsSent", 0) for row in parts[0][0][1].values() if row["type"] == "outbound-rtp")
    assert before > 100
    assert sum(sum(steps(samples, "outbound-rtp", "packetsSent")) for samples in parts[:1]) < before
    assert not {event["name"] for batch in accepted(receiver.posts) for event in batch["events"]} & {"first_video"}


async def test_only_members_of_the_contract_are_sent(receiver: Receiver, open_page: OpenPage) -> None:
    """No other type or member, never an address, ufrag or certificate; candidates and codecs only where referenced."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(3)
    for batch in accepted(receiver.posts):
        for one in (item for series in batch["series"] for item in series["objects"]):
            assert set(one["s"]) | set(one["f"]) <= set(MEMBERS[one["type"]])
    bodies = b" ".join(post.text for post in receiver.posts)
    assert not [name for name in FORBIDDEN_MEMBERS if f'"{name}"'.encode() in bodies]
    assert b"127.0.0.1" not in bodies
    (samples, *_) = (parts[-1] for parts in series_of(accepted(receiver.posts)[-1:]).values())
    stats = [pair for _, rows in samples for pair in rows.items()]
    for kind, member in REFERENCES.items():
        referenced = {row[member] for _, row in stats if member in row}
        assert referenced
        assert {name for name, row in stats if row["type"] == kind} == referenced


async def test_remote_reports_keep_their_own_time(receiver: Receiver, open_page: OpenPage) -> None:
    """The `timestamp` of a remote report tells a new one from an old one; no other type sends it."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(6)
    rows = [
        row for parts in series_of(accepted(receiver.posts)).values() for part in parts for row in part[-1][1].values()
    ]
    kinds = {row["type"] for row in rows if "timestamp" in row}
    assert kinds == {"remote-inbound-rtp", "remote-outbound-rtp"}
    assert all(row["timestamp"] > 1.7e12 for row in rows if "timestamp" in row)


async def test_the_course_of_a_call_is_told_by_events(receiver: Receiver, open_page: OpenPage) -> None:
    """Automatic events have names of the closed list, with the connection and a time within the call."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(3)
    await page.evaluate("caller.close()")
    await receiver.wait(4)
    events = [event for batch in accepted(receiver.posts) for event in batch["events"]]
    names = [event["name"] for event in events]
    assert set(names) <= set(EVENTS)
    assert {"join_started", "ice_state", "ice_connected", "connection_state", "dtls_connected"} <= set(names)
    assert {"first_audio", "first_video", "pc_closed"} <= set(names)
    assert names.count("first_video") == names.count("ice_connected") == 2
    times = {name: min(event["t"] for event in events if event["name"] == name) for name in names}
    assert times["join_started"] < times["ice_connected"] <= times["dtls_connected"] < times["first_video"]


async def test_the_last_sample_is_taken_when_the_connection_closes(receiver: Receiver, open_page: OpenPage) -> None:
    """close() sends the stats of that moment at once, and the connection's state as closed."""
    page = await open_page('data-poll_ms="60000" data-send_ms="60000"')
    await page.evaluate(CALL)
    await page.evaluate("async () => { await sleep(2000); caller.close(); callee.close(); }")
    await receiver.wait(1)
    await asyncio.sleep(1)
    batches = accepted(receiver.posts)
    assert len(new_times(batches, "pc0")) == 1
    assert sum(steps(series_of(batches)["pc0"][0], "outbound-rtp", "packetsSent")) > 50
    assert [event["pc"] for batch in batches for event in batch["events"] if event["name"] == "pc_closed"] == [
        "pc0",
        "pc1",
    ]


async def test_the_client_is_described(receiver: Receiver, open_page: OpenPage) -> None:
    """Session: id of its own, room and participant of the page, browser, version and system."""
    page = await open_page()
    await page.evaluate(CALL)
    await receiver.wait(1)
    session = receiver.posts[0].batch.session
    assert (session.room, session.participant, session.role) == ("demo", "alice", "client")
    assert (session.client.browser, session.client.os) == ("Chrome", "Linux")
    assert session.client.browser_version.split(".")[0].isdigit()
    assert [(pc.pc, pc.label) for pc in receiver.posts[0].batch.pcs] == [("pc0", "publisher"), ("pc1", "subscriber")]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36 Edg/143.0.1",
            "Edge 143.0.1 Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36 OPR/120.0",
            "Opera 120.0 Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/17.6 Safari/605.1.15",
            "Safari 17.6 Mac OS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) Version/17.6 Mobile/15E1 Safari/604.1",
            "Safari 17.6 iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128.0 Linux"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/143.0.0.0 Mobile Safari/537.36", "Chrome 143.0.0.0 Android"),
        ("something else", "  "),
    ],
)
async def test_a_user_agent_is_read_right(receiver: Receiver, open_page: OpenPage, agent: str, expected: str) -> None:
    """Browsers name their ancestors too; the one that is meant is taken."""
    lie = f"<script>Object.defineProperty(navigator, 'userAgent', {{ get: () => {json.dumps(agent)} }});</script>"
    page = await open_page('data-poll_ms="500" data-send_ms="500"', lie)
    await page.evaluate("rtcpulse.watch(new RTCPeerConnection()); rtcpulse.event('joined')")
    await receiver.wait(1)
    client = receiver.posts[0].batch.session.client
    assert f"{client.browser} {client.browser_version} {client.os}" == expected


async def test_polling_and_sending_follow_the_collectors_answer(receiver: Receiver, open_page: OpenPage) -> None:
    """A watched session: the answer to a batch asks for another pace, and `every_ms` says what it is."""
    receiver.advice = {"poll_ms": 700, "send_ms": 1400}
    page = await open_page('data-poll_ms="1000" data-send_ms="1000"')
    await page.evaluate("async () => { await call({ height: 480, rate: 30 }); rtcpulse.watch(caller); }")
    await receiver.wait(4)
    assert receiver.posts[0].batch.every_ms == 1000
    assert 700 in {post.batch.every_ms for post in receiver.posts[1:]}
