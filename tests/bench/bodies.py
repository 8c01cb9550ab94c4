"""The bodies of the bench: sessions modelled on a recorded Chromium call, in both forms of the batch.

Each session has the stats objects and members that Chromium 156 really gave, for a room of four people: two streams
sent, six received. Counters go on at the recording's pace and with its deviation, gauges wander; all from a seed.
The browser is read every 2 s and a batch has 10 s, as the SDK does it. The `series` form is what our SDK would send,
the `samples` form every dictionary as the browser gave it. Times end now, since a collector takes live samples only.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from isal import igzip

from schemas.stats import MEMBERS
from tests.bench.recorded import PUBLISHERS, STEP_MS, Stats, moving_members, room

FORMS: Final = ("series", "samples")
NEW_SAMPLES: Final = 5
BATCH_MS: Final = STEP_MS * NEW_SAMPLES
STREAMS: Final = 2 + 2 * PUBLISHERS


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
    moving = [(item, moving_members(item, times, dice)) for item in room()]
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
