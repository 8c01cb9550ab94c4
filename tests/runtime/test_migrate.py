"""Migrations are applied once, never change, and the tables' retention follows the settings."""

from pathlib import Path

import pytest

from runtime import migrate, tablecomments
from runtime.chdbstore import ChdbStore
from runtime.clusterddl import Cluster
from runtime.question import quoted
from runtime.store import Store
from schemas.errors import ConfigurationError
from schemas.tables import DERIVED, LASTING, MARKS, RAW, TABLES
from tests.clickhouse.test_cluster import Recorder

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


def commented(store: Store, table: str) -> tuple[str, dict[str, str]]:
    """Return the comments of a table and of its columns, by three ways of asking, which say the same."""
    of_table = "SELECT comment, create_table_query AS made FROM system.tables WHERE database = currentDatabase()"
    (row,) = store.query(f"{of_table} AND name = {{table:String}}", {"table": table}).to_pylist()
    of_columns = (
        "SELECT name, comment FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
    )
    listed = {one["name"]: one["comment"] for one in store.query(of_columns, {"table": table}).to_pylist()}
    described = {one["name"]: one["comment"] for one in store.query(f"DESCRIBE TABLE {table}").to_pylist()}
    assert described == listed
    assert all(quoted(one) in row["made"] for one in (row["comment"], *listed.values()))
    return row["comment"], listed


@pytest.mark.parametrize("which", ["store", "clickhouse"])
def test_tables_and_columns_say_what_they_mean(which: str, request: pytest.FixtureRequest) -> None:
    """As comments of the store's own, on both stores; none is without, whether it is stored or computed."""
    one: Store = request.getfixturevalue(which)
    for table in TABLES:
        comment, columns = commented(one, table.name)
        assert comment == table.grain
        assert {column.name: column.meaning for column in table.columns}.items() <= columns.items()
        assert all(columns.values()), columns


def test_comments_follow_what_is_written(store: ChdbStore) -> None:
    """Those of another build are replaced, on all nodes of a cluster; a store that has them is told nothing."""
    assert list(tablecomments.statements(store)) == []
    store.execute("ALTER TABLE marks MODIFY COMMENT 'old', COMMENT COLUMN t 'it''s old'")
    recorder = Recorder(store)
    migrate.apply(recorder, DAYS, ddl=Cluster("calls", "rtc"))
    (said,) = [one for one in recorder.said if "COMMENT" in one]
    assert (
        said == f"ALTER TABLE marks ON CLUSTER 'calls' MODIFY COMMENT '{MARKS.grain}', COMMENT COLUMN t 'when it was'"
    )
    assert migrate.apply(store, DAYS) == []
    assert commented(store, "marks")[1]["t"] == "when it was"
