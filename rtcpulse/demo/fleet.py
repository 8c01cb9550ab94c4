"""The modelled fleet: a few hundred sessions with an hour of history and some that go on, as wire batches.

Something is visibly wrong in it: one mobile provider loses packets for the last 25 minutes, one app version overloads
the devices it runs on, some people never get in, some are dropped, some hear nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np

from rtcpulse.demo import flows, story
from rtcpulse.demo.cast import SLOT_MS, Fault, Person, cast
from rtcpulse.demo.conditions import Weather
from rtcpulse.demo.counters import Counters
from schemas.batch import VERSION

CHUNK_SLOTS: Final = 30
SESSIONS: Final = 300
Slots = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FleetBatch:
    """One batch: JSON as it goes over the wire (not packed), and when its writer would have sent it (epoch ms)."""

    session: str
    seq: int
    due_ms: int
    body: bytes


@dataclass(slots=True)
class _Writer:
    """How far a modelled session has been written."""

    person: Person
    others: list[Person]
    next_slot: int
    dice: np.random.Generator
    seq: int = 0
    done: bool = False
    counters: Counters = field(default_factory=Counters)


class Fleet:
    """The model. `history` first, then `live` again and again; the same seed and `now_ms` give the same bytes."""

    def __init__(self, seed: int, now_ms: int, sessions: int = SESSIONS) -> None:
        self._now = now_ms // SLOT_MS
        self._weather = Weather(seed, self._now)
        self._writers = [
            _Writer(person, [one for one in room if one is not person], person.start, _dice(seed, person))
            for room in cast(seed, now_ms, sessions)
            for person in room
        ]

    @property
    def live_sessions(self) -> list[str]:
        """The sessions that go on."""
        return [writer.person.session for writer in self._writers if writer.person.end is None]

    def history(self) -> Iterator[FleetBatch]:
        """Yield everything up to the moment the demo began, in batches of 5 minutes, in order of time."""
        for until in range(self._now - 2 * CHUNK_SLOTS - 360, self._now + CHUNK_SLOTS, CHUNK_SLOTS):
            for writer in self._writers:
                yield from self._write(writer, min(until, self._now))

    def live(self, now_ms: int) -> Iterator[FleetBatch]:
        """Yield what is due by now of the sessions that go on: one batch a session every 10 s."""
        for writer in self._writers:
            if writer.person.end is None:
                yield from self._write(writer, (now_ms - writer.person.phase_ms) // SLOT_MS + 1)

    def _write(self, writer: _Writer, until: int) -> Iterator[FleetBatch]:
        """Yield the batches of a session up to slot `until`, which is left out."""
        person = writer.person
        stop = until if person.end is None else min(until, person.end)
        while not writer.done and writer.next_slot < stop:
            first, last = writer.next_slot, min(writer.next_slot + CHUNK_SLOTS, stop)
            ends = last == person.end or person.fault is Fault.FAILED_JOIN
            yield self._batch(writer, first, last, ends=ends)
            writer.next_slot, writer.done = last, ends

    def _batch(self, writer: _Writer, first: int, last: int, *, ends: bool) -> FleetBatch:
        person = writer.person
        events = story.opening(person, writer.dice) if writer.seq == 0 else []
        failed = person.fault is Fault.FAILED_JOIN
        if ends and not failed:
            events += story.ending(person, person.at(last - 1))
        body: dict[str, Any] = {
            "v": VERSION,
            "writer": person.writer,
            "seq": writer.seq,
            "every_ms": SLOT_MS,
            "session": _session(person),
            "pcs": [{"pc": "pc0", "label": "call"}],
            "tracks": [] if failed else _tracks(writer, first, last),
            "series": [] if failed else [self._series(writer, first, last)],
            "events": events,
        }
        due_ms = max([person.at(last - 1), *(event["t"] for event in events)])
        batch = FleetBatch(person.session, writer.seq, due_ms, msgspec.json.encode(body))
        writer.seq += 1
        return batch

    def _series(self, writer: _Writer, first: int, last: int) -> dict[str, Any]:
        """Return the samples of slots first to last, after the one before them: the baseline, or an empty one."""
        person, counters = writer.person, writer.counters
        stage = flows.Stage(counters, writer.dice)
        sky = self._weather.over(person, first, last)
        times = [person.at(slot) for slot in range(first, last)]
        counters.begin(last - first)
        sent = flows.outbound(stage, person, "audio", sky, times) + flows.outbound(stage, person, "video", sky, times)
        received = np.zeros(last - first, np.int64)
        for number, other in enumerate(writer.others):
            begin, end = _together(other, first, last)
            if begin < end:
                received[begin - first : end - first] += self._receive(
                    stage, person, other, number, (begin, end, first)
                )
        flows.path(counters, person, sky, sent, received)
        return {
            "pc": "pc0",
            "baseline": writer.seq > 0,
            "t": [person.at(first - 1) if writer.seq else times[0] - SLOT_MS, *times],
            "objects": counters.end(),
        }

    def _receive(self, stage: flows.Stage, person: Person, other: Person, number: int, slots: Slots) -> flows.Ints:
        """Add what comes from one other person while both are there; return its bytes in each slot."""
        begin, end, first = slots
        leg = flows.Leg(
            other, self._weather.over(person, begin, end), self._weather.over(other, begin, end), begin - first
        )
        audio_mid, video_mid = _mids(number)
        received = flows.inbound_video(stage, leg, video_mid)
        if person.fault is not Fault.ONE_WAY:
            received = received + flows.inbound_audio(stage, leg, audio_mid)
        return received


def _tracks(writer: _Writer, first: int, last: int) -> list[dict[str, Any]]:
    me = writer.person
    entries = [_track(me, me.at(first), kind, "outbound", str(n)) for n, kind in enumerate(flows.KINDS)]
    for number, other in enumerate(writer.others):
        begin, end = _together(other, first, last)
        if begin < end:
            for kind, mid in zip(flows.KINDS, _mids(number), strict=True):
                entry = _track(other, me.at(begin), kind, "inbound", mid)
                entries += [entry, entry | {"t": me.at(end), "wanted": False}] if end < last else [entry]
    return entries


def _mids(number: int) -> tuple[str, str]:
    """Return the mids of the audio and video that come from the number-th other person."""
    return str(2 + 2 * number), str(3 + 2 * number)


def _dice(seed: int, person: Person) -> np.random.Generator:
    return np.random.default_rng([seed, 3, person.index])


def _together(other: Person, first: int, last: int) -> tuple[int, int]:
    """Return the slots of [first, last) in which the other person sends."""
    if other.fault is Fault.FAILED_JOIN:
        return last, last
    return max(first, other.start + 1), last if other.end is None else min(last, other.end)


def _track(owner: Person, t: int, kind: str, direction: str, mid: str) -> dict[str, Any]:
    name = flows.track_of(owner, kind)
    where = {"t": t, "pc": "pc0", "mid": mid, "trackIdentifier": name, "ssrc": owner.ssrc(kind), "direction": direction}
    whose = {"track": name, "publisher": owner.participant, "source": flows.SOURCE[kind]}
    return where | whose | {"muted": False, "wanted": True}


def _session(person: Person) -> dict[str, Any]:
    region, country, isp = person.place
    browser, browser_version = person.browser
    return {
        "id": person.session,
        "room": person.room,
        "participant": person.participant,
        "app": person.app,
        "sdk": "rtcpulse-js/1.0",
        "client": {
            "browser": browser,
            "browserVersion": browser_version,
            "os": person.system,
            "networkType": person.network,
        },
        "server": {"node": f"sfu-{region}-{person.index % 2 + 1}", "region": region},
        "tags": {"country": country, "isp": isp},
    }
