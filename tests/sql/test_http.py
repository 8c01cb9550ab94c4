"""ClickHouse's own client and plain HTTP against /sql/: types, parameters, formats, packing, errors."""

import base64
import datetime as dt
import decimal
import gzip
import io
from collections.abc import Iterator
from typing import Final

import clickhouse_connect
import httpx
import lz4.frame
import pyarrow as pa
import pyarrow.parquet
import pytest
from clickhouse_connect.driver import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from dashboard.clickhousehttp.packing import framed, unframed
from runtime.chdbstore import ChdbStore
from schemas.tables import SESSIONS, TABLES
from tests.sql.conftest import ROOM, Two


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    """ClickHouse's client, as a reader of the own project."""
    one = clickhouse_connect.get_client(host="127.0.0.1", port=port, proxy_path="/sql", username="me", password="own")
    yield one
    one.close()


@pytest.fixture
def http(port: int) -> Iterator[httpx.Client]:
    """Plain HTTP with the token."""
    headers = {"X-ClickHouse-Key": "own"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as one:
        yield one


def test_the_client_finds_tables_and_columns(client: Client) -> None:
    """With meanings; of the system it sees no more than that."""
    names = client.command("SHOW TABLES")
    assert str(names).split("\n") == sorted(table.name for table in TABLES)
    assert client.command("EXISTS TABLE sessions") == 1
    assert client.command("EXISTS TABLE cursors") == 0
    described = {row[0]: row for row in client.query("DESCRIBE TABLE stream_samples").result_rows}
    assert described["loss_ratio"][1:3] == ("Nullable(Float64)", "ALIAS")
    meant = client.query("SELECT name, comment FROM system.columns WHERE table = 'stream_samples'").result_rows
    assert {name: row[4] for name, row in described.items()} == {str(one[0]): one[1] for one in meant}
    assert all(comment for _, comment in meant)
    asked = "SELECT comment FROM system.columns WHERE database = 'default' AND table = 'sessions' AND name = 'session'"
    meaning = next(column.meaning for column in SESSIONS.columns if column.name == "session")
    assert client.query(asked).result_rows == [(meaning,)]
    assert client.query("SELECT name FROM system.columns WHERE comment = ''").result_rows == []
    assert client.query("SELECT name FROM system.databases").result_rows == [("default",)]
    shown = client.query("SELECT data_paths, metadata_path, create_table_query, total_rows FROM system.tables")
    assert set(map(str, shown.result_rows)) == {"([''], '', '', None)"}


def test_the_client_gets_typed_values(client: Client) -> None:
    """Times with their zone's meaning, decimals, arrays, tuples, maps, missing values; as rows, Arrow and pandas."""
    sql = """SELECT toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC') AS t, toDecimal64(1.25, 2) AS d, [1, 2] AS a,
        (1, 'b') AS u, map('k', 1.5) AS m, CAST(NULL, 'Nullable(String)') AS n, toLowCardinality('x') AS l"""
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 678_000)  # noqa: DTZ001 - the client gives times of UTC without a zone
    assert client.query(sql).result_rows == [(moment, decimal.Decimal("1.25"), [1, 2], (1, "b"), {"k": 1.5}, None, "x")]
    assert client.query_arrow("SELECT number FROM numbers(3)")["number"].to_pylist() == [0, 1, 2]
    assert list(client.query_df("SELECT room FROM sessions")["room"]) == [ROOM]


def test_the_client_sends_parameters(client: Client) -> None:
    """Bound by the server, whatever is in them."""
    odd = "it's\t\\n; DROP TABLE sessions --"
    sql = "SELECT {text:String}, {list:Array(String)}, {at:DateTime}, {none:Nullable(UInt8)}"
    at = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - as above
    given = {"text": odd, "list": [odd, ""], "at": at, "none": None}
    assert client.query(sql, parameters=given).result_rows == [(odd, [odd, ""], at, None)]
    with pytest.raises(DatabaseError, match="Substitution `text` is not set") as missing:
        client.query("SELECT {text:String}")
    assert missing.value.code == 456


