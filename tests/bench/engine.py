"""What the engine needs by itself for the same JSON: one INSERT SELECT that parses the bytes and stores rows.

The reference of R1 and R2. It reads the plain JSON from a file (ingest gets it as gzip out of the log), parses the
members that ingest keeps by a nested schema, makes a row of every RTP, transport and candidate-pair object of a sample,
and inserts them into a MergeTree whose columns have the types and codecs that the raw tables have. It joins nothing,
differences nothing, checks nothing and remembers nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ingest import members
from ingest.members import Place
from runtime.store import Store
from schemas.tables import STREAM_SAMPLES, TRANSPORT_SAMPLES
from tests.bench.bodies import Bodies

TABLE: Final = "bench_engine_rows"
TYPES: Final = (
    "'inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'remote-outbound-rtp', 'transport', 'candidate-pair'"
)
_PLACES: Final[tuple[Mapping[str, Place], ...]] = (
    members.INBOUND,
    members.OUTBOUND,
    members.REMOTE_INBOUND,
    members.REMOTE_OUTBOUND,
    members.TRANSPORT,
    members.PAIR,
)
_STORED: Final = {column.name: column.type for table in (TRANSPORT_SAMPLES, STREAM_SAMPLES) for column in table.columns}
_TEXTS: Final = {
    "kind": "LowCardinality(String)",
    "mid": "LowCardinality(String)",
    "trackIdentifier": "String",
    "codecId": "String",
}
_IDENTITY: Final = {
    "session": "String",
    "room": "String",
    "participant": "String",
    "writer": "String",
    "pc": "LowCardinality(String)",
    "type": "LowCardinality(String)",
    "id": "String",
    **_TEXTS,
    "ssrc": "UInt32",
    "t": "DateTime64(3, 'UTC')",
}
_ENVELOPE: Final = "writer String, session Tuple(id String, room String, participant String)"
_SESSION: Final = "session.id, session.room, session.participant, writer"


class Engine:
    """The engine and the table that it fills."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        store.execute(_ddl())

    def insert(self, form: str) -> None:
        """Parse and store the file of a form."""
        self._store.execute(_inserts(form, self._folder / f"{form}.json"))

    def write(self, bodies: Bodies) -> None:
        """Write the file of a form."""
        (self._folder / f"{bodies.form}.json").write_bytes(b"\n".join(bodies.plain))

    def empty(self) -> None:
        """Forget the rows."""
        self._store.execute(f"TRUNCATE TABLE {TABLE}")


def members_kept() -> dict[str, str]:
    """Return the members that ingest stores numbers of, with the type of the column that each goes to."""
    found: dict[str, str] = {}
    for places in _PLACES:
        for member, place in places.items():
            kind = _STORED[place.column]
            found[member] = "Nullable(Float64)" if "DateTime" in kind or place.factor != 1 else kind
    return found


def _ddl() -> str:
    texts = [f"`{name}` {kind}{_codec(kind)}" for name, kind in (_IDENTITY | members_kept()).items()]
    return (
        f"CREATE TABLE IF NOT EXISTS {TABLE} ({', '.join(texts)}) ENGINE = MergeTree "
        "PARTITION BY toDate(t) ORDER BY (toStartOfHour(t), session, id, t)"
    )


def _codec(kind: str) -> str:
    if "LowCardinality" in kind:
        return ""
    before = "DoubleDelta, " if "DateTime" in kind else "Delta, " if "Int64" in kind else ""
    return f" CODEC({before}ZSTD(1))"


def _inserts(form: str, path: Path) -> str:
    return f"INSERT INTO {TABLE} " + (_of_series(path) if form == "series" else _of_samples(path))


def _of_series(path: Path) -> str:
    kept = members_kept()
    steady = _tuple(_TEXTS | {"ssrc": "UInt32"} | kept)
    fields = _tuple({name: f"Array({kind})" for name, kind in kept.items()})
    one = f"Tuple(type String, id String, s {steady}, f {fields})"
    source = _file(path, f"series Array(Tuple(pc String, t Array(Float64), objects Array({one})))")
    values = ", ".join(f"ifNull(tupleElement(o.f, '{name}')[n], tupleElement(o.s, '{name}'))" for name in kept)
    texts = ", ".join(f"o.s.{name}" for name in _TEXTS)
    return f"""
SELECT {_SESSION}, pc, o.type, o.id, {texts}, o.s.ssrc, toDateTime64(times[n] / 1000, 3, 'UTC'), {values}
FROM (
    SELECT session, writer, pc, times, o, arrayJoin(range(2, length(times) + 1)) AS n
    FROM (
        SELECT session, writer, x.pc AS pc, x.t AS times,
            arrayJoin(arrayFilter(o -> o.type IN ({TYPES}), x.objects)) AS o
        FROM (SELECT session, writer, arrayJoin(series) AS x FROM {source})
    )
)"""


def _of_samples(path: Path) -> str:
    kept = members_kept()
    plain = {name: kind for name, kind in kept.items() if "." not in name}
    reasons = _tuple({name.partition(".")[2]: kind for name, kind in kept.items() if "." in name})
    one = _tuple(
        {"type": "String", "id": "String", **_TEXTS, "ssrc": "UInt32", "qualityLimitationDurations": reasons, **plain}
    )
    source = _file(path, f"samples Array(Tuple(pc String, t Float64, baseline Bool, stats Array({one})))")
    values = ", ".join(f"o.{name}" for name in kept)
    texts = ", ".join(f"o.{name}" for name in _TEXTS)
    return f"""
SELECT {_SESSION}, x.pc, o.type, o.id, {texts}, o.ssrc, toDateTime64(x.t / 1000, 3, 'UTC'), {values}
FROM (
    SELECT session, writer, x, arrayJoin(arrayFilter(o -> o.type IN ({TYPES}), x.stats)) AS o
    FROM (SELECT session, writer, arrayJoin(samples) AS x FROM {source})
    WHERE NOT x.baseline
)"""


def _tuple(types: Mapping[str, str]) -> str:
    return "Tuple(" + ", ".join(f"`{name}` {kind}" for name, kind in types.items()) + ")"


def _file(path: Path, samples: str) -> str:
    structure = f"{_ENVELOPE}, {samples}".replace("'", "\\'")
    return f"file('{path}', 'JSONEachRow', '{structure}')"
