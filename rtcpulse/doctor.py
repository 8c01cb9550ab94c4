"""`rtcpulse doctor`: how the pipeline is, in sentences. Reads what any process may read."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from analytics.sql import text
from rtcpulse import minutes
from runtime import logs, migrate, sqlitesegments
from runtime.logheads import Heads
from runtime.logs import Standing, is_on_kafka, standing
from runtime.retention import Unread
from runtime.settings import Settings
from runtime.spool import GROUP as SPOOL_GROUP
from runtime.store import Store
from schemas.counted import counted, worded
from schemas.errors import ConfigurationError, LogMismatch, LogUnavailable, RtcpulseError, StoreUnavailable
from schemas.reasons import DeadLetter

DISK_FREE_MIN: Final = 0.2
CLOCK_MS_MAX: Final = 1000
LOOK_BACK: Final = 100_000
"""Positions, from the log's end, whose rows are counted one by one."""
HEADS_OF_TOPIC: Final = 5_000
"""Positions of each partition of a topic whose headers are read: they come with their bodies."""
DAY_MS: Final = 86_400_000
DETAIL: Final = 160
NAMED: Final = 3
"""Of what is wrong, so many are named."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, a sentence, and for programs the numbers behind it."""

    subject: str
    well: bool
    sentence: str
    lines: Sequence[Any] = ()


def examine(settings: Settings, store: Store) -> Iterator[Finding]:
    """Look at versions, disk, clock, log, lag, ledger and rows."""
    yield _versions(store)
    yield _disk(settings)
    yield _clock(store)
    yield from _spool(settings)
    try:
        log, heads, unread = asyncio.run(_looked_at(settings))
    except (LogUnavailable, LogMismatch) as error:
        yield _no_log(error)
    else:
        yield from _of_log(log, unread)
        yield from _topic(settings)
        yield from same_log(store, log)
        yield _ledger(store, log)
        yield _minutes(minutes.ledger(store, log, heads, _now_ms() - DAY_MS), log, heads)
        yield _rows(store, log)
    yield _letters(store)
    yield _gaps(store)


def examine_without_store(settings: Settings, why: StoreUnavailable) -> Iterator[Finding]:
    """Look at what there is to see while the store cannot be reached."""
    yield Finding("store", False, f"The store cannot be reached: {why}.")
    yield _disk(settings)
    yield from _spool(settings)
    try:
        log, _, unread = asyncio.run(_looked_at(settings))
    except (LogUnavailable, LogMismatch) as error:
        yield _no_log(error)
    else:
        yield from _of_log(log, unread)
        yield from _topic(settings)


def _no_log(error: RtcpulseError) -> Finding:
    return Finding("log", False, f"The log cannot be read: {error}.")


def _of_log(log: Standing, unread: Unread) -> Iterator[Finding]:
    yield _log(log)
    yield _lag(log)
    yield _retention(unread)


async def _looked_at(settings: Settings) -> tuple[Standing, Heads, Unread]:
    log = await standing(settings)
    most = HEADS_OF_TOPIC if is_on_kafka(settings) else LOOK_BACK
    since = {number: max(part.first, part.end - most) for number, part in log.bounds.items()}
    return log, await logs.heads(settings, log, since, most), await logs.unread(settings, log)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _at(minute_ms: int) -> str:
    return f"{datetime.fromtimestamp(minute_ms / 1000, UTC):%-d %b %H:%M} UTC"


def _asked(store: Store, name: str, **parameters: Any) -> dict[str, Any]:
    row: dict[str, Any] = store.query(text("checks", name), parameters).to_pylist()[0]
    return row


def _versions(store: Store) -> Finding:
    found = _asked(store, "versions")
    missing = len(migrate.migrations()) - int(found["migrations"])
    applied = counted(int(found["migrations"]), "migration")
    sentence = f"rtcpulse {version('rtcpulse')}, engine {found['engine']}, {applied} applied"
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
    parts = counted(len(log.bounds), "partition")
    return Finding(
        "log", True, f"Log {log.log_id} has had {counted(log.end, 'message')} and keeps {kept:,}, in {parts}."
    )


def _topic(settings: Settings) -> Iterator[Finding]:
    """Say whether a topic is as it has to be for what is acknowledged to stay until it is read."""
    if not is_on_kafka(settings):
        return
    try:
        weaknesses = asyncio.run(logs.weaknesses(settings))
    except (ConfigurationError, LogUnavailable) as error:
        yield Finding("topic", False, f"The topic cannot be used: {error}.")
        return
    found = "; ".join(weaknesses)
    yield Finding("topic", not found, f"The topic is weak: {found}." if found else "The topic's settings lose nothing.")


def same_log(store: Store, log: Standing) -> Iterator[Finding]:
    """Say that what is stored came through another log than the one that is written now, where it did."""
    newest = _asked(store, "newest_log")
    if newest["positions"] and newest["log_id"] != log.log_id:
        yield Finding(
            "same log",
            False,
            f"The newest stored batch came through log {newest['log_id']}, and what is pushed now goes to log "
            f"{log.log_id}, of which nothing newer is stored: it was made again, or RTCPULSE_LOG_URL names another. "
            "Ingest of the old one's rows has ended with a sentence, or nobody runs it on this one.",
        )


def _lag(log: Standing) -> Finding:
    lost = sum(max(0, part.first - part.committed) for part in log.bounds.values())
    flying = log.end - log.committed
    sentence = (
        f"Ingest has finished {log.committed:,} of {counted(log.end, 'message')}; "
        f"{flying:,} {worded(flying, 'is', 'are')} in flight"
    )
    return Finding("lag", lost == 0, sentence + (f", and {lost} of them were deleted unread." if lost else "."))