@pytest.mark.parametrize(
    ("sql", "code", "said"),
    [
        ("SELECT nothing_such FROM sessions", 47, "nothing_such"),
        ("SELEC 1", 62, "Syntax error"),
        ("SELECT * FROM system.users", 497, "there is no table system.users here .line 1, column 22."),
        ("SELECT 1,\n  file('x')", 497, "the function file is not allowed .line 2, column 3."),
        ("SELECT groupArray(number) FROM numbers(1000000000)", 241, "memory limit exceeded"),
        ("SELECT number FROM numbers(20000)", 396, "Limit for result exceeded"),
        ("INSERT INTO sessions (project) VALUES ('x')", 497, "INSERT is not allowed"),
    ],
)
def test_the_client_gets_errors_with_codes(client: Client, sql: str, code: int, said: str) -> None:
    """ClickHouse's own, and a sentence with the place where a statement does what it may not."""
    with pytest.raises(DatabaseError, match=said) as error:
        client.query(sql) if sql.startswith("SELEC") else client.command(sql)
    assert error.value.code == code


def test_a_token_is_needed_and_bounds_the_rows(port: int, two: Two) -> None:
    """As the password of basic authentication, in the header or in the address, or as a bearer's."""
    url = f"http://127.0.0.1:{port}/sql/"
    asked = {"query": "SELECT project FROM sessions"}
    basic = base64.b64encode(b"anybody:other").decode()
    with httpx.Client(trust_env=False) as http:
        for headers, given, project in (
            ({"X-ClickHouse-User": "me", "X-ClickHouse-Key": "own"}, {}, two.own),
            ({"Authorization": "Bearer own"}, {}, two.own),
            ({"Authorization": f"Basic {basic}"}, {}, two.foreign),
            ({}, {"user": "me", "password": "other"}, two.foreign),
        ):
            assert http.get(url, params=asked | given, headers=headers).text == f"{project}\n"
        refused = http.get(url, params=asked, headers={"X-ClickHouse-Key": "wrong"})
    assert (refused.status_code, refused.headers["x-clickhouse-exception-code"]) == (401, "516")
    assert refused.text.startswith("Code: 516. DB::Exception: a reader's token is needed")


def test_statements_come_in_the_address_in_the_body_or_both(http: httpx.Client) -> None:
    """And no statement is a sign of life."""
    assert http.get("/sql/").text == "Ok.\n"
    assert http.get("/sql/ping").text == "Ok.\n"
    assert http.post("/sql/", content="SELECT 1").text == "1\n"
    assert http.post("/sql", content="SELECT 2").text == "2\n"
    assert http.post("/", content="SELECT 3").text == "3\n"
    assert http.get("/sql/", params={"query": "SELECT {a:UInt8} + 1", "param_a": "2"}).text == "3\n"
    assert http.post("/sql/", params={"query": "SELECT"}, content="4").text == "4\n"


@pytest.mark.parametrize("path", ["/", "/sql/", "/sql/ping", "/sql/?query=SELECT+1"])
def test_what_only_looks_whether_somebody_is_there_is_answered(http: httpx.Client, path: str) -> None:
    """HEAD, as load balancers and monitors ask: the headers alone."""
    head = http.head(path, headers={"Authorization": "Bearer own"})
    assert (head.status_code, head.content) == (200, b"")
    assert ("x-clickhouse-format" in head.headers) == ("query" in path)


def test_errors_have_the_names_of_their_codes(http: httpx.Client, store: ChdbStore) -> None:
    """The engine's own, also where its message does not have it or the sentence is ours."""
    for given, body in (
        ({}, b"SELEC 1"),
        ({}, b"SELECT 1; SELECT 2"),
        ({}, b"SELECT '\xff'"),
        ({}, b" " * (2 << 20)),
        ({"database": "system"}, b"SELECT 1"),
        ({"decompress": "1"}, b"short"),
        ({"readonly_": "0"}, b"SELECT 1"),
        ({}, ("SELECT " + "(" * 5000 + "1" + ")" * 5000).encode()),
    ):
        refused = http.post("/sql/", params=given, content=body)
        code = refused.headers["x-clickhouse-exception-code"]
        name = store.query(f"SELECT errorCodeToName({code}) AS name")["name"][0].as_py()
        assert refused.text.endswith(f"({name})\n"), refused.text


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "lz4", "br", "deflate"])
def test_answers_are_packed_where_the_client_says_so(http: httpx.Client, encoding: str) -> None:
    """By enable_http_compression and what is accepted; else as they are."""
    asked = {"query": "SELECT number FROM numbers(1000)", "enable_http_compression": "1"}
    headers = {"Accept-Encoding": encoding}
    with http.stream("GET", "/sql/", params=asked, headers=headers) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    whole = "".join(f"{number}\n" for number in range(1000)).encode()
    if encoding in {"zstd", "lz4", "br"}:
        with pa.CompressedInputStream(pa.BufferReader(raw), {"br": "brotli"}.get(encoding, encoding)) as unpacked:
            assert unpacked.read() == whole
    else:
        assert httpx.Response(200, content=raw, headers={"content-encoding": encoding}).content == whole
    assert "content-encoding" not in http.get("/sql/", params={"query": "SELECT 1"}, headers=headers).headers


