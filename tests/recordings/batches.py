"""A recording to batches in either form, and what their rows must add up to, computed without ingest."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from collector.sources.traces.cut import Cut, cuts
from collector.sources.traces.recorded import Recorded
from schemas.series import Object, series
from schemas.stats import MEMBERS

RESETTING: Final = {
    "inbound-rtp": ("packetsReceived", "bytesReceived", "headerBytesReceived", "retransmittedPacketsReceived",
                    "retransmittedBytesReceived"),
    "outbound-rtp": ("packetsSent", "bytesSent", "headerBytesSent", "retransmittedPacketsSent",
                     "retransmittedBytesSent"),
}  # fmt: skip
COLUMNS: Final = {
    "packetsReceived": "d_packets", "packetsSent": "d_packets", "bytesReceived": "d_bytes", "bytesSent": "d_bytes",
    "framesDecoded": "d_frames", "framesEncoded": "d_frames", "nackCount": "d_nacks", "pliCount": "d_plis",
    "concealedSamples": "d_concealed_samples", "totalSamplesReceived": "d_samples_received",
    "totalFreezesDuration": "d_freezes_s", "jitterBufferEmittedCount": "d_jitter_buffer_emitted",
    "totalDecodeTime": "d_coding_time_s", "totalEncodeTime": "d_coding_time_s", "qpSum": "d_qp_sum",
}  # fmt: skip
Key = tuple[str, str, str, int]


def batches(recorded: Recorded, session: str, *, verbatim: bool) -> list[dict[str, Any]]:
    """Return a recording as one writer's batches in the form that the product imports, or verbatim."""
    who = {"room": "", "participant": "recorded", "app": "recording", **recorded.about, "id": session}
    return [
        {"v": 1, "writer": session * 2, "seq": seq, "session": who, **_form(cut, verbatim=verbatim)}
        for seq, cut in enumerate(cuts(recorded))
    ]


def _form(cut: Cut, *, verbatim: bool) -> dict[str, Any]:
    if not verbatim:
        return {"series": [series(cut.pc, cut.samples, baseline=cut.baseline)]}
    return {
        "samples": [
            {"t": sample.t, "pc": cut.pc, "baseline": cut.baseline and place == 0, "stats": sample.objects}
            for place, sample in enumerate(cut.samples)
        ]
    }


@dataclass(frozen=True, slots=True)
class Sum:
    """What the deltas of one member of one stream must add up to: last minus first."""

    key: Key
    column: str
    value: float


def sums(recorded: Recorded) -> list[Sum]:
    """Return last minus first of every counter of every stream that was there throughout and never fell.

    A stream that comes after its peer connection's first reading starts from zero. Streams that go and come again, or
    stand twice under one id and SSRC in a reading, are left out: their history is not known.
    """
    found = []
    for pc, readings in recorded.pcs.items():
        along: dict[Key, list[tuple[int, Object]]] = defaultdict(list)
        for place, reading in enumerate(readings):
            for stats in reading.objects:
                if stats["type"] in RESETTING:
                    key = (pc, stats["type"], str(stats["id"]), int(stats.get("ssrc") or 0))
                    along[key].append((place, stats))
        found += [one for key, history in along.items() for one in _sums(key, history)]
    return found


def _sums(key: Key, history: list[tuple[int, Object]]) -> list[Sum]:
    places = [place for place, _ in history]
    if places != list(range(places[0], places[0] + len(places))) or len(history) < 2:
        return []
    if any(_falls(history, member) for member in RESETTING[key[1]]):
        return []
    found = []
    for member in COLUMNS.keys() & MEMBERS[key[1]].keys():
        values = [stats.get(member) for _, stats in history]
        known = [value for value in values if value is not None]
        if len(known) == len(values) and not _falls(history, member):
            start = known[0] if places[0] == 0 else 0
            found.append(Sum(key, COLUMNS[member], known[-1] - start))
    return found


def _falls(history: list[tuple[int, Object]], member: str) -> bool:
    values = [stats[member] for _, stats in history if stats.get(member) is not None]
    return any(after < before for before, after in pairwise(values))
