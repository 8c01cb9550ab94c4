"""A person's statement as the stores run it: with limits, in a session that reads only, its rows those of a project.

Who asks has judged the statement (`analytics.userql`): the session bounds it and holds the rows apart, and is the only
boundary of neither. Formats are the engine's, and so are the bytes of the answer.
"""

import re
from collections.abc import Mapping
from typing import Final, Protocol

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What one statement may take.

    Attributes:
        seconds: of time.
        memory_bytes: of memory; nothing goes to disk.
        result_rows: rows of the answer.
        result_bytes: bytes of the answer, in the engine's columns.
        cut: whether a longer answer ends there, give or take a block, instead of failing.
    """

    seconds: float = 30
    memory_bytes: int = 512 << 20
    result_rows: int = 1_000_000
    result_bytes: int = 128 << 20
    cut: bool = False


class Question(msgspec.Struct, frozen=True):
    """One statement.

    Attributes:
        sql: it, without FORMAT.
        format: a format of the engine.
        parameters: of `{name:Type}`, TSV-escaped, as ClickHouse's HTTP interface takes them.
        only: of these tables only rows for which the condition holds.
        settings: what of the answer's form is set otherwise than the engine's default.
        limits: what it may take.
    """

    sql: str
    format: str = "TabSeparated"
    parameters: Mapping[str, str] = {}
    only: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}
    limits: Limits = Limits()


class Answer(msgspec.Struct, frozen=True):
    """What came of it: the bytes in the format that was asked, and what it took to make them."""

    body: bytes
    read_rows: int = 0
    read_bytes: int = 0
    elapsed_s: float = 0


class Answering(Protocol):
    """A store that runs people's statements. Guarantee: the statement changes nothing, and ends within its limits."""

    database: str
    """Where the tables are; other databases are not the people's."""
    has_totals: bool
    """Whether an answer has the row of WITH TOTALS."""

    def answer(self, question: Question) -> Answer:
        """Run it. Blocks; safe to call from several threads, beside the store's own queries.

        Raises:
            StoreRejected: it is wrong or went over its limits; `code` is the engine's.
            StoreUnavailable: it ran out of time or memory (with a `code`), or the store cannot be reached now.
        """
        ...


_FIXED: Final[Mapping[str, str]] = {
    "allow_ddl": "0",
    "allow_introspection_functions": "0",
    "function_range_max_elements_in_block": "500000",
    "log_queries": "0",
    "max_ast_depth": "500",
    "max_bytes_before_external_group_by": "0",
    "max_bytes_before_external_sort": "0",
    "max_bytes_ratio_before_external_group_by": "0",
    "max_bytes_ratio_before_external_sort": "0",
    "max_block_size": "16384",  # the time is looked at between two blocks
    "max_expanded_ast_elements": "100000",
    "max_query_size": "1048576",
    "session_timezone": "UTC",
    "timeout_overflow_mode": "throw",
    "use_query_cache": "0",
    "use_query_condition_cache": "0",
}
"""Settings of every question."""
_APART: Final[Mapping[str, str]] = {
    "enable_join_runtime_filters": "0",
    "optimize_move_to_prewhere": "0",
    "query_plan_merge_filters": "0",
}
"""Settings where rows are held apart: whatever a statement computes, it computes after the project's condition and not
beside it. Else a conversion that fails on a foreign row tells its value in the error (engine 26.9, all three)."""


def session(question: Question, *, threads: int, databases: tuple[str, ...]) -> dict[str, str]:
    """Return the settings under which a question runs; `readonly` is set after them.

    Args:
        question: it.
        threads: that it may use.
        databases: where its tables are: names that stand before those of `only`.
    """
    limits = question.limits
    settings = {
        **_FIXED,
        **question.settings,
        "max_threads": str(threads),
        "max_execution_time": str(limits.seconds),
        "max_memory_usage": str(limits.memory_bytes),
        "max_result_rows": str(limits.result_rows),
        "max_result_bytes": str(limits.result_bytes),
        "result_overflow_mode": "break" if limits.cut else "throw",
    }
    conditions = {f"{db}.{table}": condition for db in databases for table, condition in question.only.items()}
    if conditions:
        settings |= _APART
        pairs = ", ".join(f"{quoted(table)}: {quoted(condition)}" for table, condition in conditions.items())
        settings["additional_table_filters"] = f"{{{pairs}}}"
    return settings


def quoted(text: str) -> str:
    """Return a text as a literal of the engine's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_TSV: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SIGNS: Final = {"t": "\t", "n": "\n", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}


def escaped(text: str) -> str:
    """Return a text as the value of a parameter of type String."""
    return text.translate(_TSV)


def unescaped(value: str) -> str:
    """Return what an escaped value says."""
    return _ESCAPE.sub(lambda found: _SIGNS.get(found[1], found[1]), value)
