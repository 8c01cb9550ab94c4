"""`rtcpulse doctor`: how the pipeline is, in sentences. Reads what any process may read."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from analytics.sql import text
from runtime import migrate, sqlitesegments
from runtime.logs import Standing, is_on_kafka, standing
from runtime.settings import Settings
from runtime.spool import GROUP as SPOOL_GROUP
from runtime.store import Store
from schemas.errors import LogMismatch, LogUnavailable

DISK_FREE_MIN: Final = 0.2
CLOCK_MS_MAX: Final = 1000
LOOK_BACK: Final = 100_000
"""Positions, from the log's end, whose rows are counted one by one."""
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, and a sentence."""

    subject: str
    well: bool
    sentence: str


def examine(settings: Settings, store: Store) -> Iterator[Finding]:
    """Look at versions, disk, clock, log, lag, ledger and rows."""
    yield _versions(store)
    yield _disk(settings)
    yield _clock(store)
    try:
        log = asyncio.run(standing(settings))
    except (LogUnavailable, LogMismatch) as error:
        yield Finding("log", False, f"The log cannot be read: {error}.")
        return
    yield _log(log)
    yield _lag(log)
    if is_on_kafka(settings):
        yield from _spool(settings)
    yield _ledger(store, log)
    yield _rows(store, log)
    yield _gaps(store)


def _asked(store: Store, name: str, **parameters: Any) -> dict[str, Any]:
    row: dict[str, Any] = store.query(text("checks", name), parameters).to_pylist()[0]
    return row


def _versions(store: Store) -> Finding:
    found = _asked(store, "versions")
    missing = len(migrate.migrations()) - int(found["migrations"])
    sentence = f"rtcpulse {version('rtcpulse')}, engine {found['engine']}, {found['migrations']} migrations applied"
    rest = f", {missing} missing: run `rtcpulse migrate`." if missing > 0 else "."
    return Finding("versions", missing <= 0, sentence + rest)


def _disk(settings: Settings) -> Finding:
    usage = shutil.disk_usage(settings.data)
    free = usage.free / usage.total
    return Finding("disk", free >= DISK_FREE_MIN, f"{free:.0%} of the disk of {settings.data} is free.")


def _clock(store: Store) -> Finding:
    before_ms = time.time() * 1000
    engine_ms = _asked(store, "clock")["now_ms"]
    off_ms = engine_ms - (before_ms + time.time() * 1000) / 2
    return Finding("clock", abs(off_ms) <= CLOCK_MS_MAX, f"The store's clock is {off_ms:+.0f} ms from this machine's.")


def _log(log: Standing) -> Finding:
    kept = log.end - sum(part.first for part in log.bounds.values())
    parts = f"{len(log.bounds)} partition{'s' * (len(log.bounds) != 1)}"
    return Finding("log", True, f"Log {log.log_id} has had {log.end} messages and keeps {kept}, in {parts}.")


def _lag(log: Standing) -> Finding:
    lost = sum(max(0, part.first - part.committed) for part in log.bounds.values())
    sentence = f"Ingest has finished {log.committed} of {log.end} messages; {log.end - log.committed} are in flight"
    return Finding("lag", lost == 0, sentence + (f", and {lost} of them were deleted unread." if lost else "."))


def _spool(settings: Settings) -> Iterator[Finding]:
    directory = settings.data / "spool"
    if directory.exists():
        waiting = sqlitesegments.end_of(directory) - sqlitesegments.committed(directory, SPOOL_GROUP)[1]
        yield Finding("spool", waiting == 0, f"{waiting} messages wait on this machine's disk for Kafka.")


def _ledger(store: Store, log: Standing) -> Finding:
    row = _asked(store, "ledger", log_id=log.log_id)
    ended = row["stored"] + row["duplicate"] + row["dead_letter"]
    repeated = row["positions"] - row["distinct_positions"]
    # Rows of the ledger go with their retention; what the log still has must be there.
    expected = sum(max(0, part.committed - part.first) for part in log.bounds.values())
    sentence = (
        f"{ended} positions ended: {row['stored']} stored, {row['duplicate']} duplicate, {row['dead_letter']} dead "
        f"letters; {log.committed} are committed and {repeated} rows of the ledger stand twice."
    )
    return Finding("ledger", ended >= expected and repeated == 0, sentence)


def _rows(store: Store, log: Standing) -> Finding:
    """Compare what the ledger says that was stored with what stands, over the latest positions."""
    since = {partition: max(0, part.committed - LOOK_BACK) for partition, part in log.bounds.items()}
    said = standing_rows = twice = 0
    for partition, offset in since.items():
        until = log.bounds[partition].committed
        place = {"log_id": log.log_id, "partition": partition, "since": offset, "until": until}
        row = _asked(store, "rows", **place)
        said, standing_rows, twice = said + row["said"], standing_rows + row["distinct"], twice + row["twice"]
    well = said == standing_rows and twice == 0
    return Finding(
        "rows",
        well,
        f"Of the latest positions the ledger says {said} stream rows; {standing_rows} stand, {twice} of them twice.",
    )


def _gaps(store: Store) -> Finding:
    row = _asked(store, "gaps", since=int(time.time() - DAY_MS / 1000))
    sentence = (
        f"In a day {row['missing']} batches of {row['sessions']} sessions never came, by the writers' own numbers."
    )
    return Finding("gaps", True, sentence)
