"""What ingest holds in memory is bounded, whatever gzip unpacks to and however many sessions there are."""

import gzip

import pytest

from ingest import portions, repeats
from ingest.decode import UNPACKED_MAX, unpacked_size
from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.chdbstore import ChdbStore
from tests.builders import T0, a_batch, a_series, inbound
from tests.ingest.running import an_entry, rows


def test_the_unpacked_size_is_known_without_unpacking() -> None:
    """Of gzip from its trailer, which nobody can use to claim more than the cap; of plain bytes their length."""
    plain = b"x" * 1_000_000
    assert unpacked_size(gzip.compress(plain)) == unpacked_size(plain) == 1_000_000
    assert unpacked_size(b"\x1f\x8b" + b"\xff" * 8) == UNPACKED_MAX


def test_a_block_of_bombs_is_taken_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, each within the bound, none left out; a message over the bound goes alone."""
    monkeypatch.setattr(portions, "PORTION_BYTES", 1000)
    sizes = (400, 500, 200, 900, 3000, 10, 10)
    entries = [an_entry(offset, gzip.compress(b" " * size)) for offset, size in enumerate(sizes)]
    taken = [[entry.offset for entry in portion] for portion in portions.portions(entries)]
    assert taken == [[0, 1], [2], [3], [4], [5, 6]]
    assert list(portions.portions([])) == []


def test_repeats_of_forgotten_sessions_are_looked_up(
    store: ChdbStore, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory holds few keys here; what it forgot is read from `batches` when its session comes again."""
    monkeypatch.setattr(repeats, "KEYS_MAX", 3)
    memory = Repeats(store, f"log-{project}")
    outcomes = []
    for offset, name in enumerate(["sa", "sb", "sc", "sd", "sa", "sd", "sb"]):
        series = a_series([T0], inbound(received=[1], lost=[0]))
        body = a_batch(session=f"{name}-{project}", series=[series])
        tables = tables_of([an_entry(offset, body, project=project)], f"log-{project}", memory)
        for table, found in tables.items():
            store.insert(table, found)
        outcomes += [row["outcome"] for row in rows(tables.batches)]
        assert memory._keys <= 3
    assert outcomes == ["stored"] * 4 + ["duplicate"] * 3
