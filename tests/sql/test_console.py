"""What a page asks: rows with types, whether there were more, what it took, and what the tables are."""

import pyarrow as pa
import pytest

from analytics.userql.allowed import FORMATS, functions
from analytics.userql.console import Console
from analytics.userql.judge import Judge
from runtime.chdbstore import ChdbStore
from runtime.question import Limits, Question, escaped, unescaped
from schemas.errors import NotAllowed, StoreRejected
from schemas.tables import TABLES
from tests.sql.conftest import ROOM, Two

STORES = ("chdb", "clickhouse")
TYPED = """SELECT toUInt64(18446744073709551615) AS big, toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC') AS t,
    CAST(NULL, 'Nullable(Float64)') AS none, 0 / 0 AS nan, ['a', 'b'] AS texts, toLowCardinality('x') AS low"""


@pytest.mark.parametrize("name", STORES)
def test_rows_come_with_types_and_what_they_took(consoles: dict[str, Console], two: Two, name: str) -> None:
    """On either store the same."""
    found = consoles[name].rows(TYPED, two.own)
    types = [
        "UInt64",
        "DateTime64(3, 'UTC')",
        "Nullable(Float64)",
        "Float64",
        "Array(String)",
    ]
    assert (found.columns, found.types) == (
        ["big", "t", "none", "nan", "texts", "low"],
        [*types, "LowCardinality(String)"],
    )
    assert found.rows == [[18446744073709551615, "2026-01-02 03:04:05.678", None, None, ["a", "b"], "x"]]
    assert not found.truncated
    assert found.elapsed_s > 0
    assert consoles[name].rows("SELECT room FROM sessions", two.own).rows == [[ROOM]]


@pytest.mark.parametrize("name", STORES)
def test_a_long_answer_is_cut_and_says_so(consoles: dict[str, Console], two: Two, name: str) -> None:
    """One of just so many rows is not; an empty one has its columns."""
    sql = "SELECT number FROM numbers({count:UInt32})"
    long = consoles[name].rows(sql, two.own, most=10, parameters={"count": "200000"})
    assert (len(long.rows), long.truncated) == (10, True)
    whole = consoles[name].rows(sql, two.own, most=10, parameters={"count": "10"})
    assert (len(whole.rows), whole.truncated) == (10, False)
    none = consoles[name].rows(sql, two.own, parameters={"count": "0"})
    assert (none.columns, none.types, none.rows) == (["number"], ["UInt64"], [])


def test_rows_are_asked_without_format(consoles: dict[str, Console], two: Two) -> None:
    """The sentence says where it stands."""
    with pytest.raises(NotAllowed, match=r"without FORMAT \(line 2, column 1\)"):
        consoles["chdb"].rows("SELECT 1\nFORMAT CSV", two.own)


def test_totals_are_answered_or_refused(consoles: dict[str, Console], two: Two) -> None:
    """Never left out; what is said instead of them both stores answer."""
    sql = "SELECT number % 2 AS odd, sum(number) AS n FROM numbers(10) GROUP BY odd {} ORDER BY odd, n"
    totals = sql.format("WITH TOTALS")
    assert consoles["chdb"].ask(totals, two.own).answer.body == b"0\t20\n1\t25\n\n0\t45\n"
    with pytest.raises(NotAllowed, match=r"does not answer WITH TOTALS: say WITH ROLLUP \(line 1, column "):
        consoles["clickhouse"].ask(totals, two.own)
    for console in consoles.values():
        assert console.rows("SELECT 1 AS TOTALS, 'WITH TOTALS' AS t", two.own).columns == ["TOTALS", "t"]
        assert console.rows(sql.format("WITH ROLLUP"), two.own).rows == [[0, 20], [0, 45], [1, 25]]


@pytest.mark.parametrize("name", STORES)
def test_the_schema_is_every_table_with_every_column(consoles: dict[str, Console], name: str) -> None:
    """Stored ones with their meanings, and computed ones."""
    schema = {table.name: table for table in consoles[name].schema()}
    assert set(schema) == {table.name for table in TABLES}
    for table in TABLES:
        shown = {column: (kind, meaning) for column, kind, meaning in schema[table.name].columns}
        assert schema[table.name].grain == table.grain
        assert {column.name: (column.type, column.meaning) for column in table.columns}.items() <= shown.items()
    assert "loss_ratio" in {column for column, _, _ in schema["stream_samples"].columns}


