"""Janus's events: whose they are, what becomes of each, what a repeat is, and what is left of a bad delivery."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from collector.sources.janus import Janus
from collector.sources.source import Delivery
from runtime.instruments import Instruments
from schemas.batch import ID_MAX
from schemas.errors import Refused
from schemas.headers import TOO_NEW_MS, TOO_OLD_MS
from tests.builders import T0
from tests.collector.conftest import Make
from tests.collector.sources.janusevents import US, an_event, stats_event, stats_of, told, translated

PAIR = {
    "selected-pair": "192.0.2.9:21043 [host,udp] <-> 203.0.113.9:51689 [relay,udp]",
    "candidates": {
        "local": {"address": "192.0.2.9", "port": 21043, "type": "host", "transport": "udp", "family": 4},
        "remote": {"address": "203.0.113.9", "port": 51689, "type": "relay", "transport": "udp", "family": 4},
    },
}
SDP = {"owner": "remote", "jsep": {"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\n"}}


def test_counters_become_stats_in_w3cs_units_of_both_ways() -> None:
    """What Janus receives is inbound; jitter and round trip in seconds; bytes without the fixed header."""
    assert stats_of(stats_event()) == {
        "IT0": {
            "type": "inbound-rtp", "id": "IT0", "kind": "audio", "mid": "0", "codecId": "C0", "packetsReceived": 100,
            "packetsLost": 3, "retransmittedPacketsReceived": 2, "headerBytesReceived": 1200, "bytesReceived": 8000,
            "jitter": 0.005, "nackCount": 4,
        },
        "OT0": {
            "type": "outbound-rtp", "id": "OT0", "kind": "audio", "mid": "0", "codecId": "C0", "packetsSent": 90,
            "headerBytesSent": 1080, "bytesSent": 7000, "nackCount": 1,
        },
        "RI0": {
            "type": "remote-inbound-rtp", "id": "RI0", "kind": "audio", "localId": "OT0", "packetsLost": 2,
            "jitter": 0.007, "roundTripTime": 0.04,
        },
        "C0": {"type": "codec", "id": "C0", "mimeType": "audio/opus", "clockRate": 48000},
    }  # fmt: skip


def test_zeros_that_say_nothing_are_left_out() -> None:
    """Of a way that no packet went nothing; of the far end nothing without a sign of a report; no round trip of 0."""
    silent = {"rtt": 0, "lost_by_remote": 0, "jitter_remote": 0, "out_link_quality": 0}
    assert set(stats_of(stats_event(**silent))) == {"IT0", "OT0", "C0"}
    assert stats_of(stats_event(**silent | {"out_link_quality": 98}))["RI0"].keys() == {
        "type", "id", "kind", "localId", "packetsLost", "jitter",
    }  # fmt: skip
    assert set(stats_of(stats_event(packets_received=0))) == {"OT0", "RI0", "C0"}
    assert set(stats_of(stats_event(packets_sent=0))) == {"IT0", "C0"}


def test_layers_data_and_combined_counters() -> None:
    """Simulcast's layers have a mid in common; data channels have no RTP; `combine_media_stats` makes a list."""
    video = stats_event(mid="1", media="video-sim2", codec="vp8", base=90000, packets_sent=0)
    assert set(stats_of(video)) == {"IT1-sim2", "C1-sim2"}
    assert stats_of(video)["IT1-sim2"]["kind"] == "video"
    assert translated(stats_event(mid="2", media="data")) == []
    data = {"mid": "2", "mindex": 2, "media": "data", "packets-received": 9, "packets-sent": 9, "bytes-received": 1703,
            "bytes-sent": 1707}  # fmt: skip
    assert translated(an_event(32, data, subtype=3)) == []
    all_of_it = an_event(32, [stats_event()["event"], video["event"], data], subtype=3)
    assert set(stats_of(all_of_it)) == {"IT0", "OT0", "RI0", "C0", "IT1-sim2", "C1-sim2"}


def test_a_codec_without_a_clock_has_none() -> None:
    """What is not told is not guessed."""
    event = {name: value for name, value in stats_event()["event"].items() if name != "base"}
    assert stats_of(an_event(32, event, subtype=3))["C0"] == {"type": "codec", "id": "C0", "mimeType": "audio/opus"}


