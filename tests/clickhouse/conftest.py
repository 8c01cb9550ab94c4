"""A server that tests may kill, and a store on it."""

from collections.abc import Iterator

import pytest

from runtime.clickhousestore import ClickhouseStore
from tests.clickhouse.running import Gateway, a_gateway


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A server that tests may kill; each leaves it running."""
    one = a_gateway(tmp_path_factory.mktemp("own"))
    yield one
    one.kill()


@pytest.fixture
def remote(own: Gateway, project: str) -> Iterator[ClickhouseStore]:
    """A store on it, with an empty table `t_<project>`."""
    own.start()
    store = ClickhouseStore(own.target)
    store.execute(f"CREATE TABLE t_{project} (n UInt64) ENGINE = MergeTree ORDER BY n")
    yield store
    store.close()
