"""LiveKit's webhooks: what a real server's become, in any order and however often, and which are refused."""

import gzip
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sources.livekitwebhooks import translated
from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.collector.conftest import Collector
from tests.collector.sources.servers import NOW_S, a_webhook, packed, recorded, send, signed
from tests.fuzz.effort import effort
from tests.ingest.playing import an_analyst
from tests.ingest.running import Ingest, rows

RECORDED_S: Final = 1_795_355_110
"""Two minutes after the first of what was recorded; the last of it is ten seconds old."""


def a_track(sid: str, kind: str = "audio", source: str = "other", **more: Any) -> dict[str, Any]:
    """Return what an event says of a track."""
    return {"track": sid, "kind": kind, "source": source, "muted": False, "simulcast": False, "name": ""} | more


async def batches(collector: Collector) -> list[Any]:
    """Return what is in the log, decoded."""
    return [msgspec.json.decode(entry.message.value) for entry in await collector.published()]


async def test_what_a_real_server_sent_becomes_joins_leaves_and_tracks(livekit: Callable[..., Collector]) -> None:
    """With its own tokens, at the time when it sent them; each batch by itself says whose it is."""
    collector = livekit(now_ms=lambda: RECORDED_S * 1000)
    for token, body in recorded():
        answer = await send(collector, body, token)
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
    entries = await collector.published()
    assert {entry.message.headers["project"] for entry in entries} == {"a"}
    assert entries[0].message.headers.keys() == {"project", "received_ms", "source"}
    found = [msgspec.json.decode(entry.message.value) for entry in entries]
    assert {batch["writer"] for batch in found} == {"livekit/devkey"}
    told = [
        (batch["session"]["participant"], event["name"], event["t"] - 1_795_355_000_000, event["value"])
        for batch in found
        for event in batch["events"]
    ]
    first = a_track("TR_AMn4DMxb4J894J", "audio", "microphone")
    again = a_track("TR_AMXvPzhQXLr2bR", "audio", "microphone")
    seen = a_track("TR_VCTyHPVkuYDrdm", "video", "camera", simulcast=True)
    anew = a_track("TR_VCYz2HCdpvrqqa", "video", "camera", simulcast=True)
    named = a_track("TR_AMsrRUqYjmXCFs", "audio", "microphone", name="mic")
    assert told == [
        ("", "room_started", 4629, {"roomSid": "RM_gFWQDAi3jwQa"}),
        ("probe", "joined", 4629, None),
        ("alice", "joined", 4817, None),
        ("alice", "track_published", 4985, named),
        ("dave", "joined", 6129, None),
        ("dave", "track_published", 6403, first),
        ("dave", "track_published", 6514, seen),
        ("dave", "track_unpublished", 27_000, seen),
        ("dave", "left", 27_000, {"reason": "duplicate_identity", "joined_ms": 1_795_355_006_129}),
        ("dave", "joined", 27_339, None),
        ("dave", "track_published", 27_436, again),
        ("dave", "track_published", 27_647, anew),
        ("dave", "left", 44_000, {"reason": "client_initiated", "joined_ms": 1_795_355_027_339}),
        ("alice", "left", 68_000, {"reason": "connection_timeout", "joined_ms": 1_795_355_004_817}),
        ("", "room_finished", 78_000, {"roomSid": "RM_gFWQDAi3jwQa"}),
        ("ghost", "error", 100_000, {"stage": "connection", "code": "signal_close"}),
        ("ghost", "left", 100_000, {"reason": "connection_aborted"}),
    ]
    dave = [batch["session"] for batch in found if batch["session"]["participant"] == "dave"]
    assert {one["id"] for one in dave} == {"livekit:PA_yyurJM3srJJY", "livekit:PA_CMNQNo6vBLDy"}
    assert dave[0]["refs"] == {
        "livekit": {"room": "cap2", "roomSid": "RM_gFWQDAi3jwQa", "identity": "dave", "sid": "PA_yyurJM3srJJY"}
    }
    assert (dave[0]["room"], dave[0]["role"]) == ("cap2", "server")
    assert {one["participant"]: one["tags"] for one in (batch["session"] for batch in found)}["probe"] == {
        "hidden": "true"
    }


