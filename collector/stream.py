"""`WS /v1/stream`: the same batches in envelopes `{"sent": ms, "batch": {...}}`, each acknowledged by its key."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

import msgspec
from fastapi import WebSocket, WebSocketDisconnect
from msgspec import Struct

from collector.batches import pace, sender_of
from collector.connections import Connections
from collector.edge import Edge, Sender
from collector.problems import document
from collector.sender import Network
from collector.unpack import unpack
from schemas.batch import Milliseconds
from schemas.errors import Refused
from schemas.reasons import STATUS, Reason

POLICY_VIOLATION: Final = 1008
UNAUTHORIZED: Final = 401


class Envelope(Struct):
    """One message: the client's clock at this attempt, ms since the Unix epoch, and the batch."""

    batch: msgspec.Raw
    sent: Milliseconds | None = None


class _RepeatKey(Struct):
    writer: str = ""
    seq: int | None = None
    origin_id: str | None = None


class Stream:
    """Takes batches from WebSockets."""

    def __init__(self, edge: Edge, connections: Connections, *, trusted: Sequence[Network] = ()) -> None:
        self._edge = edge
        self._connections = connections
        self._trusted = trusted

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection until it ends."""
        query = parse_qs(str(socket.url.query))
        sender = sender_of(socket.scope, dict(socket.scope["headers"]), query, self._trusted)
        await socket.accept()
        try:
            with self._connections.one(str(sender.address)):
                self._edge.grant(sender)
                await self._serve(socket, sender)
        except Refused as refusal:
            await socket.close(POLICY_VIOLATION, refusal.reason.value)
        except WebSocketDisconnect:
            return

    async def _serve(self, socket: WebSocket, sender: Sender) -> None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("bytes") or (message.get("text") or "").encode()
            answer, why = await self._answer(body, sender)
            await socket.send_bytes(answer)
            if why and STATUS[why] == UNAUTHORIZED:
                await socket.close(POLICY_VIOLATION, why.value)
                return

    async def _answer(self, body: bytes, sender: Sender) -> tuple[bytes, Reason | None]:
        """Return the answer to one message, and why it was refused. Who may not push any more is not heard on."""
        key = _RepeatKey()
        try:
            envelope = _opened(unpack(body, self._edge.limits.unpacked_bytes))
            key = _repeat_key(bytes(envelope.batch))
            with self._edge.admission.body() as held:
                held.grow(len(body))
                taken = bytes(envelope.batch)
                watched = await self._edge.take(taken, sender, sent_ms=envelope.sent, source="stream")
        except Refused as refusal:
            return self._refused(refusal, key), refusal.reason
        except Exception as error:  # noqa: BLE001 - whatever failed here, the sender keeps its batch and comes again
            failure = self._edge.failed(error)
            return self._refused(failure, key), failure.reason
        return msgspec.json.encode({"ack": key, **pace(watched)}), None

    def _refused(self, refusal: Refused, key: _RepeatKey) -> bytes:
        self._edge.refused(refusal)
        return msgspec.json.encode({"refused": document(refusal), "key": key})


def _opened(plain: bytes) -> Envelope:
    try:
        return msgspec.json.decode(plain, type=Envelope)
    except msgspec.ValidationError as error:
        raise Refused(Reason.BAD_SHAPE, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(Reason.NOT_JSON, str(error)) from None
    except RecursionError:
        raise Refused(Reason.TOO_DEEP, "the JSON is nested too deeply") from None


def _repeat_key(batch: bytes) -> _RepeatKey:
    try:
        return msgspec.json.decode(batch, type=_RepeatKey)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _RepeatKey()
