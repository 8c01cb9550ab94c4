"""chDB as the gateway uses it: one connection for each client and set of settings."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import chdb

from tests.clickhouse.gateway.native import Block, Column, from_file
from tests.clickhouse.gateway.requests import Query

_IMPORTANT: Final = 1
_CODE: Final = re.compile(r"Code: (\d+)\. ?(.*)", re.DOTALL)
_QUERY_ID: Final = r"extract(query, '^/\\* query_id=(.*?) \\*/')"
_PROCESSES: Final = re.compile(r"system\.processes|^\s*KILL\s+QUERY", re.IGNORECASE)
_ASKS: Final = re.compile(r"^[\s(]*(SELECT|WITH)\b", re.IGNORECASE)
_INSERTS: Final = re.compile(r"^\s*INSERT\s+INTO\s+(?P<table>\S+)\s*\((?P<columns>[^)]*)\)\s*VALUES\s*$", re.IGNORECASE)


class Refused(Exception):
    """What the engine refuses, with its code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """The connections of one client to the engine. What the engine refuses is `Refused`."""

    def __init__(self, directory: str, database: str) -> None:
        self._directory = directory
        self._database = database
        self._connections: dict[tuple[tuple[str, tuple[str, int]], ...], Any] = {}
        with _refusing():
            self._connection({})

    def ask(self, query: Query) -> Iterator[Block]:
        """Run a statement and return its answer; the first block of an answer without rows says its columns."""
        sql = re.sub(r"\bquery_id\b", lambda _: _QUERY_ID, query.sql) if _PROCESSES.search(query.sql) else query.sql
        answer = self._run(f"/* query_id={query.query_id} */ {sql}", query)
        if not answer and _ASKS.match(sql):
            described = self._described(f"({sql}\n)", query)
            yield Block(0, [Column(name, spec, b"") for name, spec in described.items()])
        yield from from_file(answer)

    def header(self, query: Query) -> Block | None:
        """Return the columns that an INSERT of data takes; None for any other statement."""
        match = _INSERTS.match(query.sql)
        if not match:
            return None
        known = self._described(match["table"], None)
        names = [name.strip(" `\n") for name in match["columns"].split(",")]
        for name in names:
            if name not in known:
                raise Refused(16, f"DB::Exception: No such column {name} in table {match['table']}")
        return Block(0, [Column(name, known[name], b"") for name in names])

    def insert(self, query: Query, blocks: bytes) -> None:
        """Run an INSERT with its data, which is FORMAT Native."""
        file = os.memfd_create("insert")
        try:
            with os.fdopen(os.dup(file), "wb") as out:
                out.write(blocks)
            into = re.sub(r"VALUES\s*$", "", query.sql, flags=re.IGNORECASE)
            source = f"FROM INFILE '/proc/self/fd/{file}' FORMAT Native"
            self._run(f"/* query_id={query.query_id} */ {into} {source}", query)
        finally:
            os.close(file)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()

    def _described(self, what: str, query: Query | None) -> dict[str, str]:
        columns: dict[str, str] = {}
        answer = self._run(f"DESCRIBE TABLE {what} FORMAT Native", query, settings={})
        for block in from_file(answer):
            fields = {column.name: _texts(column.data) for column in block.columns}
            kinds = zip(fields["name"], fields["type"], fields["default_type"], strict=True)
            columns |= {name: kind for name, kind, default in kinds if default in {"", "DEFAULT"}}
        return columns

    def _run(self, sql: str, query: Query | None, settings: dict[str, tuple[str, int]] | None = None) -> bytes:
        chosen = settings if settings is not None or query is None else query.settings
        with _refusing():
            connection = self._connection(chosen or {})
            answer: bytes = connection.query(sql, "Native", params=query.parameters if query else {}).bytes()
        return answer

    def _connection(self, settings: Mapping[str, tuple[str, int]]) -> Any:
        ordered = tuple(sorted(settings.items(), key=lambda item: (item[0] == "readonly", item[0])))
        if ordered not in self._connections:
            connection = chdb.connect(self._directory)
            connection.query(f"USE `{self._database}`")
            for name, (value, flags) in ordered:
                _set(connection, name, value, important=bool(flags & _IMPORTANT))
            self._connections[ordered] = connection
        return self._connections[ordered]


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise `Refused` for what chDB raises; the code is in its text."""
    try:
        yield
    except RuntimeError as error:
        match = _CODE.search(str(error))
        raise Refused(int(match[1]) if match else 1002, match[2] if match else str(error)) from None


def _set(connection: Any, name: str, value: str, *, important: bool) -> None:
    try:
        literal = value.replace("\\", "\\\\").replace("'", "\\'")
        connection.query(f"SET {name} = '{literal}'")
    except RuntimeError as error:
        if important or "UNKNOWN_SETTING" not in str(error):
            raise


def _texts(data: bytes) -> list[str]:
    found, at = [], 0
    while at < len(data):
        length = shift = 0
        while True:
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        found.append(data[at : at + length].decode())
        at += length
    return found
