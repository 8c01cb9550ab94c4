"""DDL on a cluster, as text: every statement reaches every replica, every table is replicated."""

import re
from collections.abc import Mapping

import pyarrow as pa
import pytest

from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import catching_up, settling
from runtime.clusterddl import Cluster
from runtime.store import Parameter
from schemas.errors import ConfigurationError
from schemas.tables import DERIVED, RAW, TABLES

CALLS = Cluster("calls", "rtc")
DAYS = {"raw_days": 30, "rollup_days": 400}


class Recorder:
    """The embedded store for what is asked, as if nothing was applied; what would change something is kept only."""

    def __init__(self, store: ChdbStore) -> None:
        self._store = store
        self.insert = store.insert
        self.close = store.close
        self.said: list[str] = []

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Ask the store."""
        return self._store.query(f"{sql} WHERE false" if "FROM migrations" in sql else sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Keep the statement as it is said."""
        assert "{name" not in sql or parameters
        self.said.append(sql)


@pytest.fixture
def said(store: ChdbStore) -> list[str]:
    """What a first start says to a cluster, and a start with another retention."""
    recorder = Recorder(store)
    migrate.apply(recorder, DAYS, ddl=CALLS)
    return recorder.said


def test_every_statement_that_defines_is_on_the_cluster(said: list[str]) -> None:
    """Functions, tables, columns, retention; rows go to one replica, which hands them on."""
    kinds = {" ".join(statement.split()[:2]).upper() for statement in said}
    assert kinds == {"CREATE FUNCTION", "CREATE TABLE", "ALTER TABLE", "INSERT INTO"}
    for statement in said:
        assert ("ON CLUSTER 'calls'" in statement.splitlines()[0]) != statement.startswith("INSERT"), statement


@pytest.mark.parametrize("table", [*(table.name for table in TABLES), "session_hours", "cursors", "migrations"])
def test_every_table_is_replicated(said: list[str], table: str) -> None:
    """Under a path of its own; what replaces what stays as on one node."""
    (made,) = [statement for statement in said if re.match(rf"CREATE TABLE IF NOT EXISTS {table} ", statement)]
    texts = [migrate._LEDGER, *(part for file in migrate.migrations() for part in re.split(r";\s*\n", file.text))]
    plain = next(text for text in texts if f"CREATE TABLE IF NOT EXISTS {table} (" in text)
    (engine,) = re.findall(r"ENGINE = \w+\(.*?\)", made)
    (old,) = re.findall(r"ENGINE = (\w+)(?:\((.*)\))?", plain)
    arguments = f"'/clickhouse/tables/{{shard}}/rtc/{table}', '{{replica}}'" + (f", {old[1]}" if old[1] else "")
    assert engine == f"ENGINE = Replicated{old[0]}({arguments})"


def test_every_statement_can_be_read(store: ChdbStore, said: list[str]) -> None:
    """The engine's parser takes it; what it means needs a cluster."""
    for statement in said:
        assert store.query(f"EXPLAIN AST {statement}").num_rows > 0, statement


def test_every_retention_is_changed_everywhere(said: list[str]) -> None:
    """The tables here were made with another one."""
    changed = {statement.split()[2] for statement in said if "MODIFY TTL" in statement}
    assert changed == {table.name for table in TABLES}


PATH = "'/clickhouse/tables/{shard}/rtc/t', '{replica}'"
FORMS = {
    "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a": (
        f"CREATE TABLE t ON CLUSTER 'calls' (a UInt8) ENGINE = ReplicatedMergeTree({PATH}) ORDER BY a"
    ),
    "CREATE TABLE t (a UInt8) ENGINE = MergeTree() ORDER BY a": (
        f"CREATE TABLE t ON CLUSTER 'calls' (a UInt8) ENGINE = ReplicatedMergeTree({PATH}) ORDER BY a"
    ),
    "create table if not exists t(a UInt8)\nENGINE=ReplacingMergeTree(v, d) ORDER BY a": (
        "create table if not exists t ON CLUSTER 'calls'(a UInt8)\n"
        f"ENGINE = ReplicatedReplacingMergeTree({PATH}, v, d) ORDER BY a"
    ),
    "CREATE FUNCTION IF NOT EXISTS f AS x -> x": "CREATE FUNCTION IF NOT EXISTS f ON CLUSTER 'calls' AS x -> x",
    "ALTER TABLE t ADD COLUMN c UInt8": "ALTER TABLE t ON CLUSTER 'calls' ADD COLUMN c UInt8",
    "ALTER TABLE t MODIFY TTL d": "ALTER TABLE t ON CLUSTER 'calls' MODIFY TTL d",
    "TRUNCATE TABLE t": "TRUNCATE TABLE t ON CLUSTER 'calls'",
}


@pytest.mark.parametrize("plain", FORMS)
def test_each_form(plain: str) -> None:
    """The text before and after."""
    assert CALLS(plain) == FORMS[plain]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE t",
        "INSERT INTO t VALUES (1)",
        "CREATE TABLE t (a UInt8) ENGINE = Memory",
        "CREATE TABLE t AS u",
    ],
)
def test_what_would_reach_one_replica_only_is_refused(statement: str) -> None:
    """A migration of a new form needs its counterpart first."""
    with pytest.raises(ConfigurationError):
        CALLS(statement)


def test_settling_is_everywhere() -> None:
    """Killed on every replica, counted on every replica that answers, and then caught up."""
    kill, running = settling("calls")
    assert kill == "KILL QUERY ON CLUSTER 'calls' WHERE startsWith(query_id, {prefix:String}) SYNC"
    assert "FROM clusterAllReplicas('calls', system.processes) WHERE startsWith(query_id, {prefix:String})" in running
    assert running.endswith("SETTINGS skip_unavailable_shards = 1")
    assert settling("")[0] == "KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC"
    raw = [f"SYSTEM SYNC REPLICA `{table.name}` LIGHTWEIGHT" for table in RAW]
    derived = [
        f"SYSTEM SYNC REPLICA `{name}` LIGHTWEIGHT"
        for name in (*(one.name for one in DERIVED), "session_hours", "cursors")
    ]
    assert catching_up("calls") == raw + derived
    assert catching_up("calls", derived=False) == raw
    assert catching_up("calls", raw=False) == derived
    assert catching_up("") == []


def test_the_statements_are_statements(store: ChdbStore) -> None:
    """The engine reads them: it knows the cluster, the table or Keeper for missing, and no syntax for wrong."""
    for statement in (*settling("calls"), *catching_up("calls")):
        with pytest.raises(Exception, match="Code") as raised:
            store.execute(statement, {"prefix": "x"})
        assert "Code: 62." not in str(raised.value), statement
