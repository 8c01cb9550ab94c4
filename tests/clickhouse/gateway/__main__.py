"""Starts the gateway: `python -m tests.clickhouse.gateway DIRECTORY PORT PASSWORD`; it ends when it is killed."""

import socket
import sys
import threading

import chdb

from tests.clickhouse.gateway.client import serve
from tests.clickhouse.gateway.wire import Wire

MEMORY_BYTES = 1 << 30


def main(directory: str, port: int, password: str) -> None:
    """Listen on the loopback; one thread for each client. Prints a line when it is ready."""
    root = chdb.connect(f"{directory}?max_server_memory_usage={MEMORY_BYTES}")
    root.query("CREATE DATABASE IF NOT EXISTS rtcpulse")
    with socket.create_server(("127.0.0.1", port)) as server:
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_talk, args=(connection, directory, password), daemon=True).start()


def _talk(connection: socket.socket, directory: str, password: str) -> None:
    with connection:
        try:
            serve(Wire(connection), directory, password)
        except (EOFError, OSError):
            return


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
