"""A log and its worker in one: batches become stored rows at once, at positions of a log of their own."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ingest.pipeline import tables_of
from ingest.repeats import Repeats
from runtime.store import Store
from tests.builders import T0
from tests.ingest.running import an_entry

JOBS: Final = {
    "stream_minutes": "project, session, stream, minute",
    "stream_quality": "project, session, stream, minute",
    "session_minutes": "project, session, minute",
    "fleet_minutes": "project, minute, app, browser, os, network_type, country, region",
    "sessions": "project, session",
    "session_refs": "project, session, system, field, value",
    "session_links": "project, session",
    "symptoms": "project, session, pc, stream, symptom, t",
    "incidents": "project, session, began",
}


class Feed:
    """Stores batches of one project."""

    def __init__(self, store: Store, project: str) -> None:
        self.store = store
        self.project = project
        self.log_id = secrets.token_hex(8)
        self._offset = 0
        self._repeats = Repeats(store, self.log_id)

    def store_batches(self, batches: Sequence[Mapping[str, Any] | bytes], **headers: Any) -> None:
        """Store batches as one block, `batches` last."""
        received = headers.pop("received_ms", int(T0) + 3_600_000)
        entries = [
            an_entry(self._offset + place, body, project=self.project, received_ms=received, **headers)
            for place, body in enumerate(batches)
        ]
        self._offset += len(entries)
        for name, rows in tables_of(entries, self.log_id, self._repeats).items():
            self.store.insert(name, rows)

    def forget(self) -> None:
        """Take away what the jobs made of the project, so that they make all of it anew."""
        for table in (*JOBS, "session_hours"):
            self.store.execute(
                f"ALTER TABLE {table} DELETE WHERE project = {{p:String}} SETTINGS mutations_sync = 2",
                {"p": self.project},
            )
        self.forget_cursor()

    def forget_cursor(self) -> None:
        """Let the jobs follow the log from its beginning."""
        self.store.execute(
            "ALTER TABLE cursors DELETE WHERE log_id = {l:String} SETTINGS mutations_sync = 2", {"l": self.log_id}
        )

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a derived table of the project without versions, numbers rounded where addition order may show.

        An incident's id is left out: it stays while the incident overlaps what it was, so it depends on the past.
        """
        own = "version, deleted" + {"incidents": ", incident", "session_links": ", changed"}.get(table, "")
        sql = f"SELECT * EXCEPT ({own}) FROM {table} FINAL WHERE project = {{p:String}} ORDER BY {JOBS[table]}"
        return [_rounded(row) for row in self.store.query(sql, {"p": self.project}).to_pylist()]

    def derived(self) -> dict[str, list[dict[str, Any]]]:
        """Return every derived table."""
        return {table: self.rows(table) for table in JOBS}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted(_rounded(item) for item in value)
    return float(f"{value:.9g}") if isinstance(value, float) else value
