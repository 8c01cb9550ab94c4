"""Rows of a server in any format of ClickHouse's: written by the embedded engine, which holds nothing of them.

The native protocol brings columns and no formats. The engine is in the package anyway; it is loaded when the first
statement of a person's asks a server.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from runtime import chdbstore
from runtime.identifiers import identifier
from runtime.question import quoted

_MEMORY: Final = ":memory:"


def reformatted(rows: pa.Table, types: Sequence[str], form: str, settings: Mapping[str, str]) -> bytes:
    """Return rows in a format.

    Args:
        rows: of the types that `runtime.store.Store.query` gives.
        types: the engine's type of each column.
        form: the format.
        settings: how it is written.

    Raises:
        StoreRejected: a value is none of its type, or the format does not take it.
    """
    names = rows.column_names
    columns = rows.rename_columns([f"c{index}" for index in range(len(names))])
    selected = ", ".join(
        f"CAST(c{index}, {quoted(kind)}) AS {_name(name)}"
        for index, (name, kind) in enumerate(zip(names, types, strict=True))
    )
    with chdbstore.translating():
        connection: Any = chdbstore.connected(_MEMORY)
        try:
            for name, value in settings.items():
                connection.query(f"SET {identifier(name)} = {quoted(value)}")
            answer: bytes = connection.query(f"SELECT {selected} FROM Python(columns)", form).bytes()  # noqa: S608 - quoted
        finally:
            connection.close()
    return answer if columns.num_columns else b""


def _name(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
