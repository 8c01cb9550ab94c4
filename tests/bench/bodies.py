"""The bodies of the bench: sessions modelled on a recorded Chromium call, in both forms of the batch.

Each session has the stats objects and members that Chromium 156 really gave, for a room of four people: two streams
sent, six received. Counters go on at the recording's pace and with its deviation, gauges wander; all from a seed.
The browser is read every 2 s and a batch has 10 s, as the SDK does it. The `series` form is what our SDK would send,
the `samples` form every dictionary as the browser gave it. Times end now, since a collector takes live samples only.
"""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from isal import igzip

from schemas.stats import MEMBERS, Kind

RECORDING: Final = Path(__file__).parent.parent / "fixtures" / "getstats" / "chromium-156-call.jsonl"
FORMS: Final = ("series", "samples")
STEP_MS: Final = 2000
NEW_SAMPLES: Final = 5
BATCH_MS: Final = STEP_MS * NEW_SAMPLES
PUBLISHERS: Final = 3
STREAMS: Final = 2 + 2 * PUBLISHERS
CLOCKS: Final = frozenset({"timestamp", "remoteTimestamp", "lastPacketReceivedTimestamp", "lastPacketSentTimestamp"})
# What the recording's silent, lossless loopback leaves at 0, a second; audio was not played out there.
BUSY: Final[dict[str, dict[str, float]]] = {
    "audio": {
        "packetsLost": 0.4,
        "totalSamplesReceived": 48_000,
        "concealedSamples": 350,
        "silentConcealedSamples": 40,
        "concealmentEvents": 0.4,
        "jitterBufferEmittedCount": 48_000,
        "jitterBufferDelay": 2100,
        "jitterBufferTargetDelay": 1900,
        "jitterBufferMinimumDelay": 1700,
        "insertedSamplesForDeceleration": 60,
        "removedSamplesForAcceleration": 70,
        "totalAudioEnergy": 0.02,
        "totalSamplesDuration": 1,
    },
    "video": {"packetsLost": 1.2, "nackCount": 0.8, "framesDropped": 0.1, "freezeCount": 0.01, "pliCount": 0.01},
}

SECONDS: Final = frozenset(member for member in BUSY["audio"] if "Delay" in member or member.startswith("totalAudio"))

Stats = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bodies:
    """Batches of one form: `plain` JSON and the same as gzip, in order of time; `samples` new ones, of all sessions."""

    form: str
    sessions: tuple[str, ...]
    plain: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    stream_rows: int


def make_bodies(form: str, *, sessions: int, batches: int, end_ms: int, seed: int = 1, name: str = "bench") -> Bodies:
    """Return `batches` bodies of each of `sessions` sessions, the last of which ends at `end_ms`."""
    by_session = [list(_session(form, name, number, batches, end_ms, seed)) for number in range(sessions)]
    plain = tuple(own[place] for place in range(batches) for own in by_session)
    packed = tuple(igzip.compress(body, 1) for body in plain)
    names = tuple(session_name(name, number) for number in range(sessions))
    return Bodies(form, names, plain, packed, sessions * batches * NEW_SAMPLES * STREAMS)


def session_name(name: str, number: int) -> str:
    """Return the id of the number-th session."""
    return hashlib.blake2b(f"{name}/{number}".encode(), digest_size=16).hexdigest()


def _session(form: str, name: str, number: int, batches: int, end_ms: int, seed: int) -> Iterator[bytes]:
    dice = np.random.default_rng([seed, number])
    count = batches * NEW_SAMPLES + 1
    phase_ms = int(dice.integers(STEP_MS))
    times = [end_ms - phase_ms - (count - 1 - place) * STEP_MS for place in range(count)]
    moving = [(item, _moving(item, times, dice)) for item in room()]
    for seq in range(batches):
        first, last = seq * NEW_SAMPLES, (seq + 1) * NEW_SAMPLES + 1
        body = _frame(name, number, seq, times[first])
        cut = [(item, {member: values[first:last] for member, values in own.items()}) for item, own in moving]
        body[form] = _series(cut, times[first:last]) if form == "series" else _samples(cut, times[first:last])
        yield msgspec.json.encode(body)


