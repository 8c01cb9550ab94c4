"""Questions and answers between processes of one machine: frames over a unix socket that only its user may open.

A frame is a length (4 bytes, little endian) and that many bytes.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

_LENGTH: Final = struct.Struct("<I")


class FrameServer:
    """Answers frames on a socket file, mode 0600.

    Args:
        path: the socket's file; one that a dead process left is replaced.
        answer: makes an answer of a frame; it does not raise.
        frame_bytes: the largest frame that is read; a larger one is hung up on.
    """

    def __init__(self, path: Path, answer: Callable[[bytes], Awaitable[bytes]], *, frame_bytes: int) -> None:
        self._path = path
        self._answer = answer
        self._frame_bytes = frame_bytes
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening, hang up, and return when no frame is being answered any more."""
        if self._server:
            self._server.close()
        self._path.unlink(missing_ok=True)
        for writer in self._open.values():
            writer.close()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task  # noqa: S101 - a coroutine runs in a task
        self._open[task] = writer
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if length > self._frame_bytes:
                    return
                answer = await self._answer(await reader.readexactly(length))
                if writer.is_closing():
                    return
                writer.write(_LENGTH.pack(len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            del self._open[task]
            writer.close()


class FrameClient:
    """Asks on a socket file, one question at a time; blocks.

    Raises:
        OSError: nobody listens.
    """

    def __init__(self, path: Path, *, timeout_s: float = 60) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def ask(self, frame: bytes) -> bytes:
        """Send a frame and return the answer.

        Raises:
            OSError: the other process went away, or takes too long.
        """
        self._socket.sendall(_LENGTH.pack(len(frame)) + frame)
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size))
        return self._receive(length)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(min(size - len(parts), 1 << 20))
            if not part:
                raise ConnectionError("the connection ended")
            parts += part
        return bytes(parts)
