"""LiveKit's analytics over a real gRPC connection: what becomes of stats, events and rooms, and who may send them."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import msgspec
import pytest
import pytest_asyncio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio
from isal import igzip
from livekit.protocol.analytics import (
    AnalyticsEvent,
    AnalyticsEvents,
    AnalyticsNodeRooms,
    AnalyticsRoom,
    AnalyticsRoomParticipant,
    AnalyticsStat,
    AnalyticsStats,
    AnalyticsStream,
)
from livekit.protocol.models import ParticipantInfo, Room

from collector.sources import livekitanalytics
from collector.sources.livekitanalytics import Translator
from collector.sources.recorder import SERVICE, Recorder
from runtime.chdbstore import ChdbStore
from schemas.batch import Batch
from schemas.errors import Refused
from schemas.node import SESSION
from schemas.reasons import Reason
from tests.analytics.feed import Feed
from tests.builders import T0
from tests.collector.conftest import Collector, Make
from tests.ingest.running import Ingest, rows

COUNTS: dict[str, Any] = {
    "primary_packets": 500, "primary_bytes": 50_000, "retransmit_packets": 4, "retransmit_bytes": 400,
    "packets_lost": 25, "frames": 0, "rtt": 80, "jitter": 12_500, "nacks": 3, "plis": 1, "firs": 0,
}  # fmt: skip


def at(seconds: float) -> Timestamp:
    """Return a time after T0."""
    return Timestamp(seconds=int(T0 / 1000 + seconds), nanos=int(seconds % 1 * 1e9))


def a_stat(kind: Any = 0, first: float = 0, length: float = 5, **counts: int) -> AnalyticsStat:
    """Return what was counted of a microphone's track in five seconds."""
    stream = AnalyticsStream(start_time=at(first), end_time=at(first + length), **(COUNTS | counts))
    return AnalyticsStat(
        id="AS_1", kind=kind, time_stamp=at(first + length), node="ND_1", room_id="RM_1", room_name="hall",
        participant_id="PA_1", track_id="TR_1", score=4.25, streams=[stream], mime="audio/opus",
    )  # fmt: skip


def an_event(kind: str, seconds: float = 0, **members: Any) -> AnalyticsEvent:
    """Return an event of ann in the hall."""
    ann = ParticipantInfo(sid="PA_1", identity="ann", name="Ann", metadata="203.0.113.9", **members.pop("who", {}))
    return AnalyticsEvent(
        id=f"AE_{kind}", type=kind, timestamp=at(seconds), room=Room(sid="RM_1", name="hall", turn_password="secret"),
        participant_id="PA_1", participant=ann, node_id="ND_1", **members,
    )  # fmt: skip


def bodies(batches: Any) -> list[bytes]:
    """Return batches as they stand in the log."""
    return [msgspec.json.encode(batch) for batch in batches]


def test_a_stat_is_a_row_with_its_differences(store: ChdbStore, project: str) -> None:
    """Of what came from a publisher, as the server received it: loss is expected of what it did not."""
    told = Translator()
    first = told.stats(AnalyticsStats(stats=[a_stat()]))
    second = told.stats(AnalyticsStats(stats=[a_stat(first=5, primary_packets=250, packets_lost=0)]))
    found = rows(Ingest(store, project).tables(*bodies([*first, *second])).stream_samples)
    kept = ("session", "room", "participant", "pc", "direction", "kind", "codec", "track", "interval_ms", "d_packets")
    assert [tuple(row[name] for name in kept) for row in found] == [
        ("livekit:PA_1", "hall", "", "upstream", "inbound", "audio", "opus", "TR_1", 5000, packets)
        for packets in (504, 254)
    ]
    assert [(row["d_packets_lost"], row["d_bytes"], row["jitter_ms"], row["rtt_ms"]) for row in found] == [
        (25, 50_400, 12.5, 80), (0, 50_400, 12.5, 80),
    ]  # fmt: skip
    assert [(row["packets"], row["reset"]) for row in found] == [(504, 0), (758, 0)]


def test_what_the_server_sent_is_with_the_report_of_who_received_it(store: ChdbStore, project: str) -> None:
    """Loss, jitter and round trip are the subscriber's."""
    batches = Translator().stats(AnalyticsStats(stats=[a_stat(kind=1)]))
    (row,) = rows(Ingest(store, project).tables(*bodies(batches)).stream_samples)
    assert (row["direction"], row["pc"], row["d_packets"], row["d_packets_lost"]) == ("outbound", "downstream", 504, 25)
    assert (row["jitter_ms"], row["rtt_ms"], row["d_nacks"]) == (12.5, 80, 3)


