"""The recordings of others are read only when their folder is named; all are of times long past."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.running import Running, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def archive(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The service, told to keep minutes and sessions of calls of any age."""
    async with running(tmp_path_factory.mktemp("archive"), rollup_days=20_000) as service:
        yield service


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what needs `--cases` when it is not given."""
    if collection_path.name == "test_others.py" and config.getoption("--cases") is None:
        return True
    return None
