"""The tables: names and columns, in order, with what each column means. The DDL is in `schemas/clickhouse`.

A test compares these with `DESCRIBE TABLE`. Raw tables are what ingest writes; derived tables are what analytics
writes.
"""

from schemas.tables.alerts import ALERTS
from schemas.tables.column import Column, Table
from schemas.tables.derived import FLEET_MINUTES, SESSION_MINUTES, SESSIONS, STREAM_MINUTES, STREAM_QUALITY
from schemas.tables.incidents import INCIDENTS, SYMPTOMS
from schemas.tables.joined import SESSION_LINKS, SESSION_REFS
from schemas.tables.nodes import NODE_SAMPLES
from schemas.tables.raw import BATCHES, DEAD_LETTERS, EVENTS, MARKS, TRANSPORT_SAMPLES
from schemas.tables.stream_samples import STREAM_SAMPLES

RAW = (STREAM_SAMPLES, TRANSPORT_SAMPLES, EVENTS, NODE_SAMPLES, MARKS, DEAD_LETTERS, BATCHES)
DERIVED = (
    STREAM_MINUTES, STREAM_QUALITY, SESSION_MINUTES, FLEET_MINUTES, SESSIONS, SESSION_REFS, SESSION_LINKS, SYMPTOMS,
    INCIDENTS, ALERTS,
)  # fmt: skip
TABLES = RAW + DERIVED
LASTING = (MARKS, *DERIVED)
"""What is kept as long as rollups are; the rest as long as raw rows."""

__all__ = [
    "ALERTS",
    "BATCHES",
    "DEAD_LETTERS",
    "DERIVED",
    "EVENTS",
    "FLEET_MINUTES",
    "INCIDENTS",
    "LASTING",
    "MARKS",
    "NODE_SAMPLES",
    "RAW",
    "SESSIONS",
    "SESSION_LINKS",
    "SESSION_MINUTES",
    "SESSION_REFS",
    "STREAM_MINUTES",
    "STREAM_QUALITY",
    "STREAM_SAMPLES",
    "SYMPTOMS",
    "TABLES",
    "TRANSPORT_SAMPLES",
    "Column",
    "Table",
]
