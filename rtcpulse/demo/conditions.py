"""What a modelled person's network and device are like over time: a pure function of seed, person and slot."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from rtcpulse.demo.cast import HISTORY_SLOTS, Fault, Person

Floats = npt.NDArray[np.float64]

BLOCK: Final = 360
MEMORY: Final = 24
INCIDENT_SLOTS: Final = 150
FULL_FPS: Final = 30.0
FULL_BPS: Final = 1_400_000.0

# loss ratio, round trip in ms, jitter in ms
_NETWORK: Final = {"ethernet": (0.0005, 18.0, 1.5), "wifi": (0.002, 32.0, 4.0), "cellular": (0.006, 62.0, 9.0)}
_FAR_MS: Final = {"eu-west": 0.0, "eu-south": 12.0, "us-east": 18.0, "ap-south": 70.0}


@dataclass(frozen=True, slots=True)
class Conditions:
    """One value per slot: loss ratios up and down, round trip and jitter in seconds, what the camera sends."""

    loss_up: Floats
    loss_down: Floats
    rtt_s: Floats
    jitter_s: Floats
    fps: Floats
    video_bps: Floats
    cpu: Floats
    bandwidth: Floats

    def cut(self, first: int, last: int) -> "Conditions":
        """Return slots first to last, `last` left out."""
        return Conditions(*(getattr(self, one.name)[first:last] for one in fields(self)))


class Weather:
    """Conditions of everybody. `now` is the slot at which the demo began; the incident began 25 min before it."""

    def __init__(self, seed: int, now: int) -> None:
        self._seed = seed
        self._now = now
        self._blocks: dict[tuple[int, int], Conditions] = {}

    def over(self, person: Person, first: int, last: int) -> Conditions:
        """Return a person's conditions in slots first to last, `last` left out."""
        origin = self._now - 2 * HISTORY_SLOTS
        blocks = range((first - origin) // BLOCK, (last - 1 - origin) // BLOCK + 1)
        parts = [self._block(person, block, origin) for block in blocks]
        whole = Conditions(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Conditions)))
        start = origin + blocks[0] * BLOCK
        return whole.cut(first - start, last - start)

    def _block(self, person: Person, block: int, origin: int) -> Conditions:
        key = (person.index, block)
        if key not in self._blocks:
            slots = origin + block * BLOCK + np.arange(BLOCK)
            dice = np.random.default_rng([self._seed, 2, person.index, block])
            self._blocks[key] = self._make(person, slots, dice)
        return self._blocks[key]

    def _make(self, person: Person, slots: npt.NDArray[np.int64], dice: np.random.Generator) -> Conditions:
        loss, rtt_ms, jitter_ms = _NETWORK[person.network]
        swing = np.exp(0.6 * _smooth(dice))
        incident = self._incident(person, slots)
        dying = _dying(person, slots)
        loss_up = np.clip(loss * swing * np.exp(0.5 * _smooth(dice)) + 0.05 * incident + 0.5 * dying, 0, 0.9)
        loss_down = np.clip(loss * swing + 0.07 * incident * swing + 0.6 * dying, 0, 0.9)
        rtt_s = ((rtt_ms + _FAR_MS[person.place[0]]) * np.exp(0.15 * _smooth(dice)) + 90 * incident) / 1000
        jitter_s = (jitter_ms * swing + 22 * incident) / 1000
        cpu = np.full(BLOCK, float(person.is_overloaded)) * (slots > person.start + 6)
        bandwidth = ((loss_up > 0.04) & (cpu == 0)).astype(np.float64)
        fps = np.where(cpu > 0, 13 + _smooth(dice), FULL_FPS)
        video_bps = FULL_BPS * np.where(cpu > 0, 0.5, np.where(bandwidth > 0, 0.35, 1.0)) * np.exp(0.1 * _smooth(dice))
        return Conditions(loss_up, loss_down, rtt_s, jitter_s, fps, video_bps, cpu, bandwidth)

    def _incident(self, person: Person, slots: npt.NDArray[np.int64]) -> Floats:
        """Return 0 to 1: how much of the provider's incident the person suffers; it builds up over 3 minutes."""
        if not person.is_lossy:
            return np.zeros(slots.size)
        return np.clip((slots - (self._now - INCIDENT_SLOTS)) / 18, 0, 1)


def _dying(person: Person, slots: npt.NDArray[np.int64]) -> Floats:
    if person.fault is not Fault.DROPPED or person.end is None:
        return np.zeros(slots.size)
    return (slots >= person.end - 3).astype(np.float64)


def _smooth(dice: np.random.Generator) -> Floats:
    """Return a block of noise of unit variance with a memory of some minutes."""
    kernel = np.exp(-np.arange(MEMORY) / 6)
    kernel /= np.sqrt((kernel**2).sum())
    return np.convolve(dice.standard_normal(BLOCK + MEMORY - 1), kernel, mode="valid")
