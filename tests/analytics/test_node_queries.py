"""What is told of media servers: rates that a restart does not bend, and nodes that are down."""

from collections.abc import Sequence
from typing import Any

import pytest

from analytics.nodequeries import NodeFilters
from analytics.queries import Queries
from runtime.chdbstore import ChdbStore
from schemas.node import NODES, SESSION
from tests.analytics.feed import Feed
from tests.builders import T0, a_batch

STEP_MS = 10_000
BORN = 1_700_000_000.0


class Told:
    """A project's servers, and what is told of them."""

    def __init__(self, store: ChdbStore, project: str) -> None:
        self._feed = Feed(store, project)
        self.filters = NodeFilters(project, int(T0), int(T0) + 3_600_000)
        self.queries = Queries(store)
        self._seq = 0

    def says(self, *values: dict[str, float] | None, node: str = "n1", first: int = 0, instance: str = "n1:1") -> None:
        """Store a scrape every 10 s; None is one that was not answered."""
        for place, said in enumerate(values):
            up: dict[str, Any] = {"instance": instance} | ({} if said is not None else {"reason": "timeout"})
            metrics = [{"metric": "up", "kind": "gauge", "labels": [up], "values": [int(said is not None)]}]
            for name, value in (said or {}).items():
                metric, _, direction = name.partition(":")
                labels = [{"direction": direction}]
                metrics.append({"metric": metric, "kind": "counter", "labels": labels, "values": [value]})
            scrape = {"t": T0 + (first + place) * STEP_MS, "node": node, "metrics": metrics}
            self._feed.store_batches([a_batch(seq=self._seq, session=SESSION, nodes=[scrape])], source=NODES)
            self._seq += 1

    def grown(self, step_s: int = 0, metric: str = "packets") -> list[tuple[int, float]]:
        """Return (bucket's begin after T0 in s, increase) of a metric."""
        rows = self.queries.node_increases(self.filters, ["packets"], step_s)
        return [((row["t_ms"] - int(T0)) // 1000, row["increase"]) for row in rows if row["metric"] == metric]


@pytest.fixture
def told(store: ChdbStore, project: str) -> Told:
    """A project without servers."""
    return Told(store, project)


def packets(*values: float) -> Sequence[dict[str, float]]:
    """Return scrapes of one counter."""
    return [{"packets": value} for value in values]


def test_a_counter_grows_from_the_second_scrape_on(told: Told) -> None:
    """What it had at the first is not of this range; the time is that between scrapes."""
    told.says(*packets(1000, 1010, 1030))
    assert told.grown() == [(0, 30)]
    assert told.grown(metric="up") == [(0, 20)]
    assert told.grown(10) == [(10, 10), (20, 20)]


def test_a_server_that_starts_again_counts_from_zero(told: Told) -> None:
    """Where the counter fell, all of it is new."""
    told.says(*packets(1000, 1010, 4, 6))
    assert told.grown(10) == [(10, 10), (20, 4), (30, 2)]


def test_a_start_time_tells_what_the_counter_does_not(told: Told) -> None:
    """One that grew over its old value in a restart; and one that fell without a restart contradicts itself."""
    first = {"packets": 10.0, "process_start_time_seconds": BORN}
    told.says(first, first | {"packets": 15}, {"packets": 40.0, "process_start_time_seconds": BORN + 90})
    told.says(first | {"packets": 50, "process_start_time_seconds": BORN + 90.4}, first=3)
    told.says(first | {"packets": 49, "process_start_time_seconds": BORN + 90}, first=4)
    assert told.grown(10) == [(10, 5), (20, 40), (30, 10), (40, 0)]


def test_a_series_that_was_absent_begins_at_zero(told: Told) -> None:
    """LiveKit shows none before its first increment; of a node that nobody asked before that is not known."""
    told.says({}, {"packets": 7}, {"packets": 9})
    told.says({"packets": 100}, node="n2", first=1)
    assert told.grown() == [(0, 9)]


def test_series_of_other_labels_are_apart(told: Told) -> None:
    """The ways do not mix, and neither do nodes."""
    told.says({"packets:in": 5, "packets:out": 50}, {"packets:in": 6, "packets:out": 70})
    told.says({"packets:in": 1}, {"packets:in": 4}, node="n2")
    rows = told.queries.node_increases(told.filters, ["packets"])
    found = {(row["node"], row["direction"]): row["increase"] for row in rows if row["metric"] == "packets"}
    assert found == {("n1", "in"): 1, ("n1", "out"): 20, ("n2", "in"): 3}


def test_what_grew_while_a_node_did_not_answer_is_of_the_time_until_it_did(told: Told) -> None:
    """The rate is that of the whole time."""
    told.says({"packets": 0}, None, None, {"packets": 60})
    assert (told.grown(), told.grown(metric="up")) == ([(0, 60)], [(0, 30)])


def test_scrapes_in_any_order_and_before_the_range(told: Told) -> None:
    """The first of the range is differenced from the one before it."""
    told.says({"packets": 30}, first=3)
    told.says({"packets": 10}, first=-1)
    told.says({"packets": 25}, first=2)
    assert told.grown(10) == [(20, 15), (30, 5)]


def test_a_long_range_reads_the_last_scrape_of_each_minute(told: Told) -> None:
    """And loses nothing of what grew."""
    told.filters = NodeFilters(told.filters.project, int(T0), int(T0) + 7 * 86_400_000)
    told.says(*packets(*range(0, 300, 10)))
    last_of_first_minute = 10 * ((60 - int(T0 / 1000) % 60 - 1) // 10)
    assert told.grown() == [(0, 290 - last_of_first_minute)]


def test_which_servers_there_are(told: Told) -> None:
    """With how they answered last; one that is down is there, under its address where no other has that."""
    told.says({}, None, None, node="ND_1", instance="a:1")
    told.says({}, node="ND_2", instance="b:1")
    told.says(None, node="b:1", instance="b:1", first=1)
    told.says(None, node="c:1", instance="c:1")
    rows = {row["node"]: (row["instance"], row["is_up"], row["reason"]) for row in told.queries.nodes(told.filters)}
    assert rows == {
        "ND_1": ("a:1", 0, "timeout"), "ND_2": ("b:1", 0, "timeout"), "c:1": ("c:1", 0, "timeout"),
    }  # fmt: skip
    told.says({}, node="ND_3", instance="a:1", first=9)
    successors = {row["node"]: row["successor"] for row in told.queries.nodes(told.filters)}
    assert successors == {"ND_1": "ND_3", "ND_2": "", "ND_3": "", "c:1": ""}
    (one,) = told.queries.nodes(told.filters, "nd_1")
    assert (one["scrapes"], one["answers"], one["answered_ms"]) == (3, 1, int(T0))


def test_gauges_are_those_of_the_latest_scrape(told: Told) -> None:
    """Series of one scrape are added up: tracks of audio and of video."""
    told.says({"tracks:a": 2, "tracks:v": 3}, {"tracks:a": 4, "tracks:v": 0})
    (row,) = told.queries.node_gauges(told.filters, ["tracks"])
    assert (row["latest"], row["mean"], row["most"]) == (4, 4.5, 5)