def _frame(name: str, number: int, seq: int, t: int) -> Stats:
    place = ("eu-west", "eu-south", "us-east")[number % 3]
    session = {
        "id": session_name(name, number),
        "room": f"room-{number // 4:04d}",
        "participant": f"guest-{number:05d}",
        "app": f"acme/2.{number % 4}",
        "sdk": "rtcpulse-js/1.0",
        "client": {
            "browser": ("Chrome", "Edge")[number % 2],
            "browserVersion": "156",
            "os": ("Windows", "macOS", "Linux")[number % 3],
            "networkType": ("wifi", "ethernet")[number % 2],
        },
        "server": {"node": f"sfu-{place}", "region": place},
    }
    tracks = [
        {
            "t": t,
            "pc": "pc0",
            "mid": item["mid"],
            "trackIdentifier": item.get("trackIdentifier", ""),
            "ssrc": item["ssrc"],
            "direction": item["type"].removesuffix("-rtp"),
            "track": f"TR_{number // 4}_{item['ssrc']}",
            "publisher": f"guest-{item['mid']}",
            "source": "microphone" if item["kind"] == "audio" else "camera",
        }
        for item in room()
        if item["type"] in {"inbound-rtp", "outbound-rtp"}
    ]
    pcs = [{"pc": "pc0", "label": "call"}]
    # A batch cut from the middle of a call: its seq goes on from a call that began earlier.
    return {
        "v": 1,
        "writer": session_name(f"{name}/writer", number),
        "seq": seq,
        "every_ms": STEP_MS,
        "session": session,
        "pcs": pcs,
        "tracks": tracks,
    }


def _readings() -> list[dict[str, Stats]]:
    lines = [json.loads(line) for line in RECORDING.read_text().splitlines()[1:]]
    return [line["stats"] for line in lines if line["peer"] == "a"]


@functools.cache
def room() -> Sequence[Stats]:
    """Return the stats objects of one person among four: the recording's, with two more publishers."""
    recorded = _readings()[-1].values()
    received = [item for item in recorded if item["type"] in {"inbound-rtp", "remote-outbound-rtp"}]
    more = [_of_publisher(item, number) for number in range(1, PUBLISHERS) for item in received]
    return [*recorded, *more]


def _of_publisher(item: Stats, number: int) -> Stats:
    changed = {"id": f"{item['id']}~{number}", "ssrc": item["ssrc"] + number}
    for member in ("remoteId", "localId"):
        if member in item:
            changed[member] = f"{item[member]}~{number}"
    if "mid" in item:
        changed |= {"mid": str(2 * number + int(item["mid"])), "trackIdentifier": f"{item['trackIdentifier']}-{number}"}
    return item | changed


def _moving(item: Stats, times: Sequence[int], dice: np.random.Generator) -> dict[str, list[Any]]:
    """Return the members that change, with their values along time."""
    kinds = MEMBERS.get(item["type"], {})
    busy = BUSY.get(item.get("kind", ""), {}) if item["type"] == "inbound-rtp" else {}
    moving: dict[str, list[Any]] = {}
    for member, value in item.items():
        if member in CLOCKS:
            moving[member] = _clock(item, times, dice)
        elif member == "qualityLimitationDurations":
            moving[member] = [{**value, "none": round(value["none"] + 2.0 * place, 3)} for place in range(len(times))]
        elif kinds.get(member) in {Kind.COUNTER, Kind.SIGNED}:
            pace = Pace(busy[member]) if member in busy else paces().get((_recorded_id(item), member), Pace(0))
            if pace.mean:
                moving[member] = _counter(
                    pace, len(times), dice, whole=isinstance(value, int) and member not in SECONDS
                )
        elif kinds.get(member) is Kind.GAUGE and isinstance(value, float):
            moving[member] = (value * np.exp(0.3 * dice.standard_normal(len(times)))).round(6).tolist()
    return moving


