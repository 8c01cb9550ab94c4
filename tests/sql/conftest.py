"""Fixtures of the SQL's tests: rows of two projects in one part, a console on each store, the endpoint on a port."""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
import pyarrow as pa
import pytest

from analytics.queries import Queries
from analytics.userql.console import Console
from dashboard.app import create_app
from dashboard.clickhousehttp.endpoint import Endpoint
from dashboard.health import Health
from rtcpulse.serve import serve
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from runtime.instruments import Instruments
from runtime.question import Limits
from tests.builders import T0
from tests.running import free_port

LIMITS: Final = Limits(seconds=20, memory_bytes=256 << 20, result_rows=10_000)
BRIEF: Final = msgspec.structs.replace(LIMITS, seconds=0.4)
"""For what is meant to end by the time."""
ROOM: Final = "12345"
"""The room of the asker's own session; it is a number, so that a foreign one makes an error of toUInt32."""


@dataclass(frozen=True, slots=True)
class Two:
    """Two projects with a session each, in the same part of every table: `own` may be seen, of `foreign` nothing."""

    own: str
    foreign: str
    secret: str


@pytest.fixture(scope="session")
def two(store: ChdbStore, clickhouse: ClickhouseStore) -> Two:
    """Their rows are in both stores."""
    made = Two(f"p{secrets.token_hex(6)}", f"q{secrets.token_hex(6)}", f"secret-{secrets.token_hex(6)}")
    rows = pa.table({
        "project": [made.own, made.foreign],
        "session": ["mine", "theirs"],
        "room": [ROOM, made.secret],
        "version": pa.array([1, 1], pa.uint64()),
    })  # fmt: skip
    began = pa.array([T0, T0], pa.int64()).cast(pa.timestamp("ms", "UTC"))
    for one in (store, clickhouse):
        one.insert("sessions", rows.append_column("first_t", began))
        one.insert("session_minutes", rows.append_column("minute", began.cast(pa.timestamp("s", "UTC"))))
    return made


@pytest.fixture(scope="session")
def consoles(store: ChdbStore, clickhouse: ClickhouseStore) -> dict[str, Console]:
    """A console on each store."""
    return {"chdb": Console(store, LIMITS), "clickhouse": Console(clickhouse, LIMITS)}


@pytest.fixture(scope="session")
def port(store: ChdbStore, two: Two) -> Iterator[int]:
    """A dashboard with /sql/ on the embedded store; the token `own` reads the own project, `other` the foreign one."""
    instruments = Instruments()
    sql = Endpoint(Console(store, LIMITS), queries=2, instruments=instruments)
    readers = f"own:{two.own},other:{two.foreign}"
    app = create_app(Queries(store), readers=readers, instruments=instruments, health=Health, sql=sql)
    chosen, loop, stop = free_port(), asyncio.new_event_loop(), asyncio.Event()
    served = threading.Thread(
        target=lambda: loop.run_until_complete(serve(app, ("127.0.0.1", chosen), stop, drain_s=1))
    )
    served.start()
    _reached(chosen)
    yield chosen
    loop.call_soon_threadsafe(stop.set)
    served.join()
    loop.close()


def _reached(port: int) -> None:
    """Wait until somebody listens there.

    Raises:
        ConnectionRefusedError: nobody did for ten seconds.
    """
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
