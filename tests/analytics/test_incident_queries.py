"""What the incident pages ask: filters, groups with how many of all, the course, both ends, what is similar."""

import secrets

import pytest

from analytics import statements
from analytics.analyst import Analyst
from analytics.incidentqueries import IncidentFilters
from analytics.queries import Queries
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.conftest import FOLLOWED
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Medium, a_person, during
from tests.analytics.modelled import store as put
from tests.analytics.test_recompute import settle

SHORT = during(0.2, 20, 26)
LONG = during(0.5, 20, 55)


@pytest.fixture(scope="module")
def feed(store: Store) -> Feed:
    """Anna's voice is lost on its way up: Ben and Cleo of her room miss it; Dora elsewhere loses a little, Emil none.

    What both adapters answer is compared in tests/clickhouse.
    """
    one = Feed(store, f"p{secrets.token_hex(6)}")
    store.execute(FOLLOWED)
    voice = "voice-of-anna"
    people = [
        a_person("anna", 60, Medium("outbound", "audio", voice, "anna", 7, LONG), room="choir", node="sfu-1"),
        a_person("ben", 60, Medium("inbound", "audio", voice, "anna", 7, LONG), room="choir", node="sfu-1"),
        a_person("cleo", 60, Medium("inbound", "audio", voice, "anna", 7, LONG), room="choir", node="sfu-1"),
        a_person("dora", 60, Medium("inbound", "audio", "other", "zoe", 9, SHORT), room="solo", node="sfu-2"),
        a_person("emil", 60, Medium("inbound", "audio", "other", "zoe", 9, NONE), room="solo", node="sfu-2"),
    ]
    put(one, *people, networks=["n1", "n2", "n2", "n3", "n3"])
    settle(Analyst(store, Instruments()))
    return one


def which(feed: Feed, **chosen: str) -> IncidentFilters:
    """Return everything of the feed's project that is like that."""
    return IncidentFilters(feed.project, int(START) - 60_000, int(START) + 600_000, **chosen)


def test_filters_and_orders(feed: Feed) -> None:
    """Each filter leaves what is like it; an order puts the worst, the longest or the latest first."""
    queries = Queries(feed.store)

    def sessions(sort: str = "latest", **chosen: str) -> list[str]:
        return [row["session"] for row in queries.incidents(which(feed, **chosen), sort)]

    assert sorted(sessions()) == ["anna", "ben", "cleo", "dora"]
    assert sessions(room="solo") == sessions(node="sfu-2") == sessions(text="DORA") == ["dora"]
    assert sorted(sessions(cause="uplink_loss")) == ["anna", "ben", "cleo"]
    assert sorted(sessions(side="other")) == ["ben", "cleo"]
    assert sessions(severity="major") == ["dora"]
    assert sorted(sessions(prefix="n2")) == ["ben", "cleo"]
    assert sessions(asn="7") == sessions(text="no such text") == []
    for sort in ("severity", "length", "degraded"):
        assert sessions(sort)[-1] == "dora"
    assert sessions("oldest") == [row["session"] for row in sorted(
        queries.incidents(which(feed)), key=lambda row: (row["began_ms"], row["session"]))]  # fmt: skip


def test_groups_say_how_many_of_all(feed: Feed) -> None:
    """A circumstance is of those that have it, a cause of all."""
    queries = Queries(feed.store)

    def counted(group: str, **chosen: str) -> dict[str, tuple[int, int]]:
        rows = queries.incident_groups(which(feed, **chosen), group)
        return {row["value"]: (row["sessions"], row["of_sessions"]) for row in rows}

    assert counted("") == {"": (4, 5)}
    assert counted("network") == {"n1": (1, 1), "n2": (2, 2), "n3": (1, 2)}
    assert counted("", prefix="n3") == {"": (1, 2)}
    assert counted("node") == {"sfu-1": (3, 3), "sfu-2": (1, 2)}
    assert counted("room") == {"choir": (3, 3), "solo": (1, 2)}
    assert counted("cause")["uplink_loss"] == (3, 5)
    assert counted("side", node="sfu-1") == {"network": (1, 3), "other": (2, 3)}
    assert counted("", text="no such text") == {}


