"""The same DDL on a cluster: every statement ON CLUSTER, every MergeTree replicated. Text in, text out.

One shard with replicas is the supported form. Each replica says `{shard}` and `{replica}` in its `macros`; the path of
a table in Keeper has database and name, so the tables of two databases stay apart.

Several shards are experimental. What a shard has of the raw tables is in a database of its own, DATABASE_local, under
the same names; in DATABASE those names read all shards, and the derived tables are used on the first shard only.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from runtime.clickhouseurl import LOCAL
from schemas.errors import ConfigurationError
from schemas.tables import RAW

Ddl = Callable[[str], str]
_NAMED: Final = re.compile(
    r"(?P<head>(?:CREATE\s+(?:TABLE|FUNCTION)(?:\s+IF\s+NOT\s+EXISTS)?|(?:ALTER|TRUNCATE)\s+TABLE)\s+"
    r"(?P<name>[A-Za-z_]\w*))\b",
    re.IGNORECASE,
)
_ENGINE: Final = re.compile(r"\bENGINE\s*=\s*(?P<engine>\w*MergeTree)\b(?:\s*\((?P<arguments>[^()]*)\))?")


def as_it_is(statement: str) -> str:
    """Return the statement for one node."""
    return statement


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rewrites DDL for the replicas of one shard, or of several.

    Attributes:
        name: the cluster's, as the server's configuration has it.
        database: where the tables are.
        sharded: whether the cluster has several shards.
    """

    name: str
    database: str
    sharded: bool = False

    def __call__(self, statement: str) -> str:
        """Return the statement for all replicas.

        Raises:
            ConfigurationError: it is of a form that has no counterpart here; it would reach one replica only.
        """
        named = _NAMED.match(statement)
        if not named:
            raise ConfigurationError(f"no form of this statement for a cluster is known: {statement[:60]!r}")
        rest = statement[named.end() :]
        engine = _ENGINE.search(rest)
        if engine:
            rest = rest[: engine.start()] + self._replicated(engine, named["name"]) + rest[engine.end() :]
        elif re.match(r"CREATE\s+TABLE", statement, re.IGNORECASE):
            raise ConfigurationError(f"table {named['name']} has no engine that can be replicated")
        head = named["head"]
        if self._is_local(named["name"]):
            head = f"{head[: -len(named['name'])]}{self._database_of(named['name'])}.{named['name']}"
        return f"{head} ON CLUSTER '{self.name}'{rest}"

    def over_shards(self) -> Sequence[str]:
        """Return the statements after which the raw tables' names in DATABASE have what their local tables have."""
        if not self.sharded:
            return []
        return [
            f"CREATE OR REPLACE TABLE {table.name} ON CLUSTER '{self.name}' AS {self.database}{LOCAL}.{table.name} "
            f"ENGINE = Distributed('{self.name}', '{self.database}{LOCAL}', '{table.name}')"
            for table in RAW
        ]

    def _is_local(self, table: str) -> bool:
        return self.sharded and table in {one.name for one in RAW}

    def _database_of(self, table: str) -> str:
        return self.database + (LOCAL if self._is_local(table) else "")

    def _replicated(self, engine: re.Match[str], table: str) -> str:
        path = f"'/clickhouse/tables/{{shard}}/{self._database_of(table)}/{table}'"
        arguments = ", ".join([path, "'{replica}'", *filter(None, [engine["arguments"]])])
        return f"ENGINE = Replicated{engine['engine']}({arguments})"
