"""What the relay does to a datagram, and the seeded dice that decide it: the same seed gives the same fates."""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Burst:
    """Gilbert's two-state loss: in the bad state every RTP packet is lost.

    Per packet, `enter` is the probability of going from good to bad, `leave` of going back. The mean burst is 1 / leave
    packets and the mean loss enter / (enter + leave).
    """

    enter: float
    leave: float


@dataclass(frozen=True, slots=True)
class Impairment:
    """What one direction does. The default is a perfect link.

    Attributes:
        loss: probability that an RTP packet is dropped.
        burst: burst loss beside `loss`.
        delay_ms: constant delay of every datagram.
        jitter_ms: further delay, uniform between 0 and this; order is kept.
        reorder: probability that a datagram is held back by `reorder_ms` while later ones pass it.
        reorder_ms: how long such a datagram is held back.
        rate_bps: the link's capacity in bits of UDP payload per second; None is unlimited.
        queue_ms: the longest wait for capacity; an RTP packet that would wait longer is dropped.
    """

    loss: float = 0.0
    burst: Burst | None = None
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    reorder: float = 0.0
    reorder_ms: float = 0.0
    rate_bps: float | None = None
    queue_ms: float = 200.0

    @property
    def longest_ms(self) -> float:
        """Return how long a datagram can be on its way."""
        queue_ms = self.queue_ms if self.rate_bps else 0.0
        return self.delay_ms + self.jitter_ms + (self.reorder_ms if self.reorder else 0.0) + queue_ms


@dataclass(frozen=True, slots=True)
class Fate:
    """What the dice say of one datagram: dropped, or delayed by `extra_ms` beyond the constant delay."""

    dropped: bool
    extra_ms: float
    overtaken: bool


class Dice:
    """The dice of one stream in one direction.

    Every packet throws the same number of dice whatever the impairment is, so the fate of packet n depends on the seed,
    n and the impairment at that moment only.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret
        self._bad = False

    def throw(self, impairment: Impairment) -> Fate:
        """Decide the next packet's fate."""
        loss, chain, jitter, reorder = (self._random.random() for _ in range(4))
        self._step(impairment.burst, chain)
        overtaken = reorder < impairment.reorder
        extra_ms = jitter * impairment.jitter_ms + (impairment.reorder_ms if overtaken else 0.0)
        return Fate(dropped=self._bad or loss < impairment.loss, extra_ms=extra_ms, overtaken=overtaken)

    def _step(self, burst: Burst | None, chain: float) -> None:
        if burst is None:
            self._bad = False
        elif self._bad:
            self._bad = chain >= burst.leave
        else:
            self._bad = chain < burst.enter


ORDER_S: Final = 1e-6


class Link:
    """The capacity and the order of one direction. Times are seconds of the event loop's clock."""

    def __init__(self) -> None:
        self._free = 0.0
        self._last_due = 0.0

    def wait(self, now: float, size: int, impairment: Impairment) -> float | None:
        """Return the seconds until `size` bytes are through the capacity, None if the queue is too long."""
        if impairment.rate_bps is None:
            return 0.0
        start = max(now, self._free)
        if (start - now) * 1000 > impairment.queue_ms:
            return None
        self._free = start + size * 8 / impairment.rate_bps
        return self._free - now

    def due(self, wanted: float, *, overtaken: bool) -> float:
        """Return when a datagram leaves: never before one that came earlier, unless it is to be overtaken."""
        if overtaken:
            return wanted
        self._last_due = max(self._last_due + ORDER_S, wanted)
        return self._last_due
