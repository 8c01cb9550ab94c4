"""Starts the gateway: `python -m tests.clickhouse.gateway DIRECTORY PORT PASSWORD [CERTIFICATE KEY]`.

With a certificate it speaks TLS only. It ends when it is killed, or its standard input ends: when its parent is gone.
"""

import os
import socket
import ssl
import sys
import threading

import chdb

from tests.clickhouse.gateway.client import serve
from tests.clickhouse.gateway.wire import Wire

MEMORY_BYTES = 1 << 30


def main(directory: str, port: int, password: str, *certificate: str) -> None:
    """Listen on the loopback; one thread for each client. Prints a line when it is ready."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    secure = _context(*certificate) if certificate else None
    root = chdb.connect(f"{directory}?max_server_memory_usage={MEMORY_BYTES}")
    root.query("CREATE DATABASE IF NOT EXISTS rtcpulse")
    with socket.create_server(("127.0.0.1", port)) as server:
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_talk, args=(connection, secure, directory, password), daemon=True).start()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _talk(connection: socket.socket, secure: ssl.SSLContext | None, directory: str, password: str) -> None:
    with connection:
        try:
            wire = Wire(secure.wrap_socket(connection, server_side=True) if secure else connection)
            serve(wire, directory, password)
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
