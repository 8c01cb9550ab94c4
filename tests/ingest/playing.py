"""Writers, a collector, workers, the minute job and an operator on one log: every step that the property test knows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from analytics import analyst
from analytics.analyst import Analyst
from analytics.queries import Queries
from collector.edge import Edge, Sender
from collector.quota import Quota
from collector.sender import Keys
from ingest.decode import Batch
from ingest.join import Frames, Unknown, join
from ingest.repeats import LOOK_BACK_MS
from rtcpulse import deadletters
from runtime.instruments import Instruments
from runtime.log import Message
from runtime.store import Store
from schemas.errors import Refused
from schemas.headers import Headers, encode, key_of
from tests.builders import T0, a_batch, a_scrape, a_series, inbound, packed
from tests.ingest.stepping import Fuse, Recorded, Workers

SAMPLES: Final = 3
STREAMS: Final = 2
STEP_MS: Final = 20_000
LATER_MS: Final = 13 * 3_600_000
DAY_MS: Final = 86_400_000
SKEWS: Final = (0, 0, 0, 30_000, -30_000, 3 * DAY_MS, -3 * DAY_MS, 3650 * DAY_MS, -7300 * DAY_MS)
"""How far a writer's clock is ahead, ms."""
REPLAYED_MAX: Final = 6
Key = tuple[int, int]
Step = tuple[Any, ...]


class OneLog:
    """The store as the minute job would find it if there were no other tests' logs."""

    def __init__(self, store: Store, log_id: str) -> None:
        self._store = store
        self._log_id = log_id
        self.execute = store.execute
        self.insert = store.insert

    def query(self, sql: str, parameters: Any = None) -> pa.Table:
        """Ask the store."""
        if sql == analyst._LOGS:
            sql, parameters = sql.replace("GROUP", "WHERE log_id = {l:String} GROUP"), {"l": self._log_id}
        return self._store.query(sql, parameters)


def an_analyst(store: Store, log_id: str) -> Analyst:
    """Return the jobs over one log; what other tests left in theirs is not followed."""
    one: Any = OneLog(store, log_id)
    return Analyst(one, Instruments())


