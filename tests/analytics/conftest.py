"""The stores that statements are tested on, each adapter in turn; the jobs of a test follow no other test's logs."""

from typing import Final

import pytest

from runtime.store import Store

FOLLOWED: Final = """
INSERT INTO cursors (log_id, log_partition, log_offset, version)
SELECT log_id, log_partition, max(log_offset), 0 FROM batches GROUP BY log_id, log_partition
"""


@pytest.fixture(params=["store", "clickhouse"])
def either(request: pytest.FixtureRequest) -> Store:
    """The embedded store, then the one behind ClickHouse's wire."""
    one: Store = request.getfixturevalue(request.param)
    return one


@pytest.fixture(autouse=True)
def _others_are_followed(request: pytest.FixtureRequest) -> None:
    """Let every log that stands count as followed; where jobs have come to one, version 0 yields to theirs."""
    for name in {"either", "store", "clickhouse"} & set(request.fixturenames):
        one: Store = request.getfixturevalue(name)
        one.execute(FOLLOWED)
