"""A real livekit-server with two people in pages and one in Python: what rtcpulse says of the call that `story` plays.

The call is played once for all tests here. Who hears from whom is known by LiveKit's own ids; what was lost, by the
relay in bob's way up; every other number, by the very reports that were read in the pages.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.faults.proxy import Proxy
from tests.livekit.front import Front
from tests.livekit.people import KEY, Door, new_room
from tests.livekit.server import livekit
from tests.livekit.story import Told, told
from tests.running import Running, free_port, running

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400)]

PROJECT: Final = "default"
SEED: Final = 7
NEAR_MS: Final = 1000.0
FORWARDED: Final = 3
"""Of what bob lost, what nobody else can know to be lost: before the first or after the last packet that came."""
STEP_PACKETS: Final = 15
"""What is lost in the last seconds of one who is killed, whose last batch never comes."""
OF_LOSS: Final = frozenset({"loss", "concealment", "freeze"})
LOAD_MAX: Final = 8.0
JUDGED_S: Final = 60.0
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """The call that was played, and the service that heard of it."""

    story: Told
    service: Running

    def rows(self, sql: str) -> list[Row]:
        """Ask; `{room}` stands for the room's name."""
        return self.service.query(sql.format(room=self.story.room))

    def moment(self, name: str) -> float:
        """Return when something happened, epoch ms."""
        return self.story.when[name] * 1000

    def tracks(self, identity: str) -> dict[str, str]:
        """Return every track that somebody in a page published: its sid, and its source."""
        return {one["sid"]: one["source"] for known in self.story.ids[identity] for one in known["tracks"]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Call]:
    """The call, once it is over and judged."""
    folders = [tmp_path_factory.mktemp(name) for name in ("livekit", "up")]
    front = free_port()
    async with livekit(folders[0], [f"http://127.0.0.1:{front}/v1/sources/livekit"]) as server:
        settings = {"keys": f"{KEY}:{PROJECT}", "livekit_keys": f"{server.key}:{server.secret}:{PROJECT}"}
        async with running(folders[1], **settings) as service:
            relay = Front(SEED, ("127.0.0.1", server.media))
            try:
                async with Proxy(front, int(service.collector.rsplit(":", 1)[1])) as webhooks:
                    story = await told(Door(server, service.collector, new_room()), webhooks, relay)
                    one = Call(story, service)
                    await _judged(one)
                    yield one
            finally:
                await relay.close()


async def _judged(one: Call) -> None:
    """Wait until the jobs have everything: all three are over, and all that is stored has been looked at."""
    over = f"SELECT countIf(left IS NOT NULL) = 3 FROM sessions FINAL WHERE room = '{one.story.room}'"
    await one.service.until(over, within_s=JUDGED_S)
    room = f"room = '{one.story.room}'"
    last = f"(SELECT max(t) FROM stream_samples WHERE {room})"
    await one.service.until(f"SELECT max(last_t) >= {last} FROM sessions FINAL WHERE {room}", within_s=JUDGED_S)


def test_a_room_of_three_people(call: Call) -> None:
    """One session each, over webhooks, pages, Python, two connections and a full reconnect."""
    rows = call.rows("SELECT participant, browser, role FROM sessions FINAL WHERE room = '{room}' ORDER BY participant")
    assert [(row["participant"], row["role"]) for row in rows] == [
        ("alice", "client"),
        ("bob", "client"),
        ("carol", "client"),
    ]
    assert [row["browser"].lower() for row in rows] == ["chrome", "chrome", "livekit"]


def test_each_left_as_they_did(call: Call) -> None:
    """Two said goodbye; the third was killed, which the server found out."""
    rows = call.rows("SELECT participant, ending, left_reason, reconnects FROM sessions FINAL WHERE room = '{room}'")
    known = {row["participant"]: (row["ending"], row["left_reason"]) for row in rows}
    assert known == {
        "alice": ("left", "client_initiated"),
        "bob": ("left", "client_initiated"),
        "carol": ("dropped", "connection_timeout"),
    }
    assert {row["participant"]: row["reconnects"] for row in rows} == {"alice": 1, "bob": 0, "carol": 0}


