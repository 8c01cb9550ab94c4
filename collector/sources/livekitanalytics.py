"""What LiveKit's analytics service is told, as batches: stats of tracks, events, and who is in the rooms of a node.

A stat counts from its start to its end: it becomes a series of two readings, of which the first is the baseline. The
totals that the readings stand on are kept for as long as there is room; one that was forgotten begins at zero, and its
differences are the same. All is the server's view: what it had of a publisher's track is `inbound`, what it sent to a
subscriber `outbound`, whose loss, jitter and round trip the subscriber reported.

Of an event only the members below are read: addresses of clients, metadata and names of people go no further.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from schemas.batch import (
    VERSION,
    Batch,
    Event,
    Fields,
    NodeMetric,
    NodeScrape,
    PeerConnection,
    Scalar,
    Series,
    Server,
    Session,
    Static,
    Track,
)
from schemas.batch import SeriesObject as Object
from schemas.errors import Refused
from schemas.node import SESSION
from schemas.reasons import Reason

KNOWN_MAX: Final = 50_000
STREAMS_MAX: Final = 2000
UPSTREAM: Final = 0
COUNT_MAX: Final = 2**31
"""LiveKit itself takes a count from here on for a negative one and no evidence of anything."""
_COUNTED: Final = (
    "primary_packets", "primary_bytes", "retransmit_packets", "retransmit_bytes", "packets_lost", "frames", "nacks",
    "plis", "firs",
)  # fmt: skip
_EVENTS: Final = {
    2: "join_started", 11: "joined", 45: "left", 3: "left", 15: "reconnected", 22: "reconnected",
    23: "track_muted", 24: "track_muted", 4: "track_published", 5: "track_unpublished",
}  # fmt: skip
"""Names by `AnalyticsEventType`; the rest says nothing of a person that anything else would not say."""
_MUTED: Final = 23
_ABORTED: Final = 45
Totals = dict[str, int]


class _Lately(OrderedDict[Any, Any]):
    """A dictionary that forgets what was set first."""

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > KNOWN_MAX:
            self.popitem(last=False)


class Translator:
    """Turns messages into batches, and remembers what later messages do not say again: identities and totals."""

    def __init__(self) -> None:
        self._identities: _Lately = _Lately()
        self._totals: _Lately = _Lately()

    def stats(self, message: Any) -> Iterator[Batch]:
        """Translate `AnalyticsStats`: a batch for each participant.

        Raises:
            Refused: one has more streams than anybody can have; a few bytes of each become thousands.
        """
        found: dict[str, list[Any]] = {}
        for stat in message.stats:
            if stat.participant_id and stat.track_id and any(_span(stream) for stream in stat.streams):
                found.setdefault(stat.participant_id, []).append(stat)
        most = max((sum(len(stat.streams) for stat in stats) for stats in found.values()), default=0)
        if most > STREAMS_MAX:
            raise Refused(
                Reason.TOO_MANY_SAMPLES, f"a participant with {most} streams; at most {STREAMS_MAX} are taken"
            )
        yield from map(self._of_stats, found.values())

    def events(self, message: Any) -> Sequence[Batch]:
        """Translate `AnalyticsEvents`: a batch for each event of a person that is of use."""
        return [batch for event in message.events for batch in self._of_event(event)]

    def _of_stats(self, stats: Sequence[Any]) -> Batch:
        first = stats[0]
        series: list[Series] = []
        tracks: list[Track] = []
        events: list[Event] = []
        for stat in stats:
            pc, direction = ("upstream", "inbound") if stat.kind == UPSTREAM else ("downstream", "outbound")
            for place, stream in enumerate(stat.streams):
                span = _span(stream)
                if span:
                    key = (stat.participant_id, pc, stat.track_id, stream.ssrc or place)
                    totals = self._grown(key, stream)
                    series.append(
                        Series(pc, list(span), list(_objects(stat, stream, totals, span, place)), baseline=True)
                    )
            t = series[-1].t[0]
            tracks.append(Track(t, pc, direction, track_identifier=stat.track_id, track=stat.track_id))  # type: ignore[arg-type]
            if stat.score:
                value = {"score": round(stat.score, 3), "track": stat.track_id, "direction": direction}
                events.append(Event(series[-1].t[1], "quality", pc=pc, value=value))
        return Batch(
            VERSION,
            _writer(first.node),
            self._session(first.participant_id, first.room_name, first.room_id, first.node),
            origin_id=_origin(stats),
            pcs=[PeerConnection(pc, pc) for pc in dict.fromkeys(one.pc for one in series)],
            tracks=tracks,
            series=series,
            events=events,
        )

    def _grown(self, key: Any, stream: Any) -> tuple[Totals, Totals]:
        before: Totals = self._totals.get(key) or dict.fromkeys(_COUNTED, 0)
        after = {name: before[name] + getattr(stream, name) for name in _COUNTED}
        self._totals[key] = after
        return before, after

    def _of_event(self, event: Any) -> Iterator[Batch]:
        who, room = event.participant, event.room
        sid = event.participant_id or who.sid
        if sid and who.identity:
            self._identities[sid] = who.identity[:256]
        name, t = _EVENTS.get(event.type, ""), _milliseconds(event.timestamp)
        if not (name and sid and t):
            return
        yield Batch(
            VERSION,
            _writer(event.node_id),
            self._session(sid, room.name, event.room_id or room.sid, event.node_id),
            origin_id=_origin([event]),
            events=[Event(t, name, value=_said(event))],
        )

    def _session(self, sid: str, room: str, room_sid: str, node: str) -> Session:
        """Return the session, under the same id as that of webhooks."""
        identity = self._identities.get(sid, "")
        told = {"room": room, "roomSid": room_sid, "identity": identity, "sid": sid}
        refs = {"livekit": {name: value[:256] for name, value in told.items() if value}}
        return Session(f"livekit:{sid[:240]}", room[:256], identity, "server", server=Server(node[:256]), refs=refs)


def node_rooms(message: Any) -> Sequence[Batch]:
    """Translate `AnalyticsNodeRooms`: how many rooms and people a node has."""
    t = _milliseconds(message.timestamp)
    if not (t and message.node_id):
        return []
    people = sum(len(room.participants) for room in message.rooms)
    counted = {"analytics_rooms": len(message.rooms), "analytics_participants": people}
    metrics = [NodeMetric(name, "gauge", [{}], [float(value)]) for name, value in counted.items()]
    scrape = NodeScrape(t, message.node_id[:256], metrics)
    return [Batch(VERSION, _writer(message.node_id), Session(SESSION), origin_id=_origin([message]), nodes=[scrape])]


def _objects(
    stat: Any, stream: Any, totals: tuple[Totals, Totals], span: tuple[float, float], place: int
) -> Iterator[Object]:
    """Yield the stats objects of a stream: what the server counted, and what it knows of the other end."""
    grown = {name: [float(one[name]) for one in totals] for name in _COUNTED}
    packets, bytes_ = (
        [primary + again for primary, again in zip(grown[f"primary_{what}"], grown[f"retransmit_{what}"], strict=True)]
        for what in ("packets", "bytes")
    )
    once = {"nackCount": grown["nacks"], "pliCount": grown["plis"], "firCount": grown["firs"]}
    lost = {"packetsLost": grown["packets_lost"], "jitter": [None, stream.jitter / 1e6]}
    rtt: Mapping[str, Any] = {"roundTripTime": [None, stream.rtt / 1000]} if stream.rtt else {}
    kind = "video" if stat.mime.lower().startswith("video") else "audio" if stat.mime else None
    name = f"{stat.track_id[:240]}/{place}" if place else stat.track_id[:250]
    known = {"kind": kind, "ssrc": stream.ssrc or None, "trackIdentifier": stat.track_id}
    codec = Object("codec", "C", Static(mimeType=stat.mime), Fields())
    static = Static(**known, codecId="C")
    if stat.kind == UPSTREAM:
        counted = {
            "packetsReceived": packets, "bytesReceived": bytes_,
            "retransmittedPacketsReceived": grown["retransmit_packets"],
            "retransmittedBytesReceived": grown["retransmit_bytes"], "framesReceived": grown["frames"],
        }  # fmt: skip
        yield Object("inbound-rtp", name, static, Fields(**counted, **lost, **once))
        yield Object("remote-outbound-rtp", f"R{name}", Static(localId=name), Fields(timestamp=[*span], **rtt))
    else:
        counted = {
            "packetsSent": packets, "bytesSent": bytes_, "retransmittedPacketsSent": grown["retransmit_packets"],
            "retransmittedBytesSent": grown["retransmit_bytes"], "framesSent": grown["frames"],
        }  # fmt: skip
        yield Object("outbound-rtp", name, static, Fields(**counted, **once))
        yield Object("remote-inbound-rtp", f"R{name}", Static(localId=name), Fields(timestamp=[*span], **lost, **rtt))
    yield codec


def _span(stream: Any) -> tuple[float, float] | None:
    """Return begin and end of what a stream counted, ms since the Unix epoch; None where it tells nothing."""
    began, ended = _milliseconds(stream.start_time), _milliseconds(stream.end_time)
    sane = all(getattr(stream, name) < COUNT_MAX for name in _COUNTED if not name.endswith("bytes"))
    return (began, ended) if 0 < began < ended and sane else None


def _milliseconds(stamp: Any) -> float:
    return float(stamp.seconds * 1000 + stamp.nanos // 1_000_000)


def _said(event: Any) -> dict[str, Scalar] | None:
    name = _EVENTS[event.type]
    if name == "track_muted":
        return {"track": event.track_id or event.track.sid, "muted": event.type == _MUTED}
    if name.startswith("track_"):
        return {"track": event.track_id or event.track.sid}
    if event.type == _ABORTED:
        return {"reason": "connection_aborted"}
    if name == "left":
        return {"reason": _reason(event.participant)}
    return None


def _reason(participant: Any) -> str:
    field = participant.DESCRIPTOR.fields_by_name["disconnect_reason"]
    known = field.enum_type.values_by_number.get(participant.disconnect_reason)
    return str(known.name if known else participant.disconnect_reason).lower()


def _writer(node: str) -> str:
    return f"livekit-analytics/{node[:200]}"


def _origin(messages: Sequence[Any]) -> str:
    """Return the repeat key: what the messages say, their own ids among it."""
    digest = hashlib.blake2b(digest_size=16)
    for one in messages:
        digest.update(one.SerializeToString(deterministic=True))
    return digest.hexdigest()
