"""The runs with real calls: what the relay does to them and when. Every fourth is kept out of tuning.

Of the clean ones the last four are. A rule that is changed after a look at one of them makes it one of the others.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from rtcpulse.demo.impairment import Burst, Impairment
from rtcpulse.demo.relay import Direction
from tests.accuracy.truth import Pace

Way = Direction | Literal["both"]
BASE: Final = Impairment(delay_ms=20)


@dataclass(frozen=True, slots=True)
class Run:
    """One call between aiortc peers a and b.

    Attributes:
        name: unique.
        way: which direction is impaired.
        impairment: what happens for `seconds`, after a lead-in.
        before: what the network does before and after.
        cause, side: what is true; empty: nothing that is an incident.
        silent: peers at which the trouble does not show in what they are told.
        seconds: how long it lasts.
        acts: what the application does instead: mute, camera_off, leave.
    """

    name: str
    way: Way = "both"
    impairment: Impairment = BASE
    before: Impairment = BASE
    cause: str = ""
    side: str = ""
    silent: tuple[str, ...] = ()
    seconds: float = 24.0
    pace: Pace = "watched"
    video: bool = False
    acts: tuple[str, ...] = field(default=())
    is_held_out: bool = False


def _bad(name: str, cause: str, way: Way, silent: tuple[str, ...] = (), **changes: object) -> Run:
    return Run(name, way, replace(BASE, **changes), cause=cause, side="network", silent=silent)  # type: ignore[arg-type]


def impaired() -> list[Run]:
    """Return the impaired runs."""
    ways: tuple[Way, ...] = ("a_to_b", "b_to_a", "both")
    losses = [
        _bad(f"loss {loss:.0%} {way}", "uplink_loss", way, loss=loss) for loss in (0.08, 0.12, 0.2, 0.3) for way in ways
    ]
    bursts = [
        _bad(f"bursts of {1 / burst.leave:.0f} {way}", "uplink_loss", way, burst=burst)
        for burst in (Burst(0.03, 0.25), Burst(0.02, 0.1), Burst(0.06, 0.5))
        for way in ways[:2]
    ]
    delays = [
        _bad(f"{rise} ms more {way}", "delay", way, delay_ms=20 + rise) for rise in (250, 350, 500) for way in ways
    ]
    jitters = [
        _bad(f"jitter {span} ms {way}", "delay", way, jitter_ms=span, silent=())
        for span in (250, 350)
        for way in ways[:2]
    ]
    holes = [
        _bad(
            f"nothing comes through {way} {number}",
            "no_media",
            way,
            loss=1.0,
            silent={"a_to_b": ("a",), "b_to_a": ("b",)}.get(way, ()),
        )
        for number in (1, 2)
        for way in ways
    ]
    mixed = [
        _bad(f"loss {loss:.0%} and {rise} ms more {way}", "uplink_loss", way, loss=loss, delay_ms=20 + rise)
        for loss, rise in ((0.1, 60), (0.15, 100))
        for way in ways[:2]
    ]
    caps = [
        _bad(f"{rate:.0f} bit/s {way}", "bandwidth", way, rate_bps=rate, queue_ms=300)
        for rate in (40e3, 50e3)
        for way in ways[:2]
    ]
    watched = [*losses, *bursts, *delays, *jitters, *holes, *mixed, *caps]
    slow = [
        replace(run, name=f"{run.name}, default rate", pace="default", seconds=40.0)
        for run in (losses[3], losses[7], bursts[0], delays[2], holes[0])
    ]
    return [replace(run, is_held_out=number % 4 == 3) for number, run in enumerate([*watched, *slow])]


def clean() -> list[Run]:
    """Return the runs in which nothing is an incident."""
    far = replace(BASE, delay_ms=120)
    return [
        Run("calm"),
        Run("calm, video", video=True),
        Run("loss 1 %", impairment=replace(BASE, loss=0.01)),
        Run("loss 1.5 % one way", "a_to_b", replace(BASE, loss=0.015)),
        Run("jitter 30 ms", impairment=replace(BASE, jitter_ms=30)),
        Run("60 ms more", impairment=replace(BASE, delay_ms=50)),
        Run("far away", before=replace(BASE, delay_ms=180), impairment=replace(BASE, delay_ms=180)),
        Run("a bad second", impairment=replace(BASE, loss=0.3), seconds=1.0),
        Run("reordering", impairment=replace(BASE, reorder=0.02, reorder_ms=30)),
        Run("muted", acts=("mute",)),
        Run("camera off", video=True, acts=("camera_off",)),
        Run("one leaves", acts=("leave",)),
        Run(
            "loss 1 % and 40 ms more, video",
            impairment=replace(BASE, loss=0.01, delay_ms=60),
            video=True,
            is_held_out=True,
        ),
        Run("jitter 20 ms one way, video", "a_to_b", replace(BASE, jitter_ms=20), video=True, is_held_out=True),
        Run("muted, far away", before=far, impairment=far, acts=("mute",), is_held_out=True),
        Run("one leaves, video", video=True, acts=("leave",), is_held_out=True),
    ]