def test_connections_are_those_of_the_clients(call: Call) -> None:
    """Two of alice's, and two more after the full reconnect; one of bob's and of carol's."""
    rows = call.rows(
        "SELECT participant, pc_label, uniqExact(pc) AS count FROM stream_samples "
        "WHERE room = '{room}' GROUP BY participant, pc_label"
    )
    assert {(row["participant"], row["pc_label"]): row["count"] for row in rows} == {
        ("alice", "publisher"): 2,
        ("alice", "subscriber"): 2,
        ("bob", "publisher"): 1,
        ("carol", "publisher"): 1,
    }


def test_every_stream_has_its_owner(call: Call) -> None:
    """Who sends what, and who receives what of whom, by LiveKit's own track ids."""
    rows = call.rows(
        "SELECT DISTINCT participant, direction, publisher, source, track FROM stream_samples "
        "WHERE room = '{room}' AND stats_id != '' AND d_packets > 0 AND track != ''"
    )
    heard = defaultdict(set)
    for row in rows:
        heard[row["participant"], row["direction"]].add((row["publisher"], row["source"]))
        if row["publisher"] != "carol":
            assert call.tracks(row["publisher"])[row["track"]] == row["source"]
    own = {name: {(name, "microphone"), (name, "camera")} for name in ("alice", "bob", "carol")}
    own["alice"].add(("alice", "screen_share"))
    for name, sent in own.items():
        assert heard[name, "outbound"] == sent
        assert heard[name, "inbound"] == set().union(*(own[other] for other in own if other != name))


def test_numbers_are_those_that_the_pages_read(call: Call) -> None:
    """Every stored sample of a page is one report of its getStats: packets, losses and bytes of that very moment."""
    for identity in ("alice", "bob"):
        read = _read(call.story.readings[identity])
        rows = call.rows(
            "SELECT toFloat64(t) * 1000 AS t_ms, direction, ssrc, packets, bytes, packets_lost FROM stream_samples "
            f"WHERE room = '{{room}}' AND participant = '{identity}' AND stats_id != '' "
            f"AND t <= fromUnixTimestamp64Milli({round(call.moment('leaving'))})"
        )
        assert len(rows) > 100
        for row in rows:
            at = _at(row, read[row["direction"], row["ssrc"]])
            assert (row["packets"], row["bytes"], row["packets_lost"]) in at, (row, at)


def _read(readings: list[Row]) -> dict[tuple[str, int], list[Row]]:
    """Return what was read of each stream, with what its far end reported of it."""
    found = defaultdict(list)
    for reading in readings:
        remote = {one["id"]: one for one in reading["streams"]}
        for one in reading["streams"]:
            if one["type"] in {"inbound-rtp", "outbound-rtp"}:
                lost = one if one["type"] == "inbound-rtp" else remote.get(one.get("remoteId", ""), {})
                direction = one["type"].removesuffix("-rtp")
                found[direction, one["ssrc"]].append(one | {"t": reading["t"], "lost": lost.get("packetsLost")})
    return found


def _at(row: Row, read: list[Row]) -> list[tuple[int | None, ...]]:
    """Return packets, bytes and losses of what was read of a stream about when a sample of it was taken."""
    way = "Received" if row["direction"] == "inbound" else "Sent"
    near = [one for one in read if abs(one["t"] - row["t_ms"]) < NEAR_MS]
    return [(one[f"packets{way}"], one[f"bytes{way}"], one["lost"]) for one in near]


