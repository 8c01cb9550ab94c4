"""Migrations are applied once, never change, and the tables' retention follows the settings."""

from pathlib import Path

import pytest

from runtime import migrate
from runtime.chdbstore import ChdbStore
from schemas.errors import ConfigurationError
from schemas.tables import DERIVED, LASTING, RAW

DAYS = {"raw_days": 10_000, "rollup_days": 10_000}


def test_nothing_is_applied_twice(store: ChdbStore) -> None:
    """A store that is up to date stays as it is."""
    assert migrate.apply(store, DAYS) == []
    assert migrate.pending(store) == []


def test_a_released_migration_never_changes(store: ChdbStore, tmp_path: Path) -> None:
    """A file whose text is not the one that was applied stops the start."""
    for path in migrate.DIRECTORY.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text() + "\n-- another text\n")
    with pytest.raises(ConfigurationError, match=r"migration 0001 .* another text"):
        migrate.pending(store, tmp_path)


def kept_days(store: ChdbStore, table: str) -> int:
    """Return the days that a table's definition keeps its rows."""
    (row,) = store.query(
        "SELECT extract(create_table_query, 'toIntervalDay.(\\\\d+)') AS days FROM system.tables "
        "WHERE database = currentDatabase() AND name = {table:String}",
        {"table": table},
    ).to_pylist()
    return int(row["days"])


def test_the_retention_follows_the_settings(store: ChdbStore) -> None:
    """Also on tables that were made with another one."""
    try:
        migrate.apply(store, {"raw_days": 9_000, "rollup_days": 9_500})
        assert {kept_days(store, table.name) for table in RAW if table not in LASTING} == {9_000}
        assert {kept_days(store, table.name) for table in LASTING} == {9_500}
    finally:
        migrate.apply(store, DAYS)
    assert kept_days(store, "stream_samples") == 10_000


def test_parts_are_removed_one_after_the_other(store: ChdbStore) -> None:
    """Also those of a table that comes later: the engine's way of removing a hundred leaves 128 threads behind."""
    (row,) = store.query(
        "SELECT groupArray(name) AS names FROM system.tables WHERE database = currentDatabase() "
        "AND name IN {names:Array(String)} AND engine_full NOT LIKE '%concurrent_part_removal_threshold%'",
        {"names": [table.name for table in (*RAW, *DERIVED)]},
    ).to_pylist()
    assert row["names"] == []
