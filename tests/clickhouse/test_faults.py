"""A server that is killed or gone: nothing is pretended, the next host takes over."""

import threading

import pyarrow as pa
import pytest

from runtime.clickhousestore import ClickhouseStore
from runtime.clickhouseurl import Target, parse
from schemas.errors import StoreUnavailable
from tests.clickhouse.rows import counted, numbers
from tests.clickhouse.running import Gateway
from tests.running import free_port


def test_a_server_that_was_started_again_is_found(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """Idle connections broke meanwhile; whoever asks next does not notice."""
    remote.insert(f"t_{project}", numbers(0))
    own.kill()
    own.start()
    assert counted(remote, project) == 10
    remote.insert(f"t_{project}", numbers(10))
    assert counted(remote, project) == 20


def test_while_it_is_away_nothing_is_pretended(own: Gateway, remote: ClickhouseStore, project: str) -> None:
    """Every call says that it may be tried again, and then it works."""
    own.kill()
    with pytest.raises(StoreUnavailable, match=f"no ClickHouse can be reached.*{own.port}"):
        remote.insert(f"t_{project}", numbers(0))
    with pytest.raises(StoreUnavailable):
        remote.query("SELECT 1")
    with pytest.raises(StoreUnavailable):
        remote.settle("rtcpulse/")
    own.start()
    assert counted(remote, project) == 0


def test_killed_in_the_middle_of_a_query(own: Gateway, remote: ClickhouseStore) -> None:
    """The connection ends without a word of the protocol."""
    timer = threading.Timer(1.2, own.kill)
    timer.start()
    with pytest.raises(StoreUnavailable, match="ended in the middle"):
        remote.query("SELECT sum(sleepEachRow(0.1)) FROM numbers(25)")
    timer.join()
    own.start()
    assert remote.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_the_next_host_takes_over(own: Gateway, gateway: Gateway, project: str) -> None:
    """At the start, and when the first one goes; all connections move, after the new host has caught up."""
    own.start()
    nowhere = ("127.0.0.1", free_port())
    target = Target((nowhere, *own.target.hosts, *gateway.target.hosts), "u", own.target.password, own.target.database)
    store = ClickhouseStore(target)
    store._hosts.catch_up = [f"CREATE TABLE arrived_{project} (n UInt8) ENGINE = Memory", "SYSTEM SYNC REPLICA nothing"]
    assert store._hosts.current == ("127.0.0.1", own.port)
    own.kill()
    try:
        assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]
        assert store._hosts.current == ("127.0.0.1", gateway.port)
        store.insert(f"arrived_{project}", pa.table({"n": pa.array([1], pa.uint8())}))
        store.settle("rtcpulse/")
    finally:
        own.start()
        store.close()


def test_nobody_listens() -> None:
    """Neither host; the sentence has the address and no password."""
    with pytest.raises(StoreUnavailable, match=r"no ClickHouse can be reached: .*127\.0\.0\.1") as raised:
        ClickhouseStore(parse(f"clickhouse://u:secret@127.0.0.1:{free_port()},127.0.0.1:{free_port()}/db"))
    assert "secret" not in str(raised.value)
