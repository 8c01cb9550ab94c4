"""Fixtures of ingest's tests."""

import pytest

from runtime.chdbstore import ChdbStore
from tests.ingest.running import Ingest


@pytest.fixture
def ingest(store: ChdbStore, project: str) -> Ingest:
    """Ingest for a project that nothing is stored of."""
    return Ingest(store, project)
