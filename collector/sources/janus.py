"""Janus's event handlers (`sampleevh`, HTTP): each event of a delivery becomes a batch of its own.

Janus numbers no events, groups a repeat otherwise than the first time, ignores how it is answered and never sends
again what was refused. So a batch is made of one event and of nothing else, its `origin_id` of what tells that event
from others; what can be read of a delivery is taken, and what cannot is counted. Only a delivery of which nothing can
be read is refused, with the first place.

A session is Janus's: one client, whose handles are the peer connections. Where one of Janus's sessions serves many
people, as a gateway's does, `?session=handle` makes each handle a session. Who it is stands in `refs`: `{"janus":
{"emitter", "session", "handle", "opaqueId"}}`; room and name come with events of the plugin, and no other repeats them.
Where the application's opaque ids are ROOM/PERSON, `?opaque=room/participant` has each batch name both.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from collector.sender import Keys
from collector.sources import janusevents as wire
from collector.sources.janusevents import Envelope, placed
from collector.sources.janushappenings import Told, events, told
from collector.sources.source import Delivery
from runtime.instruments import Instruments
from schemas.batch import ID_MAX, VERSION, Batch, PeerConnection, Sample, Server, Session
from schemas.errors import Refused
from schemas.mark import Mark, batch_of
from schemas.reasons import Reason

NAMELESS: Final = "janus"
"""Stands for the emitter where Janus has no `server_name`, or is too old to say it."""
_OPTIONS: Final = {"session": ("", "janus", "handle"), "opaque": ("", "room/participant")}

_journal = structlog.get_logger(__name__)


class Janus:
    """`collector.sources.source.Source` of Janus's events.

    Args:
        instruments: counts the events that cannot be read.
    """

    name = "janus"

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def project(self, delivery: Delivery, keys: Keys) -> str:
        """By `?key=`, or by the password of Basic authentication, which is what Janus sends."""
        return keys.project(delivery.key or _password(delivery.headers.get("authorization", "")))

    def batches(self, delivery: Delivery) -> Sequence[Batch]:
        """Translate what can be read; see the module."""
        reading = Reading.of(delivery)
        found: list[Batch] = []
        refusals: list[Refused] = []
        pieces = wire.pieces(delivery.body)
        for place, piece in pieces:
            try:
                batch = batch_of_event(wire.envelope(piece, delivery.received_ms), reading)
            except Refused as error:
                refusals.append(placed(error, place))
            else:
                found += [batch] if batch else []
        if refusals and len(refusals) == len(pieces):
            raise refusals[0]
        for refusal in refusals:
            self._instruments.count("collector_skipped", source=self.name, reason=refusal.reason.value)
        if refusals:
            _journal.warning("events_skipped", source=self.name, count=len(refusals), first=refusals[0].detail)
        return found


@dataclass(frozen=True, slots=True)
class Reading:
    """How the sender wants its events read: each handle a session, and opaque ids that are ROOM/PERSON."""

    by_handle: bool = False
    opaque_names: bool = False

    @classmethod
    def of(cls, delivery: Delivery) -> "Reading":
        """Read the query.

        Raises:
            Refused: an option has a value that nobody knows.
        """
        for name, known in _OPTIONS.items():
            value = delivery.query.get(name, "")
            if value not in known:
                said = f"{name} is {value[:40]!r}, not {' or '.join(filter(None, known))}"
                raise Refused(Reason.BAD_SHAPE, f"{said} - at `?{name}=`")
        return cls(delivery.query.get("session") == "handle", bool(delivery.query.get("opaque")))


def batch_of_event(envelope: Envelope, reading: Reading) -> Batch | None:
    """Return the batch of one event, which depends on nothing else; None of what is not kept.

    Raises:
        Refused: it cannot be read, with the place below `$`.
    """
    if envelope.type == wire.CORE:
        return _restart(envelope)
    if not envelope.session_id or (reading.by_handle and not envelope.handle_id):
        return None
    said = told(envelope)
    if said is None:
        return None
    emitter = envelope.emitter or NAMELESS
    pc = str(envelope.handle_id) if envelope.handle_id else ""
    t_ms = envelope.timestamp / 1000
    return Batch(
        VERSION,
        f"janus/{emitter}",
        _session(envelope, emitter, said, reading),
        origin_id=origin_id(envelope),
        pcs=[PeerConnection(pc, said.plugin)] if pc and said.plugin else [],
        samples=[Sample(t_ms, pc or "pc0", list(said.stats))] if said.stats else [],
        events=events(envelope, said, pc),
    )


def origin_id(envelope: Envelope) -> str:
    """Return what tells an event from all others, however it is grouped: when it was, whose it is and what it says.

    Two of one microsecond, kind and handle differ in what they say, else they are one.
    """
    of = (envelope.timestamp, envelope.type, envelope.subtype, envelope.session_id, envelope.handle_id)
    return "/".join([envelope.emitter or NAMELESS, *map(str, of), wire.digest(envelope.event)])


def _session(envelope: Envelope, emitter: str, said: Told, reading: Reading) -> Session:
    ids = [str(envelope.session_id), str(envelope.handle_id)]
    refs = {"emitter": emitter, "session": ids[0]}
    if envelope.handle_id:
        refs["handle"] = ids[1]
    room, participant = said.room, said.participant
    if envelope.opaque_id and len(envelope.opaque_id) <= ID_MAX:
        refs["opaqueId"] = envelope.opaque_id
        if reading.opaque_names and "/" in envelope.opaque_id:
            room, _, participant = envelope.opaque_id.rpartition("/")
    return Session(
        f"janus:{emitter}/{'/'.join(ids if reading.by_handle else ids[:1])}",
        room=room,
        participant=participant,
        role="server",
        server=Server(node=emitter),
        refs={"janus": refs},
    )


def _restart(envelope: Envelope) -> Batch | None:
    """Return a mark, to be seen beside the numbers: a Janus that starts has lost all of its sessions."""
    event = wire.read_at(envelope.event, wire.core, "$.event")
    emitter = envelope.emitter or NAMELESS
    version = event.info.version_string if event.info else ""
    by = "" if event.signum is None else f", signal {event.signum}"
    return batch_of(Mark(f"janus {event.status}", version=version, text=emitter + by), envelope.timestamp / 1000)


def _password(authorization: str) -> str:
    """Return the password of Basic authentication (RFC 7617); nothing where it is none."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        plain = base64.b64decode(coded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return plain.partition(":")[2]