async def test_no_secret_and_nothing_personal_reaches_the_log(livekit: Callable[..., Collector]) -> None:
    """Of a room its password, of a person name, metadata and attributes: the recorded bodies have them all."""
    collector = livekit(now_ms=lambda: RECORDED_S * 1000)
    sent = b""
    for token, body in recorded():
        await send(collector, body, token)
        sent += body
    written = b"".join(entry.message.value for entry in await collector.published())
    for word in (b"iRfQdev6g0Oduf5bnQpiZyfpwqbNlBwA6aec698u3fII", b"turnPassword", b"N-alice", b"meta-", b"call-77"):
        assert word in sent
        assert word not in written
    assert b"PA_vebAchGNFxm9" in written


async def test_a_recorded_webhook_that_is_sent_again_later_is_refused(livekit: Callable[..., Collector]) -> None:
    """Its token is good for five minutes, and for the minute by which clocks may differ."""
    token, body = recorded()[0]
    now_s = RECORDED_S
    collector = livekit(now_ms=lambda: now_s * 1000)
    for later_s, status in ((359, 200), (361, 401)):
        now_s = 1_795_355_004 + later_s
        assert (await send(collector, body, token)).status_code == status
    assert "ran out 61 s ago" in (await send(collector, body, token)).json()["detail"]


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer  "])
async def test_a_proxy_may_have_put_bearer_before_the_token(livekit: Callable[..., Collector], prefix: str) -> None:
    """The server puts nothing."""
    body = packed(a_webhook("participant_joined"))
    assert (await send(livekit(), body, prefix + signed(body))).status_code == 200


async def test_a_body_that_a_proxy_compressed_is_what_was_signed(livekit: Callable[..., Collector]) -> None:
    """The hash is of the body as the server made it."""
    body = packed(a_webhook("participant_joined"))
    assert (await send(livekit(), gzip.compress(body), signed(body))).status_code == 200


@pytest.mark.parametrize(
    "webhook",
    [
        {"event": "egress_started", "egressInfo": {"egressId": "EG_1", "roomName": "hall"}, "id": "EV_2"},
        {"event": "ingress_ended", "ingressInfo": {"ingressId": "IN_1"}},
        {"event": "agent_job_started", "job": {}},
        {"event": "a_thing_of_tomorrow", "room": "hall", "participant": ["ann"], "id": 7, "createdAt": "late"},
    ],
    ids=lambda webhook: webhook["event"],
)
async def test_events_that_nobody_here_knows_are_taken_and_are_nothing(
    livekit: Callable[..., Collector], webhook: dict[str, Any]
) -> None:
    """Never an error: the server would come again, and the room's queue stand still."""
    collector = livekit()
    answer = await send(collector, packed(webhook))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 0})
    assert await collector.published() == []


@pytest.mark.parametrize(
    ("participant", "tags"),
    [
        ({}, {}),
        ({"kind": "STANDARD"}, {}),
        ({"kind": "AGENT"}, {"kind": "agent"}),
        ({"kind": "SIP", "kindDetails": ["FORWARDED"]}, {"kind": "sip"}),
        ({"kind": "EGRESS", "permission": {"hidden": True}}, {"kind": "egress", "hidden": "true"}),
        ({"kind": 9}, {"kind": "9"}),
    ],
)
async def test_who_is_no_person_can_be_told(
    livekit: Callable[..., Collector], participant: dict[str, Any], tags: dict[str, str]
) -> None:
    """Agents, recorders, telephones; a kind that the server has no name for is a number."""
    collector = livekit()
    told = a_webhook("participant_joined")
    told["participant"] |= participant
    assert (await send(collector, packed(told))).status_code == 200
    assert [batch["session"]["tags"] for batch in await batches(collector)] == [tags]


TRACK: Final = {"sid": "T"}


