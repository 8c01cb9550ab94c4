"""`livekit.AnalyticsRecorderService`: a receiver for LiveKit servers that send their analytics.

Three client-streaming methods, each answered once, at the end of its stream: so a message is taken or the stream is
ended with a status, and what a sender had under way then is its to send again. A message is of many people: what can be
taken of it is, what cannot is counted, and only one of which nothing can be ends the stream.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final

import grpc
import structlog
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from grpc import aio
from livekit.protocol.analytics import AnalyticsEvents, AnalyticsNodeRooms, AnalyticsStats

from collector.edge import Edge
from collector.sources.livekitanalytics import Translator, node_rooms
from schemas.batch import Batch
from schemas.errors import Refused
from schemas.reasons import STATUS, Reason

SERVICE: Final = "livekit.AnalyticsRecorderService"
SOURCE: Final = "livekit-analytics"
STREAMS_MAX: Final = 100
"""Streams under way at the same time; a server has three."""
GRACE_S: Final = 1.0
_STATUS: Final = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
}
Translate = Callable[[Any], Iterable[Batch]]

_journal = structlog.get_logger(__name__)


class Recorder:
    """The server.

    Args:
        edge: what takes the batches; its keys say whose they are.
        listen: host:port.
        tls: certificate chain and key, PEM; None: in clear.
    """

    def __init__(self, edge: Edge, listen: str, tls: tuple[bytes, bytes] | None = None) -> None:
        self._edge = edge
        translator = Translator()
        limits = [("grpc.max_receive_message_length", edge.limits.body_bytes), ("grpc.so_reuseport", 0)]
        self._server = aio.server(options=limits, maximum_concurrent_rpcs=STREAMS_MAX)
        methods = {
            "IngestStats": self._method(AnalyticsStats, translator.stats),
            "IngestEvents": self._method(AnalyticsEvents, translator.events),
            "IngestNodeRoomStates": self._method(AnalyticsNodeRooms, node_rooms),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        if tls:
            chain, key = tls
            self.port = self._server.add_secure_port(listen, grpc.ssl_server_credentials([(key, chain)]))
        else:
            self.port = self._server.add_insecure_port(listen)

    async def start(self) -> None:
        """Begin to answer."""
        await self._server.start()
        _journal.info("recorder_started", port=self.port)

    async def close(self) -> None:
        """End the streams."""
        await self._server.stop(GRACE_S)

    def _method(self, shape: Any, translate: Translate) -> Any:
        async def take(messages: AsyncIterator[bytes], context: Any) -> Empty:
            try:
                project = self._edge.keys.project(_key(context))
                async for body in messages:
                    await self._take(project, body, shape, translate)
            except Refused as refusal:
                await self._end(context, refusal)
            except Exception as error:  # noqa: BLE001 - whatever failed here, who sends it may come again
                await self._end(context, self._edge.failed(error))
            return Empty()

        return grpc.stream_unary_rpc_method_handler(take, None, Empty.SerializeToString)

    async def _take(self, project: str, body: bytes, shape: Any, translate: Translate) -> None:
        self._edge.quota.spend(project, len(body), time.monotonic())
        try:
            message = shape.FromString(body)
        except DecodeError as error:
            raise Refused(Reason.BAD_SHAPE, str(error)) from None
        taken, refusals = 0, []
        for batch in translate(message):
            try:
                await self._edge.take_own(batch, project, SOURCE)
            except Refused as refusal:
                if refusal.retry_after_s is not None:
                    raise
                refusals.append(refusal)
            else:
                taken += 1
        if refusals and not taken:
            raise refusals[0]
        self._skip(refusals)

    def _skip(self, refusals: Sequence[Refused]) -> None:
        for one in refusals:
            self._edge.instruments.count("collector_skipped", source=SOURCE, reason=one.reason.value)
        if refusals:
            _journal.warning("batches_skipped", source=SOURCE, count=len(refusals), first=refusals[0].detail)

    async def _end(self, context: Any, refusal: Refused) -> None:
        self._edge.refused(refusal)
        status = _STATUS.get(STATUS[refusal.reason], grpc.StatusCode.INVALID_ARGUMENT)
        await context.abort(status, str(refusal))


def _key(context: Any) -> str:
    """Return what stands behind `Bearer` in the stream's metadata, empty where nothing does."""
    told = dict(context.invocation_metadata()).get("authorization", "")
    return str(told).removeprefix("Bearer ").strip()
