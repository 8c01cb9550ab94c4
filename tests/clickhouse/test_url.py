"""Addresses of a ClickHouse: what they mean, and a sentence for what is none."""

from pathlib import Path

import pytest

from runtime.clickhouseurl import Target, parse
from runtime.settings import Settings, masked
from runtime.stores import own_store
from schemas.errors import ConfigurationError


def test_every_part(tmp_path: Path) -> None:
    """Several hosts, a port for each, a password with every character, TLS with own certificates."""
    ca = tmp_path / "ca.pem"
    ca.touch()
    target = parse(f"clickhouse://me%40x:p%40s%3As%2F@a:1,[::1]:2,c/calls?secure=1&ca={ca}")
    assert target == Target((("a", 1), ("::1", 2), ("c", 9440)), "me@x", "p@s:s/", "calls", secure=True, ca=ca)


def test_several_shards() -> None:
    """What is shared is on the first; each keeps its own rows in a database beside it."""
    target = parse("clickhouse://u:p@a,b|c:1,d/calls")
    assert target.hosts == (("a", 9000), ("b", 9000))
    own = target.of_shards()
    assert [one.hosts for one in own] == [target.hosts, (("c", 1), ("d", 9000))]
    assert {(one.database, one.user, one.shards) for one in own} == {("calls_local", "u", ())}
    assert parse("clickhouse://a,b/calls").of_shards() == (parse("clickhouse://a,b/calls"),)


def test_shards_are_of_a_cluster(tmp_path: Path) -> None:
    """It has to be named: tables are made on all of them."""
    with pytest.raises(ConfigurationError, match="RTCPULSE_CLUSTER has to name"):
        own_store(Settings(data=tmp_path, store_url="clickhouse://u:secret@a|b/calls"))


def test_defaults() -> None:
    """Those of ClickHouse itself."""
    assert parse("clickhouse://h") == Target((("h", 9000),))
    assert parse("clickhouse://h/db?secure=0") == Target((("h", 9000),), database="db")


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://",
        "clickhouse:///db",
        "clickhouse://u:secret@/db",
        "clickhouse://u:secret@h:0/db",
        "clickhouse://u:secret@h:99999/db",
        "clickhouse://u:secret@h:x/db",
        "clickhouse://u:secret@h,,i/db",
        "clickhouse://u:secret@h|/db",
        "clickhouse://u:secret@h|i,h/db",
        "clickhouse://u:secret@h/db;DROP",
        "clickhouse://u:secret@h/db/more",
        "clickhouse://u:secret@h/db?secure=yes",
        "clickhouse://u:secret@h/db?secret=1",
        "clickhouse://u:secret@h/db?secure",
        "clickhouse://u:secret@h/db?ca=/nowhere&secure=1",
        "clickhouse://u:secret@h/db?ca=/dev/null",
        "http://u:secret@h/db",
        "clickhose://u:sec/ret@secret@h/db",
    ],
)
def test_what_is_no_address(url: str, tmp_path: Path) -> None:
    """It names the setting, and nothing of it has the password."""
    for attempt in (lambda: parse(url), lambda: own_store(Settings(data=tmp_path, store_url=url))):
        with pytest.raises(ConfigurationError, match="RTCPULSE_STORE_URL is") as raised:
            attempt()
        assert "u:secret" not in str(raised.value)
        assert "ret@" not in str(raised.value)


def test_a_password_is_not_shown() -> None:
    """Not in a representation, nor in what is printed of an address."""
    url = "clickhouse://u:secret@h/db"
    assert "secret" not in repr(parse(url)) + repr(Settings(store_url=url)) + masked(url)


def test_a_cluster_is_of_clickhouse(tmp_path: Path) -> None:
    """The embedded store has none."""
    with pytest.raises(ConfigurationError, match="RTCPULSE_CLUSTER"):
        own_store(Settings(data=tmp_path, cluster="calls"))
