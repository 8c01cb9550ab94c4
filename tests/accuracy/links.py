"""The impaired calls of the error table: what the relay does on each way, from the first packet to the last."""

from dataclasses import dataclass
from typing import Final, Literal

from rtcpulse.demo.impairment import Burst, Impairment

SECONDS: Final = 24.0
How = Literal["aiortc", "Chromium"]


@dataclass(frozen=True, slots=True)
class Link:
    """One call.

    Attributes:
        name: unique.
        there: what happens from a to b.
        back: what happens from b to a; None: the same.
        how: whose peers.
        video: video beside audio.
    """

    name: str
    there: Impairment
    back: Impairment | None = None
    how: How = "aiortc"
    video: bool = False


NEAR: Final = Impairment(delay_ms=20)


def _near(**changes: object) -> Impairment:
    return Impairment(**{"delay_ms": 20, **changes})  # type: ignore[arg-type]


def audio() -> list[Link]:
    """Return the calls between aiortc peers that only talk."""
    return [
        Link("20 ms", NEAR),
        *(Link(f"loss {loss:.0%} both", _near(loss=loss)) for loss in (0.01, 0.02, 0.05, 0.1, 0.15, 0.2)),
        Link("loss 5 % a_to_b", _near(loss=0.05), NEAR),
        Link("loss 10 % b_to_a", NEAR, _near(loss=0.1)),
        Link("loss 20 % a_to_b", _near(loss=0.2), NEAR),
        Link("bursts of 4 both", _near(burst=Burst(0.01, 0.25))),
        Link("bursts of 10 both", _near(burst=Burst(0.01, 0.1))),
        Link("bursts of 2 a_to_b", _near(burst=Burst(0.06, 0.5)), NEAR),
        *(Link(f"{delay} ms both", Impairment(delay_ms=delay)) for delay in (50, 100, 200)),
        Link("300 ms a_to_b", Impairment(delay_ms=300), NEAR),
        *(Link(f"jitter {span} ms both", _near(jitter_ms=span)) for span in (20, 50, 100)),
        Link("jitter 40 ms b_to_a", NEAR, _near(jitter_ms=40)),
        Link("reordered 2 % both", _near(reorder=0.02, reorder_ms=30)),
        Link("reordered 10 % a_to_b", _near(reorder=0.1, reorder_ms=50), NEAR),
        Link("130 kbit/s both", _near(rate_bps=130e3)),
        Link("115 kbit/s a_to_b", _near(rate_bps=115e3, queue_ms=300), NEAR),
        Link("50 kbit/s b_to_a", NEAR, _near(rate_bps=50e3)),
        Link("loss 5 %, 100 ms, jitter 20 ms both", Impairment(loss=0.05, delay_ms=100, jitter_ms=20)),
        Link("loss 10 %, bursts of 4, 60 ms both", Impairment(loss=0.1, burst=Burst(0.01, 0.25), delay_ms=60)),
        Link("loss 15 %, 150 ms, jitter 40 ms a_to_b", Impairment(loss=0.15, delay_ms=150, jitter_ms=40), NEAR),
        Link("loss 2 %, jitter 30 ms, reordered 5 % both", _near(loss=0.02, jitter_ms=30, reorder=0.05, reorder_ms=40)),
    ]


def video() -> list[Link]:
    """Return the calls between aiortc peers that also show a picture."""
    return [
        Link("video, loss 5 % both", _near(loss=0.05), video=True),
        Link("video, loss 10 %, 60 ms a_to_b", Impairment(loss=0.1, delay_ms=60), NEAR, video=True),
        Link("video, bursts of 4 b_to_a", NEAR, _near(burst=Burst(0.02, 0.25)), video=True),
        Link("video, jitter 30 ms both", _near(jitter_ms=30), video=True),
    ]


def pages() -> list[Link]:
    """Return the calls between pages of Chromium: audio and video both ways."""
    return [
        Link("40 ms both", Impairment(delay_ms=40), how="Chromium"),
        Link("loss 5 %, 40 ms, jitter 20 ms both", Impairment(loss=0.05, delay_ms=40, jitter_ms=20), how="Chromium"),
        Link("loss 20 % a_to_b", _near(loss=0.2), NEAR, how="Chromium"),
        Link("bursts of 4, 100 ms both", Impairment(burst=Burst(0.02, 0.25), delay_ms=100), how="Chromium"),
        Link("jitter 60 ms b_to_a", NEAR, _near(jitter_ms=60), how="Chromium"),
        Link("400 kbit/s both", _near(rate_bps=400e3), how="Chromium"),
    ]
