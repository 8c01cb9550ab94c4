"""The tables: names and columns, in order, with what each column means. The DDL is in `schemas/clickhouse`.

A test compares these with `DESCRIBE TABLE`. Raw tables are what ingest writes; derived tables are what analytics writes.
"""

from schemas.tables.column import Column, Table
from schemas.tables.raw import BATCHES, DEAD_LETTERS, EVENTS, TRANSPORT_SAMPLES
from schemas.tables.stream_samples import STREAM_SAMPLES

RAW = (STREAM_SAMPLES, TRANSPORT_SAMPLES, EVENTS, DEAD_LETTERS, BATCHES)
TABLES = RAW

__all__ = [
    "BATCHES",
    "DEAD_LETTERS",
    "EVENTS",
    "RAW",
    "STREAM_SAMPLES",
    "TABLES",
    "TRANSPORT_SAMPLES",
    "Column",
    "Table",
]
