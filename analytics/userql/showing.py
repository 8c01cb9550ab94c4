"""SHOW and EXISTS, in the engine's form of them: each a question to the catalog, or for the text of an own table."""

from collections.abc import Collection

from analytics.userql.where import refused
from analytics.userql.words import words


def as_select(form: str, tables: Collection[str]) -> str:
    """Return the SELECT that answers SHOW DATABASES, SHOW TABLES or EXISTS TABLE; empty for another statement.

    Args:
        form: the statement as the engine writes it.
        tables: those that may be read.

    Raises:
        NotAllowed: it has a part that is not known here.
    """
    split = words(form)
    written = [word.written for word in split]
    if written[:2] == ["SHOW", "DATABASES"]:
        return f"SELECT name FROM system.databases{_like(written[2:])} ORDER BY name"  # noqa: S608 - it is judged
    if written[:2] == ["SHOW", "TABLES"]:
        rest = written[4:] if written[2:3] == ["FROM"] else written[2:]
        return f"SELECT name FROM system.tables{_like(rest)} ORDER BY name"  # noqa: S608 - it is judged
    if written[:1] == ["EXISTS"] and written[1:2] != ["("]:
        return f"SELECT {int(split[-1].name in tables)} AS result"
    return ""


def shows_own_table(form: str, database: str, tables: Collection[str]) -> bool:
    """Say whether a statement is SHOW CREATE TABLE of one of the tables."""
    split = words(form)
    names = [word.name for word in split[3:] if word.written != "."]
    if [word.written for word in split[:3]] != ["SHOW", "CREATE", "TABLE"]:
        return False
    return names[-1:] != [] and names[-1] in tables and names[:-1] in ([], [database])


def _like(rest: list[str]) -> str:
    if not rest:
        return ""
    if rest[0] in ("LIKE", "ILIKE") and len(rest) == 2:
        return f" WHERE name {rest[0]} {rest[1]}"
    if rest[:2] in (["NOT", "LIKE"], ["NOT", "ILIKE"]) and len(rest) == 3:
        return f" WHERE name NOT {rest[1]} {rest[2]}"
    raise refused(f"SHOW takes FROM and LIKE here, not {rest[0]}")
