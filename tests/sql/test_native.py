"""Format Native as a client of a revision reads it; what reads it here is the native driver's own reader of blocks."""

import io
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
from clickhouse_driver.bufferedreader import BufferedSocketReader
from clickhouse_driver.streams.native import BlockInputStream

from dashboard.clickhousehttp.native import revised
from dashboard.clickhousehttp.packing import unframed
from dashboard.clickhousehttp.refusals import Refusal
from runtime.chdbstore import ChdbStore
from runtime.question import Question
from schemas.tables import TABLES

REVISION: Final = 54_460
"""Of clickhouse-go 2.51."""
VALUES: Final = (
    "toInt8(-1)", "number", "toInt128(number)", "toUInt256(number)", "toFloat32(number)", "number = 1",
    "toDate(number)", "toDate32(number)", "toDateTime(number, 'UTC')", "toDateTime64(number, 3, 'UTC')",
    "toDecimal32(number, 2)", "toDecimal64(number, 2)", "toDecimal128(number, 2)", "toDecimal256(number, 2)",
    "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", "toIPv4('10.0.0.1')", "toIPv6('::1')", "toIntervalDay(number)",
    "CAST(number % 2, 'Enum8(\\'a, (\\' = 0, \\'b\\\\\\'\\' = 1)')",
    "CAST(number % 2, 'Enum16(\\'a\\' = 0, \\'b\\' = 1)')",
    "toString(number)", "repeat('x', number * 90)", "toFixedString('abc', 4)", "if(number = 1, NULL, toString(number))",
    "NULL", "toLowCardinality(toString(number % 2))", "CAST(nullIf(number, 2), 'LowCardinality(Nullable(String))')",
    "range(number)", "[]", "[[number], []]", "arrayMap(x -> toLowCardinality(toString(x)), range(number))",
    "(number, 'b')", "CAST((number, 'b'), 'Tuple(`a b` UInt64, c LowCardinality(String))')",
    "map('k', number)", "map(toLowCardinality('k'), [number])", "CAST(map(), 'Map(String, UInt8)')",
)  # fmt: skip
ROWS: Final = 5


class Whole:
    """Bytes that are all there, as the socket that the driver's reader reads from."""

    def __init__(self, data: bytes) -> None:
        self.recv_into = io.BytesIO(data).readinto


def answer(store: ChdbStore, sql: str) -> bytes:
    """Return an answer in Native, as the engine writes it."""
    return store.answer(Question(sql, "Native")).body


def read(data: bytes, revision: int) -> list[tuple[list[tuple[str, str]], list[Sequence[Any]]]]:
    """Return the blocks of Native: names with types, and columns."""
    context: Any = SimpleNamespace(
        server_info=SimpleNamespace(used_revision=revision, get_timezone=lambda: "UTC"),
        settings={},
        client_settings={"use_numpy": False, "strings_as_bytes": False, "strings_encoding": "utf-8",
                         "namedtuple_as_json": False},
    )  # fmt: skip
    stream = BlockInputStream(BufferedSocketReader(Whole(data), 1 << 20), context)
    found: list[tuple[list[tuple[str, str]], list[Sequence[Any]]]] = []
    while True:
        try:
            block = stream.read()
        except EOFError:
            return found
        found.append((block.columns_with_types, block.data))


@pytest.mark.parametrize("value", VALUES)
def test_a_column_of_every_type_ends_where_the_next_begins(store: ChdbStore, value: str) -> None:
    """The driver finds the same values in both forms, and the column behind it is whole."""
    data = answer(store, f"SELECT {value} AS v, number AS behind FROM numbers({ROWS})")
    [(columns, values)] = read(revised(data, REVISION), REVISION)
    assert [name for name, _ in columns] == ["v", "behind"]
    assert list(values[1]) == list(range(ROWS))
    assert [(columns, values)] == read(data, 0)


def test_every_table_is_read_whole(store: ChdbStore) -> None:
    """In all its columns, empty or not."""
    for table in TABLES:
        data = answer(store, f"SELECT * FROM {table.name} LIMIT 3")
        assert read(revised(data, REVISION), REVISION) == read(data, 0)


def test_blocks_follow_each_other(store: ChdbStore) -> None:
    """Each with an info of its own; an answer without rows is one block, or none."""
    data = answer(store, "SELECT toString(number) AS s, [s] AS a FROM numbers(200000)")
    blocks = read(revised(data, REVISION), REVISION)
    assert len(blocks) > 1
    assert [value for _, columns in blocks for value in columns[0]] == [str(number) for number in range(200_000)]
    assert revised(b"", REVISION) == b""
    empty = answer(store, "SELECT 1 AS one WHERE 0")
    assert [columns for columns, _ in read(revised(empty, REVISION), REVISION)] == [
        columns for columns, _ in read(empty, 0)
    ]


@pytest.mark.parametrize(("revision", "begin"), [(0, "0201"), (54_404, "0201"), (54_405, "010002ffffffff000201")])
def test_older_clients_get_what_they_know(store: ChdbStore, revision: int, begin: str) -> None:
    """From the revision with LowCardinality on there is an info; the byte before data comes later."""
    data = answer(store, "SELECT 1 AS one, 2 AS two")
    assert revised(data, revision).hex().startswith(begin)
    assert read(revised(data, revision), revision if revision > 54_404 else 0) == read(data, 0)


def test_what_differs_between_revisions_is_refused(store: ChdbStore) -> None:
    """The sentence says what to do instead."""
    data = answer(store, "SELECT CAST(1, 'Variant(UInt8, String)') AS v")
    with pytest.raises(Refusal, match=r"Native of Variant\(String, UInt8\) is not offered .* toString"):
        revised(data, REVISION)


def test_the_endpoint_asks_for_the_clients_revision(port: int) -> None:
    """ClickHouse's client finds out that it is heeded by such a request."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"X-ClickHouse-Key": "own"}, trust_env=False
    ) as http:
        asked = {"query": "SELECT 1 AS check FORMAT Native", "client_protocol_version": str(REVISION)}
        said = http.get("/sql/", params=asked)
        assert said.content == bytes.fromhex("010002ffffffff00") + b"\x01\x01\x05check\x05UInt8\x00\x01"
        packed = http.get("/sql/", params=asked | {"compress": "1", "network_compression_method": "ZSTD"})
        assert unframed(packed.content, 1 << 20) == said.content
        odd = http.get("/sql/", params=asked | {"client_protocol_version": "new"})
        assert (odd.status_code, "is 'new', which is no number" in odd.text) == (400, True)
