"""Serving an application: uvicorn with httptools, which refuses what h11 lets through (two framings of one body)."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import uvicorn

from rtcpulse.connection import bounded
from schemas.errors import ConfigurationError

KEEP_ALIVE_S: Final = 20


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(
    application: Any,
    address: tuple[str, int],
    stop: asyncio.Event,
    *,
    connections: int = 2000,
    ws_message_bytes: int = 1 << 20,
    header_timeout_s: float = 10,
    drain_s: float = 5,
    tls: tuple[Path, Path] | None = None,
) -> None:
    """Serve until `stop`, then finish open requests within `drain_s` seconds.

    Raises:
        ConfigurationError: the address is taken.
    """
    config = uvicorn.Config(
        application,
        host=address[0],
        port=address[1],
        http=bounded(header_timeout_s),
        loop="none",
        ws="websockets-sansio",
        ws_max_size=ws_message_bytes,
        ws_per_message_deflate=False,
        limit_concurrency=connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(drain_s),
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        ssl_certfile=tls[0] if tls else None,
        ssl_keyfile=tls[1] if tls else None,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve([listening(address)]))
    told = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    told.cancel()
    await serving


def listening(address: tuple[str, int]) -> socket.socket:
    """Return a socket that listens on (host, port).

    Raises:
        ConfigurationError: the address is taken or not of this machine.
    """
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family, backlog=1024)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {address[0]}:{address[1]}: {error.strerror}") from None
