"""What `rtcpulse query` shows: times as times and any bytes as text, which no format of the engine's does for both."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from analytics.userql.console import Console
from runtime.question import Answering, Limits, escaped
from schemas.errors import ConfigurationError, StoreRejected

_ARROW: Final = {
    "output_format_arrow_string_as_string": "1",
    "output_format_arrow_low_cardinality_as_dictionary": "0",
    "output_format_arrow_compression_method": "none",
}
Rows = tuple[Sequence[str], list[dict[str, Any]]]


def ask(
    store: Answering, sql: str, *, project: str | None, form: str, parameters: Mapping[str, str], limits: Limits
) -> bytes | Rows:
    """Run one statement of a person's.

    Args:
        store: what is asked.
        sql: it.
        project: whose rows; None: all.
        form: a format of the engine; empty: rows.
        parameters: of `{name:Type}`, TSV-escaped.
        limits: what it may take.

    Returns:
        Bytes in the format that the statement or `form` names, else column names and rows.

    Raises:
        StoreRejected: it is wrong, does what is not allowed, or is more than one statement.
        StoreUnavailable: it ran out of time or memory, or the store cannot be reached now.
    """
    console = Console(store, limits)
    if form:
        return console.ask(sql, project, form=form, parameters=parameters).answer.body
    reply = console.ask(sql, project, form="ArrowStream", parameters=parameters, settings=_ARROW)
    if reply.format != "ArrowStream":
        return reply.answer.body
    answer = pa.ipc.open_stream(reply.answer.body).read_all() if reply.answer.body else pa.table({})
    types = _types(console, sql, project, parameters)
    columns = {name: _shown(answer[name], types.get(name, "")) for name in answer.column_names}
    return answer.column_names, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def parameters_of(typed: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE of the command line.

    Raises:
        ConfigurationError: one is not of that form.
    """
    found = {}
    for one in typed:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise ConfigurationError(f"--param is {one!r}: a parameter is NAME=VALUE")
        found[name] = escaped(value)
    return found


def _types(console: Console, sql: str, project: str | None, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Return the engine's types of the columns; none of what is not a SELECT."""
    try:
        described = console.rows(f"DESCRIBE ({sql.rstrip().rstrip(';')}\n)", project, parameters=parameters)
    except StoreRejected:
        return {}
    return {row[0]: row[1] for row in described.rows}


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
