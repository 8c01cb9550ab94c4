"""A kill at each call of a worker whose block was received on two days: the minute job misses nothing of either."""

import secrets
from pathlib import Path

import pytest

from ingest import portions
from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.chdbstore import ChdbStore
from tests.builders import a_batch
from tests.ingest.playing import Play, played
from tests.ingest.running import RECEIVED, Ingest, an_entry
from tests.ingest.test_property import checked

DAY_MS = 86_400_000
INSERT_OF_BATCHES = 10


@pytest.mark.parametrize("left", range(INSERT_OF_BATCHES - 2, INSERT_OF_BATCHES + 3))
async def test_a_block_of_two_days_is_followed_wherever_it_is_cut(store: ChdbStore, tmp_path: Path, left: int) -> None:
    """Of the ledger's insert only the later day was there; the job went past the earlier one and never came back."""
    one = Play(store, f"p{secrets.token_hex(6)}", tmp_path)
    sends = [("send", 0, 0, 0, False), ("later",), ("later",), ("send", 0, 1, 0, False)]
    await played(one, [*sends, ("kill", left, "part"), ("minutes",), ("work",)])
    assert one.fuse.blown == 1
    checked(store, one)


def test_the_ledger_is_inserted_in_order_of_offsets(ingest: Ingest) -> None:
    """A part is of one day; where the day changes and comes back it is three of them."""
    days = (0, 0, 1, 0)
    entries = [
        an_entry(offset, a_batch(seq=offset), project=ingest.project, received_ms=RECEIVED + day * DAY_MS)
        for offset, day in enumerate(days)
    ]
    rows = tables_of(entries, "log", Repeats(ingest.store, "log")).batches
    found = [part["log_offset"].to_pylist() for part in portions.parts("batches", rows)]
    assert found == [[0, 1], [2], [3]]
    assert portions.parts("batches", rows.slice(0, 0))[0].num_rows == 0
