"""The same DDL on a cluster: every statement ON CLUSTER, every MergeTree replicated. Text in, text out.

One shard with replicas is the supported form. Each replica says `{shard}` and `{replica}` in its `macros`; the path of
a table in Keeper has database and name, so the tables of two databases stay apart.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from schemas.errors import ConfigurationError

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
    """Rewrites DDL for the replicas of one shard.

    Attributes:
        name: the cluster's, as the server's configuration has it.
        database: where the tables are.
    """

    name: str
    database: str

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
        return f"{named['head']} ON CLUSTER '{self.name}'{rest}"

    def _replicated(self, engine: re.Match[str], table: str) -> str:
        path = f"'/clickhouse/tables/{{shard}}/{self.database}/{table}'"
        arguments = ", ".join([path, "'{replica}'", *filter(None, [engine["arguments"]])])
        return f"ENGINE = Replicated{engine['engine']}({arguments})"
