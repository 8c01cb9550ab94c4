"""The store port: columns in, Arrow out, bound parameters only. Adapters: `runtime.chdbstore`, ClickHouse.

Methods block and are safe to call from several threads; async code calls them through `asyncio.to_thread`. Inserts are
serialised; queries run beside them on reader threads of their own.
"""

from collections.abc import Mapping
from typing import Protocol

import pyarrow as pa

Parameter = str | int | float | bool | list[str] | list[int]


class Store(Protocol):
    """The tables. Guarantee: when `insert` returns, the rows are stored and seen by every later query.

    An insert is atomic per table and partition. When it raises, part of the rows may be stored; the positions in the
    rows tell which. SQL is text of ours with `{name:Type}` parameters, never built from values.
    """

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Append rows. `rows` has all or some of the table's columns, by name; missing columns take their default.

        Args:
            table: name without database.
            rows: columns of plain Arrow types or dictionaries of strings.
            token: names the block, for retries inside the process and for finding it in the server's process list.

        Raises:
            StoreRejected: the rows do not fit the table.
            StoreUnavailable: no memory, no disk, no connection: nothing or part was stored.
        """
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Run one read-only statement and return its rows; a statement without rows gives an empty table with columns.

        Raises:
            StoreRejected: the statement is wrong, or went over its limits.
            StoreUnavailable: the store cannot be reached now.
        """
        ...

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement that changes something: DDL of migrations, INSERT ... SELECT of jobs.

        Raises:
            StoreRejected: the statement is wrong.
            StoreUnavailable: the store cannot be reached now.
        """
        ...

    def close(self) -> None:
        """Finish running statements and release the store. Safe to call twice."""
        ...
