"""The stores that statements are tested on: each adapter in turn."""

import pytest

from runtime.store import Store


@pytest.fixture(params=["store", "clickhouse"])
def either(request: pytest.FixtureRequest) -> Store:
    """The embedded store, then the one behind ClickHouse's wire."""
    one: Store = request.getfixturevalue(request.param)
    return one