def test_what_bob_lost_is_what_the_relay_dropped(call: Call) -> None:
    """His audio, as the server reports it: in that time what the relay dropped of it, and in the end exactly that.

    On a machine that many others use, more is lost: sockets overflow that nobody reads in time. The server hands the
    gaps on, so those who listen lose it too, in the page and in Python.
    """
    rows = call.rows(
        "SELECT toFloat64(t) * 1000 AS t_ms, ssrc, packets_lost, ifNull(d_packets_lost, 0) AS lost FROM stream_samples "
        "WHERE room = '{room}' AND participant = 'bob' AND direction = 'outbound' AND kind = 'audio' "
        "AND packets_lost IS NOT NULL ORDER BY t"
    )
    (ssrc,) = {row["ssrc"] for row in rows}
    stream = call.story.up.streams[ssrc]
    dropped = sum(stream.dropped)
    assert dropped > 50
    end = call.moment("whole") + 8000
    meanwhile = sum(row["lost"] for row in rows if call.moment("lossy") < row["t_ms"] < end)
    assert dropped <= meanwhile <= rows[-1]["packets_lost"]
    if call.story.load <= LOAD_MAX:
        assert rows[-1]["packets_lost"] == dropped
    heard = call.rows(
        "SELECT participant, sum(d_packets_lost) AS lost FROM stream_samples WHERE room = '{room}' "
        "AND direction = 'inbound' AND kind = 'audio' AND publisher = 'bob' GROUP BY participant"
    )
    lost = {row["participant"]: row["lost"] for row in heard}
    assert lost["alice"] >= dropped - FORWARDED
    assert lost["carol"] >= dropped - FORWARDED - STEP_PACKETS


def test_the_loss_is_seen_where_it_was(call: Call) -> None:
    """Of what bob sends, by the server's reports, and of bob's media alone by those who receive it."""
    begin, end = (round(call.moment(name)) for name in ("lossy", "whole"))
    rows = call.rows(
        "SELECT participant, direction, publisher, sum(dateDiff('millisecond', began, t)) AS ms FROM symptoms FINAL "
        "WHERE room = '{room}' AND symptom = 'loss' AND kind = 'audio' AND level = 2 "
        f"AND t > fromUnixTimestamp64Milli({begin}) AND began < fromUnixTimestamp64Milli({end}) "
        "GROUP BY participant, direction, publisher"
    )
    lossy = {(row["participant"], row["direction"], row["publisher"]): row["ms"] for row in rows}
    assert lossy["bob", "outbound", "bob"] > 10_000
    assert lossy["alice", "inbound", "bob"] > 5_000
    assert lossy["carol", "inbound", "bob"] > 5_000
    assert not [one for one in lossy if one[0] != "bob" and one[1] == "outbound"], f"{rows}"


def test_the_incident_is_bobs_uplink(call: Call) -> None:
    """His own says so; carol, who suffers by it, has it on the other side; nobody else's network is blamed for it.

    On a machine that many others use, browsers stand still for moments: then round trips rise, media stop, and
    bandwidth is found wanting, which decides a cause before loss does. There only one of loss alone must be right.
    """
    begin, end = (round(call.moment(name)) for name in ("lossy", "whole"))
    rows = call.rows(
        "SELECT participant, cause, side, severity, symptoms, evidence FROM incidents FINAL WHERE room = '{room}' "
        f"AND began < fromUnixTimestamp64Milli({end}) AND ended > fromUnixTimestamp64Milli({begin})"
    )
    own = [row for row in rows if row["participant"] == "bob" and "loss" in row["symptoms"]]
    assert own, f"{rows}"
    of_loss = [(row["cause"], row["side"]) for row in own if set(row["symptoms"]) <= OF_LOSS]
    assert set(of_loss) <= {("uplink_loss", "network")}, f"{rows}"
    if call.story.load <= LOAD_MAX:
        blamed = {(row["participant"], row["cause"], row["side"]) for row in rows}
        assert ("bob", "uplink_loss", "network") in blamed, f"{rows}"
        assert ("carol", "uplink_loss", "other") in blamed, f"{rows}"
        assert not {("alice", "uplink_loss", "network"), ("carol", "uplink_loss", "network")} & blamed, f"{rows}"


