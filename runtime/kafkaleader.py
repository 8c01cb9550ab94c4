"""Leadership by a consumer group: who has partition 0 of the log's topic leads; nothing is read.

The term is the group's generation, which grows with every deal of the partitions. The group deals anew whenever a
member comes, goes, or is not heard of for `session_s` seconds.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from runtime.kafkadriver import generation, heed, leave, unavailable
from runtime.kafkatopic import REQUEST_MS
from runtime.kafkaurl import KafkaAddress
from schemas.errors import LogUnavailable

GROUP: Final = "analytics"
LOOK_S: Final = 1.0
UNPOLLED_MS: Final = 86_400_000

_journal = structlog.get_logger(__name__)


class KafkaLeadership(ConsumerRebalanceListener):  # type: ignore[misc]  # the driver has no types
    """`runtime.leader.Leadership` among the members of a group. Make it with `KafkaLeadership.open`.

    Args:
        address: brokers and topic.
        session_s: seconds without a sign of life after which another leads; brokers allow 6 or more.
    """

    def __init__(self, address: KafkaAddress, *, session_s: float) -> None:
        self._address = address
        self._session_s = session_s
        self._leads = False
        self._client: AIOKafkaConsumer | None = None
        self._task = asyncio.ensure_future(self._look())

    @classmethod
    async def open(cls, address: KafkaAddress, *, session_s: float = 6) -> Self:
        """Join the group; whether this process leads, `term` says later.

        Raises:
            LogUnavailable: no broker can be reached.
        """
        leadership = cls(address, session_s=session_s)
        try:
            await leadership._join()
        except BaseException:
            await leadership.close()
            raise
        return leadership

    def term(self) -> int | None:
        """Return the group's generation while this process has partition 0; see `runtime.leader.Leadership.term`."""
        client = self._client
        now = generation(client) if client is not None and self._leads else -1
        return now if now >= 0 else None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Lead no more: the partitions are dealt anew."""
        del revoked  # all, always
        self._leads = False

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Lead, where partition 0 is among them; nothing is fetched."""
        places = list(assigned)
        if self._client is not None:
            self._client.pause(*places)
        self._leads = any(place.partition == 0 for place in places)
        _journal.info("leadership", leads=self._leads)

    async def close(self) -> None:
        """Leave the group, so that another leads at once. Safe to call twice."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._leave()

    async def _look(self) -> None:
        """Join again whenever the driver has given the group up."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if self._client is None:
                    await self._join()
                else:
                    heed(self._client)
            except (KafkaError, LogUnavailable) as error:
                _journal.warning("leadership_lost", error=str(error))
                await self._leave()
            except Exception:  # noqa: BLE001 - whatever the driver met: without this look nobody joins again
                _journal.exception("leadership_lost")
                with contextlib.suppress(Exception):
                    await self._leave()

    async def _join(self) -> None:
        client = AIOKafkaConsumer(
            **self._address.client(),
            group_id=f"{self._address.topic}-{GROUP}",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            session_timeout_ms=int(self._session_s * 1000),
            heartbeat_interval_ms=int(self._session_s * 250),
            max_poll_interval_ms=UNPOLLED_MS,
            request_timeout_ms=REQUEST_MS,
        )
        try:
            with unavailable("joining the group of analytics"):
                await asyncio.wait_for(client.start(), REQUEST_MS / 1000)
        except BaseException:
            await leave(client)
            raise
        self._client = client
        client.subscribe(topics=[self._address.topic], listener=self)

    async def _leave(self) -> None:
        self._leads = False
        if self._client is not None:
            client, self._client = self._client, None
            await leave(client)
