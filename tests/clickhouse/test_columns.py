"""Columns on the wire: every type that tables have, at the ends of its range, is stored as chDB stores it."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from runtime.chdbstore import ChdbStore
from runtime.clickhouseclient import BLOCK_ROWS
from runtime.clickhousestore import ClickhouseStore
from runtime.store import Store
from schemas.errors import StoreRejected

MOMENTS = pa.timestamp("ms", "UTC")
WHEN = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 25, 7, 40, 0, 123_000, tzinfo=UTC), None]
COLUMNS: dict[str, Any] = {
    "UInt8": pa.array([0, 255], pa.uint8()),
    "UInt64": pa.array([0, 2**64 - 1], pa.uint64()),
    "Int64": pa.array([-(2**63), 2**63 - 1], pa.int64()),
    "Float32": pa.array([1.5, float("inf")], pa.float32()),
    "Float64": pa.array([5e-324, -0.0], pa.float64()),
    "Nullable(UInt64)": pa.array([None, 2**64 - 1], pa.uint64()),
    "Nullable(Int64)": pa.array([2**53 + 1, None], pa.int64()),
    "Nullable(Float64)": pa.array([None, 1e308, 0.1], pa.float64()),
    "Nullable(UInt8)": pa.array([None, None], pa.uint8()),
    "DateTime64(3, 'UTC')": pa.array(WHEN[:2], MOMENTS),
    "Nullable(DateTime64(3, 'UTC'))": pa.array(WHEN, MOMENTS),
    "Nullable(DateTime64(6, 'UTC'))": pa.array(WHEN, MOMENTS),
    "DateTime('UTC')": pa.array([0, 2**32 - 1], pa.timestamp("s", "UTC")),
    "String": pa.array(["", "é\0\n'", "x" * 20_000]),
    "Nullable(String)": pa.array(["", None, "x"]),
    "LowCardinality(String)": pa.array(["b", "a", "b", "", "日本"]),
    "LowCardinality(Nullable(String))": pa.array(["b", None, "", "b"]),
    "Array(Float32)": pa.array([[], [1.5, 2.5], [3.5]], pa.list_(pa.float32())),
    "Array(String)": pa.array([["a", ""], []], pa.list_(pa.string())),
    "Array(Nullable(Int64))": pa.array([[1, None], []], pa.list_(pa.int64())),
}


def both(one: Store, other: Store, spec: str, rows: pa.Table, name: str) -> tuple[list[Any], list[Any]]:
    """Insert rows into a table of one column through both adapters, and return what is read back."""
    found = []
    for store in (one, other):
        store.execute(f"CREATE TABLE {name} (place UInt32, v {spec}) ENGINE = MergeTree ORDER BY place")
        store.insert(name, rows.append_column("place", pa.array(range(rows.num_rows), pa.uint32())))
        found.append(store.query(f"SELECT v FROM {name} ORDER BY place"))
    assert found[0].schema.types == found[1].schema.types or "list" in str(found[0].schema)
    return found[0]["v"].to_pylist(), found[1]["v"].to_pylist()


@pytest.mark.parametrize("spec", COLUMNS)
def test_every_type(store: ChdbStore, clickhouse: ClickhouseStore, project: str, spec: str) -> None:
    """Values and NULLs."""
    values = COLUMNS[spec]
    one, other = both(store, clickhouse, spec, pa.table({"v": values}), f"t_{project}")
    assert one == other
    if not spec.startswith("DateTime("):
        assert other == values.to_pylist()


@pytest.mark.parametrize("distinct", [1, 254, 255, 256, 65_534, 65_535, 65_536])
@pytest.mark.parametrize("spec", ["LowCardinality(String)", "String"])
def test_many_texts(store: ChdbStore, clickhouse: ClickhouseStore, project: str, spec: str, distinct: int) -> None:
    """Dictionaries around the sizes at which a key takes another byte, in more rows than a block has."""
    texts = pa.array([f"text {place % distinct}" for place in range(BLOCK_ROWS + 10)])
    one, other = both(store, clickhouse, spec, pa.table({"v": texts.dictionary_encode()}), f"t_{project}")
    assert one == other


def test_rows_in_pieces(store: ChdbStore, clickhouse: ClickhouseStore, project: str) -> None:
    """Slices and chunks, each chunk with a dictionary of its own."""
    pieces = [pa.array(list(texts)).dictionary_encode() for texts in ("abc", "cba", "xyz")]
    rows = pa.table({"v": pa.chunked_array(pieces)}).slice(1, 7)
    one, other = both(store, clickhouse, "LowCardinality(String)", rows, f"t_{project}")
    assert one == other == list("bccbaxy")


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ("UInt8", pa.array([1, None], pa.int64())),
        ("String", pa.array(["a", None])),
        ("LowCardinality(String)", pa.array(["a", None]).dictionary_encode()),
        ("Float64", pa.array([1, 2], pa.int32())),
        ("String", pa.array([b"\xff\0", b"a"], pa.binary())),
    ],
)
def test_what_has_to_be_made_fit(
    store: ChdbStore, clickhouse: ClickhouseStore, project: str, spec: str, values: pa.Array
) -> None:
    """NULL where there is none is the default; numbers and bytes are converted."""
    name, rows = f"t_{project}", pa.table({"place": pa.array([0, 1], pa.uint32()), "v": values})
    answers = []
    for each in (store, clickhouse):
        each.execute(f"CREATE TABLE {name} (place UInt32, v {spec}) ENGINE = MergeTree ORDER BY place")
        each.insert(name, rows)
        answers.append(each.query(f"SELECT hex(v) AS h FROM {name} ORDER BY place").to_pylist())
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("spec", "values"),
    [("UInt8", pa.array([256])), ("UInt64", pa.array([-1])), ("UInt8", pa.array(["x"])), ("UUID", pa.array(["x"]))],
)
def test_what_does_not_fit(clickhouse: ClickhouseStore, project: str, spec: str, values: pa.Array) -> None:
    """Nothing is stored, and nothing is cut to size."""
    clickhouse.execute(f"CREATE TABLE t_{project} (v {spec}) ENGINE = MergeTree ORDER BY v")
    with pytest.raises(StoreRejected, match=spec):
        clickhouse.insert(f"t_{project}", pa.table({"v": values}))
    assert clickhouse.query(f"SELECT count() AS n FROM t_{project}").to_pylist() == [{"n": 0}]
