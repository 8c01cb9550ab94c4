"""What happens to one body, whichever door it came through: admit, scrub, stamp, publish."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
import structlog
from isal import igzip

from collector import marks
from collector.admission import Admission
from collector.admit import Limits, admit
from collector.overruling import overruled
from collector.quota import Quota
from collector.scrub import scrub
from collector.sender import Address, Geography, Keys, prefix, user_agent
from collector.sources.source import Delivery, Source
from collector.tokens import Grant, Tokens
from collector.unpack import MAGIC
from runtime.instruments import Instruments
from runtime.log import Message, Publisher
from runtime.watching import Watch, Watching
from schemas.batch import Batch
from schemas.errors import LogFull, LogUnavailable, Refused
from schemas.headers import IMPORT, Headers, encode, key_of, names_in
from schemas.mark import MARK
from schemas.mark import SESSION as MARKS
from schemas.reasons import Reason

RETRY_AFTER_S: Final = 5

_journal = structlog.get_logger(__name__)


def wall_ms() -> int:
    """Return the time of day, ms since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a body, as far as the connection says: key or token, address, user agent."""

    key: str
    address: Address | None
    user_agent: str = ""


@dataclass(slots=True)
class Edge:
    """The collector's work without its doors."""

    publisher: Publisher
    keys: Keys
    quota: Quota
    instruments: Instruments
    limits: Limits = field(default_factory=Limits)
    geography: Geography = field(default_factory=Geography)
    admission: Admission = field(default_factory=Admission)
    now_ms: Callable[[], int] = wall_ms
    tokens: Tokens = field(default_factory=Tokens)
    watching: Watching = field(default_factory=Watching)

    def grant(self, sender: Sender) -> Grant:
        """Return what a sender may push now: what its token says, else anything of its key's project.

        Raises:
            Refused: nobody knows the key, or the token does not hold.
        """
        if self.tokens.are_meant(sender.key):
            return self.tokens.grant(sender.key, self.now_ms())
        return Grant(self.keys.project(sender.key))

    def refused(self, refusal: Refused) -> None:
        """Count a refusal, wherever on a body's way it was decided."""
        self.instruments.count("collector_refused", reason=refusal.reason.value)

    def failed(self, error: Exception) -> Refused:
        """Journal what nobody foresaw, and return the refusal with which the sender keeps its batch and comes again."""
        _journal.error("push_failed", exc_info=error)
        detail = "the collector failed; its journal says why"
        return Refused(Reason.INTERNAL, detail, retry_after_s=RETRY_AFTER_S)

    async def take(self, body: bytes, sender: Sender, *, sent_ms: float | None, source: str) -> Watch | None:
        """Take one body; return when it is durable in the log, with the pace that is asked of its session, if any.

        Of an import nothing is kept of who sends it: that is not who was in the call, and its clock was not theirs. Nor
        of a mark, which is of no call.

        Raises:
            Refused: why it was not taken.
        """
        apart = source in {IMPORT, MARK}
        grant = self._granted_to_keys(sender.key, source) if apart else self.grant(sender)
        self.quota.spend(grant.project, len(body), time.monotonic())
        received_ms = self.now_ms()
        if apart:
            headers = Headers(project=grant.project, received_ms=received_ms, source=source)
        else:
            headers = self._headers(sender, grant.project, received_ms, sent_ms, source)
        message = self._message(body, headers, grant)
        await self._publish(message)
        self.instruments.count("collector_accepted", source=source)
        self.instruments.count("collector_bytes", len(body), source=source)
        return None if apart else self.watching.of(*names_in(message.key), received_ms)

    async def take_foreign(self, delivery: Delivery, source: Source) -> int:
        """Take one delivery of a foreign format; return how many batches it became when all are durable.

        Nothing is kept of who sends it: that is a server, and not who was in the call.

        Raises:
            Refused: why it was not taken; some of its batches may be in the log, where a repeat will be known.
        """
        project = source.project(delivery, self.keys)
        self.quota.spend(project, len(delivery.body), time.monotonic())
        headers = Headers(project=project, received_ms=delivery.received_ms, source=source.name)
        marked = msgspec.structs.replace(headers, source=MARK)
        messages = [
            self._admitted(msgspec.json.encode(batch), marked if batch.session.id == MARKS else headers)
            for batch in source.batches(delivery)
        ]
        done = await asyncio.gather(*map(self._publish, messages), return_exceptions=True)
        for failure in filter(None, done):
            raise failure
        self.instruments.count("collector_accepted", len(messages), source=source.name)
        self.instruments.count("collector_bytes", len(delivery.body), source=source.name)
        return len(messages)

    async def take_own(self, batch: Batch, project: str, source: str) -> None:
        """Take a batch that this process made of what it asked for itself; return when it is durable in the log.

        Raises:
            Refused: why it was not taken.
        """
        body = igzip.compress(msgspec.json.encode(batch))
        headers = Headers(project=project, received_ms=self.now_ms(), source=source)
        await self._publish(self._message(body, headers))
        self.instruments.count("collector_accepted", source=source)
        self.instruments.count("collector_bytes", len(body), source=source)

    def _granted_to_keys(self, key: str, source: str) -> Grant:
        """Return what a key grants at a door where tokens, which are of one person in one room, count for nothing."""
        if self.tokens.are_meant(key):
            raise Refused(Reason.NO_PERMISSION, "a token lets nobody in here: it is of batches of one call only")
        return Grant(self.keys.import_project(key) if source == IMPORT else self.keys.project(key))

    def _message(self, body: bytes, headers: Headers, grant: Grant | None = None) -> Message:
        """Return what goes to the log. The batch itself is forgotten here: it is large, and the log takes its time."""
        return marks.message(body, headers) if headers.source == MARK else self._admitted(body, headers, grant)

    def _admitted(self, body: bytes, headers: Headers, grant: Grant | None = None) -> Message:
        admitted = admit(
            body, self.limits, received_ms=headers.received_ms, sent_ms=headers.sent_ms, live=headers.source != IMPORT
        )
        meant = overruled(admitted.plain, grant) if grant else admitted.plain
        cleaned = scrub(meant)
        if cleaned is None and meant is not admitted.plain:
            cleaned = meant
        value = body if cleaned is None else _packed(cleaned, body)
        return Message(key_of(headers.project, admitted.batch.session.id), value, encode(headers))

    def _headers(self, sender: Sender, project: str, received_ms: int, sent_ms: float | None, source: str) -> Headers:
        browser, system = user_agent(sender.user_agent)
        place = self.geography.place(sender.address)
        return Headers(
            project=project,
            received_ms=received_ms,
            source=source,
            sent_ms=sent_ms,
            browser=browser,
            os=system,
            prefix=prefix(sender.address),
            country=place.country,
            asn=place.asn,
            geo=place.database,
        )

    async def _publish(self, message: Message) -> None:
        began = time.perf_counter()
        try:
            await self.publisher.publish(message)
        except LogFull as error:
            raise Refused(Reason.LOG_FULL, str(error), retry_after_s=RETRY_AFTER_S) from None
        except LogUnavailable as error:
            raise Refused(Reason.LOG_UNAVAILABLE, str(error), retry_after_s=RETRY_AFTER_S) from None
        self.instruments.time("collector_publish", time.perf_counter() - began)


def _packed(plain: bytes, like: bytes) -> bytes:
    return igzip.compress(plain) if like.startswith(MAGIC) else plain
