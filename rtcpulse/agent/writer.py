"""The writer: collects samples, events and tracks of one session and cuts them into batches. No I/O."""

import secrets
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from rtcpulse.agent.tracks import DIRECTIONS, TrackBook, TrackInfo, legal
from schemas.batch import VERSION
from schemas.events import CUSTOM
from schemas.series import Object, Sample, series
from schemas.shape import clip, described, flat

WRITER_BYTES: Final = 16
GZIP_WINDOW: Final = 31
GZIP_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class Cut:
    """A batch as it goes over the wire, for good: retries send the same bytes. `samples` counts what is new in it."""

    seq: int
    body: bytes
    samples: int


@dataclass(slots=True)
class _Watched:
    """One peer connection: what was sampled since the last cut, after the last sample of the cut before."""

    label: str
    samples: list[Sample] = field(default_factory=list)
    has_baseline: bool = False

    @property
    def new(self) -> int:
        return len(self.samples) - self.has_baseline


class Writer:
    """Makes one session's batches. The repeat key is (session id, `writer_id`, seq)."""

    def __init__(self, session: dict[str, Any], every_ms: float) -> None:
        self.writer_id = secrets.token_hex(WRITER_BYTES)
        self.session = described(session)
        self.every_ms = every_ms
        self._seq = 0
        self._dropped = 0
        self._pcs: dict[str, _Watched] = {}
        self._events: list[dict[str, Any]] = []
        self._tracks = TrackBook()

    def describe(self, members: dict[str, Any]) -> None:
        """Say more of the session, or that it changed: in every batch from the next on."""
        self.session |= described(members)

    def add_pc(self, label: str) -> str:
        """Begin a peer connection and return its id, unique within the writer."""
        pc = f"pc{len(self._pcs)}"
        self._pcs[pc] = _Watched(clip(label))
        return pc

    def sample(self, pc: str, t: float, objects: list[Object]) -> None:
        """Add a reading at `t` milliseconds; one that is not after the previous is left out."""
        watched = self._pcs[pc]
        if not watched.samples or t > watched.samples[-1].t:
            watched.samples.append(Sample(t, objects))

    def event(self, t: float, name: str, value: Any, pc: str) -> None:
        """Add an event at `t` milliseconds; name and value may be anything and are kept as far as the contract goes."""
        members = {"pc": pc, "value": flat(value)}
        entry = {"t": round(t, 1), "name": clip(name) or CUSTOM}
        self._events.append(entry | {key: given for key, given in members.items() if given not in (None, "")})

    def track(self, t: float, pc: str, identifier: str, info: TrackInfo) -> None:
        """Say whose media a track is, from `t` milliseconds on; one that goes neither in nor out is left out."""
        if info.direction in DIRECTIONS:
            self._tracks.declare(t, pc, clip(identifier), legal(info))

    def lost(self, samples: int) -> None:
        """Count samples that were given up unsent; the next batch says so."""
        self._dropped += samples

    def cut(self) -> Cut | None:
        """Return what came since the last cut as a gzipped batch, None if nothing did."""
        samples = sum(watched.new for watched in self._pcs.values())
        if not samples and not self._events:
            return None
        body = pack(msgspec.json.encode(self._batch()))
        cut = Cut(self._seq, body, samples)
        self._seq += 1
        self._dropped = 0
        self._events = []
        for watched in self._pcs.values():
            watched.samples = watched.samples[-1:]
            watched.has_baseline = bool(watched.samples)
        return cut

    def _batch(self) -> dict[str, Any]:
        fresh = {pc: watched for pc, watched in self._pcs.items() if watched.new}
        times = [watched.samples[0].t for watched in fresh.values()] + [event["t"] for event in self._events]
        latest = {pc: watched.samples[-1].objects for pc, watched in self._pcs.items() if watched.samples}
        return {
            "v": VERSION,
            "writer": self.writer_id,
            "seq": self._seq,
            "every_ms": self.every_ms,
            "dropped": self._dropped,
            "session": self.session,
            "pcs": [{"pc": pc, "label": watched.label} for pc, watched in self._pcs.items()],
            "tracks": self._tracks.entries(min(times), latest),
            "series": [series(pc, one.samples, baseline=one.has_baseline) for pc, one in fresh.items()],
            "events": self._events,
        }


def pack(data: bytes) -> bytes:
    """Return the data as gzip without a time in it, so that equal data give equal bytes."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
    return packer.compress(data) + packer.flush()