@pytest.mark.parametrize(
    ("event", "participant", "track", "t_s", "value"),
    [
        ("participant_joined", {"joinedAtMs": "0"}, None, -20, None),
        ("participant_joined", {"joinedAtMs": "0", "joinedAt": "0"}, None, -1, None),
        (
            "participant_left", {"joinedAtMs": f"{NOW_S - 1}900"}, None, -0.1,
            {"reason": "unknown_reason", "joined_ms": NOW_S * 1000 - 100},
        ),
        (
            "participant_left", {"disconnectReason": 99, "joinedAtMs": "0", "joinedAt": f"{NOW_S - 9}"}, None, -1,
            {"reason": "99", "joined_ms": NOW_S * 1000 - 9000},
        ),
        ("participant_left", {"joinedAtMs": "0", "joinedAt": "0"}, None, -1, {"reason": "unknown_reason"}),
        ("track_published", {}, TRACK | {"version": {"unixMicro": f"{NOW_S - 50}000000"}}, -1, a_track("T")),
        ("track_unpublished", {}, TRACK | {"version": {"unixMicro": f"{NOW_S - 1}400000"}}, -0.6, a_track("T")),
        ("track_published", {}, TRACK | {"type": "DATA", "name": "n" * 999}, -1, a_track("T", "data", name="n" * 256)),
        (
            "track_published", {}, TRACK | {"source": "SCREEN_SHARE_AUDIO", "muted": True}, -1,
            a_track("T", source="screen_share_audio", muted=True),
        ),
    ],
)  # fmt: skip
def test_the_finest_time_that_agrees_counts_and_defaults_are_filled_in(
    event: str, participant: dict[str, Any], track: dict[str, Any] | None, t_s: float, value: Any
) -> None:
    """Nobody leaves before they joined, although the one is told in seconds and the other in milliseconds."""
    told = a_webhook(event, track=track)
    told["participant"] |= participant
    ((happened,),) = (batch.events for batch in translated(packed(told), "w"))
    assert (happened.name, happened.t) == (event.removeprefix("participant_"), (NOW_S + t_s) * 1000)
    assert happened.value == value


async def test_the_same_webhook_again_is_taken_and_stored_once(
    livekit: Callable[..., Collector], store: ChdbStore, project: str
) -> None:
    """The server repeats it with the same token and bytes when it saw no answer."""
    collector = livekit()
    body = packed(a_webhook("participant_joined"))
    for _ in range(3):
        assert (await send(collector, body, signed(body))).status_code == 200
    bodies = [entry.message.value for entry in await collector.published()]
    tables = Ingest(store, project).tables(*bodies, source="livekit")
    assert sorted(row["outcome"] for row in rows(tables.batches)) == ["duplicate", "duplicate", "stored"]
    assert [row["name"] for row in rows(tables.events)] == ["joined"]


@effort(20, new=False)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 15), max_size=30))
def test_in_any_order_and_however_often_the_rows_are_the_same(store: ChdbStore, seed: int, again: list[int]) -> None:
    """A queue for each room keeps an order, retries and several servers do not."""
    bodies = [msgspec.json.encode(batch) for _, body in recorded() for batch in translated(body, "livekit/devkey")]
    order = [*range(len(bodies)), *again]
    random.Random(seed).shuffle(order)
    shuffled = [bodies[one] for one in order]
    tables = Ingest(store, f"nobody-{seed}").tables(*shuffled, source="livekit", received_ms=RECORDED_S * 1000)
    told = Counter((row["session"], row["t"], row["name"], row["value"]) for row in rows(tables.events))
    batches = [msgspec.json.decode(body) for body in bodies]
    assert told == Counter(
        (
            batch["session"]["id"],
            datetime.fromtimestamp(event["t"] / 1000, UTC),
            event["name"],
            msgspec.json.encode(event["value"]).decode(),
        )
        for batch in batches
        for event in batch["events"]
    )


def test_a_room_is_no_session(store: ChdbStore, project: str) -> None:
    """Its events stand with its name, and no participant appears; persons are sessions."""
    feed = Feed(store, project)
    bodies = [msgspec.json.encode(batch) for _, body in recorded() for batch in translated(body, "livekit/devkey")]
    feed.store_batches(bodies, source="livekit", received_ms=RECORDED_S * 1000)
    settle(an_analyst(store, feed.log_id))
    asked = "SELECT name, room FROM events WHERE project = {p:String} AND name LIKE 'room_%' ORDER BY t"
    told = [(row["name"], row["room"]) for row in store.query(asked, {"p": project}).to_pylist()]
    assert told == [("room_started", "cap2"), ("room_finished", "cap2")]
    people = {row["participant"] for row in feed.rows("sessions")}
    assert people == {"probe", "alice", "dave", "ghost"}
