"""The judge of people's statements: text in, a verdict or a sentence out; nothing of the text runs before.

The engine's own parser says what a statement is. First `formatQuerySingleLine` is given the text as a value: it parses
without running, refuses several statements, and writes the one in a form that has no comments and one way for each
thing. What can be told by words is refused there. Then EXPLAIN AST of that form, never of the raw text, gives a tree,
of which every kind of node, function and table must be one that `analytics.userql.allowed` has.
"""

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.userql import allowed, catalog, showing
from analytics.userql.tree import Node, parsed
from analytics.userql.where import refused
from analytics.userql.words import Word, defined, keyword, replaced, with_totals, words
from runtime.question import Answering, Limits, Question, escaped
from schemas.errors import NotAllowed, StoreRejected

TEXT_BYTES_MAX: Final = 256 << 10
CALLS_MAX: Final = 400
"""Functions that a statement calls. One call is not interrupted: many of them would outlast the limit."""
_LIMITS: Final = Limits(seconds=10, memory_bytes=256 << 20)
_FORM: Final = "SELECT formatQuerySingleLine({statement:String})"
_FUNCTIONS: Final = "SELECT lower(name) FROM system.functions"
_SCALARS: Final = "SELECT lower(name) FROM system.functions WHERE NOT is_aggregate"
_TABLES: Final = "SELECT name FROM system.tables WHERE database = currentDatabase()"
_ALLOWED: Final = "SELECT, WITH, DESCRIBE, EXISTS and SHOW DATABASES, TABLES and CREATE TABLE of these tables are"
_SYSTEM: Final = ("system", "information_schema")
_STATE: Final = re.compile("AggregateFunction(?!')", re.IGNORECASE)
"""A type of states in a text; the mere name is none, and clients have it in their lists of types."""
_NUMBER: Final = re.compile(r"[1-9]\d{0,8}|\d{1,8}\.\d{1,8}")
_KEYWORDS: Final = {
    "SETTINGS": "settings are not a statement's to change",
    "OUTFILE": "an answer goes to who asks and into no file",
    "INFILE": "files cannot be read",
    "PREWHERE": "PREWHERE is not allowed: say WHERE, and the engine moves what it can",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statement that may run.

    Attributes:
        sql: it, as it is to run, without FORMAT.
        format: the format that the text asked for; empty: none.
        seconds: that it gives itself, by SETTINGS max_execution_time; None: not said.
    """

    sql: str
    format: str
    seconds: float | None = None


class Judge:
    """Judges statements for a store. Safe to use from several threads.

    Args:
        store: whose parser judges.
        tables: names of the tables that may be read.
    """

    def __init__(self, store: Answering, tables: Collection[str]) -> None:
        self._store = store
        self.tables = frozenset(tables)
        self._looking = threading.Lock()
        self._known: Engine | None = None

    def judge(self, text: str, parameters: Mapping[str, str]) -> Verdict:
        """Return the statement that may run.

        Raises:
            NotAllowed: it does what is not allowed; the sentence says what, and where.
            StoreRejected: the engine cannot parse it, or it is more than one statement.
            StoreUnavailable: the store cannot be reached now.
        """
        if len(text.encode("utf-8", "replace")) > TEXT_BYTES_MAX:
            raise refused(f"a statement has at most {TEXT_BYTES_MAX >> 10} KiB")
        form, asked = _without_format(self._formed(text), text)
        form, seconds = _without_time(form)
        form = showing.as_select(form, self.tables) or form
        described = form.startswith("DESCRIBE TABLE ")
        judged = form.replace("DESCRIBE TABLE ", "SELECT * FROM ", 1) if described else form
        if not judged.startswith(("SELECT ", "WITH ", "(")):
            if showing.shows_own_table(form, self._store.database, self.tables):
                return Verdict(form, asked)
            raise refused(f"{form.partition(' ')[0]} is not allowed here: {_ALLOWED}")
        judged, needed = replaced(judged, "system", catalog.NAMES)
        self._check(judged, text, parameters)
        if described and needed:
            return Verdict(f"DESCRIBE TABLE ({catalog.with_tables(judged, needed, self.tables)})", asked, seconds)
        return Verdict(form if described else catalog.with_tables(judged, needed, self.tables), asked, seconds)

    def _formed(self, text: str) -> str:
        answer = self._ask(_FORM, {"statement": escaped(text)}, "TSVRaw")
        form = answer.removesuffix("\n")
        if not form:
            raise refused("there is no statement")
        split = words(form)
        for word in split:
            if word.kind == "quoted" and "\\" in word.written:
                raise refused(f"the name {word.written} is not allowed", word.written.strip('`"'), text)
        if any(word.written == ";" for word in split):
            raise refused("one statement at a time")
        return form

    def _check(self, form: str, text: str, parameters: Mapping[str, str]) -> None:
        split = words(form)
        if found := keyword(split, *_KEYWORDS):
            raise refused(_KEYWORDS[found.written], found.written, text)
        if not self._store.has_totals and (found := with_totals(split)):
            raise refused("this store does not answer WITH TOTALS: say WITH ROLLUP", found.written, text)
        _check_parameters(split, text)
        lines = self._ask(f"EXPLAIN AST {form}", parameters, "TSVRaw").rstrip("\n").split("\n")
        try:
            tree = parsed(lines)
        except ValueError as error:
            raise refused(f"this form of a statement is not allowed: {error}") from None
        if tree.kind != "SelectWithUnionQuery" or len(tree.children) != 1:
            raise refused("a statement is one SELECT, without INTO and SETTINGS")
        Examination(self._store.database, self.tables, self._engine(), defined(split), text).of(tree)

    def _engine(self) -> "Engine":
        with self._looking:
            if self._known is None:
                asked = (_FUNCTIONS, _SCALARS, _TABLES)
                self._known = Engine(*(frozenset(self._ask(sql, {}, "TSVRaw").split("\n")) for sql in asked))
            return self._known

    def _ask(self, sql: str, parameters: Mapping[str, str], form: str) -> str:
        question = Question(sql, form, parameters, limits=_LIMITS)
        try:
            return self._store.answer(question).body.decode("utf-8", "backslashreplace")
        except StoreRejected as error:
            plain = StoreRejected(str(error).partition(": In scope SELECT formatQuerySingleLine")[0])
            plain.code = error.code
            raise plain from None


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engine has.

    Attributes:
        functions: all, in lower case.
        scalars: those that are no aggregates; where a lambda is expected, the name of one does.
        tables: of the database.
    """

    functions: frozenset[str]
    scalars: frozenset[str]
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Examination:
    """Looks at every node of one statement.

    Attributes:
        database: where the tables are.
        tables: those that may be read.
        engine: what there is.
        defined: names that the statement itself gives to queries.
        text: what was typed, to say where.
    """

    database: str
    tables: frozenset[str]
    engine: Engine
    defined: frozenset[str]
    text: str

    def of(self, tree: Node) -> None:
        """Go through the tree.

        Raises:
            NotAllowed: at the first node that is in no list.
        """
        calls = sum(node.kind == "Function" for node in tree.all())
        if calls > CALLS_MAX:
            raise self._no(f"a statement calls at most {CALLS_MAX} functions, and this one {calls}", "")
        for parent, node in tree.pairs():
            if node.kind not in allowed.KINDS:
                raise self._no(f"{_spoken(node.kind)} is not allowed", node.kind)
            if node.kind == "Function":
                self._function(node, table=parent.kind == "TableExpression")
            elif node.kind == "TableIdentifier":
                self._table(node.name)
            elif node.kind == "Identifier":
                self._identifier(node.name)
            elif node.kind == "Literal" and _STATE.search(node.name):
                raise self._no("states of aggregate functions are not allowed", "AggregateFunction")

    def _function(self, node: Node, *, table: bool) -> None:
        name = node.name
        if table and name.lower() not in allowed.TABLE_FUNCTIONS:
            raise self._no(f"the table function {name} is not allowed", name)
        if not table and not allowed.callable_function(name, self.engine.functions):
            raise self._no(f"the function {name} is not allowed", name)
        arguments = node.children[0].children if node.children else []
        if name.lower() in allowed.HIGHER and arguments[1:] and arguments[1].kind == "Identifier":
            self._named_in(arguments[1].name)
        if "cast" in name.lower() and arguments[1:] and arguments[1].kind != "Literal":
            raise self._no(f"the type of {name} has to stand there as a text", name)

    def _table(self, name: str) -> None:
        database, _, table = name.rpartition(".")
        table = table.strip("`")
        if database in ("", self.database) and table in self.tables:
            return
        if not database and (table in catalog.NAMES.values() or table in self.defined - self.engine.tables):
            return
        if database == "system" and table in allowed.HARMLESS:
            return
        raise self._no(f"there is no table {name} here", table)

    def _named_in(self, name: str) -> None:
        """Check what stands behind IN: a table's name there reads it."""
        if "." in name or name in self.engine.tables:
            self._table(name)

    def _identifier(self, name: str) -> None:
        first, *rest = name.split(".")
        if rest and first.strip("`").lower() in (*_SYSTEM, self.database):
            self._table(".".join(name.split(".")[:2]))
        if not rest and name in self.engine.tables - self.tables:
            raise self._no(f"there is no table {name} here", name)
        low = name.lower()
        if low in self.engine.scalars - allowed.functions():  # as in arrayMap(file, ...)
            raise self._no(f"the function {name} is not allowed", name)

    def _no(self, sentence: str, name: str) -> NotAllowed:
        return refused(sentence, name, self.text)


def _without_format(form: str, text: str) -> tuple[str, str]:
    """Return the statement without its FORMAT, and the format."""
    split = words(form)
    if len(split) < 3 or split[-2].written != "FORMAT" or not split[-1].name:
        return form, ""
    asked = split[-1].name
    if asked not in allowed.FORMATS:
        raise refused(f"the format {asked} is not offered", asked, text)
    return form[: split[-2].at].rstrip(), asked


def _without_time(form: str) -> tuple[str, float | None]:
    """Return the statement without a last clause that does nothing but limit its time, and that limit in seconds.

    Tools such as Grafana's write it; any other setting stays, and is refused.
    """
    split = words(form)
    for at in range(len(split) - 4, 0, -1):
        clause, name, equals, *value = (word.written for word in split[at:])
        if clause == "SETTINGS" and split[at].kind == "name":
            limits = (name, equals) == ("max_execution_time", "=") and _NUMBER.fullmatch("".join(value))
            return (form[: split[at].at].rstrip(), float("".join(value))) if limits else (form, None)
    return form, None


def _check_parameters(split: Sequence[Word], text: str) -> None:
    """Let no parameter name a table or column."""
    for brace, name, colon, kind in zip(split, split[1:], split[2:], split[3:], strict=False):
        if (brace.written, colon.written, kind.written) == ("{", ":", "Identifier"):
            raise refused("a parameter cannot be a name (Identifier)", name.written, text)


def _spoken(kind: str) -> str:
    return {"ColumnsApplyTransformer": "APPLY"}.get(kind, kind)