@pytest.mark.parametrize("name", STORES)
def test_every_format_that_is_offered_works(consoles: dict[str, Console], two: Two, name: str) -> None:
    """In the default settings, on either store; a server's rows are written by the same engine."""
    for form in FORMATS if name == "chdb" else ("Native", "RowBinaryWithNamesAndTypes", "JSON", "Parquet", "Null"):
        body = consoles[name].ask("SELECT 1 AS n, 'a' AS s", two.own, form=form).answer.body
        assert bool(body) == (form != "Null"), form


def test_arrow_of_either_store_is_the_same(consoles: dict[str, Console], two: Two) -> None:
    """Types and values."""
    one, other = (
        pa.ipc.open_stream(consoles[name].ask(TYPED, two.own, form="ArrowStream").answer.body).read_all()
        for name in STORES
    )
    assert one.schema == other.schema
    assert [row | {"nan": None} for row in one.to_pylist()] == [row | {"nan": None} for row in other.to_pylist()]


def test_no_column_is_named_like_a_function_that_may_not_be_called(store: ChdbStore) -> None:
    """A function's name is refused wherever it stands; so none of ours may be one."""
    judge = Judge(store, [table.name for table in TABLES])
    hidden = judge._engine().scalars - functions()
    assert "file" in hidden
    columns = store.query("SELECT lower(name) AS name FROM system.columns WHERE database = 'default'")["name"]
    assert not set(columns.to_pylist()) & hidden


def test_functions_that_may_be_called_are_there(store: ChdbStore) -> None:
    """But for what the parser itself writes, the engine knows every name of the list."""
    known = {row["name"] for row in store.query("SELECT lower(name) AS name FROM system.functions").to_pylist()}
    assert functions() - known <= {"lambda", "exists", "untuple", "grouping"}


@pytest.mark.parametrize("sql", [
    "SELECT sumIf(d_packets, kind = 'audio'), quantileOrNull(0.5)(rtt_ms), uniqExactIf(session, 1) FROM stream_samples",
    "SELECT room, sum(1) OVER (PARTITION BY room ORDER BY first_t) AS n FROM sessions FINAL QUALIFY n = 1",
    "WITH a AS (SELECT room FROM sessions), (SELECT 1) AS one SELECT * FROM a WHERE one = 1 LIMIT 1 BY room",
    "SELECT * EXCEPT (version), COLUMNS('^r') FROM sessions AS s LEFT ANY JOIN session_minutes AS m USING (project)",
    "SELECT toStartOfInterval(t, INTERVAL 5 MINUTE) AS at, arrayMap(x -> x * 2, [1]) FROM events GROUP BY ALL",
    "SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT 3)",
    "SELECT JSONExtractString(value, 'code') FROM events WHERE name IN ('error', 'left')",
    "SELECT rtc_mos_v1('FB', 80), if(1, 'a', 'b'), 1::UInt8, [1, 2][1], (1, 'a').2, CASE WHEN 1 THEN 2 END",
    "SELECT count() FROM sessions WHERE (project, session) IN (SELECT project, session FROM incidents FINAL)",
    "SELECT name FROM system.tables WHERE database = currentDatabase()",
    "SELECT c.name FROM system.columns AS c JOIN system.tables AS t ON t.name = c.table WHERE c.table = 'sessions'",
    "select NOW(), Count(*), MAX(version), d from (select toDate(first_t) as d, version from sessions) group by all",
    "SELECT grouping(room) FROM sessions GROUP BY GROUPING SETS ((room), ())",
    "SELECT 1; -- one statement",
])  # fmt: skip
def test_what_people_write_is_allowed(consoles: dict[str, Console], two: Two, sql: str) -> None:
    """The judge lets through what only reads."""
    consoles["chdb"].ask(sql, two.own, form="Native")


def test_a_name_of_ours_over_a_foreign_projects_quotes(store: ChdbStore) -> None:
    """A project's name is a value wherever it goes."""
    odd = "it's \\' a {project}"
    assert Console(store, Limits()).rows("SELECT count() FROM sessions", odd).rows == [[0]]


def test_parameters_are_escaped_there_and_back() -> None:
    """Whatever is in a text."""
    text = "a\tb\nc\\d\\n'e\0\r"
    assert unescaped(escaped(text)) == text


def test_settings_of_a_question_are_values(store: ChdbStore) -> None:
    """What a client sends as a setting's value is no SQL."""
    question = Question("SELECT 1, 2", "CSV", settings={"format_csv_delimiter": "', readonly = 0, extremes = '1"})
    with pytest.raises(StoreRejected):
        store.answer(question)
    assert store.answer(Question("SELECT 1, 2", "CSV", settings={"format_csv_delimiter": ";"})).body == b"1;2\n"