def test_the_course_counts_a_session_once_under_its_worst(feed: Feed) -> None:
    """While it lasts and not before."""
    rows = Queries(feed.store).incident_course(which(feed), 10)
    by_time = {round((row["t_ms"] - START) / 1000): (row["critical"], row["major"], row["minor"]) for row in rows}
    assert by_time[20] == (3, 1, 0)
    assert by_time[40] == (3, 0, 0)
    assert min(by_time) >= 10
    assert max(by_time) < 60


def test_options_are_what_incidents_have(feed: Feed) -> None:
    """Emil's circumstances alone would offer nothing."""
    options = Queries(feed.store).incident_options(which(feed))
    assert (options["room"], options["node"], options["asn"]) == (["choir", "solo"], ["sfu-1", "sfu-2"], [])
    assert options["prefix"] == ["n1", "n2", "n3"]


def test_both_ends_of_what_ben_received(feed: Feed) -> None:
    """Anna sent it and was told of the loss, Cleo received it too; what others received of others is none of it."""
    queries = Queries(feed.store)
    [row] = queries.incidents(which(feed, text="ben"))
    facts = queries.incident_facts(feed.project, row["incident"])
    assert facts is not None
    ends = queries.incident_ends(feed.project, facts, int(START), int(START) + 60_000)
    told = [(one["session"], one["way"], one["is_own"], one["link"]) for one in ends]
    link = "voice-of-anna"
    assert told == [("ben", "inbound", 1, link), ("anna", "outbound", 0, link), ("cleo", "inbound", 0, link)]
    for one in ends:
        assert one["loss_during"] == pytest.approx(0.5, abs=0.06)
        assert one["loss_around"] == pytest.approx(0, abs=0.03)


def test_similar_have_the_cause_and_something_more(feed: Feed) -> None:
    """Cleo is of Ben's network too, Anna is not; Dora's has another cause."""
    queries = Queries(feed.store)
    [row] = queries.incidents(which(feed, text="ben"))
    rows = queries.incident_similar(feed.project, row["incident"])
    assert [(one["session"], one["shares"]) for one in rows] == [
        ("cleo", ["room", "network", "server", "version"]), ("anna", ["room", "server", "version"]),
    ]  # fmt: skip
    assert queries.incident_similar(feed.project, "none") == []
    assert queries.incident_facts(feed.project, "none") is None


def test_the_sql_that_is_shown_runs_as_it_is(feed: Feed) -> None:
    """Without a parameter, and it shows the incident, its symptoms, and the samples of both ends."""
    queries = Queries(feed.store)
    [row] = queries.incidents(which(feed, text="ben"))
    facts = queries.incident_facts(feed.project, row["incident"])
    assert facts is not None
    of_it = [feed.store.query(sql).to_pylist() for sql in statements.of_incident(feed.project, facts).values()]
    assert of_it[0][0]["evidence"] == facts["evidence"]
    assert {one["symptom"] for one in of_it[1]} >= {"loss"}
    ends = queries.incident_ends(feed.project, facts, int(START), int(START) + 60_000)
    streams = {one["stream"]: one["session"] for one in ends}
    samples = feed.store.query(statements.of_ends(feed.project, streams, int(START), int(START) + 60_000)).to_pylist()
    assert {one["session"] for one in samples} == {"anna", "ben", "cleo"}


@pytest.mark.parametrize(
    "value", ["it's", "\\", "a\\'b", "\n\t\0", "日本 😀", "{x:String}", "'; DROP TABLE incidents; --", "", "%s"]
)
def test_a_literal_is_what_it_stands_for(store: Store, value: str) -> None:
    """However odd it is."""
    [row] = store.query(
        f"SELECT {statements.literal(value)} AS one, {statements.literal([value, 'b'])} AS two"
    ).to_pylist()
    assert row == {"one": value, "two": [value, "b"]}
    assert statements.literal(7) == "7"