def test_a_mute_is_known_at_both_ends(call: Call) -> None:
    """Alice's microphone is muted for some seconds, and so is what the others receive of it."""
    rows = call.rows(
        "SELECT participant, direction, min(toFloat64(t)) * 1000 AS begin, max(toFloat64(t)) * 1000 AS end "
        "FROM stream_samples WHERE room = '{room}' AND publisher = 'alice' AND source = 'microphone' AND muted = 1 "
        "GROUP BY participant, direction"
    )
    assert {(row["participant"], row["direction"]) for row in rows} == {
        ("alice", "outbound"), ("bob", "inbound"), ("carol", "inbound"),
    }  # fmt: skip
    for row in rows:
        assert call.moment("muted") - 1500 <= row["begin"]
        assert row["end"] <= call.moment("unmuted") + 2500
    (changes,) = call.rows(
        "SELECT countIf(JSONExtractBool(value, 'muted')) AS muted, count() AS changes FROM events "
        "WHERE room = '{room}' AND participant = 'alice' AND name = 'track_muted'"
    )
    assert (changes["muted"], changes["changes"]) == (1, 2)


def test_simulcast_is_two_layers_of_one_track(call: Call) -> None:
    """The cameras of the pages are sent twice, in two sizes."""
    rows = call.rows(
        "SELECT participant, track, uniqExact(layer) AS layers, uniqExact(height) AS heights FROM stream_samples "
        "WHERE room = '{room}' AND direction = 'outbound' AND source = 'camera' AND participant != 'carol' "
        "AND d_packets > 0 AND height IS NOT NULL GROUP BY participant, track"
    )
    assert {row["participant"] for row in rows} == {"alice", "bob"}
    assert max(row["layers"] for row in rows if row["participant"] == "bob") == 2


def test_a_full_reconnect_is_one_person(call: Call) -> None:
    """Other ids and other tracks, the same session, in which a repair is told."""
    before, after, _ = call.story.ids["alice"]
    assert before["sid"] != after["sid"]
    assert not {one["sid"] for one in before["tracks"]} & {one["sid"] for one in after["tracks"]}
    events = call.rows(
        "SELECT name, toFloat64(t) * 1000 AS t_ms FROM events WHERE room = '{room}' AND participant = 'alice' "
        "AND name IN ('reconnecting', 'reconnected') ORDER BY t"
    )
    assert [event["name"] for event in events] == ["reconnecting", "reconnected"]
    sent = call.rows(
        "SELECT uniqExact(session) AS sessions, groupUniqArray(track) AS tracks FROM stream_samples "
        "WHERE room = '{room}' AND participant = 'alice' AND direction = 'outbound' AND source = 'microphone'"
    )
    assert sent[0]["sessions"] == 1
    assert len(sent[0]["tracks"]) == 2


def test_webhooks_are_taken_once_and_those_sent_again_too(call: Call) -> None:
    """One answer was cut off, so that webhook came again: a duplicate. Nothing is there twice.

    What LiveKit sent again after the deaf half minute is there: that carol is gone. What it gave up meanwhile is not:
    alice's second screen, which her client tells (`test_every_stream_has_its_owner`).
    """
    outcomes = call.rows(
        "SELECT outcome, count() AS count FROM batches WHERE room = '{room}' AND source = 'livekit' GROUP BY outcome"
    )
    counts = {row["outcome"]: row["count"] for row in outcomes}
    assert counts["duplicate"] >= 1
    assert counts.keys() == {"stored", "duplicate"}
    events = call.rows(
        "SELECT events.session AS session, events.participant AS participant, name, JSONExtractString(value, 'track') "
        "AS track, count() AS count, min(toFloat64(events.t)) * 1000 AS t_ms FROM events "
        "JOIN (SELECT DISTINCT writer FROM batches WHERE room = '{room}' AND source = 'livekit') AS sources "
        "USING writer WHERE events.room = '{room}' GROUP BY session, participant, name, track"
    )
    assert {event["count"] for event in events} == {1}
    happened = defaultdict(list)
    for event in events:
        happened[event["participant"], event["name"]].append(event["t_ms"])
    assert len(happened["alice", "joined"]) == 2
    assert len(happened["carol", "left"]) == 1
    assert call.moment("killed") + 15_000 < happened["carol", "left"][0] < call.moment("heard")
    shared = [track for track, source in call.tracks("alice").items() if source == "screen_share"]
    published = {event["track"] for event in events if event["name"] == "track_published"}
    assert len(shared) == 2
    assert published >= {one["sid"] for one in call.story.ids["alice"][0]["tracks"]}
    assert shared[-1] not in published
