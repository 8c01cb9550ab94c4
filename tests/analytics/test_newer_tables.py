"""While a cluster is upgraded, a leader of the older build works on tables that the newer one has migrated."""

import random
from collections.abc import Iterator

import pytest

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from schemas.tables import DERIVED
from tests.analytics.feed import JOBS, Feed
from tests.analytics.test_recompute import a_session, settle


@pytest.fixture
def newer(store: ChdbStore) -> Iterator[ChdbStore]:
    """The store, with a column in each derived table of which this build knows nothing."""
    for table in DERIVED:
        store.execute(f"ALTER TABLE {table.name} ADD COLUMN of_a_newer_build UInt8 DEFAULT 7")
    yield store
    for table in DERIVED:
        store.execute(f"ALTER TABLE {table.name} DROP COLUMN of_a_newer_build SETTINGS mutations_sync = 2")


def test_the_jobs_of_an_older_build_fill_the_tables_of_a_newer_one(newer: ChdbStore, project: str) -> None:
    """All that they know; the rest has its default."""
    feed = Feed(newer, project)
    rows = a_session(f"s-{project}", random.Random(3), baselines=True)
    feed.store_batches(rows)
    settle(Analyst(newer, Instruments()))
    for table in sorted(JOBS.keys() - {"symptoms", "incidents"}):
        filled = newer.query(
            f"SELECT DISTINCT of_a_newer_build AS n FROM {table} WHERE project = {{p:String}}", {"p": project}
        ).to_pylist()
        assert filled == [{"n": 7}], table
