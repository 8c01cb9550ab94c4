"""The writing side of a Kafka log: an idempotent producer that is watched, and made anew when it is stuck.

The driver's idempotent producer never gives a message up, so it can hang for as long as its broker is away, and after
some errors for ever. So each message has a deadline here, what waits is bounded in bytes, and a producer that gets no
acknowledgement while messages wait is thrown away: what it had then fails, and its sender tries again.
"""

import asyncio
import contextlib
import time
from functools import partial
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from runtime.kafkadriver import give_up, unavailable
from runtime.kafkarules import Rules
from runtime.kafkatopic import REQUEST_MS, TopicView
from runtime.kafkaurl import KafkaAddress
from runtime.log import Message
from schemas.errors import LogUnavailable, Refused, RtcpulseError
from schemas.reasons import Reason

LOOK_S: Final = 0.5
AGAIN_S: Final = 1.0
LINGER_MS: Final = 2
BATCH_BYTES: Final = 256 << 10
Position = tuple[int, int]

_journal = structlog.get_logger(__name__)
_partition_of: Final = DefaultPartitioner()


class KafkaPublisher:
    """`runtime.log.Publisher` on a topic. Make it with `KafkaPublisher.open`.

    Args:
        address: brokers and topic.
        rules: what the topic has to be.
        queue_bytes: what may wait for an acknowledgement.
        deadline_s: seconds that a message may wait for its acknowledgement.
        stuck_s: seconds without any acknowledgement, while messages wait, after which the producer is made anew.
    """

    def __init__(
        self,
        address: KafkaAddress,
        rules: Rules,
        *,
        queue_bytes: int = 64 << 20,
        deadline_s: float = 10,
        stuck_s: float = 30,
    ) -> None:
        self._address = address
        self._rules = rules
        self._limits = (queue_bytes, deadline_s, stuck_s)
        self._view = TopicView(address)
        self._producer: AIOKafkaProducer | None = None
        self._queued_bytes = 0
        self._sending: set[asyncio.Task[Position]] = set()
        self._going: set[asyncio.Task[None]] = set()
        self._unanswered_since: float | None = None
        self._broken = asyncio.Event()
        self._failure = ""
        self._closed = False
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        address: KafkaAddress,
        rules: Rules,
        *,
        queue_bytes: int = 64 << 20,
        deadline_s: float = 10,
        stuck_s: float = 30,
    ) -> Self:
        """Open the log to write to it. While no broker can be reached it opens too, and takes no messages yet.

        Raises:
            ConfigurationError: the topic is not there or not as the rules say.
        """
        publisher = cls(address, rules, queue_bytes=queue_bytes, deadline_s=deadline_s, stuck_s=stuck_s)
        try:
            await publisher._start()
        except LogUnavailable as error:
            publisher._fail(str(error))
        except BaseException:
            await publisher._view.close()
            raise
        publisher._watch = asyncio.ensure_future(publisher._supervise())
        return publisher

    async def publish(self, message: Message) -> Position:
        """Append durably; see `runtime.log.Publisher.publish`.

        Raises:
            Refused: the log never takes a message that large.
            LogUnavailable: it is closed, too much waits, or it has not acknowledged the message in time.
        """
        size = len(message.key) + len(message.value)
        if size > self._rules.message_bytes:
            raise _too_large(f"a message of {size} bytes is over the log's limit of {self._rules.message_bytes}")
        if self._closed:
            raise LogUnavailable("the log is closed")
        queue_bytes, deadline_s, _ = self._limits
        if self._queued_bytes + size > queue_bytes:
            raise LogUnavailable("too much waits for the brokers")
        sending = self._begin(message, size)
        try:
            return await asyncio.wait_for(asyncio.shield(sending), deadline_s)
        except TimeoutError:
            raise LogUnavailable(f"the brokers have not acknowledged the message within {deadline_s:g} s") from None

    def trouble(self) -> str:
        """Say in a sentence why the log cannot take messages now; nothing where it can."""
        queue_bytes, deadline_s, _ = self._limits
        if self._closed:
            return "the log is closed"
        if self._queued_bytes > queue_bytes * 0.9:
            return "too much waits for the brokers"
        if self._unanswered_s() > deadline_s:
            return f"the brokers have acknowledged nothing for {self._unanswered_s():.0f} s"
        return self._failure

    async def close(self) -> None:
        """Wait for the acknowledgement of what was accepted, as long as its deadline, and release the log."""
        if self._closed:
            return
        self._closed = True
        if self._watch:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._sending:
            await asyncio.wait(self._sending, timeout=self._limits[1])
        await self._throw_away("the log is closed")
        if self._going or self._sending:
            await asyncio.wait(self._going | self._sending)
        await self._view.close()

    def _begin(self, message: Message, size: int) -> asyncio.Task[Position]:
        """Start to send; it goes on when who asked for it has gone, and counts until its end is known."""
        self._queued_bytes += size
        if self._producer and self._unanswered_since is None:
            self._unanswered_since = time.monotonic()
        sending = asyncio.ensure_future(self._send(message))
        self._sending.add(sending)
        sending.add_done_callback(partial(self._ended, size))
        return sending

    def _ended(self, size: int, sending: asyncio.Task[Position]) -> None:
        self._queued_bytes -= size
        self._sending.discard(sending)
        error = None if sending.cancelled() else sending.exception()
        if error is None or isinstance(error, Refused):
            self._unanswered_since = time.monotonic() if self._sending else None

    async def _send(self, message: Message) -> Position:
        producer = self._producer
        if producer is None:
            raise LogUnavailable(self._failure)
        partitions = list(range(self._rules.partitions))
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        try:
            with unavailable("publishing"):
                told = await producer.send_and_wait(
                    self._address.topic,
                    message.value,
                    key=message.key,
                    headers=headers,
                    partition=_partition_of(message.key, partitions, partitions),
                )
        except LogUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, MessageSizeTooLargeError):
                if not cause.args:  # it was a broker's word, after which the driver's count of messages is wrong
                    self._fail(str(error))
                raise _too_large(str(error)) from cause
            if _is_fatal(cause) and producer is self._producer:
                self._fail(str(error))
            raise
        if told.offset < 0:
            raise LogUnavailable("the message is in the log, but the brokers no longer say where")
        return told.partition, told.offset

    def _fail(self, why: str) -> None:
        self._failure = why
        self._broken.set()

    def _unanswered_s(self) -> float:
        return 0.0 if self._unanswered_since is None else time.monotonic() - self._unanswered_since

    async def _supervise(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._broken.wait(), LOOK_S)
            if self._unanswered_s() > self._limits[2]:
                self._fail(f"the brokers have acknowledged nothing for {self._unanswered_s():.0f} s")
            if self._broken.is_set():
                try:
                    await self._renew()
                except Exception as error:  # noqa: BLE001 - whatever the driver met: nobody else makes a producer
                    _journal.exception("producer_not_renewed")
                    self._failure = f"the producer could not be made again: {error}"
                    await asyncio.sleep(AGAIN_S)

    async def _renew(self) -> None:
        """Throw the producer away and make one; where that does not succeed, its error is the trouble, and again."""
        if self._producer:
            _journal.warning("producer_renewed", error=self._failure, waiting=len(self._sending))
        await self._throw_away(self._failure)
        try:
            await self._start()
        except RtcpulseError as error:
            if str(error) != self._failure:
                _journal.warning("log_unavailable", error=str(error))
            self._failure = str(error)
            await asyncio.sleep(AGAIN_S)

    async def _start(self) -> None:
        """Check the topic and make a producer.

        Raises:
            LogUnavailable: no broker can be reached.
            ConfigurationError: the topic is not as the rules say.
        """
        await self._view.check(self._rules)
        producer = AIOKafkaProducer(
            **self._address.client(),
            acks="all",
            enable_idempotence=True,
            max_request_size=self._rules.message_bytes,
            max_batch_size=min(BATCH_BYTES, self._rules.message_bytes),
            linger_ms=LINGER_MS,
            request_timeout_ms=REQUEST_MS,
        )
        try:
            with unavailable("starting the producer"):
                await asyncio.wait_for(producer.start(), REQUEST_MS / 1000)
        except BaseException:
            await self._discard(producer, "it did not start")
            raise
        self._producer = producer
        self._failure = ""
        self._broken.clear()

    async def _throw_away(self, why: str) -> None:
        producer, self._producer = self._producer, None
        self._unanswered_since = None
        if producer:
            await self._discard(producer, why)

    async def _discard(self, producer: AIOKafkaProducer, why: str) -> None:
        """Give a producer up, to the end also when this task is cancelled."""
        going = asyncio.ensure_future(give_up(producer, why))
        self._going.add(going)
        going.add_done_callback(self._going.discard)
        await asyncio.shield(going)


def _is_fatal(error: BaseException | None) -> bool:
    """Whether the producer is of no further use; that its queue is full is for the watch on acknowledgements."""
    return isinstance(error, KafkaError) and not error.retriable and not isinstance(error, KafkaTimeoutError)


def _too_large(detail: str) -> Refused:
    return Refused(Reason.TOO_LARGE, detail)
