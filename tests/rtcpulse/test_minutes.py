"""The ledger per project and minute: the log's headers against `batches`, and what a loss looks like."""

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path

from rtcpulse import doctor, minutes
from runtime import logs
from runtime import sqlitesegments as files
from runtime.chdbstore import ChdbStore
from runtime.log import Message, Publisher
from runtime.settings import Settings
from runtime.sqlitepublisher import SqlitePublisher
from schemas.headers import Headers, encode, key_of
from tests.rtcpulse.test_deadletters import RUBBISH, a_body, work

MINUTE_MS = 60_000
DAY_MS = 86_400_000
NOW_MS = time.time_ns() // 1_000_000 // MINUTE_MS * MINUTE_MS


async def push(log: Publisher, project: str, body: bytes, minute: int) -> None:
    """Append as a collector does that received it so many minutes from now."""
    headers = Headers(project, NOW_MS + minute * MINUTE_MS, "batches")
    await log.publish(Message(key_of(project, f"s-{project}"), body, encode(headers)))


async def filled(tmp_path: Path, store: ChdbStore, project: str) -> Settings:
    """Return a log of which ingest finished six of eight messages: of two projects, in two minutes."""
    log = SqlitePublisher(tmp_path / "log")
    for seq in (0, 1, 1, 5):
        await push(log, project, a_body(project, seq), -2)
    await push(log, f"{project}-b", RUBBISH, -1)
    await push(log, project, a_body(project, 6), -1)
    await work(tmp_path / "log", store, 6)
    for seq in (7, 8):
        await push(log, project, a_body(project, seq), 0)
    await log.close()
    return Settings(data=tmp_path)


async def book_of(settings: Settings, store: ChdbStore, since_ms: int = NOW_MS - DAY_MS) -> minutes.Ledger:
    """Return the ledger of a log, the log being read first."""
    log = await logs.standing(settings)
    heads = await logs.heads(settings, log, {0: 0}, 1000)
    return minutes.ledger(store, log, heads, since_ms)


def shown(book: minutes.Ledger) -> list[tuple[str, int, int, int, int, int, int, int]]:
    """Return the lines as numbers, the minute from now."""
    return [
        (one.project, (one.minute_ms - NOW_MS) // MINUTE_MS, one.accepted, one.stored, one.duplicate, one.dead_letter,
         one.in_flight, one.left_over)
        for one in book.lines
    ]  # fmt: skip


async def test_each_project_and_minute_adds_up(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Stored, duplicate, dead letter and in flight, each in its own line."""
    book = await book_of(await filled(tmp_path, store, project), store)
    assert shown(book) == [
        (project, -2, 4, 3, 1, 0, 0, 0),
        (project, -1, 1, 1, 0, 0, 0, 0),
        (f"{project}-b", -1, 1, 0, 0, 1, 0, 0),
        (project, 0, 2, 0, 0, 0, 2, 0),
    ]
    assert book.well


async def test_positions_that_ingest_skipped_are_named(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """A committed offset beyond what was stored is a loss, not something in flight."""
    settings = await filled(tmp_path, store, project)
    log_id = (tmp_path / "log" / "log-id").read_text().strip()
    files.replace_durably(tmp_path / "log" / "offsets" / "ingest", f"{log_id} 8")
    book = await book_of(settings, store)
    assert book.missing == [minutes.Missing(0, 6, 7, (NOW_MS, NOW_MS))]
    assert shown(book)[-1] == (project, 0, 2, 0, 0, 0, 0, 2)
    log = await logs.standing(settings)
    finding = doctor._minutes(book, log, await logs.heads(settings, log, {0: 0}, 1000))
    assert not finding.well
    assert f"Project {project} is worst at" in finding.sentence
    assert "2 of 2 accepted are left over" in finding.sentence
    assert "Partition 0 has no row for offsets 6 to 7" in finding.sentence
    assert finding.lines[-1]["left_over"] == 2


async def test_a_row_of_another_project_than_its_message_is_left_over(
    store: ChdbStore, project: str, tmp_path: Path
) -> None:
    """The two sides are counted apart: their sums over everything agree here, and the lines do not."""
    settings = await filled(tmp_path, store, project)
    log = await logs.standing(settings)
    heads = await logs.heads(settings, log, {0: 0}, 1000)
    forged = [replace(one, project="other") if one.offset == 0 else one for one in heads.found]
    book = minutes.ledger(store, log, replace(heads, found=forged), NOW_MS - DAY_MS)
    assert {(line.project, line.left_over) for line in book.lines if line.left_over} == {("other", 1), (project, -1)}
    assert book.total("left_over") == 0
    assert not book.well


async def test_a_row_without_a_message_is_named(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Where the log lost what is stored."""
    settings = await filled(tmp_path, store, project)
    log = await logs.standing(settings)
    heads = await logs.heads(settings, log, {0: 0}, 1000)
    book = minutes.ledger(
        store, log, replace(heads, found=[one for one in heads.found if one.offset != 3]), NOW_MS - DAY_MS
    )
    assert book.unknown == [(0, 3)]
    assert not book.well


async def test_what_is_old_and_finished_is_left_out(store: ChdbStore, project: str, tmp_path: Path) -> None:
    """Its rows may have gone with their retention; what waits is counted however old it is."""
    book = await book_of(await filled(tmp_path, store, project), store, since_ms=NOW_MS + DAY_MS)
    assert shown(book) == [(project, 0, 2, 0, 0, 0, 2, 0)]


async def test_dead_letters_are_told_by_project_minute_and_reason(
    store: ChdbStore, project: str, tmp_path: Path
) -> None:
    """Of a client's making they are told, and are no fault of the service."""
    await filled(tmp_path, store, project)
    finding = await asyncio.to_thread(doctor._letters, store)
    (mine,) = [row for row in finding.lines if row["project"] == f"{project}-b"]
    assert (mine["minute_ms"], mine["reason"], mine["letters"]) == (NOW_MS - MINUTE_MS, "undecodable", 1)
    assert re.match(
        r"In a day \d+ messages? became (a dead letter|dead letters); project .* had \d+ at .* UTC, reason ",
        finding.sentence,
    )
