"""What media servers say of themselves on its way into the store: a row a series, once, and no session of it."""

from typing import Any

import pytest

from runtime.chdbstore import ChdbStore
from schemas.headers import TOO_NEW_MS, TOO_OLD_MS
from schemas.node import NODES, SESSION
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0, a_batch, a_scrape, a_series, inbound
from tests.ingest.playing import an_analyst
from tests.ingest.running import RECEIVED, Ingest, column, rows

LABELLED = {
    "metric": "livekit_packet_total",
    "kind": "counter",
    "labels": [{"type": "AUDIO", "direction": "incoming", "country": ""}, {"direction": "outgoing"}],
    "values": [7, 1.5e300],
}


def of_nodes(*scrapes: Any, seq: int = 0) -> dict[str, Any]:
    """Return a batch of only node samples."""
    return a_batch(seq=seq, session=SESSION, circumstances={"room": "", "participant": ""}, nodes=list(scrapes))


def test_each_series_becomes_a_row(store: ChdbStore, project: str) -> None:
    """With its labels in one form, whatever their order; the ledger counts them and has no times of theirs."""
    scrape = {"t": T0, "node": "ND_1", "metrics": [LABELLED, {**LABELLED, "kind": "gauge", "labels": [], "values": []}]}
    tables = Ingest(store, project).tables(of_nodes(scrape), source=NODES)
    found = rows(tables.node_samples)
    told = [(row["node"], row["metric"], row["kind"], row["labels"], row["value"]) for row in found]
    assert told == [
        ("ND_1", "livekit_packet_total", "counter", '{"direction":"incoming","type":"AUDIO"}', 7),
        ("ND_1", "livekit_packet_total", "counter", '{"direction":"outgoing"}', 1.5e300),
    ]
    assert [row["t"].timestamp() * 1000 for row in found] == [T0, T0]
    assert column(found, "log_index") == [0, 1]
    (ledger,) = rows(tables.batches)
    assert (ledger["outcome"], ledger["node_rows"], ledger["t_min"]) == ("stored", 2, None)


@pytest.mark.parametrize(
    ("t", "column"), [(RECEIVED - TOO_OLD_MS - 1, "dropped_too_old"), (RECEIVED + TOO_NEW_MS + 1, "dropped_too_new")]
)
def test_what_is_out_of_time_is_left_out_and_counted(store: ChdbStore, project: str, t: float, column: str) -> None:
    """As samples of streams are."""
    tables = Ingest(store, project).tables(of_nodes(a_scrape(t, packets=1), a_scrape(T0, packets=1)))
    assert tables.node_samples.num_rows == 2
    assert rows(tables.batches)[0][column] == 2


def test_a_call_may_bring_what_its_server_says(store: ChdbStore, project: str) -> None:
    """Its span is that of its own samples."""
    series = a_series([T0, T0 + 2000], inbound(received=[10, 20], lost=[0, 0]))
    tables = Ingest(store, project).tables(a_batch(series=[series], nodes=[a_scrape(T0 + 30_000, packets=5)]))
    (ledger,) = rows(tables.batches)
    assert (ledger["stream_rows"], ledger["node_rows"]) == (2, 2)
    assert ledger["t_max"].timestamp() * 1000 == T0 + 2000


def test_a_repeat_is_a_duplicate_and_the_jobs_make_no_session_of_it(store: ChdbStore, project: str) -> None:
    """And go on behind it."""
    feed = Feed(store, project)
    feed.store_batches([of_nodes(a_scrape(T0, packets=1)), of_nodes(a_scrape(T0, packets=1))], source=NODES)
    settle(an_analyst(store, feed.log_id))
    asked = {"p": project}
    assert store.query("SELECT count() AS n FROM node_samples WHERE project = {p:String}", asked).to_pylist() == [
        {"n": 2}
    ]
    outcomes = store.query("SELECT outcome FROM batches WHERE project = {p:String} ORDER BY log_offset", asked)
    assert outcomes.to_pylist() == [{"outcome": "stored"}, {"outcome": "duplicate"}]
    assert feed.rows("sessions") == []
