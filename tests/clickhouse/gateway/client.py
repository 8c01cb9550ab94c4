"""One client of the gateway, from its hello until it hangs up."""

import itertools
import struct
from typing import Final

from tests.clickhouse.gateway.engine import Engine, Refused
from tests.clickhouse.gateway.native import INFO, Block, from_wire
from tests.clickhouse.gateway.requests import REVISION, Hello, Query, read_hello, read_query
from tests.clickhouse.gateway.wire import Wire

# What a client sends.
QUERY: Final = 1
PING: Final = 4
# What a server sends.
HELLO: Final = 0
DATA: Final = 1
EXCEPTION: Final = 2
PROGRESS: Final = 3
PONG: Final = 4
END_OF_STREAM: Final = 5
PROFILE: Final = 6
PROFILE_EVENTS: Final = 14
AUTHENTICATION_FAILED: Final = 516


def serve(wire: Wire, directory: str, password: str) -> None:
    """Talk with a client.

    Raises:
        EOFError, OSError: it hung up.
    """
    hello = read_hello(wire)
    try:
        engine = _admitted(hello, directory, password)
    except Refused as refused:
        _exception(wire, refused.code, str(refused))
        return
    try:
        wire.put(HELLO, "gateway", 26, 9, REVISION, "UTC", "gateway", 2)
        wire.flush()
        wire.text()  # the quota's key
        while True:
            _packet(wire, engine)
    finally:
        engine.close()


def _admitted(hello: Hello, directory: str, password: str) -> Engine:
    if hello.password != password:
        raise Refused(AUTHENTICATION_FAILED, f"DB::Exception: {hello.user}: Authentication failed")
    return Engine(directory, hello.database)


def _packet(wire: Wire, engine: Engine) -> None:
    kind = wire.varint()
    if kind == PING:
        wire.put(PONG)
        wire.flush()
    elif kind == QUERY:
        query = read_query(wire)
        try:
            _answer(wire, engine, query)
        except Refused as refused:
            _exception(wire, refused.code, str(refused))
    else:
        raise EOFError


def _answer(wire: Wire, engine: Engine, query: Query) -> None:
    header = engine.header(query)
    if header:
        _data(wire, header)
        wire.flush()
        engine.insert(query, _received(wire))
        _progress(wire, 0)
    else:
        _send(wire, engine, query)
    wire.put(END_OF_STREAM)
    wire.flush()


def _send(wire: Wire, engine: Engine, query: Query) -> None:
    blocks = engine.ask(query)
    first = next(blocks, None)
    if first is None:
        return
    if first.rows:
        _data(wire, Block(0, [type(column)(column.name, column.spec, b"") for column in first.columns]))
    for block in itertools.chain([first], blocks):
        _data(wire, block)
        _progress(wire, block.rows)
    wire.put(PROFILE, 0, 0, 0, b"\0", 0, b"\0")


def _received(wire: Wire) -> bytes:
    """Read the blocks of an INSERT until the empty one; each is answered, or the driver waits for ever."""
    parts: list[bytes] = []
    while True:
        wire.varint()
        wire.text()
        block = from_wire(wire.frame())
        wire.put(PROFILE_EVENTS, "", INFO, 0, 0)
        wire.flush()
        if not block.columns:
            return b"".join(parts)
        parts.append(block.in_file())


def _data(wire: Wire, block: Block) -> None:
    wire.put(DATA, "")
    wire.put_frame(block.on_wire())


def _progress(wire: Wire, rows: int) -> None:
    wire.put(PROGRESS, rows, 0, rows, 0, 0)


def _exception(wire: Wire, code: int, message: str) -> None:
    wire.put(EXCEPTION, struct.pack("<i", code), "DB::Exception", message, "", b"\0")
    wire.flush()