def test_a_session_is_janus_s_and_its_handles_are_its_connections() -> None:
    """Unless the sender says that each handle is a person of its own."""
    attached = an_event(2, {"name": "attached", "plugin": "janus.plugin.videoroom"}, opaque_id="call-42/alice")
    (batch,) = translated(attached)
    assert (batch.session.id, batch.writer, batch.session.role) == ("janus:sfu/11", "janus/sfu", "server")
    assert batch.session.server.node == "sfu"
    ids = {"emitter": "sfu", "session": "11", "handle": "22", "opaqueId": "call-42/alice"}
    assert batch.session.refs == {"janus": ids}
    assert [(one.pc, one.label) for one in batch.pcs] == [("22", "videoroom")]
    (batch,) = translated(attached, session="handle")
    assert batch.session.id == "janus:sfu/11/22"
    assert translated(an_event(1, {"name": "timeout"}, handle_id=0), session="handle") == []
    with pytest.raises(Refused, match="not janus or handle"):
        translated(attached, session="room")


def test_opaque_ids_may_name_room_and_person() -> None:
    """Of every event then, so that each row has both; one that is no such name names nobody."""
    for opaque, expected in (("call/42/alice", ("call/42", "alice")), ("alice", ("", ""))):
        (batch,) = translated(stats_event() | {"opaque_id": opaque}, opaque="room/participant")
        assert (batch.session.room, batch.session.participant) == expected
        (batch,) = translated(stats_event() | {"opaque_id": opaque})
        assert (batch.session.room, batch.session.participant) == ("", "")
    with pytest.raises(Refused, match=r"not room/participant - at `\?opaque=`"):
        translated(stats_event(), opaque="person")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"status": "starting", "id": 7}, {"event": "starting", "mountpoint": "7"}),
        ({"status": "pausing", "id": "lobby"}, {"event": "pausing", "mountpoint": "lobby"}),
        ({"status": "stopping"}, {"event": "stopping"}),
        ({"event": "created", "id": 8, "type": "live"}, {"event": "created", "mountpoint": "8"}),
    ],
)
def test_a_viewer_of_a_mountpoint(data: dict[str, Any], said: dict[str, Any]) -> None:
    """What is watched and when it was paused, as Janus 1.1.2's streaming plugin says; other plugins' status is none."""
    assert told(an_event(64, {"plugin": "janus.plugin.streaming", "data": data})) == [("streaming", said)]
    assert translated(an_event(64, {"plugin": "janus.plugin.sip", "data": {"status": "starting"}})) == []


def test_a_plugin_names_room_and_person() -> None:
    """A leaving person's number is no name; what a plugin says that is of another shape is passed over."""
    joined = {"event": "joined", "room": 1234, "id": 77, "private_id": 5, "display": "Alice"}
    (batch,) = translated(an_event(64, {"plugin": "janus.plugin.videoroom", "data": joined}))
    assert (batch.session.room, batch.session.participant) == ("1234", "Alice")
    (batch,) = translated(an_event(64, {"plugin": "janus.plugin.audiobridge", "data": joined | {"display": ""}}))
    assert batch.session.participant == "77"
    leaving = {"event": "leaving", "room": "r", "id": 77}
    (batch,) = translated(an_event(64, {"plugin": "janus.plugin.videoroom", "data": leaving}))
    assert (batch.session.room, batch.session.participant) == ("r", "")
    assert [(event.name, event.value) for event in batch.events] == [("left", {"reason": "leaving"})]
    left = {"event": "left", "room": 1234, "id": 77, "display": "Alice"}
    (batch,) = translated(an_event(64, {"plugin": "janus.plugin.audiobridge", "data": left}))
    assert [(event.name, event.value) for event in batch.events] == [("left", {"reason": "leaving"})]
    assert told(an_event(64, {"plugin": "janus.plugin.videoroom", "data": {"event": "published"}})) == [
        ("videoroom", {"event": "published"})
    ]
    assert translated(an_event(64, {"plugin": "janus.plugin.echotest", "data": {"audio_active": True}})) == []
    assert translated(an_event(64, {"plugin": "x", "data": [{"event": "joined"}]})) == []


