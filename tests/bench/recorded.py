"""One person in a room of four, as Chromium 156 saw it: the recorded call's stats objects, and how they go on."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from schemas.stats import MEMBERS, Kind

RECORDING: Final = Path(__file__).parent.parent / "fixtures" / "getstats" / "chromium-156-call.jsonl"
STEP_MS: Final = 2000
PUBLISHERS: Final = 3
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


def moving_members(item: Stats, times: Sequence[int], dice: np.random.Generator) -> dict[str, list[Any]]:
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
