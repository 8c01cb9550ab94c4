"""`rtcpulse doctor`: how the pipeline is, in sentences. Reads what any process may read."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from runtime import sqlitesegments
from runtime.logs import is_on_kafka, kafka_standing, log_directory
from runtime.settings import Settings
from runtime.spool import GROUP as SPOOL_GROUP
from runtime.store import Store
from schemas.errors import LogUnavailable

DISK_FREE_MIN: Final = 0.2
_LEDGER: Final = """
SELECT count() AS positions, uniqExact(log_partition, log_offset) AS distinct_positions,
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
    yield from _topic(settings, store) if is_on_kafka(settings) else _files(settings, store)


def _topic(settings: Settings, store: Store) -> Iterator[Finding]:
    try:
        log = asyncio.run(kafka_standing(settings))
    except LogUnavailable as error:
        yield Finding("log", False, f"The log cannot be asked: {error}.")
        return
    kept = log.end - sum(part.first for part in log.bounds.values())
    yield Finding("log", True, f"Log {log.log_id} keeps {kept} messages in {len(log.bounds)} partitions.")
    lost = sum(max(0, part.first - part.committed) for part in log.bounds.values())
    in_flight = log.end - log.committed
    sentence = (
        f"Ingest has finished {log.committed} of {log.end} messages; {in_flight} are in flight, {lost} of them gone."
    )
    yield Finding("lag", lost == 0, sentence)
    yield from _spool(settings)
    yield _ledger(store, log.log_id, log.committed)


def _spool(settings: Settings) -> Iterator[Finding]:
    directory = settings.data / "spool"
    if directory.exists():
        waiting = sqlitesegments.end_of(directory) - sqlitesegments.committed(directory, SPOOL_GROUP)[1]
        yield Finding("spool", waiting == 0, f"{waiting} messages wait on this machine's disk for Kafka.")


def _files(settings: Settings, store: Store) -> Iterator[Finding]:
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