def test_a_person_is_known_by_what_was_told_of_them_before() -> None:
    """And nothing of the event that is nobody's business goes on."""
    told = Translator()
    (joined,) = told.events(AnalyticsEvents(events=[an_event("PARTICIPANT_ACTIVE")]))
    (stats,) = told.stats(AnalyticsStats(stats=[a_stat(), a_stat(kind=1)]))
    refs = {"livekit": {"room": "hall", "roomSid": "RM_1", "identity": "ann", "sid": "PA_1"}}
    assert (joined.session.refs, stats.session.refs, stats.session.participant) == (refs, refs, "ann")
    assert [(event.name, event.value) for event in stats.events] == [
        ("quality", {"score": 4.25, "track": "TR_1", "direction": way}) for way in ("inbound", "outbound")
    ]
    assert not [secret for secret in (b"secret", b"203.0.113.9", b"Ann") if secret in msgspec.json.encode(joined)]


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        (an_event("PARTICIPANT_JOINED"), "join_started", None),
        (an_event("PARTICIPANT_LEFT", who={"disconnect_reason": 14}), "left", {"reason": "connection_timeout"}),
        (an_event("PARTICIPANT_CONNECTION_ABORTED"), "left", {"reason": "connection_aborted"}),
        (an_event("PARTICIPANT_RESUMED"), "reconnected", None),
        (an_event("TRACK_MUTED", track_id="TR_1"), "track_muted", {"track": "TR_1", "muted": True}),
        (an_event("TRACK_UNMUTED", track_id="TR_1"), "track_muted", {"track": "TR_1", "muted": False}),
    ],
)
def test_events(event: AnalyticsEvent, name: str, value: Any) -> None:
    """Each that says something of a person, at its time."""
    (batch,) = Translator().events(AnalyticsEvents(events=[event]))
    assert [(one.name, one.value, one.t) for one in batch.events] == [(name, value, T0)]