@dataclass(frozen=True, slots=True)
class Pace:
    """What a counter grows by in a second: mean and standard deviation; without one, a twentieth of the mean."""

    mean: float
    deviation: float | None = None


@functools.cache
def paces() -> dict[tuple[str, str], Pace]:
    """Return the paces of the recording's counters by stats id and member, without its first seconds."""
    readings = _readings()[-11:]
    found = {}
    for key, item in readings[-1].items():
        for member, value in item.items():
            values = [reading.get(key, {}).get(member) for reading in readings]
            if isinstance(value, int | float) and not isinstance(value, bool) and None not in values:
                steps = np.diff(np.asarray(values, np.float64))
                found[key, member] = Pace(float(steps.mean()), float(steps.std()))
    return found


def _recorded_id(item: Stats) -> str:
    """Return the id that the recording has for an object, of which further publishers' are copies."""
    return str(item["id"]).partition("~")[0]


def _clock(item: Stats, times: Sequence[int], dice: np.random.Generator) -> list[Any]:
    """Return times: of the sample, or of the last RTCP report, which come every 1 to 5 s."""
    if item["type"] not in {"remote-inbound-rtp", "remote-outbound-rtp"}:
        return list(times)
    every_ms = 1000 if item["kind"] == "video" else 5000
    phase = int(dice.integers(every_ms))
    return [(t - phase) // every_ms * every_ms + phase for t in times]


def _counter(pace: Pace, count: int, dice: np.random.Generator, *, whole: bool) -> list[Any]:
    """Return a counter that keeps its pace: rare things as they fall, frequent ones with their deviation."""
    seconds = STEP_MS / 1000
    step = pace.mean * seconds
    deviation = pace.mean / 20 if pace.deviation is None else pace.deviation
    noisy = np.maximum(0, dice.normal(step, deviation * seconds**0.5, count))
    grown = dice.poisson(step, count) if whole and step < 5 else noisy.round() if whole else noisy
    total = np.cumsum(grown) + step * int(dice.integers(10, 1000))
    values: list[Any] = total.astype(np.int64).tolist() if whole else total.round(6).tolist()
    return values


def _series(cut: Sequence[tuple[Stats, Mapping[str, list[Any]]]], times: Sequence[int]) -> list[Stats]:
    """Return the form of our SDK: kept members only, what stays said once, no stats object of unused pairs."""
    objects = [_object(item, own) for item, own in cut if item["type"] in MEMBERS and _in_use(item)]
    return [{"pc": "pc0", "baseline": True, "t": list(times), "objects": objects}]


def _in_use(item: Stats) -> bool:
    return item.get("nominated", True) and item.get("networkType") != "unknown"


def _object(item: Stats, own: Mapping[str, list[Any]]) -> Stats:
    kinds = MEMBERS[item["type"]]
    steady = {member: value for member, value in item.items() if member in kinds and member not in own}
    fields = {member: values for member, values in own.items() if member in kinds}
    for reason, value in item.get("qualityLimitationDurations", {}).items():
        steady[f"qualityLimitationDurations.{reason}"] = value
    if "qualityLimitationDurations" in own:
        fields["qualityLimitationDurations.none"] = [value["none"] for value in own["qualityLimitationDurations"]]
        del steady["qualityLimitationDurations.none"]
    for member in [member for member, values in fields.items() if values.count(values[0]) == len(values)]:
        steady[member] = fields.pop(member)[0]
    return {"type": item["type"], "id": item["id"], "s": steady, "f": fields}


def _samples(cut: Sequence[tuple[Stats, Mapping[str, list[Any]]]], times: Sequence[int]) -> list[Stats]:
    """Return the verbatim form: every dictionary at every time."""
    return [
        {
            "t": t,
            "pc": "pc0",
            "baseline": place == 0,
            "stats": [item | {member: values[place] for member, values in own.items()} for item, own in cut],
        }
        for place, t in enumerate(times)
    ]