def test_requests_may_be_packed(http: httpx.Client) -> None:
    """By Content-Encoding, or in ClickHouse's own frames, in which the answer comes too; damage is a sentence."""
    sql = b"SELECT 'packed'"
    for encoding, body in (("gzip", gzip.compress(sql)), ("lz4", lz4.frame.compress(sql))):
        assert http.post("/sql/", content=body, headers={"Content-Encoding": encoding}).text == "packed\n"
    own = http.post("/sql/", params={"compress": "1", "decompress": "1"}, content=framed(sql))
    assert unframed(own.content, 1000) == b"packed\n"
    for headers, given, body in (
        ({"Content-Encoding": "gzip"}, {}, b"no gzip"),
        ({"Content-Encoding": "gzip"}, {}, gzip.compress(b" " * (2 << 20))),
        ({"Content-Encoding": "odd"}, {}, sql),
        ({}, {"decompress": "1"}, framed(sql)[:-1]),
        ({}, {"decompress": "1"}, b"short"),
    ):
        refused = http.post("/sql/", params=given, content=body, headers=headers)
        assert 400 <= refused.status_code < 500
        assert refused.text.startswith("Code: ")


def test_formats_are_clickhouses(http: httpx.Client) -> None:
    """By FORMAT, default_format or the header; what a file would be needed for is not offered."""
    sql = "SELECT 1 AS n, 'a' AS s"
    assert http.post("/sql/", content=f"{sql} FORMAT JSONEachRow").json() == {"n": 1, "s": "a"}
    whole = http.post("/sql/", content=f"{sql} FORMAT JSON").json()
    assert whole["meta"] == [{"name": "n", "type": "UInt8"}, {"name": "s", "type": "String"}]
    assert http.post("/sql/?default_format=CSVWithNames", content=sql).text == '"n","s"\n1,"a"\n'
    header = http.post("/sql/", content=sql, headers={"X-ClickHouse-Format": "TSVWithNamesAndTypes"})
    assert header.text == "n\ts\nUInt8\tString\n1\ta\n"
    assert header.headers["x-clickhouse-format"] == "TSVWithNamesAndTypes"
    assert header.headers["content-type"].startswith("text/tab-separated-values")
    parquet = http.post("/sql/", content=f"{sql} FORMAT Parquet").content
    assert pa.parquet.read_table(io.BytesIO(parquet)).to_pylist() == [{"n": 1, "s": "a"}]
    with pa.ipc.open_stream(http.post("/sql/", content=f"{sql} FORMAT ArrowStream").content) as stream:
        assert stream.read_all().num_rows == 1
    refused = http.post("/sql/", content=f"{sql} FORMAT Template")
    assert (refused.status_code, refused.headers["x-clickhouse-exception-code"]) == (403, "497")