@pytest.mark.parametrize(
    "stat",
    [
        a_stat(length=0),
        a_stat(length=-5),
        a_stat(primary_packets=2**31),
        AnalyticsStat(participant_id="PA_1", track_id="TR_1"),
        AnalyticsStat(participant_id="", track_id="TR_1", streams=a_stat().streams),
    ],
)
def test_a_stat_that_tells_nothing_is_left_out(stat: AnalyticsStat) -> None:
    """The others of the message stay."""
    (batch,) = Translator().stats(AnalyticsStats(stats=[stat, a_stat(kind=1)]))
    assert [one.pc for one in batch.series] == ["downstream"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A total that was forgotten begins at zero, with the same differences."""
    monkeypatch.setattr(livekitanalytics, "KNOWN_MAX", 1)
    told = Translator()
    for track in ("TR_1", "TR_2", "TR_1"):
        stat = a_stat()
        stat.track_id = track
        (batch,) = told.stats(AnalyticsStats(stats=[stat]))
        (stream, *_) = msgspec.to_builtins(batch.series[0].objects)
        assert stream["f"]["packetsReceived"] == [0, 504]


class Sender:
    """A LiveKit server's side of the connection."""

    def __init__(self, port: int, key: str = "") -> None:
        self._channel = aio.insecure_channel(f"127.0.0.1:{port}")
        self._metadata = [("authorization", f"Bearer {key}")] if key else []

    async def send(self, method: str, *messages: Any) -> None:
        """Send messages as one stream, and wait for its answer."""
        call = self._channel.stream_unary(
            f"/{SERVICE}/{method}",
            request_serializer=lambda one: one if isinstance(one, bytes) else one.SerializeToString(),
            response_deserializer=Empty.FromString,
        )
        await call(iter(messages), metadata=self._metadata, timeout=10)

    async def close(self) -> None:
        """Hang up."""
        await self._channel.close()


@pytest_asyncio.fixture
async def guarded(make: Make) -> AsyncIterator[tuple[Collector, Recorder]]:
    """A collector with a key, and its receiver."""
    collector = make("sfu:acme")
    recorder = Recorder(collector.edge, "127.0.0.1:0")
    await recorder.start()
    yield collector, recorder
    await recorder.close()


async def published(collector: Collector) -> Iterator[tuple[str, Batch]]:
    """Return (project, batch) of what is in the log."""
    return (
        (entry.message.headers["project"], msgspec.json.decode(igzip.decompress(entry.message.value), type=Batch))
        for entry in await collector.published()
    )


async def test_three_streams_of_a_server_are_in_the_log(guarded: tuple[Collector, Recorder]) -> None:
    """In the key's project, answered when all of a stream is durable."""
    collector, recorder = guarded
    server = Sender(recorder.port, "sfu")
    await server.send("IngestEvents", AnalyticsEvents(events=[an_event("PARTICIPANT_ACTIVE")]), AnalyticsEvents())
    await server.send("IngestStats", AnalyticsStats(stats=[a_stat()]), AnalyticsStats(stats=[a_stat(first=5)]))
    people = [AnalyticsRoomParticipant(id="PA_1"), AnalyticsRoomParticipant(id="PA_2")]
    rooms = [AnalyticsRoom(id="RM_1", participants=people), AnalyticsRoom(id="RM_2")]
    await server.send("IngestNodeRoomStates", AnalyticsNodeRooms(node_id="ND_1", timestamp=at(1), rooms=rooms))
    await server.close()
    found = list(await published(collector))
    assert {project for project, _ in found} == {"acme"}
    assert [batch.session.id for _, batch in found] == ["livekit:PA_1"] * 3 + [SESSION]
    (scrape,) = found[-1][1].nodes
    assert (scrape.node, [(one.metric, one.values) for one in scrape.metrics]) == (
        "ND_1", [("analytics_rooms", [2]), ("analytics_participants", [2])],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "message", "status"),
    [
        ("", AnalyticsStats(stats=[a_stat()]), grpc.StatusCode.UNAUTHENTICATED),
        ("wrong", AnalyticsStats(stats=[a_stat()]), grpc.StatusCode.UNAUTHENTICATED),
        ("sfu", b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
        ("sfu", b"\x0a" + b"\xff" * (2 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED),
        ("sfu", AnalyticsStats(stats=[a_stat(first=-200_000)]), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_what_is_wrong_ends_the_stream(
    guarded: tuple[Collector, Recorder], key: str, message: Any, status: grpc.StatusCode
) -> None:
    """With a status that says whether to come again; nothing of it is in the log."""
    collector, recorder = guarded
    server = Sender(recorder.port, key)
    with pytest.raises(aio.AioRpcError) as refusal:
        await server.send("IngestStats", message)
    await server.close()
    assert refusal.value.code() == status
    assert list(await published(collector)) == []


async def test_one_persons_bad_stat_costs_nobody_elses(guarded: tuple[Collector, Recorder]) -> None:
    """It is counted; the stream goes on."""
    collector, recorder = guarded
    old, long = a_stat(first=-200_000), a_stat()
    old.participant_id, long.participant_id, long.track_id = "PA_old", "PA_long", "T" * 300
    server = Sender(recorder.port, "sfu")
    await server.send(
        "IngestStats", AnalyticsStats(stats=[old, long, a_stat()]), AnalyticsStats(stats=[a_stat(first=5)])
    )
    await server.close()
    assert [batch.session.id for _, batch in await published(collector)] == ["livekit:PA_1"] * 2
    counted = collector.edge.instruments.exposition().decode()
    for reason in ("too_old", "bad_shape"):
        assert f'collector_skipped_total{{reason="{reason}",source="livekit-analytics"}} 1.0' in counted


def test_nobody_has_thousands_of_streams() -> None:
    """Refused before each of its few bytes becomes a thousand."""
    stat = a_stat()
    stat.streams.extend([stat.streams[0]] * livekitanalytics.STREAMS_MAX)
    with pytest.raises(Refused, match="streams") as refusal:
        list(Translator().stats(AnalyticsStats(stats=[a_stat(), stat])))
    assert refusal.value.reason is Reason.TOO_MANY_SAMPLES


def test_the_same_message_again_is_a_duplicate(store: ChdbStore, project: str) -> None:
    """By what it says, whoever reads it."""
    message = AnalyticsEvents(events=[an_event("PARTICIPANT_ACTIVE")])
    feed = Feed(store, project)
    feed.store_batches(bodies([*Translator().events(message), *Translator().events(message)]))
    outcomes = store.query("SELECT outcome FROM batches WHERE project = {p:String} ORDER BY log_offset", {"p": project})
    assert [row["outcome"] for row in outcomes.to_pylist()] == ["stored", "duplicate"]
