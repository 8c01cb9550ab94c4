"""What the server refuses: a setting that is wrong, a statement that is, or a lack that passes."""

import socket
import threading

import pytest

from runtime.clickhousestore import ClickhouseStore
from runtime.clickhouseurl import parse
from schemas.errors import ConfigurationError, StoreRejected, StoreUnavailable
from tests.clickhouse.gateway.requests import read_hello
from tests.clickhouse.gateway.wire import Wire
from tests.clickhouse.running import PASSWORD, Gateway


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("clickhouse://somebody:secret@127.0.0.1:{port}/rtcpulse", "refuses user 'somebody'"),
        ("clickhouse://somebody:{password}@127.0.0.1:{port}/elsewhere", "has no database 'elsewhere'"),
    ],
)
def test_what_the_server_refuses_is_a_setting(gateway: Gateway, url: str, said: str) -> None:
    """A sentence without the password; a new start would end in the same way."""
    quoted = gateway.url.split(":")[2].partition("@")[0]
    with pytest.raises(ConfigurationError, match=said) as raised:
        ClickhouseStore(parse(url.format(port=gateway.port, password=quoted)))
    assert "secret" not in str(raised.value)
    assert gateway.target.password not in str(raised.value)


def test_a_server_that_is_too_old() -> None:
    """It would drop the parameters of statements in silence."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet_as_of_2022, args=(server,))
        thread.start()
        with pytest.raises(ConfigurationError, match=r"ClickHouse 22\.3\.1 has no parameters"):
            ClickhouseStore(parse(f"clickhouse://127.0.0.1:{server.getsockname()[1]}"))
        thread.join()


def _greet_as_of_2022(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        wire = Wire(connection)
        read_hello(wire)
        wire.put(0, "ClickHouse", 22, 3, 54_455, "UTC", "old", 1)
        wire.flush()


def test_a_refusal_later_is_waited_out(own: Gateway, remote: ClickhouseStore) -> None:
    """The setting was right a moment ago: nobody stops for good."""
    own.kill()
    own.password = "another"
    own.start()
    with pytest.raises(StoreUnavailable, match="refuses user"):
        remote.query("SELECT 1")
    own.kill()
    own.password = PASSWORD
    own.start()
    assert remote.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_database_of_a_statement_is_no_setting(clickhouse: ClickhouseStore) -> None:
    """It is the statement that is wrong."""
    with pytest.raises(StoreRejected, match="Code: 81"):
        clickhouse.query("SELECT * FROM elsewhere.t")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT throwIf(1, 'no', toInt16(241))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(252))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(285))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(999))", StoreUnavailable),
        ("SELECT throwIf(1, 'no', toInt16(36))", StoreRejected),
        ("SELECT nothing FROM nowhere", StoreRejected),
    ],
)
def test_errors_by_their_codes(
    clickhouse: ClickhouseStore, sql: str, kind: type[StoreRejected] | type[StoreUnavailable]
) -> None:
    """Whether a retry can help."""
    with pytest.raises(kind, match="Code"):
        clickhouse.execute(f"{sql} SETTINGS allow_custom_error_code_in_throwif = 1" if "throwIf" in sql else sql)


@pytest.mark.parametrize("value", ["unhex('FF')", "(number, 'a')"], ids=["bytes that are no text", "a tuple"])
def test_an_answer_that_has_no_form_here(clickhouse: ClickhouseStore, value: str) -> None:
    """The connection is good for the next statement."""
    with pytest.raises(StoreRejected, match="no form here"):
        clickhouse.query(f"SELECT {value} AS a, number FROM numbers(200000)")
    assert clickhouse.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_statement_has_its_time(gateway: Gateway) -> None:
    """The server gives up on its own after `query_s`."""
    store = ClickhouseStore(gateway.target, query_s=1)
    with pytest.raises(StoreUnavailable, match="159"):
        store.query("SELECT sum(sleepEachRow(0.1)) FROM numbers(25)")
    store.close()