class Play:
    """One example: its log, its clocks, and what the writers were told.

    Attributes:
        acknowledged: (writer, seq) of what the collector took, or another body under it.
        broken: whether ingest's code fails on every second batch of a writer.
    """

    def __init__(self, store: Store, project: str, folder: Path) -> None:
        self.project = project
        self.log = Recorded(folder)
        self.fuse = Fuse()
        self.acknowledged: set[Key] = set()
        self.broken = False
        self._now_ms = int(T0)
        self._bodies: dict[Key, bytes] = {}
        self._first_ms: dict[Key, int] = {}
        self._conflicting: set[Key] = set()
        self._edge = Edge(self.log, Keys(f"k:{project}"), Quota(1e9, 1e12), Instruments(), now_ms=lambda: self._now_ms)
        self._workers = Workers(folder, store, self.fuse)
        self._queries = Queries(store)
        self._analyst = an_analyst(store, self.log.log_id)

    def join(self, batch: Batch, message: int, frames: Frames) -> Unknown:
        """Join a batch, or fail as a defect of ours would.

        Raises:
            ZeroDivisionError: ingest is broken and the batch is one that shows it.
        """
        if self.broken and (batch.seq or 0) % 2:
            raise ZeroDivisionError("of ours")
        return join(batch, message, frames)

    async def send(self, writer: int, seq: int, skew: int, *, told: bool) -> None:
        """Push a batch, or push it again: the bytes are those of the first time, the client's clock is not."""
        body = self._bodies.setdefault((writer, seq), self._body(writer, seq, skew))
        await self._push((writer, seq), body, self._now_ms + skew if told else None)

    async def conflict(self, writer: int, seq: int) -> None:
        """Push another body under the same number, as a writer that forgot what it had sent a little before."""
        self._conflicting.add((writer, seq))
        await self._push((writer, seq), self._body(writer, seq, 1000), None)

    async def copy(self, number: int) -> None:
        """Write a message of the log a second time, at another offset."""
        if self.log.messages:
            await self.log.publish(self.log.messages[number % len(self.log.messages)])

    async def rubbish(self, number: int) -> None:
        """Write past the collector what is no batch."""
        headers = Headers(self.project, self._now_ms, "rubbish")
        await self.log.publish(Message(key_of(self.project, ""), b"\xff rubbish %d" % number, encode(headers)))

    async def work(self) -> None:
        """Let a worker do what is in the log; it may die of it."""
        await self._workers.work(len(self.log.messages))

    async def interrupt(self, left: int, how: str, *, kill: bool) -> None:
        """Work, and kill the worker or take the store away at one of its calls."""
        self.fuse.set(left, how, kill=kill)
        await self.work()

    async def stop(self) -> None:
        """Stop the worker in good order; the next work starts another."""
        await self._workers.stop()

    async def replay(self, reason: str = "") -> None:
        """Send dead letters through again that no replay has brought into the tables."""
        letters = deadletters.waiting(self._queries, self.project, reason)
        chosen = letters if reason else letters[:REPLAYED_MAX]
        async for _ in deadletters.replay(self._queries, self.log, chosen):
            pass

    async def minutes(self) -> None:
        """Let the minute job catch up."""
        while self._analyst.round():
            pass

    async def break_(self) -> None:
        """Bring in a defect: another build, so another process."""
        await self._workers.stop()
        self.broken = True

    async def mend(self) -> None:
        """Take the defect out: another build, so another process."""
        await self._workers.stop()
        self.broken = False

    async def later(self) -> None:
        """Half a day goes by."""
        self._now_ms += LATER_MS

    async def end(self) -> None:
        """Mend everything, replay what a defect left over, and let all come to rest."""
        await self.mend()
        self.fuse.left = -1
        await self._workers.drain(len(self.log.messages))
        await self.replay("our_fault")
        await self._workers.drain(len(self.log.messages))
        await self.minutes()

    async def close(self) -> None:
        """Release the log."""
        await self._workers.stop()
        await self.log.close()

    async def _push(self, key: Key, body: bytes, sent_ms: float | None) -> None:
        """Push; but numbers are compared for a day only: who comes with another body after that is not recognised."""
        late = self._now_ms - self._first_ms.setdefault(key, self._now_ms) > LOOK_BACK_MS
        if late and key in self._conflicting:
            return
        try:
            await self._edge.take(body, Sender("k", None), sent_ms=sent_ms, source="batches")
        except Refused:
            return
        self.acknowledged.add(key)

    def _body(self, writer: int, seq: int, skew: int) -> bytes:
        """Return a batch with its baseline: packets grow by 10 a sample, one of them is lost."""
        first = seq * SAMPLES
        ticks = range(first - (seq > 0), first + SAMPLES)
        began = self._now_ms + skew - 3_600_000
        streams = [
            inbound(ssrc=ssrc, received=[tick * 10 for tick in ticks], lost=[*ticks]) for ssrc in range(1, STREAMS + 1)
        ]
        series = a_series([began + tick * STEP_MS for tick in ticks], *streams, baseline=seq > 0)
        events = [{"t": began, "name": "joined"}]
        session = f"s{writer}-{self.project}"
        parts = {"series": [series], "events": events, "nodes": [a_scrape(began, packets=seq)]}
        body = packed(a_batch(seq=seq, session=session, writer=f"{writer:032d}", **parts))
        return json.dumps(json.loads(body)).encode()


async def played(one: Play, steps: Sequence[Step]) -> None:
    """Take every step, then let all come to rest."""
    try:
        for name, *how in steps:
            if name in {"kill", "fail"}:
                await one.interrupt(*how, kill=name == "kill")
            elif name == "send":
                await one.send(*how[:3], told=how[3])
            else:
                await getattr(one, name)(*how)
        await one.end()
    finally:
        await one.close()
