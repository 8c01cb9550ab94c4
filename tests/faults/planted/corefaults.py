"""Faults of core's process, and the moments at which it is killed.

Merges of the raw tables are stopped in any case: two rows of one position stay two, and no engine hides them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from analytics.analyst import Analyst
from ingest import pipeline, worker
from ingest.decode import Batch
from ingest.pipeline import Tables
from ingest.repeats import Repeats
from ingest.worker import Worker
from runtime import migrate
from runtime.chdbstore import ChdbStore
from runtime.clickhousestore import ClickhouseStore
from runtime.kafkaconsumer import KafkaConsumer
from runtime.kafkaownership import Ownership
from runtime.log import Entry
from runtime.sqliteconsumer import SqliteConsumer
from runtime.store import Parameter, Store
from schemas.tables import RAW
from tests.faults.planted import additions, moments

SKIPPED: Final = 200


def watch() -> None:
    """Name the moments: `TABLE_inserted`, `offset_committed`, `cursor_unsaved`; and stop merges."""
    moments.after_awaited(SqliteConsumer, "commit", "offset_committed")
    moments.after_awaited(KafkaConsumer, "commit", "offset_committed")
    for kind in (ChdbStore, ClickhouseStore):
        moments.replace(kind, "insert", _watched_insert)
        moments.replace(kind, "execute", _watched_execute)
    _for_raw_tables("SYSTEM STOP MERGES {table}")


def _watched_insert(insert: Any) -> Any:
    def watched(self: Store, table: str, rows: pa.Table, *, token: str = "") -> None:
        insert(self, table, rows, token=token)
        if rows.num_rows:
            moments.kill_at(f"{table}_inserted")

    return watched


def _watched_execute(execute: Any) -> Any:
    def watched(self: Store, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        if "INSERT INTO cursors" in sql:
            moments.kill_at("cursor_unsaved")
        execute(self, sql, parameters)

    return watched


def _for_raw_tables(statement: str) -> None:
    """Run a statement for each raw table as soon as the tables are there."""

    def applying(apply: Any) -> Any:
        def applied(store: Store, *arguments: Any, **named: Any) -> Any:
            answer = apply(store, *arguments, **named)
            for table in RAW:
                store.execute(statement.format(table=table.name))
            return answer

        return applied

    moments.replace(migrate, "apply", applying)


def commit_before_insert() -> None:
    """Commit a portion's offset, then store the portion."""

    def committing(until_stored: Any) -> Any:
        async def first(self: Worker, entries: Sequence[Entry], stop: asyncio.Event) -> None:
            await self._consumer.commit(entries[-1].partition, entries[-1].offset + 1)
            await until_stored(self, entries, stop)

        return first

    moments.replace(Worker, "_until_stored", committing)


def one_position_in_a_thousand_skipped() -> None:
    """Turn all entries into rows but one in a thousand, and commit past it."""

    def skipping(tables_of: Any) -> Any:
        def skipped(entries: Sequence[Entry], log_id: str, repeats: Repeats) -> Tables:
            kept = [entry for entry in entries if entry.offset % 1000 != SKIPPED]
            tables: Tables = tables_of(kept, log_id, repeats)
            return tables

        return skipped

    moments.replace(worker, "tables_of", skipping)


def batches_written_first() -> None:
    """Write the ledger's rows before the rows that they speak of."""

    def reordering(items: Any) -> Any:
        return lambda self: [("batches", self.batches), *(item for item in items(self) if item[0] != "batches")]

    moments.replace(Tables, "items", reordering)


def recovery_by_token_only() -> None:
    """Read nothing back: insert again under a token, and trust that the engine drops what it has seen."""

    def insert(self: ChdbStore, table: str, rows: pa.Table, *, token: str = "") -> None:
        if rows.num_rows:
            names = ", ".join(rows.column_names)
            by_token = f"SETTINGS insert_deduplicate = 1, insert_deduplication_token = '{token}'"
            with self._writing:
                self._writer.query(f"INSERT INTO {table} ({names}) {by_token} SELECT {names} FROM Python(rows)")
            moments.kill_at(f"{table}_inserted")

    def insert_by_wire(self: ClickhouseStore, table: str, rows: pa.Table, *, token: str = "") -> None:
        if rows.num_rows:
            statement = f"INSERT INTO {table} ({', '.join(rows.column_names)}) VALUES"
            by_token = {"insert_deduplicate": 1, "insert_deduplication_token": token}
            with self._writing:
                self._writer.run(lambda client: client.execute(statement, [rows], settings=by_token))
            moments.kill_at(f"{table}_inserted")

    _for_raw_tables("ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 1000")
    moments.replace(ChdbStore, "insert", lambda _: insert)
    moments.replace(ClickhouseStore, "insert", lambda _: insert_by_wire)
    moments.replace(worker, "absent", lambda _: lambda _store, _table, rows, *_: rows)


def rollup_by_addition() -> None:
    """Add new rows to the minutes that stand, instead of computing the minutes again."""

    def adding(execute: Any) -> Any:
        def added(self: Analyst, sql: str, parameters: dict[str, Parameter]) -> None:
            statements = additions.of(sql) if "INSERT INTO stream_minutes" in sql else [sql]
            for statement in statements:
                execute(self, statement, parameters)

        return added

    moments.replace(Analyst, "_execute", adding)


def baseline_stored_twice() -> None:
    """Take the sample that a batch repeats from the one before it for a new one."""

    def forgetting(decode: Any) -> Any:
        def forgotten(plain: bytes) -> Batch:
            batch: Batch = decode(plain)
            for series in batch.series:
                series.baseline = False
            return batch

        return forgotten

    moments.replace(pipeline, "decode", forgetting)


def offset_committed_for_a_revoked_partition() -> None:
    """Commit what is in hand when its partition is wanted back, whether it is stored or not, and give it away."""

    def remembering(init: Any) -> Any:
        def remembered(self: KafkaConsumer, *arguments: Any, **named: Any) -> None:
            init(self, *arguments, **named)
            self._ownership.__dict__["consumer"] = self

        return remembered

    async def revoked(self: Ownership, partitions: Iterable[Any]) -> None:
        del partitions
        consumer: KafkaConsumer = self.__dict__["consumer"]
        for partition, offset in list(self._in_hand.items()):
            await consumer.commit(partition, offset)
        self.drop()

    moments.replace(KafkaConsumer, "__init__", remembering)
    moments.replace(Ownership, "on_partitions_revoked", lambda _: revoked)


FAULTS: Final[dict[str, Callable[[], None]]] = {
    "commit_before_insert": commit_before_insert,
    "one_position_in_a_thousand_skipped": one_position_in_a_thousand_skipped,
    "batches_written_first": batches_written_first,
    "recovery_by_token_only": recovery_by_token_only,
    "rollup_by_addition": rollup_by_addition,
    "baseline_stored_twice": baseline_stored_twice,
    "offset_committed_for_a_revoked_partition": offset_committed_for_a_revoked_partition,
}
