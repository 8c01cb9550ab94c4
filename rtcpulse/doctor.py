"""`rtcpulse doctor`: how the pipeline is, in sentences. Reads what any process may read."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runtime import sqlitesegments
from runtime.logs import log_directory
from runtime.settings import Settings
from runtime.store import Store

DISK_FREE_MIN: Final = 0.2
_LEDGER: Final = """
SELECT count() AS positions, uniqExact(log_offset) AS distinct_positions,
       countIf(outcome = 'stored') AS stored, countIf(outcome = 'duplicate') AS duplicate,
       countIf(outcome = 'dead_letter') AS dead_letter
FROM batches WHERE log_id = {log_id:String}
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and a sentence."""

    subject: str
    well: bool
    sentence: str


def examine(settings: Settings, store: Store) -> Iterator[Finding]:
    """Look at disk, log, lag and ledger."""
    yield _disk(settings)
    directory = log_directory(settings)
    log_id = sqlitesegments.create(directory)
    try:
        end = sqlitesegments.end_of(directory)
    except sqlite3.Error as error:
        yield Finding("log", False, f"The log in {directory} cannot be read: {error}.")
        return
    segments = sqlitesegments.segments(directory)
    first = sqlitesegments.first_offset(segments[0]) if segments else 0
    yield Finding("log", True, f"Log {log_id} holds offsets {first} to {end}, in {len(segments)} segments.")
    of_log, committed = sqlitesegments.committed(directory, "ingest")
    same = of_log in ("", log_id)
    yield Finding("lag", same, f"Ingest has finished {committed} of {end} messages; {end - committed} are in flight.")
    yield _ledger(store, log_id, committed)


def _disk(settings: Settings) -> Finding:
    usage = shutil.disk_usage(settings.data)
    free = usage.free / usage.total
    return Finding("disk", free >= DISK_FREE_MIN, f"{free:.0%} of the disk of {settings.data} is free.")


def _ledger(store: Store, log_id: str, committed: int) -> Finding:
    row = store.query(_LEDGER, {"log_id": log_id}).to_pylist()[0]
    ended = row["stored"] + row["duplicate"] + row["dead_letter"]
    repeated = row["positions"] - row["distinct_positions"]
    well = ended >= committed and repeated == 0
    return Finding(
        "ledger",
        well,
        f"{ended} positions ended: {row['stored']} stored, {row['duplicate']} duplicate, "
        f"{row['dead_letter']} dead letters; "
        f"{committed} are committed and {repeated} rows of the ledger stand twice.",
    )
