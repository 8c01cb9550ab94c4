"""What clients ask of `system`, answered with what people may see: a query beside theirs under a name of its own.

A statement's `system.tables` becomes `catalog_tables`, which WITH defines before it: the engine's own table without
other tables' rows, paths, and counts over all projects.
"""

from collections.abc import Collection
from functools import cache
from typing import Final

from analytics.sql import text
from analytics.userql import allowed
from runtime.question import quoted
from schemas.tables.meanings import GRAINS, meanings

NAMES: Final = {name: f"catalog_{name}" for name in sorted(allowed.CATALOG)}
_CHANGEABLE: Final = (
    "cancel_http_readonly_queries_on_client_close",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "max_execution_time",
    "max_result_rows",
    "send_progress_in_http_headers",
    "session_timezone",
    "wait_end_of_query",
)


def with_tables(statement: str, needed: Collection[str], tables: Collection[str]) -> str:
    """Return the statement with the queries before it that it needs.

    Args:
        statement: one SELECT, which names `catalog_NAME`.
        needed: the names.
        tables: those that may be read.
    """
    if not needed:
        return statement
    queries = ", ".join(f"catalog_{name} AS ({_query(name, tuple(sorted(tables)))})" for name in sorted(needed))
    if statement.startswith("WITH RECURSIVE "):
        return f"WITH RECURSIVE {queries}, {statement.removeprefix('WITH RECURSIVE ')}"
    if statement.startswith("WITH "):
        return f"WITH {queries}, {statement.removeprefix('WITH ')}"
    if statement.startswith("SELECT "):
        return f"WITH {queries} {statement}"
    return f"WITH {queries} SELECT * FROM ({statement})"  # noqa: S608 - it is judged


@cache
def _query(name: str, tables: tuple[str, ...]) -> str:
    columns = {f"{table}.{column}": meaning for (table, column), meaning in meanings().items()}
    lists = {
        "tables": tables,
        "changeable": _CHANGEABLE,
        "functions": sorted(allowed.functions()),
        "described": list(GRAINS),
        "descriptions": list(GRAINS.values()),
        "columns": list(columns),
        "meanings": list(columns.values()),
    }
    query = text("userql/catalog", name)
    for key, values in lists.items():
        query = query.replace(f"{{{key}:Array(String)}}", f"[{', '.join(map(quoted, values))}]")
    return query
