"""What `rtcpulse query` shows: times as times and any bytes as text, which the rows of the store's port are not."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from runtime.store import Store
from schemas.errors import StoreRejected

_PARSED: Final = "SELECT formatQuerySingleLine({statement:String}) AS statement"


def ask(store: Store, sql: str) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """Run one statement of a person's and return column names and rows.

    Raises:
        StoreRejected: it is wrong, changes something, or is more than one statement.
        StoreUnavailable: the store cannot be reached now.
    """
    store.query(_PARSED, {"statement": sql})  # the engine's own parser: several statements are refused
    answer = store.query(sql)
    types = _types(store, sql)
    columns = {name: _shown(answer[name], types.get(name, "")) for name in answer.column_names}
    return answer.column_names, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _types(store: Store, sql: str) -> Mapping[str, str]:
    """Return the engine's types of the columns; none of what is not a SELECT."""
    try:
        described = store.query(f"DESCRIBE ({sql.rstrip().rstrip(';')}\n)")
    except StoreRejected:
        return {}
    return {row["name"]: row["type"] for row in described.to_pylist()}


def _shown(values: pa.ChunkedArray, kind: str) -> list[Any]:
    if pa.types.is_string(values.type):
        return _each(values.cast(pa.binary()), lambda value: value.decode("utf-8", "backslashreplace"))
    if kind.removeprefix("Nullable(").startswith("DateTime") and pa.types.is_integer(values.type):
        return _each(values, _moment)
    found: list[Any] = values.to_pylist()
    return found


def _each(values: pa.ChunkedArray, show: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else show(value) for value in values.to_pylist()]


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
