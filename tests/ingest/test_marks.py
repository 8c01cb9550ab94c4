"""Marks on their way into the store: a row each, once, and no session of it."""

import msgspec

from runtime.chdbstore import ChdbStore
from schemas.mark import MARK, Concerned, Mark, batch_of
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0
from tests.ingest.playing import an_analyst
from tests.ingest.running import RECEIVED, Ingest, column, rows


def a_mark(version: str = "2.4", t_ms: float = T0) -> bytes:
    """Return a mark as it stands in the log."""
    told = Mark("deploy", version=version, text="canary", filters=Concerned(app="acme/2.4", network_type="wifi"))
    return msgspec.json.encode(batch_of(told, t_ms))


def test_a_mark_becomes_a_row_of_its_own_table(store: ChdbStore, project: str) -> None:
    """None of events, whatever its age; its position ends as stored, without times that would make minutes dirty."""
    tables = Ingest(store, project).tables(a_mark(t_ms=T0 - 1e10), source=MARK)
    (row,) = rows(tables.marks)
    assert row["t"].timestamp() * 1000 == T0 - 1e10
    assert row["received"].timestamp() * 1000 == RECEIVED
    told = {name: row[name] for name in ("name", "version", "text", "app", "browser", "network_type")}
    assert told == {
        "name": "deploy", "version": "2.4", "text": "canary", "app": "acme/2.4", "browser": "", "network_type": "wifi",
    }  # fmt: skip
    assert tables.events.num_rows == 0
    (ledger,) = rows(tables.batches)
    assert (ledger["outcome"], ledger["source"], ledger["t_min"], ledger["event_rows"]) == ("stored", MARK, None, 0)


def test_the_same_mark_again_is_a_duplicate(store: ChdbStore, project: str) -> None:
    """One of another version or time is not."""
    ingest = Ingest(store, project)
    tables = ingest.tables(a_mark(), a_mark(), a_mark("2.5"), a_mark(t_ms=T0 + 1), source=MARK)
    assert column(rows(tables.marks), "log_offset") == [0, 2, 3]
    assert tables.events.num_rows == 0
    outcomes = {row["log_offset"]: row["outcome"] for row in rows(tables.batches)}
    assert outcomes == {0: "stored", 1: "duplicate", 2: "stored", 3: "stored"}


def test_a_body_of_that_form_is_no_mark(store: ChdbStore, project: str) -> None:
    """Only what came through the door of marks is."""
    tables = Ingest(store, project).tables(a_mark())
    assert (tables.marks.num_rows, tables.events.num_rows) == (0, 1)


def test_the_jobs_make_no_session_of_a_mark(store: ChdbStore, project: str) -> None:
    """And go on behind it."""
    feed = Feed(store, project)
    feed.store_batches([a_mark()], source=MARK)
    settle(an_analyst(store, feed.log_id))
    assert store.query("SELECT count() AS n FROM marks WHERE project = {p:String}", {"p": project}).to_pylist() == [
        {"n": 1}
    ]
    assert feed.rows("sessions") == []
