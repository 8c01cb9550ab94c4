"""Who else was degraded during an incident, and how likely that is by chance."""

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.incidentqueries import IncidentFilters
from analytics.queries import Queries
from runtime.chdbstore import ChdbStore
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Medium, a_person, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst

LOST = during(0.2, 20, 40)


@pytest.fixture
def network(store: ChdbStore, project: str) -> Feed:
    """Eight people in rooms of their own: the five of one network lose packets, and one of the three of another."""
    feed = Feed(store, project)
    people = [
        a_person(f"s{n}", 60, Medium("inbound", "audio", "t", "p", 7, LOST if n < 6 else NONE), room=f"r{n}")
        for n in range(8)
    ]
    put(feed, *people, networks=["n1"] * 5 + ["n2"] * 3)
    settle(an_analyst(store, feed.log_id))
    return feed


def filters(feed: Feed, room: str = "") -> IncidentFilters:
    """Return everything of the feed's project."""
    return IncidentFilters(feed.project, int(START) - 60_000, int(START) + 600_000, room=room)


def test_the_network_that_they_share_stands_first(network: Feed) -> None:
    """Of the others: four of four on its network, one of three elsewhere."""
    queries = Queries(network.store)
    [incident] = [row for row in queries.incidents(filters(network)) if row["session"] == "s0"]
    rows = {row["circumstance"]: row for row in queries.incident_radius(network.project, incident["incident"])}
    prefix = rows["prefix"]
    counted = ("value", "sessions", "degraded", "other_sessions", "other_degraded")
    assert [prefix[name] for name in counted] == ["n1", 4, 4, 3, 1]
    assert prefix["degraded_sessions"] == ["s1", "s2", "s3", "s4"]
    assert prefix["by_chance"] == pytest.approx(comb(3, 1) / comb(7, 5))
    assert [rows["room"][name] for name in counted] == ["r0", 0, 0, 7, 5]
    assert rows["room"]["by_chance"] == pytest.approx(1)
    assert min(rows.values(), key=lambda row: row["by_chance"]) is prefix


def test_incidents_by_session_and_room(network: Feed) -> None:
    """The same incident from all sides."""
    queries, until = Queries(network.store), int(START) + 600_000
    assert len(queries.incidents(filters(network))) == 6
    assert [row["session"] for row in queries.incidents(filters(network, "r3"))] == ["s3"]
    [mine] = queries.session_incidents(network.project, "s3", int(START), until)
    assert (mine["cause"], mine["symptoms"], mine["degraded_ms"]) == ("unknown", ["loss"], 20_000)
    assert queries.session_incidents(network.project, "s3", int(START) + 60_000, until) == []
    [room] = queries.room_incidents(filters(network, "r3"))
    assert (room["session_ids"], room["main_cause"], room["worst"]) == (["s3"], "unknown", "major")


def test_incidents_of_a_room_are_merged_over_its_sessions(store: ChdbStore, project: str) -> None:
    """While one overlaps the next, or follows it within 10 s."""
    feed = Feed(store, project)
    spans = {"a": (20, 30), "b": (28, 40), "c": (48, 55), "d": (70, 80)}
    for name, span in spans.items():
        put(feed, a_person(name, 90, Medium("inbound", "audio", "t", "p", 7, during(0.2, *span))))
    settle(an_analyst(store, feed.log_id))
    rows = Queries(store).room_incidents(filters(feed, "standup"))
    assert [(row["session_ids"], row["sessions"]) for row in rows] == [(["a", "b", "c"], 3), (["d"], 1)]


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_by_chance_is_fishers_one_sided_test(store: Store, data: st.DataObject) -> None:
    """Against counting with whole numbers."""
    total = data.draw(st.integers(1, 400))
    here, struck = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    hit = data.draw(st.integers(max(0, here + struck - total), min(here, struck)))
    told = {"hit": hit, "here": here, "struck": struck, "total": total}
    sql = "SELECT rtc_by_chance_v1({hit:UInt64}, {here:UInt64}, {struck:UInt64}, {total:UInt64}) AS p"
    ways = sum(comb(struck, k) * comb(total - struck, here - k) for k in range(hit, min(here, struck) + 1))
    assert store.query(sql, told).to_pylist()[0]["p"] == pytest.approx(ways / comb(total, here), rel=1e-6, abs=1e-12)
