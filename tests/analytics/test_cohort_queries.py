"""What Compare asks: whose sessions a cohort has, what each came to, and what cohorts there could be."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from analytics.analyst import Analyst
from analytics.cohortqueries import CohortFilters
from analytics.queries import Queries
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.conftest import FOLLOWED
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Medium, a_person, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import settle

HALF = during(0.5, 20, 55)
MOST = 100


@pytest.fixture(scope="module")
def feed(store: Store) -> Feed:
    """Two rooms of two; one of them loses half for half of the minute, one told of his way in and was dropped."""
    one = Feed(store, f"p{secrets.token_hex(6)}")
    store.execute(FOLLOWED)
    way_in: list[tuple[float, str, Mapping[str, Any]]] = [
        (0, "join_started", {}),
        (0.8, "ice_connected", {}),
        (1.2, "first_audio", {}),
    ]
    dropped: list[tuple[float, str, Mapping[str, Any]]] = [(59, "connection_state", {"state": "failed"})]
    people = [
        a_person("lossy", 60, Medium("inbound", "audio", "t", "p", 7, HALF), room="r1", node="sfu-1"),
        a_person("way-in", 60, Medium("inbound", "audio", "t", "p", 7, NONE), room="r1", node="sfu-1",
                 events=[*way_in, *dropped]),
        a_person("c", 60, Medium("inbound", "audio", "t", "p", 7, NONE), room="r2", node="sfu-2"),
        a_person("d", 60, Medium("inbound", "audio", "t", "p", 7, NONE), room="r2", node="sfu-2"),
    ]  # fmt: skip
    put(one, *people, networks=["n1", "n1", "n2", "n2"])
    settle(Analyst(store, Instruments()))
    return one


def which(feed: Feed, **chosen: str) -> CohortFilters:
    """Return everything of the feed's project that is like that."""
    return CohortFilters(feed.project, int(START) - 60_000, int(START) + 600_000, **chosen)


def test_each_session_is_told_as_a_whole(feed: Feed) -> None:
    """Its loss, its incidents, its way in, how it ended; what is not known is None."""
    rows = {row["session"]: row for row in Queries(feed.store).cohort_sessions(which(feed), MOST)}
    assert set(rows) == {"lossy", "way-in", "c", "d"}
    assert rows["lossy"]["loss"] == pytest.approx(35 * 0.5 / 60, abs=0.02)
    assert (rows["lossy"]["incidents"], rows["c"]["incidents"]) == (1, 0)
    assert rows["lossy"]["affected_minutes"] == 1
    assert (rows["way-in"]["first_media_ms"], rows["c"]["first_media_ms"]) == (1200, None)
    assert [(rows[name]["tried"], rows[name]["had_media"]) for name in ("way-in", "c")] == [(1, 1), (0, 0)]
    assert rows["way-in"]["how_ended"] == "dropped"
    assert rows["c"]["how_ended"] == "telemetry_lost"
    assert (rows["c"]["network"], rows["c"]["node"], rows["c"]["of_sessions"]) == ("n2", "sfu-2", 4)
    assert rows["c"]["rtt"] is None


def test_a_cohort_is_those_who_began_in_its_range(feed: Feed) -> None:
    """The end is left out, and a session that goes on in the range began before it."""
    queries = Queries(feed.store)
    first = int(START)
    whole = which(feed)
    assert queries.cohort_sessions(replace(whole, since_ms=first - 5000, until_ms=first), MOST) == []
    assert len(queries.cohort_sessions(replace(whole, since_ms=first, until_ms=first + 2000), MOST)) == 4
    assert queries.cohort_sessions(replace(whole, since_ms=first + 5000), MOST) == []
    assert {row["session"] for row in queries.cohort_sessions(which(feed, node="sfu-1"), MOST)} == {"lossy", "way-in"}
    assert queries.cohort_sessions(which(feed, asn="7"), MOST) == []


def test_a_sample_is_of_whole_rooms_and_always_the_same(feed: Feed) -> None:
    """Of four sessions one is wanted: both of its room come, and the number of all."""
    queries = Queries(feed.store)
    rows = queries.cohort_sessions(which(feed), 1)
    assert len(rows) == 2
    assert len({row["room"] for row in rows}) == 1
    assert {row["of_sessions"] for row in rows} == {4}
    assert queries.cohort_sessions(which(feed), 1) == rows


def test_circumstances_are_offered_with_their_sessions(feed: Feed) -> None:
    """The most frequent first; what is not known is not offered."""
    rows = Queries(feed.store).cohort_values(which(feed))
    offered = {(row["circumstance"], row["value"]): row["sessions"] for row in rows}
    assert offered["node", "sfu-1"] == offered["room", "r2"] == 2
    assert not any(name == "asn" or not value for name, value in offered)
