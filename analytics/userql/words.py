"""A statement as words. Only text that the engine itself wrote (formatQuerySingleLine) comes here, which has one form.

In that form keywords are in capitals, texts stand between ', and names that need it between `.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_WORDS: Final = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*')
    |(?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<space>\s+)
    |(?P<other>[0-9]+|.)""",
    re.VERBOSE | re.DOTALL,
)


class Word(NamedTuple):
    """A word and where it begins.

    Attributes:
        kind: text ('...'), quoted (`...`), name, or other: digits or a sign.
        written: as it stands.
        at: its first character.
    """

    kind: str
    written: str
    at: int

    @property
    def name(self) -> str:
        """The name that it is, without quotes; empty where it is none."""
        if self.kind == "name":
            return self.written
        return self.written[1:-1] if self.kind == "quoted" else ""


def words(statement: str) -> Sequence[Word]:
    """Split a statement."""
    found = ((match.lastgroup or "", match) for match in _WORDS.finditer(statement))
    return [Word(kind, match.group(), match.start()) for kind, match in found if kind != "space"]


def keyword(statement: Sequence[Word], *wanted: str) -> Word | None:
    """Return the first word that is one of these keywords."""
    return next((word for word in statement if word.kind == "name" and word.written in wanted), None)


def with_totals(statement: Sequence[Word]) -> Word | None:
    """Return where WITH TOTALS stands; the name of a query, WITH TOTALS AS (, is none."""
    each = zip(statement, statement[1:], [*statement[2:], None], strict=False)
    for first, second, third in each:
        if (first.written, second.written) == ("WITH", "TOTALS") and not (third and third.written == "AS"):
            return second
    return None


def defined(statement: Sequence[Word]) -> frozenset[str]:
    """Return the names that WITH gives to queries: NAME AS (SELECT ..., also with MATERIALIZED."""
    found = set()
    for index, word in enumerate(statement):
        rest = [follower.written for follower in statement[index + 1 : index + 5]]
        if rest[1:2] == ["MATERIALIZED"]:
            del rest[1]
        if word.name and rest[:2] == ["AS", "("] and rest[2:3] and rest[2] in {"SELECT", "WITH", "("}:
            found.add(word.name)
    return frozenset(found)


def replaced(statement: str, database: str, names: dict[str, str]) -> tuple[str, frozenset[str]]:
    """Return the statement with `database.NAME` replaced where `names` has NAME, and which of them there were."""
    split = words(statement)
    parts, end, found = [], 0, set()
    for first, dot, second in zip(split, split[1:], split[2:], strict=False):
        if first.at >= end and first.name == database and dot.written == "." and second.name in names:
            parts += [statement[end : first.at], names[second.name]]
            end = second.at + len(second.written)
            found.add(second.name)
    return "".join([*parts, statement[end:]]), frozenset(found)