@pytest.mark.parametrize(
    ("kind", "event", "expected"),
    [
        (1, {"name": "created"}, [("signal_connected", None)]),
        (1, {"name": "timeout"}, [("left", {"reason": "timeout"})]),
        (2, {"name": "detached", "plugin": "p"}, [("pc_closed", {"reason": "detached"})]),
        (16, {"ice": "connected"}, [("ice_state", {"state": "connected"}), ("ice_connected", None)]),
        (16, {"ice": "ready"}, [("ice_state", {"state": "completed"})]),
        (16, {"ice": "hovering"}, []),
        (16, {"dtls": "connected"}, [("dtls_connected", None)]),
        (
            16,
            {"dtls": "failed"},
            [("connection_state", {"state": "failed"}), ("error", {"stage": "dtls", "code": "failed"})],
        ),
        (16, {"connection": "webrtcup"}, [("connection_state", {"state": "connected"})]),
        (
            16,
            {"connection": "hangup", "reason": "DTLS alert"},
            [("connection_state", {"state": "closed"}), ("pc_closed", {"reason": "DTLS alert"})],
        ),
        (
            16,
            {"connection": "hangup", "reason": "ICE failed"},
            [("connection_state", {"state": "failed"}), ("pc_closed", {"reason": "ICE failed"})],
        ),
        (
            32,
            {"media": "audio", "mid": "0", "receiving": False, "seconds": 2},
            [("receiving", {"mid": "0", "kind": "audio", "receiving": False, "seconds": 2})],
        ),
        (
            32,
            {"media": "video", "mid": "1", "slow_link": "downlink", "lost_lastsec": 9},
            [("slow_link", {"mid": "1", "kind": "video", "direction": "inbound", "lost": 9})],
        ),
    ],
)
def test_what_happens_becomes_events(kind: int, event: Mapping[str, Any], expected: list[Any]) -> None:
    """By the members and not by the subtype, which old versions do not send."""
    assert told(an_event(kind, event)) == expected
    assert told(an_event(kind, event, subtype=9)) == expected


def test_a_restart_of_janus_is_a_mark() -> None:
    """Beside the numbers of all sessions, with the version."""
    (batch,) = translated(an_event(256, {"status": "started", "info": {"version_string": "1.1.2"}}, subtype=1))
    assert batch.session.id == "rtcpulse-marks"
    assert batch.events[0].name == "janus started"
    assert {"version": "1.1.2", "text": "sfu"}.items() <= dict(batch.events[0].value or {}).items()  # type: ignore[arg-type]


async def test_no_address_and_no_sdp_reaches_the_log(make: Make) -> None:
    """The kind of candidate and its protocol do; the password of Basic authentication is the key; gzip is unpacked."""
    collector = make("sfu:one", sources=[Janus(Instruments())])
    named = [("local-candidate", 2), ("remote-candidate", 3)]
    candidates = [an_event(16, {name: "1 1 udp 2015 203.0.113.9 5 typ host"}, subtype=number) for name, number in named]
    requests = an_event(128, {"data": {"ip": "203.0.113.9"}})
    body = json.dumps([an_event(8, SDP), *candidates, an_event(16, PAIR, subtype=4), requests]).encode()
    basic = base64.b64encode(b"janus:sfu").decode()
    async with collector.client() as client:
        answer = await client.post(
            "/v1/sources/janus", content=gzip.compress(body), headers={"authorization": f"Basic {basic}"}
        )
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
        wrong = await client.post("/v1/sources/janus", content=body, headers={"authorization": "Basic &&"})
        assert wrong.json()["reason"] == "missing_key"
    (entry,) = await collector.published()
    value = entry.message.value
    assert b"203.0.113" not in value
    assert b"192.0.2" not in value
    assert all(word in value for word in (b'"candidateType":"relay"', b'"candidateType":"host"', b'"protocol":"udp"'))
    assert entry.message.headers["source"] == "janus"


async def test_a_mark_of_a_restart_goes_where_marks_go(make: Make) -> None:
    """Its message is a mark's, so that there is no session of it."""
    collector = make(sources=[Janus(Instruments())])
    async with collector.client() as client:
        body = json.dumps(an_event(256, {"status": "shutdown", "signum": 15}, subtype=2))
        assert (await client.post("/v1/sources/janus", content=body)).json() == {"accepted": 1}
    (entry,) = await collector.published()
    assert entry.message.headers["source"] == "mark"


def test_a_repeat_is_the_same_batch_however_it_is_grouped() -> None:
    """Its body too: a repeat key with another body would be a dead letter."""
    events = [stats_event(after_s=one) for one in (1, 2)] + [an_event(16, {"ice": "ready"}, subtype=1)]
    together = [msgspec.json.encode(batch) for batch in translated(*events)]
    apart = [msgspec.json.encode(batch) for event in reversed(events) for batch in translated(event)]
    assert sorted(together) == sorted(apart)
    single = Delivery(json.dumps(events[0]).encode(), received_ms=int(T0))
    assert [msgspec.json.encode(one) for one in Janus(Instruments()).batches(single)] == together[:1]


