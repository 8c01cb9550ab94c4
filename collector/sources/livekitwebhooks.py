"""What one webhook of LiveKit's says, as a batch. Pure: no batch depends on any other, so their order is no matter.

The bodies are protobuf's JSON: 64-bit integers are texts, and a member with its default (the AUDIO of a track's type)
is left out. Of what is there only the members below are read: `turnPassword`, metadata, attributes and names of people
go no further. Times are LiveKit's: `createdAt` in whole seconds, others in milliseconds.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from collector.admit import check_utf8, read
from schemas import rooms
from schemas.batch import ID_MAX, VERSION, Batch, Event, Id, Label, Scalar, Server, Session

Sid = Annotated[str, Meta(min_length=1, max_length=64)]
Seconds = Annotated[int, Meta(ge=1, lt=10**11)]
Since1970 = Annotated[int, Meta(ge=0, lt=10**17)]
"""In any unit from seconds to microseconds; 0 where it is not said."""
EnumName = Label | int
"""A value of an enumeration; one that the server has no name for is a number."""


class _Room(Struct, rename="camel"):
    sid: Sid
    name: Id
    creation_time_ms: Since1970 = 0


class _Permission(Struct):
    hidden: bool = False


class _Participant(Struct, rename="camel"):
    sid: Sid
    identity: Id
    joined_at: Since1970 = 0
    joined_at_ms: Since1970 = 0
    kind: EnumName = "STANDARD"
    region: Label = ""
    disconnect_reason: EnumName = "UNKNOWN_REASON"
    permission: _Permission = msgspec.field(default_factory=_Permission)


class _Version(Struct, rename="camel"):
    unix_micro: Since1970 = 0


class _Track(Struct, rename="camel"):
    sid: Sid
    type: EnumName = "AUDIO"
    source: EnumName = "UNKNOWN"
    name: str = ""
    muted: bool = False
    simulcast: bool = False
    version: _Version = msgspec.field(default_factory=_Version)


class _Webhook(Struct, rename="camel"):
    event: Label


class _OfRoom(_Webhook):
    id: Id
    created_at: Seconds
    room: _Room

    @property
    def t(self) -> float:
        """When the server made it, ms since the Unix epoch, with the precision of a second."""
        return self.created_at * 1000.0


class _OfPerson(_OfRoom):
    participant: _Participant

    @property
    def said_joined_ms(self) -> int:
        """When the person joined, ms since the Unix epoch; 0 where that is not said."""
        return self.participant.joined_at_ms or self.participant.joined_at * 1000

    @property
    def joined(self) -> float:
        """The same; now, where that is not said."""
        return float(self.said_joined_ms or self.t)

    @property
    def left(self) -> float:
        """When the person left, ms since the Unix epoch: not before they joined, of which more digits are known."""
        return max(self.t, self.joined)


class _OfTrack(_OfPerson):
    track: _Track


def translated(body: bytes, writer: str) -> Sequence[Batch]:
    """Return the batch that a webhook is; none for events that nobody here knows, such as those of egress.

    Raises:
        Refused: it cannot be read, with the place.
    """
    check_utf8(body)
    known = _KNOWN.get(read(body, _name.decode).event)
    return [known(body, writer)] if known else []


def _of_room(body: bytes, writer: str) -> Batch:
    told = read(body, _room.decode)
    t = told.t
    if told.event == "room_started" and told.t <= told.room.creation_time_ms < told.t + 1000:
        t = float(told.room.creation_time_ms)
    session = Session(rooms.SESSION, told.room.name, role="server")
    return _batch(told, writer, session, Event(t, told.event, value={"roomSid": told.room.sid}))


def _joined(body: bytes, writer: str) -> Batch:
    told = read(body, _person.decode)
    return _batch(told, writer, _session(told), Event(told.joined, "joined"))


def _left(body: bytes, writer: str) -> Batch:
    """Return that a person left, with when they had joined: the webhook that said so may have been lost."""
    told = read(body, _person.decode)
    value: dict[str, Scalar] = {"reason": _lower(told.participant.disconnect_reason)}
    if told.said_joined_ms:
        value["joined_ms"] = float(told.said_joined_ms)
    return _batch(told, writer, _session(told), Event(told.left, "left", value=value))


def _aborted(body: bytes, writer: str) -> Batch:
    """Return what came of a person who never got in: media could not be connected, or they gave up."""
    told = read(body, _person.decode)
    failed: dict[str, Scalar] = {"stage": "connection", "code": _lower(told.participant.disconnect_reason)}
    gone: dict[str, Scalar] = {"reason": "connection_aborted"}
    return _batch(
        told, writer, _session(told), Event(told.left, "error", value=failed), Event(told.left, "left", value=gone)
    )


def _of_track(body: bytes, writer: str) -> Batch:
    told = read(body, _track.decode)
    track, published = told.track, float(told.track.version.unix_micro // 1000)
    value: dict[str, Scalar] = {
        "track": track.sid,
        "kind": _lower(track.type),
        "source": "other" if track.source == "UNKNOWN" else _lower(track.source),
        "muted": track.muted,
        "simulcast": track.simulcast,
        "name": track.name[:ID_MAX],
    }
    t = max(told.t, published) if published < told.t + 1000 else told.t
    return _batch(told, writer, _session(told), Event(t, told.event, value=value))


def _batch(told: _OfRoom, writer: str, session: Session, *events: Event) -> Batch:
    return Batch(VERSION, writer, session, origin_id=told.id, events=list(events))


def _session(told: _OfPerson) -> Session:
    who, room = told.participant, told.room
    tags = {} if who.kind == "STANDARD" else {"kind": _lower(who.kind)}
    if who.permission.hidden:
        tags["hidden"] = "true"
    return Session(
        f"livekit:{who.sid}",
        room.name,
        who.identity,
        "server",
        server=Server(region=who.region),
        refs={"livekit": {"room": room.name, "roomSid": room.sid, "identity": who.identity, "sid": who.sid}},
        tags=tags,
    )


def _lower(value: str | int) -> str:
    return str(value).lower()


def _decoder(shape: Any) -> Any:
    return msgspec.json.Decoder(shape, strict=False)


_name: Final = _decoder(_Webhook)
_room: Final = _decoder(_OfRoom)
_person: Final = _decoder(_OfPerson)
_track: Final = _decoder(_OfTrack)

_KNOWN: Final[dict[str, Callable[[bytes, str], Batch]]] = {
    "room_started": _of_room,
    "room_finished": _of_room,
    "participant_joined": _joined,
    "participant_left": _left,
    "participant_connection_aborted": _aborted,
    "track_published": _of_track,
    "track_unpublished": _of_track,
}
