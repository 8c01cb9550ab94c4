"""The meanings of tables and columns as comments in the store: DESCRIBE TABLE, SHOW CREATE TABLE and clients show them.

They are no migration: what `schemas.tables` says now is put there at the next start.
"""

from collections.abc import Iterator
from typing import Final

from runtime.clusterddl import Ddl
from runtime.question import quoted
from runtime.store import Store
from schemas.tables.meanings import GRAINS, meanings

_OURS: Final = "database IN (currentDatabase(), concat(currentDatabase(), '_local'))"
_TABLES: Final = f"SELECT database, name, comment FROM system.tables WHERE {_OURS} ORDER BY database"  # noqa: S608
_COLUMNS: Final = f"SELECT database, table, name, comment FROM system.columns WHERE {_OURS}"  # noqa: S608


def put(store: Store, ddl: Ddl) -> None:
    """Give tables and columns the comments that they should have; say nothing to a store that has them.

    Raises:
        StoreRejected, StoreUnavailable: as the store does.
    """
    for statement in statements(store):
        store.execute(ddl(statement))


def statements(store: Store) -> Iterator[str]:
    """Yield what is to be said, one ALTER TABLE each; a table that a shard keeps in a database beside counts."""
    tables = {row["name"]: row for row in store.query(_TABLES).to_pylist() if row["name"] in GRAINS}
    told = meanings()
    changes: dict[str, list[str]] = {
        name: [f"MODIFY COMMENT {quoted(GRAINS[name])}"]
        for name, row in tables.items()
        if row["comment"] != GRAINS[name]
    }
    for row in store.query(_COLUMNS).to_pylist():
        table, column = row["table"], row["name"]
        meaning = told.get((table, column), "")
        if meaning and tables[table]["database"] == row["database"] and row["comment"] != meaning:
            changes.setdefault(table, []).append(f"COMMENT COLUMN {column} {quoted(meaning)}")
    return (f"ALTER TABLE {table} {', '.join(some)}" for table, some in changes.items())
