"""Who gets the blame: what lasted and how much it was decide, not what came first or was there for a moment."""

from typing import Any

import pytest

from analytics.analyst import Analyst
from analytics.cases import Case, Other, Sight, lasted
from analytics.causes import decide
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Medium, a_person, always, during, store
from tests.analytics.test_causes import LOST, gets, limited, sends
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst

LOSSY = (gets("ta", "a", 21, during(0.3, 20, 60)), gets("tb", "b", 22, during(0.3, 20, 60)))
BUSY = sends("va", 11, kind="video", grow=limited(cpu=during(1, 25, 26)))
BROKEN = ((30, "ice_state", {"state": "disconnected"}), (30.5, "ice_state", {"state": "connected"}))
LATE = {"totalRoundTripTime": during(0.7, 20, 60, 0.05)}
SENT = sends("ta", 11, during(0.3, 20, 43))
ENCODER = "the encoder was limited by CPU, or took over 80 % of the time, for 1 s"
CONNECTION = "the connection was broken or being repaired"
MINUTE = 60


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def incidents(feed: Feed, *people: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Store people; return each session's only incident."""
    store(feed, *people)
    settle(an_analyst(feed.store, feed.log_id))
    rows = feed.rows("incidents")
    assert len({row["session"] for row in rows}) == len(rows)
    return {row["session"]: row for row in rows}


def blamed(row: dict[str, Any]) -> tuple[str, str]:
    """Return cause and side."""
    return row["cause"], row["side"]


def behind(node: str, *people: tuple[str, tuple[Medium, ...]]) -> list[dict[str, Any]]:
    """Return people of 90 s; a media server is known where it has a name."""
    return [a_person(name, 90, *media, node=node) for name, media in people]


@pytest.mark.parametrize(
    ("person", "cause", "besides"),
    [
        (a_person("s", 90, BUSY, *LOSSY), "downlink_loss", ENCODER),
        (a_person("s", 90, *LOSSY, events=BROKEN), "downlink_loss", f"{CONNECTION} for 0.5 s"),
        (a_person("s", 90, BUSY, pair=LATE), "delay", ENCODER),
        (a_person("s", 90, SENT, *LOSSY, pair=LATE), "uplink_loss", "2 media that it received lost 30% for 40 s"),
    ],
    ids=["busy for a moment", "broken for a moment", "busy and late", "half of the time"],
)  # fmt: skip
def test_a_moment_does_not_decide_a_long_trouble(feed: Feed, person: dict[str, Any], cause: str, besides: str) -> None:
    """And what does not decide is told."""
    row = incidents(feed, person)["s"]
    assert row["cause"] == cause
    assert f"besides, {besides}" in row["evidence"]


def test_two_seconds_without_one_medium_are_not_the_cause_of_forty(feed: Feed) -> None:
    """Its sender went on, so they are `no_media`."""
    gone = gets("ta", "a", 21, during(0.3, 20, 58), packets=during(0, 30, 32, 1))
    rows = incidents(
        feed, *behind("n1", ("a", (sends("ta", 31),)), ("s", (gone, gets("tb", "b", 22, during(0.3, 20, 58)))))
    )
    assert blamed(rows["s"]) == ("downlink_loss", "network")
    assert "besides, the sender sent one medium and nothing of it came for 2 s" in rows["s"]["evidence"]


def test_the_others_moment_of_want_does_not_explain_a_long_freeze(feed: Feed) -> None:
    """Nothing else does, so it is unknown."""
    frozen = gets("va", "a", 21, kind="video", grow={"totalFreezesDuration": during(1, 20, 50)})
    limits = limited(cpu=during(1, 45, 46))
    row = incidents(feed, *behind("n1", ("a", (sends("va", 11, kind="video", grow=limits),)), ("s", (frozen,))))["s"]
    assert blamed(row) == ("unknown", "unknown")
    assert "the picture of one medium stood still for 100% of 30 s" in row["evidence"]


def test_severity_is_of_what_lasted(feed: Feed) -> None:
    """13 s of delay with half a second without a connection: it had none for far less than 10 s."""
    late = {"totalRoundTripTime": during(0.7, 20, 33, 0.05)}
    row = incidents(feed, a_person("s", 60, sends("t", 11), pair=late, events=BROKEN))["s"]
    assert (row["cause"], row["severity"]) == ("delay", "minor")


def test_a_little_uplink_loss_of_one_does_not_explain_what_two_lost(feed: Feed) -> None:
    """2.5 % for 6 s of one of them; 40 % for 40 s of both."""
    both = (gets("ta", "a", 21, during(0.4, 20, 60)), gets("tc", "c", 22, during(0.4, 20, 60)))
    senders = (("a", (sends("ta", 11, during(0.025, 22, 28)),)), ("c", (sends("tc", 12),)))
    row = incidents(feed, *behind("n1", *senders, ("b", both)))["b"]
    assert blamed(row) == ("downlink_loss", "network")
    assert row["evidence"] == ["media of 2 publishers lost packets together, 40% for 40 s"]


def test_what_the_uplink_did_not_lose_was_lost_on_the_way_here(feed: Feed) -> None:
    """One receiver loses what its sender's reports say, the other four times as much."""
    people = (
        ("a", (sends("ta", 11, LOST),)),
        ("b", (gets("ta", "a", 21, during(0.5, 20, 40)),)),
        ("c", (gets("ta", "a", 31, LOST),)),
    )
    rows = incidents(feed, *behind("n1", *people))
    assert {name: blamed(row) for name, row in rows.items()} == {
        "a": ("uplink_loss", "network"), "b": ("downlink_loss", "network"), "c": ("uplink_loss", "other"),
    }  # fmt: skip
    assert any("12.0% loss on the way up, which accounts for less than half" in said for said in rows["b"]["evidence"])


def test_one_lossy_second_of_the_uplink_does_not_explain_forty(feed: Feed) -> None:
    """Its reports are known, so it was lost on the way here."""
    up, down = sends("ta", 11, during(0.06, 30, 31)), gets("ta", "a", 21, during(0.12, 20, 60))
    assert blamed(incidents(feed, *behind("n1", ("a", (up,)), ("b", (down,))))["b"]) == ("downlink_loss", "network")


def test_a_picture_that_stood_still_is_not_called_lost(feed: Feed) -> None:
    """3 % were lost; 80 % of the time it was frozen."""
    frozen = gets("va", "a", 21, during(0.03, 20, 50), kind="video", grow={"totalFreezesDuration": during(0.8, 20, 50)})
    row = incidents(feed, a_person("s", 90, frozen, gets("tb", "b", 22, during(0.03, 20, 50))))["s"]
    assert row["cause"] == "downlink_loss"
    assert "the picture of one medium stood still for 80% of 30 s" in row["evidence"]
    assert any(said.startswith("media of 2 publishers lost packets together, 3% for") for said in row["evidence"])


@pytest.mark.parametrize(("left_s", "side"), [(25, "unknown"), (90, "network")])
def test_who_had_left_did_not_receive_it(feed: Feed, left_s: int, side: str) -> None:
    """Though it received the medium in that minute."""
    people = behind("n1", ("a", (sends("ta", 11),)), ("b", (gets("ta", "a", 21, packets=during(0, 30, 55, 1)),)))
    rows = incidents(feed, *people, a_person("c", left_s, gets("ta", "a", 31), node="n1"))
    assert blamed(rows["b"]) == ("no_media", side)


def test_over_a_long_time_whole_minutes_tell_what_others_received(feed: Feed) -> None:
    """Three of them lie within the trouble, in which the other was there; it left before the trouble's last minute."""
    stops = gets("ta", "a", 21, packets=during(0, 50, 290, 1))
    a, b = a_person("a", 300, sends("ta", 11), node="n1"), a_person("b", 300, stops, node="n1")
    c = a_person("c", 200, gets("ta", "a", 31), node="n1")
    del c["series"][0]["t"][30:70]
    for item in c["series"][0]["objects"]:
        for values in item["f"].values():
            del values[30:70]
    assert blamed(incidents(feed, a, b, c)["b"]) == ("no_media", "network")


def test_a_third_receiver_of_one_ssrc_has_a_server_before_it(feed: Feed) -> None:
    """Though none is named: each connection of a peer has an SSRC of its own."""
    rows = incidents(
        feed, *behind("", ("a", (sends("ta", 11, LOST),)), *((name, (gets("ta", "a", 11, LOST),)) for name in "bcd"))
    )
    assert {name: blamed(row) for name, row in rows.items()} == {
        "a": ("uplink_loss", "network"), **dict.fromkeys("bcd", ("uplink_loss", "other")),
    }  # fmt: skip


@pytest.mark.parametrize(("ssrc", "said"), [(11, "others of the room received it"), (12, "it is one leg")])
def test_nor_is_it_one_leg_where_the_third_receives_what_stopped(feed: Feed, ssrc: int, said: str) -> None:
    """Under that SSRC; in a mesh it has another."""
    stopped = gets("ta", "a", 11, packets=during(0, 20, 50, 1))
    rows = incidents(feed, *behind("", ("a", (sends("ta", 11),)), ("b", (stopped,)), ("c", (gets("ta", "a", ssrc),))))
    assert blamed(rows["b"]) == ("no_media", "network")
    assert any(sentence.startswith(said) for sentence in rows["b"]["evidence"])


@pytest.mark.parametrize(("before", "after", "first_s"), [(0.05, 0.5, 120), (0.9, 0.9, 0)])
def test_delay_lasts_as_long_as_it_lasts(feed: Feed, before: float, after: float, first_s: int) -> None:
    """For more than ten minutes; and 800 ms or more are too long from the beginning on."""
    pair = {"totalRoundTripTime": during(before, 0, 121, after)}
    rows = incidents(feed, a_person("s", 840, sends("t", 1), pair=pair))
    assert blamed(rows["s"]) == ("delay", "network")
    assert [round(rows["s"][name].timestamp() - START / 1000) for name in ("began", "ended")] == [first_s, 840]


def test_a_low_round_trip_that_comes_late_is_the_measure_of_an_hour(feed: Feed) -> None:
    """Rounds find what one computation finds."""
    person = a_person("s", 45 * MINUTE, sends("t", 1), pair={"totalRoundTripTime": during(0.04, 0, 60, 0.3)})
    analyst = Analyst(feed.store, Instruments())
    for seq, (first, last) in enumerate(((40 * MINUTE, 45 * MINUTE), (20 * MINUTE, 40 * MINUTE))):
        feed.store_batches([cut(person, first, last, seq=seq)])
        settle(analyst)
    assert feed.rows("incidents") == []
    feed.store_batches([cut(person, 0, 20 * MINUTE, seq=2)])
    settle(analyst)
    by_rounds = {name: feed.rows(name) for name in ("symptoms", "incidents")}
    [row] = by_rounds["incidents"]
    assert row["ended"].timestamp() * 1000 == START + 45 * MINUTE * 1000
    feed.forget()
    settle(analyst)
    assert {name: feed.rows(name) for name in by_rounds} == by_rounds


@pytest.mark.parametrize(
    ("is_efficient", "dropped", "causes"),
    [(None, 0, []), (None, 6, ["cpu_receiver"]), (False, 0, ["cpu_receiver"]), (True, 6, [])],
)
def test_a_decoder_that_may_be_hardware_needs_to_have_dropped(
    feed: Feed,
    is_efficient: bool | None,  # noqa: FBT001
    dropped: int,
    causes: list[str],
) -> None:
    """Its times overlap: 1.05 s in a second are no want of CPU."""
    grow = {"totalDecodeTime": always(1.05), "framesDecoded": always(30), "framesDropped": always(dropped)}
    show = {} if is_efficient is None else {"powerEfficientDecoder": always(is_efficient)}
    rows = incidents(feed, a_person("s", 60, gets("v", "p", 21, kind="video", grow=grow, show=show)))
    assert [row["cause"] for row in rows.values()] == causes


def a_loss(link: str, ms: int, mean: float, **more: Any) -> Sight:
    """Return loss from 0 on."""
    return Sight("loss", link=link, ms=ms, whole_ms=ms, mean=mean, amount=mean * ms / 1000, to_ms=ms, **more)


def test_most_of_the_time_decides_where_nothing_has_half() -> None:
    """Unless what lasted longest has no explanation."""
    busy = Sight("cpu", "outbound", "v", ms=12_000, from_ms=0, to_ms=12_000)
    late = Sight("delay", ms=15_000, from_ms=20_000, to_ms=35_000)
    assert decide(Case((busy, late), degraded_ms=40_000)).cause == "delay"
    frozen = Sight("freeze", "inbound", "w", ms=16_000, from_ms=40_000, to_ms=56_000)
    assert decide(Case((busy, late, frozen), degraded_ms=50_000)).cause == "unknown"


def test_amounts_tell_whose_loss_it_was() -> None:
    """Of two media, one of them lost by its sender: the one that lost more decides."""
    up = (Other("a", "loss", "outbound", "ta", amount=2.0),)
    much, little = a_loss("ta", 20_000, 0.1, direction="inbound"), a_loss("tb", 20_000, 0.06, direction="inbound")
    known = {"ta": 0.1, "tb": 0.0}
    assert decide(Case((much, little), 20_000, up, uplinks=known)).cause == "uplink_loss"
    moment = (Other("a", "loss", "outbound", "ta", amount=0.15),)
    assert decide(Case((much,), 20_000, moment, uplinks=known)).cause == "downlink_loss"
    more = a_loss("tb", 20_000, 0.2, direction="inbound")
    assert decide(Case((much, more), 20_000, up, uplinks=known)).cause == "downlink_loss"
    little_up, much_down = (
        a_loss("tc", 20_000, 0.06, direction="outbound"),
        a_loss("tb", 20_000, 0.4, direction="inbound"),
    )
    assert decide(Case((little_up, much_down), 20_000, uplinks=known)).cause == "downlink_loss"


def test_times_of_media_one_after_the_other_are_added_up() -> None:
    """Those at the same time are not."""
    first, second = a_loss("ta", 5000, 0.1), Sight("loss", link="tb", ms=5000, from_ms=6000, to_ms=11_000)
    assert lasted((second, first)) == 10_000
    assert lasted((first, a_loss("tb", 5000, 0.1))) == 5000
