"""What Janus's event handlers send, read strictly: the envelope of each event, and what is used of each kind of event.

Versions before 1.0 know no `emitter`, no `subtype` and no `mid`: an event's kind is told by its type and its members.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from collector.admit import check_utf8, read
from schemas.errors import Refused
from schemas.headers import TOO_NEW_MS, TOO_OLD_MS
from schemas.reasons import Reason

T = TypeVar("T")
EVENTS_MAX: Final = 2000
"""Events of one delivery; Janus groups a hundred."""
_MEDIA_MAX: Final = 200
_COMMAS_MAX: Final = 200_000

SESSION, HANDLE, WEBRTC, MEDIA, PLUGIN, CORE = 1, 2, 16, 32, 64, 256
COUNTERS: Final = 3
"""The subtype of media events that have counters."""

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Count = Annotated[float, Meta(ge=0, lt=2**53)]
Name = Annotated[str, Meta(max_length=100)]


class Envelope(Struct, gc=False):
    """What every event has: its type, when it was (us since the Unix epoch), and whose it is."""

    type: Number
    timestamp: Annotated[int, Meta(ge=0, lt=10**17)]
    event: msgspec.Raw
    emitter: Name = ""
    subtype: Number = 0
    session_id: Number = 0
    handle_id: Number = 0
    opaque_id: str | None = None


class Named(Struct, gc=False):
    """Types 1 and 2: a session or a handle comes or goes."""

    name: Name
    plugin: Name = ""


class WebRTC(Struct, rename="kebab", gc=False):
    """Type 16: a state of ICE, DTLS or the connection, or the pair of candidates in use. Addresses are not read."""

    ice: Name = ""
    dtls: Name = ""
    connection: Name = ""
    reason: Annotated[str, Meta(max_length=256)] = ""
    selected_pair: str | None = None
    candidates: "Candidates | None" = None


class Candidate(Struct, gc=False):
    """What kind of candidate it is."""

    type: Name = ""
    transport: Name = ""


class Candidates(Struct, gc=False):
    """The pair in use."""

    local: Candidate | None = None
    remote: Candidate | None = None


class Media(Struct, gc=False):
    """Type 32 without counters: whether media come, or that many packets were lost in a second."""

    media: Name = ""
    mid: Name = ""
    receiving: bool | None = None
    seconds: Count | None = None
    slow_link: Name = ""
    lost_lastsec: Count | None = None


class Counters(Struct, rename="kebab", gc=False):
    """Type 32 with counters, of one media section since it began; times in ms, bytes with the RTP headers.

    `base` is the RTP clock, Hz; a data channel has none.
    """

    base: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    media: Name = ""
    mid: Name = ""
    codec: Name = ""
    rtt: Count = 0
    lost: Count = 0
    lost_by_remote: Count = 0
    jitter_local: Count = 0
    jitter_remote: Count = 0
    out_link_quality: Count = 0
    packets_received: Count = 0
    packets_sent: Count = 0
    bytes_received: Count = 0
    bytes_sent: Count = 0
    nacks_received: Count = 0
    nacks_sent: Count = 0
    retransmissions_received: Count | None = None


class Plugin(Struct, gc=False):
    """Type 64: what a plugin says, in its own words."""

    plugin: Name = ""
    data: Any = None


class Core(Struct, gc=False):
    """Type 256: Janus starts or ends."""

    status: Name
    info: "Info | None" = None
    signum: int | None = None


class Info(Struct, gc=False):
    """What of the server's own description is kept."""

    version_string: Name = ""


_pieces: Final = msgspec.json.Decoder(list[msgspec.Raw])
_envelope: Final = msgspec.json.Decoder(Envelope)
_counters: Final = msgspec.json.Decoder(Annotated[list[Counters], Meta(max_length=_MEDIA_MAX)])


def pieces(body: bytes) -> Sequence[tuple[str, bytes | msgspec.Raw]]:
    """Return the events of a delivery, unread, each with its place: `[3]` of an array, `$` of a single one.

    Raises:
        Refused: it is no JSON, neither an object nor an array, or too much.
    """
    check_utf8(body)
    if not body.lstrip(b" \t\r\n").startswith(b"["):
        return [("$", body)]
    if body.count(b",") > _COMMAS_MAX:
        raise Refused(Reason.TOO_MANY_SAMPLES, f"more than {_COMMAS_MAX} values in one delivery")
    found = read(body, _pieces.decode)
    if len(found) > EVENTS_MAX:
        raise Refused(Reason.TOO_MANY_SAMPLES, f"{len(found)} events; at most {EVENTS_MAX} are taken")
    return [(f"[{number}]", piece) for number, piece in enumerate(found)]


def envelope(piece: bytes | msgspec.Raw, received_ms: int) -> Envelope:
    """Read an event's envelope.

    Raises:
        Refused: it is none, or it is not of the last day; the place is within the event.
    """
    found = read_at(piece, _envelope)
    age_ms = received_ms - found.timestamp / 1000
    if age_ms > TOO_OLD_MS:
        raise Refused(Reason.TOO_OLD, f"{age_ms / 3_600_000:.1f} h before it came - at `$.timestamp`")
    if -age_ms > TOO_NEW_MS:
        raise Refused(Reason.TOO_NEW, f"{-age_ms / 1000:.0f} s after it came - at `$.timestamp`")
    return found


def digest(event: msgspec.Raw) -> str:
    """Return what tells what an event says from what others say, however it is indented."""
    plain = bytes(event)
    with contextlib.suppress(RecursionError, OverflowError, msgspec.DecodeError):  # it stays as it came
        plain = msgspec.json.encode(msgspec.json.decode(plain), order="deterministic")
    return hashlib.blake2b(plain, digest_size=6).hexdigest()


def read_at(piece: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[T], path: str = "$") -> T:
    """Read a part of an event strictly.

    Raises:
        Refused: with the place of what is wrong, below `path`.
    """
    try:
        return read(bytes(piece), decoder.decode)
    except Refused as refusal:
        raise placed(refusal, path) from None


def has_counters(event: msgspec.Raw) -> bool:
    """Say whether a media event of a version without subtypes has counters."""
    plain = bytes(event)
    return plain.lstrip().startswith(b"[") or b'"base"' in plain


def counters(event: msgspec.Raw) -> Sequence[Counters]:
    """Read the counters of one media section, or of all of them (`combine_media_stats`)."""
    if bytes(event).lstrip().startswith(b"["):
        return read_at(event, _counters, "$.event")
    return [read_at(event, _one_counters, "$.event")]


def placed(refusal: Refused, path: str) -> Refused:
    """Return the refusal with its place below `path`."""
    said, _, below = refusal.detail.partition(" - at `$")
    return Refused(refusal.reason, f"{said} - at `{path}{below or '`'}")


_one_counters: Final = msgspec.json.Decoder(Counters)
named: Final = msgspec.json.Decoder(Named)
webrtc: Final = msgspec.json.Decoder(WebRTC)
media: Final = msgspec.json.Decoder(Media)
plugin: Final = msgspec.json.Decoder(Plugin)
core: Final = msgspec.json.Decoder(Core)
