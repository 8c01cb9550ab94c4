"""The batch: what a client or server pushes, in both forms. The collector decodes it strictly with `decode`.

`series` holds one object per stats object with arrays along `t`; `samples` holds W3C dictionaries verbatim. The wire is
JSON in W3C's camelCase. Evolution: a new field has a default; a field never changes its type or its meaning; unknown
fields are ignored. All times `t` are milliseconds since the Unix epoch on the client's clock.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.stats import QUALITY_LIMITATIONS, Kind, kinds

VERSION: Final = 1
ID_MAX: Final = 256
TEXT_MAX: Final = 4096

Id = Annotated[str, Meta(min_length=1, max_length=ID_MAX)]
Label = Annotated[str, Meta(max_length=ID_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_MAX)]
Milliseconds = Annotated[float, Meta(ge=0, lt=1e14)]
Scalar = float | bool | Text | None

_SCALAR: Final[dict[Kind, Any]] = {
    Kind.COUNTER: float | None,
    Kind.SIGNED: float | None,
    Kind.GAUGE: float | None,
    Kind.TEXT: Text | None,
    Kind.FLAG: bool | None,
}

_ARRAY: Final[dict[Kind, Any]] = {
    Kind.COUNTER: list[float | None] | None,
    Kind.SIGNED: list[float | None] | None,
    Kind.GAUGE: list[float | None] | None,
    Kind.TEXT: list[Text | None] | None,
    Kind.FLAG: list[bool | None] | None,
}


def _wire(name: str) -> str:
    return name.replace(".", "_")


def _struct(name: str, types: dict[str, Any]) -> Any:
    fields = [(_wire(member), kind, None) for member, kind in types.items()]
    renames = {_wire(member): member for member in types}
    return msgspec.defstruct(name, fields, rename=renames, gc=False, module=__name__)


_KINDS: Final = kinds()
_REFERENCES: Final = {"type": Id, "id": Id}

Static = _struct("Static", {name: _SCALAR[kind] for name, kind in _KINDS.items()})
Fields = _struct("Fields", {name: _ARRAY[kind] for name, kind in _KINDS.items()})
FIELD_NAMES: Final = tuple(_KINDS)


class Limitations(Struct, gc=False):
    """W3C's qualityLimitationDurations record, seconds by reason, in the verbatim form."""

    none: float | None = None
    cpu: float | None = None
    bandwidth: float | None = None
    other: float | None = None


assert Limitations.__struct_fields__ == QUALITY_LIMITATIONS  # noqa: S101 - holds at import

Stats = msgspec.defstruct(
    "Stats",
    [
        ("type", Id),
        ("id", Id),
        ("timestamp", Milliseconds | None, None),
        ("qualityLimitationDurations", Limitations | None, None),
        *((name, _SCALAR[kind], None) for name, kind in _KINDS.items() if "." not in name and name != "timestamp"),
    ],
    gc=False,
    omit_defaults=True,
    module=__name__,
)


class Client(Struct, rename="camel", gc=False):
    """What the client is."""

    browser: Label = ""
    browser_version: Label = ""
    os: Label = ""
    device: Label = ""
    network_type: Label = ""


class Server(Struct, rename="camel", gc=False):
    """Which media server the session is on."""

    node: Label = ""
    region: Label = ""


class Session(Struct, rename="camel", gc=False):
    """One person's attempt to be in one room; it survives reconnects and ICE restarts."""

    id: Id
    room: Label = ""
    participant: Label = ""
    role: Literal["client", "server"] = "client"
    app: Label = ""
    sdk: Label = ""
    client: Client = msgspec.field(default_factory=Client)
    server: Server = msgspec.field(default_factory=Server)
    refs: dict[Label, dict[Label, Label]] = msgspec.field(default_factory=dict)
    tags: dict[Label, Label] = msgspec.field(default_factory=dict)


class PeerConnection(Struct, rename="camel", gc=False):
    """A peer connection of the writer; `label` is its role (publisher, subscriber, ...)."""

    pc: Id
    label: Label = ""


class Track(Struct, rename="camel", gc=False):
    """Whose media a stream is, from `t` on. SSRC, mid and trackIdentifier change owner, so this says it again."""

    t: Milliseconds
    pc: Id
    direction: Literal["inbound", "outbound"]
    mid: Label = ""
    track_identifier: Label = ""
    ssrc: Annotated[int, Meta(ge=0, le=0xFFFFFFFF)] | None = None
    track: Label = ""
    publisher: Label = ""
    source: Label = ""
    muted: bool | None = None
    wanted: bool | None = None


class SeriesObject(Struct, gc=False):
    """One stats object over the samples of its series: `s` stays, `f` holds one array per member along `t`."""

    type: Id
    id: Id
    s: Static = msgspec.field(default_factory=Static)  # type: ignore[valid-type]
    f: Fields = msgspec.field(default_factory=Fields)  # type: ignore[valid-type]


class Series(Struct, gc=False):
    """Samples of one peer connection by columns. With `baseline`, `t[0]` is a sample that was sent before."""

    pc: Id
    t: list[Milliseconds]
    objects: list[SeriesObject]
    baseline: bool = False


class Sample(Struct, gc=False):
    """One getStats() of one peer connection, verbatim. With `baseline` it was sent before."""

    t: Milliseconds
    pc: Id
    stats: list[Stats]  # type: ignore[valid-type]
    baseline: bool = False


class Event(Struct, gc=False):
    """Something that happened; `name` is one of `schemas.events.EVENTS` or the application's own."""

    t: Milliseconds
    name: Id
    pc: Label = ""
    value: Scalar | dict[Label, Scalar] = None


class NodeMetric(Struct, gc=False):
    """The series of one metric of a media server at one time: each has its labels and its value, at the same place.

    `kind` says whether values only grow until the server starts again; the parts of a histogram do.
    """

    metric: Id
    kind: Literal["counter", "gauge"]
    labels: list[dict[Label, Label]]
    values: list[float]


class NodeScrape(Struct, gc=False):
    """What a media server as a whole said of itself at one time."""

    t: Milliseconds
    node: Id
    metrics: list[NodeMetric]


class Batch(Struct, gc=False):
    """What a writer saw since its last batch; repeats share (session, writer, seq) or (session, writer, origin_id)."""

    v: int
    writer: Id
    session: Session
    seq: Annotated[int, Meta(ge=0, lt=2**53)] | None = None
    origin_id: Annotated[str, Meta(min_length=1, max_length=ID_MAX)] | None = None
    every_ms: Annotated[float, Meta(ge=0, lt=1e9)] | None = None
    dropped: Annotated[int, Meta(ge=0, lt=2**53)] = 0
    pcs: list[PeerConnection] = []
    tracks: list[Track] = []
    series: list[Series] = []
    samples: list[Sample] = []
    events: list[Event] = []
    nodes: list[NodeScrape] = []


_decoder: Final = msgspec.json.Decoder(Batch)


def decode(body: bytes) -> Batch:
    """Decode an unpacked body strictly: known members must have the right type, unknown ones are skipped.

    Raises:
        msgspec.DecodeError: not JSON (NaN and numbers beyond a double are not JSON either).
        msgspec.ValidationError: JSON of the wrong shape; the message ends with the path of what was wrong.
        RecursionError: nested deeper than the interpreter allows.
    """
    return _decoder.decode(body)
