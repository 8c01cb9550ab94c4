"""Tells targets what changed: each by itself, so that one that hangs or fails keeps nobody waiting."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from analytics.alerts.outbox import FIRING, Notice, Outbox
from rtcpulse.alerting.targets import REPOST_S, Target
from runtime.instruments import Instruments
from runtime.leader import Leadership
from runtime.outbound import NotDelivered
from schemas.errors import RtcpulseError

MESSAGE_MAX: Final = 100
POST_MAX: Final = 1000
LOOK_S: Final = 30.0
RETRY_S: Final = 1.0
RETRY_S_MAX: Final = 300.0

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """When people are told, seconds: of the first alert of a group, of its changes, and again of what goes on."""

    wait_s: float = 2.0
    group_s: float = 60.0
    repeat_s: float = 4 * 3600.0


class Notifier:
    """Tells one target, while this process leads.

    Args:
        target: whom.
        outbox: what there is to tell.
        pace: how often.
        instruments: the process's metrics.
        leadership: whether this process is the one that tells.
    """

    def __init__(
        self, target: Target, outbox: Outbox, pace: Pace, instruments: Instruments, leadership: Leadership
    ) -> None:
        self._target = target
        self._outbox = outbox
        self._pace = pace
        self._instruments = instruments
        self._leadership = leadership
        self._changed = asyncio.Event()
        self._failures = 0
        self._since_ms: int | None = None
        self._told_at: dict[tuple[str, str], float] = {}
        self._posted_at = 0.0

    def wake(self) -> None:
        """Say that there may be something to tell."""
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop`."""
        self._changed.set()
        while not stop.is_set():
            rest_s = LOOK_S
            try:
                if self._leadership.term() is not None:
                    self._changed.clear()
                    rest_s = await self._look()
            except NotDelivered as error:
                rest_s = self._after_failure(error)
            except RtcpulseError as error:
                _journal.warning("telling_postponed", target=self._target.name, error=str(error))
                rest_s = RETRY_S_MAX / 60
            await self._rest(stop, rest_s)

    async def _rest(self, stop: asyncio.Event, rest_s: float) -> None:
        """Wait so long, or until something changed; a target that failed is left alone for all of the time."""
        waits = [asyncio.ensure_future(stop.wait())]
        if not self._failures:
            waits.append(asyncio.ensure_future(self._changed.wait()))
        await asyncio.wait(waits, timeout=rest_s, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()

    async def _look(self) -> float:
        """Tell what is due, and return after how many seconds to look again."""
        if self._since_ms is None:
            self._since_ms = (await asyncio.to_thread(self._outbox.known, [self._target.name]))[self._target.name]
        notices = await asyncio.to_thread(self._outbox.notices)
        if not self._target.groups:
            return await self._post(notices)
        now_ms, rest_s = time.time() * 1000, LOOK_S
        for group, some in self._groups(notices, now_ms):
            ripe_s = self._ripe_in_s(group, some, now_ms)
            if ripe_s > 0:
                rest_s = min(rest_s, ripe_s)
                continue
            for place in range(0, len(some), MESSAGE_MAX):
                await self._tell(some[place : place + MESSAGE_MAX], some[place : place + MESSAGE_MAX])
            self._told_at[group] = time.monotonic()
        return rest_s

    async def _post(self, notices: Sequence[Notice]) -> float:
        """Post what changed at once, and all that fires every minute."""
        due = self._due(notices, time.time() * 1000)
        repost_s = self._posted_at + REPOST_S - time.monotonic()
        told = due
        if repost_s <= 0:
            told = due + [one for one in notices if one.status == FIRING and not one.silenced and one not in due]
        for place in range(0, len(told), POST_MAX):
            some = told[place : place + POST_MAX]
            await self._tell(some, [one for one in some if one in due])
        if repost_s <= 0:
            self._posted_at = time.monotonic()
            repost_s = REPOST_S
        return min(LOOK_S, repost_s)

    def _due(self, notices: Sequence[Notice], now_ms: float) -> list[Notice]:
        since_ms, repeat_ms = self._since_ms or 0, self._pace.repeat_s * 1000 if self._target.groups else float("inf")
        return [one for one in notices if one.is_due(self._target.name, since_ms, repeat_ms, int(now_ms))]

    def _groups(self, notices: Sequence[Notice], now_ms: float) -> Iterator[tuple[tuple[str, str], list[Notice]]]:
        groups: dict[tuple[str, str], list[Notice]] = defaultdict(list)
        for one in self._due(notices, now_ms):
            groups[one.group].append(one)
        yield from groups.items()

    def _ripe_in_s(self, group: tuple[str, str], some: Sequence[Notice], now_ms: float) -> float:
        """Return in how many seconds a group is to be told: soon for the first time, not too often afterwards."""
        waited_s = max(now_ms - one.noticed_ms for one in some) / 1000
        told_at = self._told_at.get(group)
        since_s = float("inf") if told_at is None else time.monotonic() - told_at
        return max(self._pace.wait_s - waited_s, self._pace.group_s - since_s, 0)

    async def _tell(self, notices: Sequence[Notice], new: Sequence[Notice]) -> None:
        """Tell of alerts and note it of those of whom this is news."""
        try:
            await self._target.tell(notices)
        except NotDelivered as error:
            self._instruments.count("alerts_sent", target=self._target.kind, outcome="failed")
            await asyncio.to_thread(self._outbox.failed, self._target.name, new, str(error))
            raise
        self._failures = 0
        self._instruments.count("alerts_sent", target=self._target.kind, outcome="taken")
        await asyncio.to_thread(self._outbox.told, self._target.name, new)

    def _after_failure(self, error: NotDelivered) -> float:
        """Return how long to leave the target alone: twice as long each time, up to five minutes."""
        self._failures += 1
        rest_s = min(RETRY_S_MAX, RETRY_S * 2.0 ** (self._failures - 1)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        _journal.warning("alert_not_delivered", target=self._target.name, error=str(error), again_in_s=round(rest_s, 1))
        return rest_s