def _spool(settings: Settings) -> Iterator[Finding]:
    directory = settings.data / "spool"
    if is_on_kafka(settings) and directory.exists():
        waiting = sqlitesegments.end_of(directory) - sqlitesegments.committed(directory, SPOOL_GROUP)[1]
        verb = worded(waiting, "waits", "wait")
        yield Finding("spool", waiting == 0, f"{counted(waiting, 'message')} {verb} on this machine's disk for Kafka.")


def _ledger(store: Store, log: Standing) -> Finding:
    row = _asked(store, "ledger", log_id=log.log_id)
    ended = row["stored"] + row["duplicate"] + row["dead_letter"]
    repeated = row["positions"] - row["distinct_positions"]
    # Rows of the ledger go with their retention; what the log still has must be there.
    expected = sum(max(0, part.committed - part.first) for part in log.bounds.values())
    sentence = (
        f"{counted(ended, 'position')} ended: {row['stored']:,} stored, {row['duplicate']:,} duplicate, "
        f"{counted(row['dead_letter'], 'dead letter')}; {log.committed:,} {worded(log.committed, 'is', 'are')} "
        f"committed and {counted(repeated, 'row')} of the ledger {worded(repeated, 'stands', 'stand')} twice."
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
        f"Of the latest positions the ledger says {counted(said, 'row')} of streams and nodes; "
        f"{standing_rows:,} {worded(standing_rows, 'stands', 'stand')}, {twice:,} of them twice.",
    )


def _retention(unread: Unread) -> Finding:
    warning = unread.warning(_now_ms())
    waited = f"The oldest unread message has waited {unread.age_ms(_now_ms()) / 1000:.0f} s"
    return Finding("unread", not warning, warning or (f"{waited}." if unread.oldest_ms else "Nothing waits unread."))


def _minutes(book: minutes.Ledger, log: Standing, heads: Heads) -> Finding:
    """Say what the log's headers count, what `batches` counts of the same positions, and what is left over."""
    accepted = book.total("accepted")
    waiting = sum(log.bounds[number].end - until for number, until in heads.until.items())
    projects = len({line.project for line in book.lines})
    sentence = (
        f"Of the log's latest messages of a day {accepted:,} {worded(accepted, 'was', 'were')} accepted by its own "
        f"headers, of {counted(projects, 'project')}: {book.total('stored'):,} stored, "
        f"{book.total('duplicate'):,} duplicate, {counted(book.total('dead_letter'), 'dead letter')}, "
        f"{book.total('in_flight'):,} in flight, {book.total('left_over'):,} left over"
    )
    wrong = [f"; {waiting} more could not be looked at in time"] if waiting else []
    worst = max(book.lines, key=lambda line: abs(line.left_over), default=None)
    if worst and worst.left_over:
        wrong.append(
            f". Project {worst.project} is worst at {_at(worst.minute_ms)}: {worst.left_over:,} of {worst.accepted:,} "
            f"accepted {worded(worst.left_over, 'is', 'are')} left over"
        )
    wrong += [
        f". Partition {gap.partition} has no row for offsets {gap.first} to {gap.last}, received "
        f"{_at(gap.minutes_ms[0])} to {_at(gap.minutes_ms[1])}; ingest looks for them when it starts again"
        for gap in book.missing[:NAMED]
    ]
    if book.unknown:
        named = ", ".join(f"{partition}/{offset}" for partition, offset in book.unknown[:NAMED])
        have = worded(len(book.unknown), "has", "have")
        wrong.append(f". {counted(len(book.unknown), 'position')} {have} rows and no message in the log, as {named}")
    return Finding("minutes", book.well, f"{sentence}{''.join(wrong)}.", [_line(line) for line in book.lines])


def _line(line: minutes.Line) -> dict[str, Any]:
    return asdict(line) | {"left_over": line.left_over}


def _letters(store: Store) -> Finding:
    """Dead letters of a day that no replay has stored; only those of our own fault are wrong here."""
    rows = store.query(text("checks", "letters"), {"since": int(time.time() - DAY_MS / 1000)}).to_pylist()
    if not rows:
        return Finding("letters", True, "In a day no message became a dead letter that still waits.")
    ours = [row for row in rows if row["reason"] == DeadLetter.OUR_FAULT.value]
    worst = (ours or rows)[0]
    number, all_letters = worst["letters"], sum(row["letters"] for row in rows)
    became = worded(all_letters, "a dead letter", "dead letters")
    sentence = (
        f"In a day {counted(all_letters, 'message')} became {became}; project {worst['project']} had {number:,} "
        f"at {_at(worst['minute_ms'])}, reason {worst['reason']}: {worst['example'][:DETAIL]}."
    )
    mend = " They met a defect of rtcpulse: `rtcpulse doctor deadletters replay` when it is mended." if ours else ""
    return Finding("letters", not ours, sentence + mend, rows)


def _gaps(store: Store) -> Finding:
    rows = store.query(text("checks", "gaps"), {"since": int(time.time() - DAY_MS / 1000)}).to_pylist()
    missing, sessions = (sum(row[name] for row in rows) for name in ("missing", "sessions"))
    gone = f"{counted(missing, 'batch')} of {counted(sessions, 'session')}"
    sentence = f"In a day {gone} never came, by the writers' own numbers"
    most = f"; most of project {rows[0]['project']}: {rows[0]['missing']}" if rows else ""
    return Finding("gaps", True, f"{sentence}{most}.", rows)
