"""A recording to batches in either form, and what their rows must add up to, computed without ingest."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from rtcpulse.agent.series import Sample, series
from schemas.stats import MEMBERS
from tests.recordings.readers import Reading, Recording, Stats

SAMPLES: Final = 8
"""Readings of a batch beside its baseline."""
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


def batches(recording: Recording, session: str, *, verbatim: bool) -> list[dict[str, Any]]:
    """Return the recording as one writer's batches, each but the first of a peer connection with its baseline."""
    cuts = [
        (pc, readings[max(0, first - 1) : first + SAMPLES], first > 0)
        for pc, readings in recording.pcs.items()
        for first in range(0, len(readings), SAMPLES)
    ]
    who = {"id": session, "room": recording.name, "participant": "recorded", "app": "recording"}
    return [
        {"v": 1, "writer": session * 2, "seq": seq, "session": who, **_form(pc, cut, baseline, verbatim=verbatim)}
        for seq, (pc, cut, baseline) in enumerate(cuts)
    ]


def _form(pc: str, cut: Sequence[Reading], baseline: bool, *, verbatim: bool) -> dict[str, Any]:  # noqa: FBT001
    if not verbatim:
        samples = [Sample(t, objects) for t, objects in cut]
        return {"series": [series(pc, samples, baseline=baseline)]}
    return {
        "samples": [
            {"t": t, "pc": pc, "baseline": baseline and place == 0, "stats": objects}
            for place, (t, objects) in enumerate(cut)
        ]
    }


@dataclass(frozen=True, slots=True)
class Sum:
    """What the deltas of one member of one stream must add up to: last minus first."""

    key: Key
    column: str
    value: float


def sums(recording: Recording) -> list[Sum]:
    """Return last minus first of every counter of every stream that was there throughout and never fell.

    A stream that comes after its peer connection's first reading starts from zero. Streams that go and come again, or
    stand twice under one id and SSRC in a reading, are left out: their history is not known.
    """
    found = []
    for pc, readings in recording.pcs.items():
        along: dict[Key, list[tuple[int, Stats]]] = defaultdict(list)
        for place, (_, objects) in enumerate(readings):
            for stats in objects:
                if stats["type"] in RESETTING:
                    key = (pc, stats["type"], str(stats["id"]), int(stats.get("ssrc") or 0))
                    along[key].append((place, stats))
        found += [one for key, history in along.items() for one in _sums(key, history)]
    return found


def _sums(key: Key, history: list[tuple[int, Stats]]) -> list[Sum]:
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


def _falls(history: list[tuple[int, Stats]], member: str) -> bool:
    values = [stats[member] for _, stats in history if stats.get(member) is not None]
    return any(after < before for before, after in pairwise(values))
