"""When an incident begins and ends, how bad it is called, and that it is the same whatever came when."""

import random
from typing import Any

import pytest

from analytics.analyst import Analyst
from analytics.cases import Sight
from analytics.incidents import severity
from analytics.islands import Island
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Along, Medium, a_person, always, during, store
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def spans(feed: Feed, *people: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Return session, first and last second of each incident."""
    store(feed, *people)
    settle(an_analyst(feed.store, feed.log_id))
    return [
        (row["session"], *(round(row[name].timestamp() - START / 1000) for name in ("began", "ended")))
        for row in feed.rows("incidents")
    ]


def heard(loss: Along, **more: Any) -> Medium:
    """Return audio that is received with loss."""
    return Medium("inbound", "audio", "t", "p", 7, loss, **more)


def test_an_incident_is_the_degraded_time(feed: Feed) -> None:
    """To the interval."""
    assert spans(feed, a_person("s", 60, heard(during(0.1, 21, 41)))) == [("s", 20, 40)]


@pytest.mark.parametrize(("seconds", "found"), [(3, []), (4, [("s", 20, 24)])])
def test_an_incident_needs_4_seconds(feed: Feed, seconds: int, found: list[Any]) -> None:
    """A shorter trouble is none."""
    assert spans(feed, a_person("s", 60, heard(during(0.2, 21, 21 + seconds)))) == found


@pytest.mark.parametrize(("pause", "found"), [(14, [("s", 20, 54)]), (15, [("s", 20, 30), ("s", 45, 55)])])
def test_an_incident_lasts_over_pauses_of_10_seconds(feed: Feed, pause: int, found: list[Any]) -> None:
    """Longer ones part it. Of the pause, 4 s still have the loss of the last 5 s."""
    first, again = during(0.2, 21, 31), during(0.2, 31 + pause, 41 + pause)
    assert spans(feed, a_person("s", 80, heard(lambda second: first(second) + again(second)))) == found


@pytest.mark.parametrize(
    ("pause", "between", "found"),
    [
        (40, 0.03, [("s", 20, 80)]),
        (40, 0.01, [("s", 20, 30), ("s", 70, 80)]),
        (65, 0.03, [("s", 20, 30), ("s", 95, 105)]),
    ],
)
def test_just_below_the_threshold_is_no_recovery(feed: Feed, pause: int, between: float, found: list[Any]) -> None:
    """For a minute; good values part an incident at once."""
    spikes = (during(0.2, 21, 31), during(0.2, 31 + pause, 41 + pause), during(between, 31, 31 + pause))
    assert spans(feed, a_person("s", 120, heard(lambda second: sum(one(second) for one in spikes)))) == found


def test_streams_of_a_session_make_one_incident(feed: Feed) -> None:
    """From the first one's trouble to the last one's."""
    other = Medium("inbound", "video", "v", "p", 8, during(0.2, 30, 46))
    assert spans(feed, a_person("s", 60, heard(during(0.2, 21, 31)), other)) == [("s", 20, 45)]


@pytest.mark.parametrize("packets", [0.96, 0.98, 1.0, 1.02])
def test_a_bad_second_is_no_incident(feed: Feed, packets: float) -> None:
    """Whether its 48 to 51 packets are enough to judge it by itself, or it is judged by the last 5 s."""
    said = Medium("outbound", "audio", "u", "", 8, during(0.3, 30, 31), packets=always(packets))
    assert spans(feed, a_person("s", 60, heard(during(0.3, 30, 31), packets=always(packets)), said)) == []


def test_few_packets_that_are_lost_all_along_are_an_incident(feed: Feed) -> None:
    """12 packets a second, of which one or two are lost each second."""
    few = heard(during(0.15, 20, 40), packets=always(0.24))
    assert spans(feed, a_person("s", 60, few)) != []


def test_loss_of_few_packets_says_nothing(feed: Feed) -> None:
    """DTX: one packet of three a second."""
    few = heard(during(0.34, 20, 40), packets=during(0.06, 10, 50, 1))
    assert spans(feed, a_person("s", 60, few)) == []


def test_concealment_decides_over_loss_that_was_repaired(feed: Feed) -> None:
    """Redundant audio: packets are lost, and nothing is made up."""
    whole = {"totalSamplesReceived": always(48_000), "concealedSamples": always(0), "silentConcealedSamples": always(0)}
    assert spans(feed, a_person("s", 60, heard(during(0.1, 20, 40), grow=whole))) == []


def test_muted_times_are_no_incident(feed: Feed) -> None:
    """Though everything is made up in them."""
    muted = {
        "totalSamplesReceived": always(48_000), "concealedSamples": during(46_000, 20, 40),
        "silentConcealedSamples": always(0),
    }  # fmt: skip
    says = ((0, {"muted": False}), (19, {"muted": True}), (41, {"muted": False}))
    packets = during(0, 20, 40, 1)
    assert spans(feed, a_person("s", 60, heard(always(0), packets=packets, grow=muted, says=says))) == []


def test_an_incident_keeps_its_id_as_it_grows(feed: Feed) -> None:
    """Late data make it longer at both ends and join it to another; the earliest id stays."""
    analyst = Analyst(feed.store, Instruments())
    person = a_person("s", 120, heard(lambda second: 0.2 if 20 <= second < 100 else 0.0))
    ids = []
    for part in (cut(person, 40, 60, seq=0), cut(person, 80, 120, seq=1), cut(person, 0, 80, seq=2)):
        feed.store_batches([part])
        settle(analyst)
        ids.append([row["incident"] for row in by_begin(feed)])
    assert [len(found) for found in ids] == [1, 2, 1]
    assert ids[0][0] == ids[1][0] == ids[2][0]


def by_begin(feed: Feed) -> list[dict[str, Any]]:
    """Return the stored incidents with their ids."""
    sql = "SELECT * FROM incidents FINAL WHERE project = {p:String} ORDER BY began"
    rows: list[dict[str, Any]] = feed.store.query(sql, {"p": feed.project}).to_pylist()
    return rows


def cut(person: dict[str, Any], first: int, last: int, *, seq: int) -> dict[str, Any]:
    """Return the part of a person's batch from one second to another, the first as its baseline."""
    series = person["series"][0]
    objects = [
        item | {"f": {name: values[first : last + 1] for name, values in item["f"].items()}}
        for item in series["objects"]
    ]
    part = series | {"t": series["t"][first : last + 1], "objects": objects}
    return person | {"seq": seq, "series": [part], "events": [] if first else person.get("events", [])}


@pytest.mark.parametrize("seed", range(2))
def test_incidents_are_those_of_one_computation(feed: Feed, seed: int) -> None:
    """A room's batches in any order, repeated, with rounds in between: both ends' evidence comes when it comes."""
    dice = random.Random(seed)
    lost = during(0.12, 65, 80)
    stop = during(0, 165, 185, 1)
    a = a_person("a", 240, Medium("outbound", "audio", "ta", "", 11, lost), Medium("inbound", "audio", "tc", "c", 12),
                 events=[(200, "ice_state", {"state": "failed"}), (207, "ice_state", {"state": "completed"})]
                 )  # fmt: skip
    b = a_person("b", 240, Medium("inbound", "audio", "ta", "a", 21, lost),
                 Medium("inbound", "audio", "tc", "c", 22, during(0.2, 100, 130), packets=stop),
                 pair={"totalRoundTripTime": during(0.4, 110, 140, 0.04)})  # fmt: skip
    c = a_person("c", 240, Medium("outbound", "audio", "tc", "", 31), Medium("inbound", "audio", "ta", "a", 32, lost))
    parts = [cut(person, first, first + 20, seq=first // 20) for person in (a, b, c) for first in range(0, 240, 20)]
    parts += dice.sample(parts, 4)
    dice.shuffle(parts)
    analyst = Analyst(feed.store, Instruments())
    while parts:
        count = dice.randrange(1, 10)
        feed.store_batches(parts[:count])
        del parts[:count]
        if dice.random() < 0.7:
            settle(analyst)
    settle(analyst)
    by_rounds = {name: feed.rows(name) for name in ("symptoms", "incidents")}
    said = {(row["session"], row["cause"], row["side"]) for row in by_rounds["incidents"]}
    assert {("a", "uplink_loss", "network"), ("b", "uplink_loss", "other"), ("c", "uplink_loss", "other")} <= said
    assert {("b", "no_media", "network"), ("a", "connectivity", "network")} <= said
    feed.forget()
    settle(analyst)
    assert {name: feed.rows(name) for name in by_rounds} == by_rounds


@pytest.mark.parametrize(
    ("sight", "ms", "said"),
    [
        (Sight("loss", "inbound", mean=0.06, ms=10_000), 10_000, "minor"),
        (Sight("loss", "inbound", mean=0.06, ms=30_000), 30_000, "major"),
        (Sight("loss", "inbound", mean=0.11, ms=10_000), 10_000, "major"),
        (Sight("loss", "inbound", mean=0.5, ms=3_000), 13_000, "minor"),
        (Sight("concealment", "inbound", mean=0.31, ms=10_000), 10_000, "critical"),
        (Sight("freeze", "inbound", mean=0.5, ms=10_000), 10_000, "major"),
        (Sight("no_media", "inbound", mean=1, ms=9_000), 19_000, "minor"),
        (Sight("no_media", "inbound", mean=1, ms=10_000), 10_000, "critical"),
        (Sight("connection", mean=10, ms=10_000), 10_000, "critical"),
        (Sight("connection", mean=0.5, ms=500), 13_000, "minor"),
    ],
)
def test_severity(sight: Sight, ms: int, said: str) -> None:
    """How much was missing, and for how long that was: a moment of one thing takes no weight from another's time."""
    assert severity(Island("p", "r", "s", "s", 0, ms, ms, (sight,), ())) == said


def swinging(second: int) -> float:
    """Return 20 % of loss for 2 s of each 20 s, and just under the threshold between."""
    return 0.2 if second % 20 < 2 else 0.03


def test_what_swung_before_is_no_part_of_an_incident(feed: Feed) -> None:
    """It begins with the first 10 s that had 4 s of level 2, and lasts as long as there is no break."""
    person = a_person("s", 200, heard(lambda second: 0.2 if 100 < second <= 108 else swinging(second)))
    assert spans(feed, person) == [("s", 99, 200)]


def test_a_value_that_swings_for_long_before_an_incident(feed: Feed) -> None:
    """Longer than a round looks back: the incident is the same by rounds, and by one computation."""
    person = a_person("s", 720, heard(lambda second: 0.2 if 700 < second <= 708 else swinging(second)))
    analyst = Analyst(feed.store, Instruments())
    for seq, first in enumerate((0, 360, 600)):
        feed.store_batches([cut(person, first, (360, 600, 720)[seq], seq=seq)])
        settle(analyst)
    by_rounds = feed.rows("incidents")
    assert len(by_rounds) == 1
    feed.forget()
    settle(analyst)
    assert feed.rows("incidents") == by_rounds


def test_a_begin_that_came_to_light_late_is_told_to_those_who_began_with_it(feed: Feed) -> None:
    """Want of CPU is no trouble of the network until, a quarter of an hour later, its incident has loss too."""
    long = 17 * 60
    limits = {
        f"qualityLimitationDurations.{why}": always(why == "cpu") for why in ("none", "cpu", "bandwidth", "other")
    }
    short = Medium("outbound", "video", "m", "", 9, grow=limits)
    late = a_person("c", long, short, heard(during(0.2, long - 30, long - 10)), node="n1")
    lost = heard(during(0.2, 20, 40))
    others = [a_person(name, 60, lost, room=name, node="n1") for name in ("a", "b")]
    clean = a_person("d", 60, heard(always(0)), room="d", node="n2")
    analyst = Analyst(feed.store, Instruments())
    early = [cut(late, 0, 900, seq=0), *others, clean]
    for place, batch in enumerate([*early, cut(late, 900, long, seq=1)]):
        feed.store_batches([batch], prefix=f"10.{place % 4}.0.0/16")
        settle(analyst)
    by_rounds = feed.rows("incidents")
    assert {row["session"]: row["cause"] for row in by_rounds if row["session"] in "ab"} == {
        "a": "server",
        "b": "server",
    }
    feed.forget()
    settle(analyst)
    assert feed.rows("incidents") == by_rounds
