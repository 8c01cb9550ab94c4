"""Which partitions a consumer of a group has, and when it may give them away.

The group takes all partitions from everybody and deals them out anew (the driver's only protocol). Before it answers
that it gives its own back, a consumer waits here for the entries that it handed out: until they are committed, or until
`poll` is called again, but not longer than the group waits for it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from runtime.log import Entry

YIELD_S: Final = 0.005

_journal = structlog.get_logger(__name__)


class Ownership(ConsumerRebalanceListener):  # type: ignore[misc]  # the driver has no types
    """The partitions, their epochs, and what of them was handed out and is not finished.

    Args:
        was_expelled: whether the group has gone on without this consumer, so that there is nothing to wait for.
        wait_s: how long entries in hand may hold the group up.
    """

    def __init__(self, was_expelled: Callable[[], bool], *, wait_s: float) -> None:
        self.epochs: Mapping[int, int] = {}
        self._was_expelled = was_expelled
        self._wait_s = wait_s
        self._times_given: dict[int, int] = defaultdict(int)
        self._in_hand: dict[int, int] = {}
        self._giving_back = False
        self._settled = asyncio.Event()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for what is in hand, then have no partition. The group waits for the return."""
        del revoked  # all, always
        if self._in_hand and not self._was_expelled():
            self._giving_back = True
            self._settled.clear()
            try:
                await asyncio.wait_for(self._settled.wait(), self._wait_s)
            except TimeoutError:
                _journal.warning("partitions_given_back_unfinished", partitions=sorted(self._in_hand))
            finally:
                self.drop()
        self.drop()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin a new epoch of each partition."""
        for place in assigned:
            self._times_given[place.partition] += 1
        self.epochs = {place.partition: self._times_given[place.partition] for place in assigned}
        _journal.info("partitions_given", partitions=sorted(self.epochs))

    def drop(self) -> None:
        """Have no partition, and hold nobody up."""
        self.epochs = {}
        self._in_hand.clear()
        self._giving_back = False
        self._settled.set()

    def hand_out(self, entries: Iterable[Entry]) -> None:
        """Note entries that the caller of `poll` has from now on."""
        for entry in entries:
            self._in_hand[entry.partition] = entry.offset + 1

    def finish(self, partition: int, offset: int) -> None:
        """Note that every entry of a partition below `offset` is done."""
        if self._in_hand.get(partition, offset) <= offset:
            self.forget(partition)

    def forget(self, partition: int) -> None:
        """Note that nobody works on a partition's entries any more."""
        self._in_hand.pop(partition, None)
        if not self._in_hand:
            self._settled.set()

    async def polled(self) -> None:
        """Note that `poll` is called: where partitions are wanted back, they go now."""
        while self._giving_back:
            self._settled.set()
            await asyncio.sleep(YIELD_S)
