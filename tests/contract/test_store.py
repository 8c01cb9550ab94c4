"""What every store must do, run over each adapter."""

import math
import threading
from typing import Any

import pyarrow as pa
import pytest

from runtime.store import Parameter, Store
from schemas.errors import StoreRejected


@pytest.fixture(params=["store", "clickhouse"])
def any_store(request: pytest.FixtureRequest, project: str) -> Store:
    """Each adapter in turn, with an empty table `t_<project>`."""
    store: Store = request.getfixturevalue(request.param)
    store.execute(
        f"CREATE TABLE t_{project} (n UInt64, text String, maybe Nullable(Float64), at DateTime64(3, 'UTC'), "
        "low LowCardinality(String), more UInt8 DEFAULT 7) ENGINE = MergeTree ORDER BY n"
    )
    return store


def some(count: int, **columns: Any) -> pa.Table:
    """Return rows of the table."""
    numbers = list(range(count))
    made = {
        "n": pa.array(numbers, pa.uint64()),
        "text": pa.array([f"row {n}" for n in numbers]),
        "maybe": pa.array([None if n % 2 else n / 4 for n in numbers], pa.float64()),
        "at": pa.array([1000 * n for n in numbers], pa.timestamp("ms", "UTC")),
        "low": pa.array(["a" if n % 2 else "b" for n in numbers]).dictionary_encode(),
    }
    return pa.table(made | columns)


def test_what_is_inserted_is_read_back(any_store: Store, project: str) -> None:
    """Types, NULLs and times keep their values; a column that was not given has its default."""
    any_store.insert(f"t_{project}", some(4), token="x")
    rows = any_store.query(f"SELECT * FROM t_{project} ORDER BY n").to_pylist()
    assert [row["n"] for row in rows] == [0, 1, 2, 3]
    assert [row["maybe"] for row in rows] == [0, None, 0.5, None]
    assert [row["low"] for row in rows] == ["b", "a", "b", "a"]
    assert [row["at"].timestamp() for row in rows] == [0, 1, 2, 3]
    assert {row["more"] for row in rows} == {7}


def test_no_rows_keep_their_columns(any_store: Store, project: str) -> None:
    """An empty answer says what it would have had; inserting nothing is no error."""
    any_store.insert(f"t_{project}", some(0))
    answer = any_store.query(f"SELECT n, text FROM t_{project}")
    assert (answer.num_rows, answer.column_names) == (0, ["n", "text"])


TEXTS = [
    "",
    "'",
    "\\",
    "\\'",
    "\t",
    "\n",
    "\r",
    "\0",
    "%s",
    "{x:String}",
    "`",
    '"',
    "--",
    "/*",
    "é",
    "日本",
    "😀",
    "\\N",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_parameter_is_a_value(any_store: Store, project: str, text: str) -> None:
    """Whatever stands in it comes back as it was, alone and in a list."""
    row = any_store.query("SELECT {x:String} AS x, {l:Array(String)} AS l", {"x": text, "l": [text, "b"]}).to_pylist()[
        0
    ]
    assert row == {"x": text, "l": [text, "b"]}


def test_numbers_as_parameters(any_store: Store) -> None:
    """Integers to the end of their type, floats, booleans, lists."""
    named: dict[str, Parameter] = {"i": -(2**63), "u": 2**64 - 1, "f": 0.1, "b": True, "l": [1, -2]}
    sql = "SELECT {i:Int64} AS i, {u:UInt64} AS u, {f:Float64} AS f, {b:UInt8} AS b, {l:Array(Int64)} AS l"
    row = any_store.query(sql, named).to_pylist()[0]
    assert math.isclose(row.pop("f"), 0.1)
    assert row == {"i": -(2**63), "u": 2**64 - 1, "b": 1, "l": [1, -2]}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nothing FROM nowhere",
        "SELEC 1",
        "SELECT 1 FORMAT",
        "INSERT INTO migrations VALUES (1)",
        "DROP TABLE batches",
    ],
)
def test_a_wrong_or_writing_statement_is_rejected(any_store: Store, sql: str) -> None:
    """With the engine's sentence; and the store goes on."""
    with pytest.raises(StoreRejected, match="Code"):
        any_store.query(sql)
    assert any_store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_what_failed_half_way_leaves_nothing_to_the_next_answer(any_store: Store) -> None:
    """Not its own first rows, and not none: chDB gives both to the statement that its connection runs next."""
    for _ in range(3):
        with pytest.raises(StoreRejected, match="throwIf"):
            any_store.query("SELECT throwIf(number = 2900000) FROM numbers(3000000)")
        assert any_store.query("SELECT 7 AS n").to_pylist() == [{"n": 7}]


def test_rows_that_do_not_fit_are_rejected(any_store: Store, project: str) -> None:
    """A column that the table does not have; nothing of it is stored."""
    with pytest.raises(StoreRejected):
        any_store.insert(f"t_{project}", some(2, wrong=pa.array([1, 2])))
    with pytest.raises(StoreRejected, match="not a table"):
        any_store.insert("batches; DROP TABLE batches", some(2))
    assert any_store.query(f"SELECT count() AS n FROM t_{project}").to_pylist() == [{"n": 0}]


def test_many_read_while_one_writes(any_store: Store, project: str) -> None:
    """A reader sees a block whole or not at all."""
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(any_store.query(f"SELECT count() AS n FROM t_{project}").to_pylist()[0]["n"])

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        any_store.insert(f"t_{project}", some(100))
    stop.set()
    for reader in readers:
        reader.join()
    assert seen
    assert all(count % 100 == 0 for count in seen)
    assert any_store.query(f"SELECT count() AS n FROM t_{project}").to_pylist() == [{"n": 2000}]
