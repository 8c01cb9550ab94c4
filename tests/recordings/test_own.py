"""This project's own recordings, through ingest into the store, in both forms."""

from pathlib import Path
from typing import Any

import pytest

from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.recordings.batches import batches
from tests.recordings.check import check
from tests.recordings.readers import read_own

FOLDER = Path(__file__).parent.parent / "fixtures" / "getstats"


@pytest.mark.parametrize("verbatim", [True, False])
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.jsonl")))
def test_sums_of_deltas_are_last_minus_first(store: ChdbStore, project: str, name: str, *, verbatim: bool) -> None:
    """Of every counter that did not fall; and no delta is negative."""
    recording = read_own(FOLDER / name)
    last = max(reading.t for readings in recording.pcs.values() for reading in readings)
    feed = Feed(store, project)
    feed.store_batches(batches(recording, project, verbatim=verbatim), received_ms=round(last) + 1000)

    def ask(sql: str) -> list[dict[str, Any]]:
        return list(store.query(sql).to_pylist())

    assert check(recording, project, ask) >= 10


def test_there_is_one_of_each_kind_of_peer() -> None:
    """A browser and the Python library."""
    names = {path.name.partition("-")[0] for path in FOLDER.glob("*.jsonl")}
    assert names == {"aiortc", "chromium"}
