"""Asking the process that writes the SQLite log to append a message: what `doctor deadletters replay` does.

A request is a message in MessagePack, an answer JSON `{partition, offset}` or `{error, message}`.
"""

import asyncio
from pathlib import Path
from typing import Final

import msgspec

from runtime.log import Message, Publisher
from runtime.unixsocket import FrameClient, FrameServer
from schemas.errors import LogFull, LogUnavailable, RtcpulseError

MESSAGE_MAX: Final = 64 << 20
_ERRORS: Final = {kind.__name__: kind for kind in (LogFull, LogUnavailable)}


class _Answer(msgspec.Struct):
    """Where the message stands, or why not."""

    partition: int = 0
    offset: int = -1
    error: str = ""
    message: str = ""


def log_server(log: Publisher, path: Path) -> FrameServer:
    """Return a server that appends to a log on a socket file."""

    async def answer(frame: bytes) -> bytes:
        try:
            partition, offset = await log.publish(msgspec.msgpack.decode(frame, type=Message))
        except (RtcpulseError, msgspec.DecodeError) as error:
            return msgspec.json.encode(_Answer(error=type(error).__name__, message=str(error)))
        return msgspec.json.encode(_Answer(partition, offset))

    return FrameServer(path, answer, frame_bytes=MESSAGE_MAX)


class SocketPublisher:
    """`runtime.log.Publisher` for other processes than the log's writer.

    Raises:
        LogUnavailable: nobody listens.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._client = FrameClient(path)
        except OSError as error:
            raise LogUnavailable(f"nobody answers on {path}: {error.strerror}") from None

    async def publish(self, message: Message) -> tuple[int, int]:
        """Append through the writer; see `runtime.log.Publisher.publish`."""
        try:
            frame = await asyncio.to_thread(self._client.ask, msgspec.msgpack.encode(message))
        except OSError as error:
            raise LogUnavailable(f"the log's writer went away: {error}") from None
        answer = msgspec.json.decode(frame, type=_Answer)
        if answer.error:
            raise _ERRORS.get(answer.error, LogUnavailable)(answer.message)
        return answer.partition, answer.offset

    async def close(self) -> None:
        """Hang up."""
        self._client.close()
