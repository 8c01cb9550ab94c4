"""`WS /v1/sources/rtcstats/...`: clients of rtcstats and of Jitsi, of which only the address is changed."""

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from fastapi import WebSocket

from collector.batches import sender_of
from collector.connections import Connections
from collector.edge import Edge, Sender
from collector.sender import Network
from collector.sources.traces.client import client_of
from collector.sources.traces.conversations import Conversation, Conversations
from collector.sources.traces.dialects import Unreadable, chosen, dialect_of
from schemas.errors import Refused
from schemas.reasons import STATUS
from schemas.shape import clip

SOURCE: Final = "rtcstats"
KEY_SEGMENT: Final = "key"
IDLE_S: Final = 15.0
"""After that what came is sent on, though no entry says that its portion is over."""
PATIENCE_S: Final = 60.0
"""As long a batch is offered to a log that does not take it."""
NORMAL: Final = 1000
POLICY_VIOLATION: Final = 1008
TRY_AGAIN: Final = 1013
_SHUT_OUT: Final = frozenset({401, 403})


class Traces:
    """Takes traces from WebSockets.

    Args:
        edge: what takes the batches.
        connections: bounds how many there are.
        trusted: proxies whose X-Forwarded-For is believed.
    """

    def __init__(self, edge: Edge, connections: Connections, *, trusted: Sequence[Network] = ()) -> None:
        self._edge = edge
        self._connections = connections
        self._trusted = trusted
        self._conversations = Conversations()

    async def serve(self, socket: WebSocket, rest: str) -> None:
        """Serve one connection until it ends.

        Args:
            socket: it.
            rest: of the address behind the source's name: /key/KEY where the query has none, and the room.
        """
        query = parse_qs(str(socket.url.query))
        sender = sender_of(socket.scope, dict(socket.scope["headers"]), query, self._trusted)
        key, room = _key_and_room(rest)
        sender = Sender(sender.key or query.get("rtcstats-token", [key])[0], sender.address, sender.user_agent)
        protocol = chosen(socket.scope.get("subprotocols") or [])
        await socket.accept(subprotocol=protocol or None)
        try:
            with self._connections.one(str(sender.address)):
                project = self._edge.grant(sender).project
                told = _Told(query, room, sender, protocol)
                conversation = self._conversations.open(project, told.session, told.begin)
                await self._converse(socket, sender, conversation)
        except Refused as refusal:
            self._edge.refused(refusal)
            await _close(socket, TRY_AGAIN if refusal.retry_after_s else POLICY_VIOLATION, refusal.reason.value)
        except Unreadable as error:
            await _close(socket, POLICY_VIOLATION, str(error))

    async def _converse(self, socket: WebSocket, sender: Sender, conversation: Conversation) -> None:
        conversation.connected()
        if conversation.resumes:
            await socket.send_text(conversation.greeting())
        receiving: asyncio.Task[Any] | None = None
        try:
            while True:
                receiving = receiving or asyncio.ensure_future(socket.receive())
                done, _ = await asyncio.wait({receiving}, timeout=IDLE_S)
                if not done:
                    await self._push(conversation.cut(), sender, conversation)
                    continue
                message, receiving = receiving.result(), None
                if message["type"] == "websocket.disconnect":
                    conversation.closed(message.get("code") or NORMAL)
                    return
                body = message.get("bytes") or (message.get("text") or "").encode()
                with self._edge.admission.body() as held:
                    held.grow(len(body))
                    await self._push(conversation.take(body, self._edge.now_ms()), sender, conversation)
        finally:
            if receiving:
                receiving.cancel()
            await self._push(conversation.cut(), sender, conversation)

    async def _push(self, batches: Sequence[bytes], sender: Sender, conversation: Conversation) -> None:
        for body in batches:
            await self._one(body, sender, conversation)

    async def _one(self, body: bytes, sender: Sender, conversation: Conversation) -> None:
        """Push a batch, again while there is no room for it; what is refused for good is counted and left.

        Raises:
            Refused: there was no room for too long, or the sender is let in no more: their token has ended, say.
        """
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                sent_ms = conversation.client_ms(self._edge.now_ms())
                await self._edge.take(body, sender, sent_ms=sent_ms, source=SOURCE)
            except Refused as refusal:
                if STATUS[refusal.reason] in _SHUT_OUT:
                    raise
                if refusal.retry_after_s is None:
                    self._edge.refused(refusal)
                    return
                if asyncio.get_running_loop().time() + refusal.retry_after_s > until:
                    raise
                await asyncio.sleep(refusal.retry_after_s)
            else:
                return


def _key_and_room(rest: str) -> tuple[str, str]:
    parts = rest.strip("/").split("/")
    if parts[0] == KEY_SEGMENT and len(parts) > 1:
        return parts[1], unquote("/".join(parts[2:]))
    return "", unquote("/".join(parts))


class _Told:
    """What a connection tells of its session: the query's words win over the trace's, and those over the rest."""

    def __init__(self, query: Mapping[str, list[str]], room: str, sender: Sender, protocol: str) -> None:
        self._protocol = protocol
        self._known = query.get("statsSessionId", [""])[0]
        self._else = {"room": clip(room), "sdk": clip(protocol), **client_of(sender.user_agent)}
        self._wins = {name: clip(query[name][0]) for name in ("room", "participant", "app") if name in query}
        self.session = self._known or secrets.token_hex(16)

    def begin(self) -> Conversation:
        """Return a new conversation."""
        dialect = dialect_of(self._protocol, self._else)
        return Conversation(dialect, self.session, self._wins, resumes=bool(self._known))


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError):  # it is closed already
        await socket.close(code, reason[:120])
