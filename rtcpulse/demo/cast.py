"""Who takes part in the modelled fleet: rooms, people and their circumstances, from a seed."""

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

SLOT_MS: Final = 10_000
HISTORY_SLOTS: Final = 360
LIVE_ROOMS: Final = 10
APP: Final = "demo-model"
HEAVY_APP: Final = f"{APP}/1.1"
LOSSY_REGION: Final = "eu-south"
LOSSY_ISP: Final = "coast-mobile"

_BROWSERS: Final = (("chrome", "146"), ("chrome", "145"), ("firefox", "144"), ("safari", "26"), ("edge", "146"))
_SYSTEMS: Final = ("Windows", "macOS", "Android", "iOS", "Linux")
_NETWORKS: Final = ("ethernet", "wifi", "wifi", "wifi", "cellular")
_APPS: Final = (f"{APP}/1.0", f"{APP}/1.0", f"{APP}/1.0", HEAVY_APP)
_PLACES: Final = (
    ("eu-west", "NL", "polder-net"),
    ("eu-west", "DE", "rhein-net"),
    (LOSSY_REGION, "ES", LOSSY_ISP),
    (LOSSY_REGION, "IT", "alpine-net"),
    ("us-east", "US", "harbor-cable"),
    ("ap-south", "IN", "monsoon-fiber"),
)
_SUBJECTS: Final = ("standup", "lesson", "support", "interview", "planning", "clinic", "review", "webinar")


class Fault(Enum):
    """What goes wrong with a session of its own, apart from its network and its device."""

    NONE = "none"
    FAILED_JOIN = "failed_join"
    DROPPED = "dropped"
    ONE_WAY = "one_way"


@dataclass(frozen=True, slots=True)
class Person:
    """One modelled session. Slots are 10 s of wall clock since the epoch; `end` is None while the session is live.

    `phase_ms` is where in its slot the session samples.
    """

    index: int
    session: str
    writer: str
    room: str
    participant: str
    start: int
    end: int | None
    phase_ms: int
    app: str
    browser: tuple[str, str]
    system: str
    network: str
    place: tuple[str, str, str]
    fault: Fault

    @property
    def is_lossy(self) -> bool:
        """Whether the person is behind the provider that has the incident."""
        return self.place[2] == LOSSY_ISP

    @property
    def is_overloaded(self) -> bool:
        """Whether the app version asks more of the device than it has."""
        return self.app == HEAVY_APP and self.system in ("Android", "Windows")

    def ssrc(self, kind: str) -> int:
        """Return the SSRC of what this person sends."""
        return 10_000 + 10 * self.index + ("audio", "video").index(kind)

    def at(self, slot: int) -> int:
        """Return the sample's time in a slot, milliseconds since the Unix epoch."""
        return slot * SLOT_MS + self.phase_ms


def cast(seed: int, now_ms: int, sessions: int) -> list[list[Person]]:
    """Return the rooms, each with its people; about `sessions` people in all, the last rooms are still live.

    The same arguments give the same cast; another `now_ms` gives other session ids, so that a second demo into the same
    store adds sessions and repeats none.
    """
    dice = np.random.default_rng([seed, 1])
    now = now_ms // SLOT_MS
    rooms: list[list[Person]] = []
    count = 0
    while count < sessions:
        size = min(int(dice.integers(2, 5)), sessions - count)
        live = sessions - count <= LIVE_ROOMS * 3
        rooms.append(_room(dice, f"{seed}/{now_ms}", len(rooms), count, size, now=now, live=live))
        count += size
    return rooms


def _room(
    dice: np.random.Generator, run: str, number: int, first: int, size: int, *, now: int, live: bool
) -> list[Person]:
    long = int(dice.integers(48, 240))
    start = now - long if live else int(dice.integers(now - HISTORY_SLOTS, now - 60))
    end = None if live else min(start + long, now - 2)
    name = f"{_SUBJECTS[number % len(_SUBJECTS)]}-{number:03d}"
    return [_person(dice, run, first + place, name, (start, end)) for place in range(size)]


def _person(dice: np.random.Generator, run: str, index: int, room: str, span: tuple[int, int | None]) -> Person:
    start, end = span
    place = _PLACES[dice.integers(len(_PLACES))]
    leaves = None if end is None else max(start + 6, end - int(dice.integers(0, 6)))
    session, writer = (hashlib.blake2b(f"{run}/{index}/{what}".encode(), digest_size=16).hexdigest() for what in "sw")
    return Person(
        index=index,
        session=session,
        writer=writer,
        room=room,
        participant=f"guest-{index:03d}",
        start=start + int(dice.integers(0, 4)),
        end=leaves,
        phase_ms=int(dice.integers(SLOT_MS)),
        app=_APPS[dice.integers(len(_APPS))],
        browser=_BROWSERS[dice.integers(len(_BROWSERS))],
        system=_SYSTEMS[dice.integers(len(_SYSTEMS))],
        network="cellular" if place[2] == LOSSY_ISP else _NETWORKS[dice.integers(len(_NETWORKS))],
        place=place,
        fault=_fault(float(dice.random()), live=end is None),
    )


def _fault(draw: float, *, live: bool) -> Fault:
    if draw < 0.05 and not live:
        return Fault.FAILED_JOIN
    if draw < 0.09 and not live:
        return Fault.DROPPED
    return Fault.ONE_WAY if draw > 0.97 else Fault.NONE