def test_other_events_have_other_keys() -> None:
    """By time, type, subtype, session, handle and what they say; the longest is no longer than keys may be."""
    own = stats_event()
    others = [own | {"timestamp": US + 1}, own | {"session_id": 12}, own | {"handle_id": 23}, own | {"emitter": "b"}]
    others += [stats_event(mid="1"), own | {"subtype": 4}]
    keys = [translated(event)[0].origin_id for event in [own, *others]]
    assert len(set(keys)) == len(keys)
    longest = 2**63 - 1
    long = own | {"emitter": "e" * 100, "session_id": longest, "handle_id": longest, "subtype": longest}
    assert len(translated(long)[0].origin_id or "") <= ID_MAX
    indented = Delivery(json.dumps(own, indent=3).encode(), received_ms=int(T0))
    assert Janus(Instruments()).batches(indented)[0].origin_id == keys[0]


def test_what_no_number_holds_does_no_harm_in_what_nobody_reads() -> None:
    """A digest of it is made all the same."""
    huge = json.loads('{"ice": "ready", "x": ' + "9" * 400 + "}")
    assert told(an_event(16, huge)) == [("ice_state", {"state": "completed"})]


@pytest.mark.parametrize(
    ("bad", "detail"),
    [
        ({"type": 32}, "Object missing required field `timestamp` - at `[1]`"),
        (7, "Expected `object`, got `int` - at `[1]`"),
        (stats_event(base="fast"), "Expected `int | null`, got `str` - at `[1].event.base`"),
        (stats_event(packets_received=-1), "Expected `float` >= 0.0 - at `[1].event.packets-received`"),
        (an_event(32, [7], subtype=3), "Expected `object`, got `int` - at `[1].event[0]`"),
        (an_event(16, {"ice": ["x"]}), "Expected `str`, got `array` - at `[1].event.ice`"),
        (stats_event() | {"session_id": "11"}, "Expected `int`, got `str` - at `[1].session_id`"),
        (stats_event() | {"emitter": "e" * 101}, "Expected `str` of length <= 100 - at `[1].emitter`"),
        (stats_event(after_s=60 + TOO_NEW_MS / 1000 + 1), "61 s after it came - at `[1].timestamp`"),
        (stats_event(after_s=59 - TOO_OLD_MS / 1000), "24.0 h before it came - at `[1].timestamp`"),
    ],
)
def test_a_bad_event_is_counted_and_the_others_are_taken(bad: Any, detail: str) -> None:
    """Janus does not send again what was refused; where nothing can be read, the first place is said."""
    instruments = Instruments()
    assert len(translated(stats_event(), bad, stats_event(after_s=1), instruments=instruments)) == 2
    assert b'rtcpulse_collector_skipped_total{reason="' in instruments.exposition()
    with pytest.raises(Refused) as refusal:
        translated(bad, bad)
    assert refusal.value.detail == detail.replace("[1]", "[0]")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"nonsense", "not_json"),
        (b"[1,", "not_json"),
        (b"\xff", "not_utf8"),
        (b"[" * 100_000, "too_deep"),
        (b'{"type":32,"timestamp":1,"event":' + b"[" * 100_000, "too_deep"),
        (b"[" + b"0," * 300_000 + b"0]", "too_many_samples"),
        (b"[" + b"{}," * 3000 + b"{}]", "too_many_samples"),
        (b'"text"', "bad_shape"),
    ],
)
def test_what_is_no_delivery_is_refused(body: bytes, reason: str) -> None:
    """Before it costs anything."""
    with pytest.raises(Refused) as refusal:
        Janus(Instruments()).batches(Delivery(body, received_ms=int(T0)))
    assert refusal.value.reason.value == reason


def test_an_old_version_without_emitter_subtype_and_mid_is_taken() -> None:
    """Streams are then known by their medium; an empty array is nothing."""
    event = stats_event()["event"]
    del event["mid"], event["codec"], event["out-link-quality"]
    old = {"type": 32, "timestamp": US, "session_id": 11, "handle_id": 22, "event": event}
    (batch,) = translated(old)
    assert (batch.session.id, batch.writer) == ("janus:janus/11", "janus/janus")
    assert set(stats_of(old)) == {"ITaudio", "OTaudio", "RIaudio"}
    assert translated() == []
    assert translated(an_event(3, {"x": 1})) == []
