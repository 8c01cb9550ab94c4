"""Asking the process that owns the embedded store: queries over a unix socket, mode 0600.

A frame is a length (4 bytes, little endian) and that many bytes. A request is JSON `{sql, parameters}`; an answer is
one byte, 0 and an Arrow stream, or 1 and JSON `{error, message}`.
"""

import asyncio
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from runtime.store import Parameter, Store
from schemas.errors import RtcpulseError, StoreRejected, StoreUnavailable

REQUEST_MAX: Final = 1 << 20
_LENGTH: Final = struct.Struct("<I")
_ERRORS: Final = {kind.__name__: kind for kind in (StoreRejected, StoreUnavailable)}


class Request(msgspec.Struct):
    """A read-only statement with its parameters."""

    sql: str
    parameters: dict[str, Any] = {}


class StoreServer:
    """Answers queries on a socket file."""

    def __init__(self, store: Store, path: Path) -> None:
        self._store = store
        self._path = path
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket file that a dead process left is replaced."""
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                if length > REQUEST_MAX:
                    return
                answer = await asyncio.to_thread(self._answer, await reader.readexactly(length))
                writer.write(_LENGTH.pack(len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    def _answer(self, frame: bytes) -> bytes:
        try:
            request = msgspec.json.decode(frame, type=Request)
            return b"\0" + _packed(self._store.query(request.sql, request.parameters))
        except (RtcpulseError, msgspec.DecodeError) as error:
            return b"\1" + msgspec.json.encode({"error": type(error).__name__, "message": str(error)})


class SocketStore:
    """`runtime.store.Store` for readers in other processes: queries only.

    Raises:
        StoreUnavailable: nobody listens.
    """

    def __init__(self, path: Path, *, timeout_s: float = 60) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise StoreUnavailable(f"nobody answers on {path}: {error.strerror}") from None

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Ask; see `runtime.store.Store.query`."""
        frame = msgspec.json.encode(Request(sql, dict(parameters or {})))
        try:
            self._socket.sendall(_LENGTH.pack(len(frame)) + frame)
            (length,) = _LENGTH.unpack(self._receive(_LENGTH.size))
            answer = self._receive(length)
        except OSError as error:
            raise StoreUnavailable(f"the store's process went away: {error}") from None
        if answer[:1] == b"\0":
            return pa.ipc.open_stream(answer[1:]).read_all()
        problem = msgspec.json.decode(answer[1:])
        raise _ERRORS.get(problem["error"], StoreRejected)(problem["message"])

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Refuse: only the owner of the store writes."""
        raise StoreRejected(f"a reader cannot insert into {table}")

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Refuse: only the owner of the store writes."""
        raise StoreRejected("a reader cannot execute statements that change something")

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


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(sink.getvalue())
