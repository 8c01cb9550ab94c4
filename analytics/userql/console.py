"""Asking what somebody typed: judged, bounded, of one project's rows. The HTTP endpoint, pages and commands ask here.

Methods block and are safe to call from several threads. Every one raises NotAllowed or StoreRejected with a sentence,
and StoreUnavailable where time, memory or the store ran out; each has the engine's `code`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from analytics.userql import allowed
from analytics.userql.judge import Judge
from analytics.userql.where import refused
from runtime.question import Answer, Answering, Limits, Question, quoted
from schemas.tables import TABLES

DEFAULT_FORMAT: Final = "TabSeparated"
_TABLES: Final = "SELECT name, comment FROM system.tables ORDER BY name"
_COLUMNS: Final = "SELECT table, name, type, comment FROM system.columns ORDER BY table, position"
_NUMBERS: Final = {"output_format_json_quote_64bit_integers": "0", "output_format_json_quote_denormals": "0"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in a format of the engine."""

    answer: Answer
    format: str


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer as rows.

    Attributes:
        columns: names in order.
        types: the engine's, of each.
        rows: values in the order of the columns: numbers, texts (times and decimals too), lists, None.
        truncated: whether there were more.
        elapsed_s: seconds that it took.
        read_rows: rows that were read for it.
        read_bytes: bytes that were read for it.
    """

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]
    truncated: bool
    elapsed_s: float
    read_rows: int
    read_bytes: int


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table that may be asked: its name, what a row is, and (name, type, meaning) of each column in order."""

    name: str
    grain: str
    columns: list[tuple[str, str, str]] = field(default_factory=list)


class Console:
    """Asks a store.

    Args:
        store: what is asked.
        limits: what a statement may take.
    """

    def __init__(self, store: Answering, limits: Limits) -> None:
        self._store = store
        self._judge = Judge(store, [table.name for table in TABLES if "project" in table.names])
        self.limits = limits

    @property
    def database(self) -> str:
        """Where the tables are."""
        return self._store.database

    def ask(
        self,
        text: str,
        project: str | None,
        *,
        form: str = DEFAULT_FORMAT,
        parameters: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Reply:
        """Answer a statement.

        Args:
            text: it.
            project: whose rows; None: all projects', for who owns the store.
            form: the format where the statement names none.
            parameters: of `{name:Type}`, TSV-escaped.
            settings: of `analytics.userql.allowed.FORMING`, how the answer is written.
            limits: other than the console's.
        """
        if form not in allowed.FORMATS:
            raise refused(f"the format {form} is not offered")
        for name in settings or ():
            if not allowed.FORMING.fullmatch(name):
                raise refused(f"the setting {name} is not a statement's to change")
        verdict = self._judge.judge(text, parameters or {})
        question = Question(
            sql=verdict.sql,
            format=verdict.format or form,
            parameters=parameters or {},
            only=self._only(project),
            settings=settings or {},
            limits=_within(limits or self.limits, verdict.seconds),
        )
        return Reply(self._store.answer(question), question.format)

    def rows(
        self, text: str, project: str | None, *, most: int = 1000, parameters: Mapping[str, str] | None = None
    ) -> Rows:
        """Answer a statement with at most `most` rows, for a page; a FORMAT of the statement is refused."""
        limits = msgspec.structs.replace(self.limits, result_rows=most + 1, cut=True)
        reply = self.ask(text, project, form="JSONCompact", parameters=parameters, settings=_NUMBERS, limits=limits)
        if reply.format != "JSONCompact":
            raise refused("rows are asked without FORMAT", "FORMAT", text)
        answer = reply.answer
        found = msgspec.json.decode(answer.body) if answer.body else {"meta": [], "data": []}
        return Rows(
            columns=[column["name"] for column in found["meta"]],
            types=[column["type"] for column in found["meta"]],
            rows=found["data"][:most],
            truncated=len(found["data"]) > most,
            elapsed_s=answer.elapsed_s,
            read_rows=answer.read_rows,
            read_bytes=answer.read_bytes,
        )

    def schema(self) -> Sequence[TableSchema]:
        """Return the tables that may be asked, by name, with every column, computed ones too."""
        tables = {name: TableSchema(name, grain) for name, grain in self.rows(_TABLES, None).rows}
        for table, *column in self.rows(_COLUMNS, None, most=10_000).rows:
            tables[table].columns.append((column[0], column[1], column[2]))
        return list(tables.values())

    def _only(self, project: str | None) -> dict[str, str]:
        if project is None:
            return {}
        return dict.fromkeys(self._judge.tables, f"project = {quoted(project)}")


def _within(limits: Limits, seconds: float | None) -> Limits:
    """Return the limits, tighter where a statement gives itself less time; 0 is no limit of its own."""
    return msgspec.structs.replace(limits, seconds=min(limits.seconds, seconds)) if seconds else limits
