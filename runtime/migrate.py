"""Applies numbered `.sql` files to a store, in order, once each, and remembers what it applied.

A file holds statements that end in `;` at the end of a line; `{raw_days}` and `{rollup_days}` stand for the retention
in days. Files are additive and never change once released. SQL functions are files of their own, versioned by name: a
new formula is a new function. Neither retention nor comments are migrations: tables follow the settings, and what
`schemas.tables` says of them, at every start. On a cluster
the same statements are rewritten as they are executed (`runtime.clusterddl`).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime import tablecomments
from runtime.clusterddl import Ddl, as_it_is
from runtime.store import Store
from schemas.errors import ConfigurationError
from schemas.tables import LASTING, TABLES, Table

DIRECTORY: Final = Path(__file__).parent.parent / "schemas" / "clickhouse"
_LEDGER: Final = """\
CREATE TABLE IF NOT EXISTS migrations (
    number UInt32, name String, sha256 String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = MergeTree ORDER BY number
"""
_NUMBERED: Final = re.compile(r"(\d{4})_(\w+)\.sql")

_TABLES: Final = """
SELECT name, create_table_query FROM system.tables
WHERE database IN (currentDatabase(), concat(currentDatabase(), '_local'))
"""
_KEPT: Final = re.compile(r"\bTTL (.+?) \+ toIntervalDay\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The hash of its text, as recorded."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(directory: Path = DIRECTORY) -> Sequence[Migration]:
    """Read the numbered files in order."""
    found = ((path, _NUMBERED.fullmatch(path.name)) for path in sorted(directory.glob("*.sql")))
    return [Migration(int(match[1]), match[2], path.read_text()) for path, match in found if match]


def functions(directory: Path = DIRECTORY) -> Sequence[str]:
    """Read the SQL functions: one CREATE FUNCTION statement each."""
    return [
        statement
        for path in sorted((directory / "functions").glob("*.sql"))
        for statement in _statements(path.read_text())
    ]


def pending(store: Store, directory: Path = DIRECTORY, *, ddl: Ddl = as_it_is) -> Sequence[Migration]:
    """Return what is not applied yet; `ddl` is the form of a statement on this store.

    Raises:
        ConfigurationError: a file that was applied has another text now.
    """
    store.execute(ddl(_LEDGER))
    rows = store.query("SELECT number, sha256 FROM migrations").to_pylist()
    applied = {row["number"]: row["sha256"] for row in rows}
    missing = []
    for migration in migrations(directory):
        if migration.number not in applied:
            missing.append(migration)
        elif applied[migration.number] != migration.sha256:
            raise ConfigurationError(
                f"migration {migration.number:04} ({migration.name}) was applied with another text; "
                "released migrations never change"
            )
    return missing


def apply(
    store: Store,
    placeholders: Mapping[str, int],
    directory: Path = DIRECTORY,
    *,
    ddl: Ddl = as_it_is,
    after: Sequence[str] = (),
) -> Sequence[Migration]:
    """Apply what is pending, create missing functions, set comments and retention; return what was applied.

    `placeholders` are `raw_days` and `rollup_days`; `ddl` is the form of a statement on this store, and `after` is what
    else is said to it after the last migration, before that one is recorded: it may need the tables of all.

    Raises:
        ConfigurationError: a file that was applied has another text now, or a statement no form on this store.
    """
    for statement in functions(directory):
        store.execute(ddl(statement))
    todo = pending(store, directory, ddl=ddl)
    for migration in todo:
        for statement in _statements(_filled(migration.text, placeholders)):
            store.execute(ddl(statement))
        if migration is todo[-1]:
            tablecomments.put(store, ddl)
            for statement in after:
                store.execute(statement)
        store.execute(
            "INSERT INTO migrations (number, name, sha256) VALUES ({number:UInt32}, {name:String}, {sha256:String})",
            {"number": migration.number, "name": migration.name, "sha256": migration.sha256},
        )
    if not todo:
        tablecomments.put(store, ddl)
    _keep(store, dict.fromkeys(_names(TABLES), placeholders["raw_days"])
          | dict.fromkeys(_names(LASTING), placeholders["rollup_days"]), ddl)  # fmt: skip
    return todo


def _names(tables: Sequence[Table]) -> Sequence[str]:
    return [table.name for table in tables]


def _keep(store: Store, days: Mapping[str, int], ddl: Ddl) -> None:
    """Give tables another time to live where theirs is not that of the settings."""
    for row in store.query(_TABLES).to_pylist():
        kept = _KEPT.search(row["create_table_query"])
        wanted = days.get(row["name"])
        if kept and wanted and int(kept[2]) != wanted:
            store.execute(ddl(f"ALTER TABLE {row['name']} MODIFY TTL {kept[1]} + toIntervalDay({int(wanted)})"))


def _filled(text: str, placeholders: Mapping[str, int]) -> str:
    for name, value in placeholders.items():
        text = text.replace(f"{{{name}}}", str(int(value)))
    return text


def _statements(text: str) -> Sequence[str]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in re.split(r";\s*(?:\n|$)", "\n".join(lines)) if part.strip()]