def test_settings_change_the_form_and_tighten_limits(http: httpx.Client) -> None:
    """And nothing else; another database is not there."""
    quoted = {"output_format_json_quote_64bit_integers": "1"}
    assert http.post("/sql/", params=quoted, content="SELECT toUInt64(1) AS n FORMAT JSONEachRow").json() == {"n": "1"}
    cut = http.post("/sql/", params={"max_result_rows": "5"}, content="SELECT number FROM numbers(6)")
    assert cut.headers["x-clickhouse-exception-code"] == "396"
    limited = http.post("/sql/", params={"limit": "2", "offset": "1"}, content="SELECT number FROM numbers(6)")
    assert limited.text == "1\n2\n"
    wider = http.post("/sql/", params={"max_result_rows": "100000000"}, content="SELECT number FROM numbers(20000)")
    assert wider.headers["x-clickhouse-exception-code"] == "396"
    brief = http.post("/sql/", params={"max_execution_time": "0.2"}, content="SELECT sum(number) FROM system.numbers")
    assert (brief.status_code, brief.headers["x-clickhouse-exception-code"]) == (500, "159")
    none = http.post("/sql/", params={"max_result_rows": "0.5"}, content="SELECT number FROM numbers(2)")
    assert none.headers["x-clickhouse-exception-code"] == "396"
    for name, value, code in (
        ("readonly_", "0", "164"),
        ("additional_table_filters", "{}", "164"),
        ("max_memory_usage", "much", "36"),
        ("param_a b", "1", "36"),
        ("database", "system", "81"),
    ):
        refused = http.post("/sql/", params={name: value}, content="SELECT 1")
        assert refused.headers["x-clickhouse-exception-code"] == code, refused.text
    assert http.post("/sql/", params={"database": "default"}, content="SELECT currentDatabase()").text == "default\n"


def test_a_statement_may_limit_its_own_time(http: httpx.Client) -> None:
    """As tools write it, in a last clause; more time than ours it does not get, and no other setting."""
    brief = http.post(
        "/sql/", content="SELECT sum(number) FROM system.numbers SETTINGS max_execution_time = 0.2 FORMAT CSV"
    )
    assert (brief.status_code, brief.headers["x-clickhouse-exception-code"]) == (500, "159")
    assert http.post("/sql/", content="SELECT 1 settings max_execution_time=100000").text == "1\n"
    for clause in (
        "max_execution_time = 1, readonly = 0",
        "readonly = 0, max_execution_time = 1",
        "max_execution_time = -1",
    ):
        refused = http.post("/sql/", content=f"SELECT 1 SETTINGS {clause}")
        assert refused.headers["x-clickhouse-exception-code"] == "497", refused.text


TOOLS: Final = """
SHOW DATABASES
SHOW TABLES FROM "default"
DESC TABLE "default"."sessions"
SELECT name, type, table FROM system.columns WHERE database IN ('default') AND table = 'sessions'
SELECT name, origin, description, syntax, arguments, returned_value, examples, categories FROM system.functions LIMIT 9
SELECT DISTINCT room FROM default.sessions SETTINGS max_execution_time=10
SELECT toStartOfInterval(toDateTime(minute), INTERVAL 60 second) AS time, sum(affected) FROM fleet_minutes GROUP BY time
SELECT name FROM system.table_engines
SELECT name AS TABLE_NAME, engine AS TABLE_TYPE, comment AS REMARKS, * FROM system.tables WHERE database = 'default'
SELECT dt.name FROM system.data_type_families AS dt LEFT JOIN (SELECT 'AggregateFunction' AS c1) AS a ON dt.name = a.c1
"""


@pytest.mark.parametrize("text", TOOLS.strip().splitlines())
def test_tools_are_answered(http: httpx.Client, text: str) -> None:
    """What Grafana's data source and DBeaver ask of themselves, by their sources."""
    said = http.post("/sql/", content=text)
    assert said.status_code == 200, said.text


def test_headers_say_what_was_asked_and_what_it_took(http: httpx.Client) -> None:
    """The query's id as it was given, unless it could be no id."""
    answer = http.post("/sql/", params={"query_id": "mine-1"}, content="SELECT sum(number) FROM numbers(1000)")
    assert answer.headers["x-clickhouse-query-id"] == "mine-1"
    assert answer.headers["x-clickhouse-timezone"] == "UTC"
    assert '"read_rows": "1000"' in answer.headers["x-clickhouse-summary"]
    odd = http.post("/sql/", params={"query_id": "a\r\nSet-Cookie: b=c"}, content="SELECT 1")
    assert "set-cookie" not in odd.headers


def test_large_and_odd_bodies_are_refused(http: httpx.Client) -> None:
    """With a sentence, before the engine sees them."""
    large = http.post("/sql/", content=b" " * (2 << 20))
    assert large.status_code == 413
    odd = http.post("/sql/", content=b"SELECT '\xff'")
    assert "not UTF-8: byte 8" in odd.text
    form = http.post("/sql/", files={"query": (None, "SELECT 1")})
    assert form.status_code == 400
