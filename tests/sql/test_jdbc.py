"""ClickHouse's own JDBC driver, in a process of Java, against `/`: what DBeaver and its like ask."""

import subprocess
from collections import defaultdict
from typing import Final

import pytest

from schemas.tables import SESSIONS, TABLES
from tests.cache import ROOT
from tests.sql.conftest import ROOM
from tests.sql.fetching import driver

TYPES: Final = """SELECT toDateTime64('2026-01-02 03:04:05.678', 3, 'UTC'), toDecimal64(1.25, 2), [1, 2], map('k', 1.5),
    CAST(NULL, 'Nullable(String)'), toLowCardinality('x'), toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')"""
STATEMENTS: Final = ("SELECT room FROM sessions FINAL", TYPES, "SELECT nope", "SELECT * FROM file('/etc/passwd')")
ANSWER_S: Final = 60
Printed = dict[str, list[list[str]]]


def asked(port: int, token: str) -> subprocess.CompletedProcess[str]:
    """Run the asking with a reader's token."""
    source = ROOT / "tests" / "sql" / "Asking.java"
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{driver()}/*", str(source)]
    said = [f"jdbc:clickhouse://127.0.0.1:{port}/default", "anybody", token, *STATEMENTS]
    return subprocess.run([*command, *said], check=False, capture_output=True, text=True, timeout=ANSWER_S)


@pytest.fixture(scope="module")
def printed(port: int) -> Printed:
    """What it got with the token of the own project: rows by what was asked."""
    done = asked(port, "own")
    assert not done.returncode, done.stderr
    found: Printed = defaultdict(list)
    for line in done.stdout.splitlines():
        what, *values = line.split("\t")
        found[what].append(values)
    return found


def test_tools_find_tables_columns_and_types(printed: Printed) -> None:
    """Tables are tables of this server, with what a row of them means; so do columns have their meanings."""
    assert printed["product"] == [["ClickHouse"]]
    assert printed["valid"] == [["true"]]
    assert printed["schemas"] == [["default"]]
    assert printed["tables"] == sorted([table.name, "TABLE", table.grain] for table in TABLES)
    meanings = {column.name: column.meaning for column in SESSIONS.columns}
    assert meanings.items() < {name: meaning for name, _, meaning in printed["columns"]}.items()
    assert ["session", "String"] in [columns[:2] for columns in printed["columns"]]
    assert {name for [name] in printed["types"]} > {"String", "Float64", "DateTime64", "Array"}


def test_statements_are_answered_with_types_and_refused_with_codes(printed: Printed) -> None:
    """Of the own project only; parameters of prepared statements and the driver's limit of rows hold."""
    assert printed["statement 0"] == [[ROOM]]
    assert printed["statement 1"] == [
        ["2026-01-02 03:04:05.678", "1.25", "[1, 2]", "{k=1.5}", "null", "x", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"]
    ]
    assert "Code: 47. DB::Exception: Unknown expression identifier `nope`" in printed["statement 2"][0][0]
    assert "Code: 497. DB::Exception: the table function file is not allowed" in printed["statement 3"][0][0]
    assert printed["five"] == [[str(number)] for number in range(5)]
    assert printed["prepared"] == [["it's 7"]]


def test_a_wrong_token_is_told(port: int) -> None:
    """By ClickHouse's code, so that the tool says it."""
    done = asked(port, "nobody's")
    assert done.returncode
    assert "516" in done.stderr
