"""What a client sends: its hello and its queries, as of revision 54459."""

import re
from dataclasses import dataclass
from typing import Final

from tests.clickhouse.gateway.wire import Wire

REVISION: Final = 54_459
_ESCAPED: Final = {"b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0", "a": "\a", "v": "\v"}


@dataclass(frozen=True, slots=True)
class Hello:
    """Who comes, and to which database."""

    database: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with what belongs to it.

    Attributes:
        query_id: the client's name for it; may be empty.
        sql: the statement without the data of an INSERT.
        settings: value and flags by name.
        parameters: values as text, by name.
    """

    query_id: str
    sql: str
    settings: dict[str, tuple[str, int]]
    parameters: dict[str, str]


def read_hello(wire: Wire) -> Hello:
    """Read the first packet.

    Raises:
        EOFError: it is none of this protocol.
    """
    if wire.varint() != 0:
        raise EOFError
    wire.text()  # the client's name
    for _ in range(3):
        wire.varint()  # its version and revision
    return Hello(wire.text(), wire.text(), wire.text())


def read_query(wire: Wire) -> Query:
    """Read a query packet after its type, with the empty block that follows it.

    Raises:
        ValueError: the client does not compress.
    """
    query_id = wire.text()
    _client_info(wire)
    settings = _named(wire)
    wire.text()  # the secret between servers
    wire.varint()  # the stage
    compressed = wire.varint()
    sql = wire.text()
    parameters = {name: _unquoted(value) for name, (value, _) in _named(wire).items()}
    if not compressed:
        raise ValueError("the gateway takes compressed blocks only")
    wire.varint()
    wire.text()
    wire.frame()
    return Query(query_id, sql, settings, parameters)


def _client_info(wire: Wire) -> None:
    wire.byte()  # the kind of query
    for _ in range(3):
        wire.text()  # the first user, id and address
    wire.take(9)  # the time of its start; the interface
    for _ in range(3):
        wire.text()  # the user of the system, its host, its program
    for _ in range(3):
        wire.varint()  # the version
    wire.text()  # the quota's key
    wire.varint()  # the depth
    wire.varint()  # the patch
    if wire.byte():  # a trace
        wire.take(24)
        wire.text()
        wire.byte()
    for _ in range(3):
        wire.varint()  # replicas that work together


def _named(wire: Wire) -> dict[str, tuple[str, int]]:
    values = {}
    while name := wire.text():
        flags = wire.byte()
        values[name] = (wire.text(), flags)
    return values


def _unquoted(literal: str) -> str:
    """Return what a parameter's quoted text says; it is unescaped once, the engine does so again by its type."""
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[1]), literal[1:-1], flags=re.DOTALL)
