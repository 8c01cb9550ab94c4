"""Each cause from modelled calls whose trouble is known: what is said of both ends, and what not without evidence."""

from typing import Any

import pytest

from runtime.chdbstore import ChdbStore
from schemas.node import NODES, SESSION
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Along, Medium, a_person, always, during, store
from tests.analytics.test_recompute import settle
from tests.builders import a_batch, an_object
from tests.ingest.playing import an_analyst

BAD = (20, 40)
LOST = during(0.12, *BAD)


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def found(feed: Feed, *people: dict[str, Any], networks: tuple[str, ...] = ()) -> dict[str, tuple[str, str]]:
    """Return cause and side of each session's incident; none has more than one."""
    store(feed, *people, networks=networks)
    settle(an_analyst(feed.store, feed.log_id))
    rows = feed.rows("incidents")
    assert len({row["session"] for row in rows}) == len(rows)
    for row in rows:
        assert START + 1000 * (BAD[0] - 2) <= row["began"].timestamp() * 1000 <= START + 1000 * (BAD[0] + 10)
        assert row["evidence"]
    return {row["session"]: (row["cause"], row["side"]) for row in rows}


def sends(track: str, ssrc: int = 1, loss: Along = NONE, kind: str = "audio", **more: Any) -> Medium:
    """Return what a person sends."""
    return Medium("outbound", kind, track, "", ssrc, loss, **more)


def gets(track: str, publisher: str, ssrc: int, loss: Along = NONE, kind: str = "audio", **more: Any) -> Medium:
    """Return what a person receives."""
    return Medium("inbound", kind, track, publisher, ssrc, loss, **more)


def limited(**seconds: Along) -> dict[str, Along]:
    """Return how long in each second the encoder was limited, by reason; the rest of the second by nothing."""
    named = {reason: seconds.get(reason, NONE) for reason in ("cpu", "bandwidth", "other")}
    limits = {f"qualityLimitationDurations.{reason}": along for reason, along in named.items()}
    return limits | {"qualityLimitationDurations.none": lambda second: 1 - sum(one(second) for one in named.values())}


def of_source(person: dict[str, Any], steady: dict[str, Any], **fields: list[Any]) -> None:
    """Give the first stream of a person a media source."""
    objects = person["series"][0]["objects"]
    objects[0]["s"]["mediaSourceId"] = "S"
    objects.append(an_object("media-source", "S", steady, **fields))


def test_loss_on_one_leg_is_the_networks_at_both_ends(feed: Feed) -> None:
    """Peer to peer, the SSRC at both ends is the same."""
    a = a_person("a", 60, sends("ta", 11, LOST), gets("tb", "b", 12))
    b = a_person("b", 60, sends("tb", 12), gets("ta", "a", 11, LOST))
    assert found(feed, a, b) == {"a": ("uplink_loss", "network"), "b": ("uplink_loss", "network")}


def test_a_publishers_uplink_is_the_others_side_for_all_who_receive(feed: Feed) -> None:
    """Through an SFU, which gives the medium other SSRCs."""
    a = a_person("a", 60, sends("ta", 11, LOST))
    others = [a_person(name, 60, gets("ta", "a", ssrc, LOST)) for name, ssrc in (("b", 21), ("c", 31))]
    assert found(feed, a, *others) == {
        "a": ("uplink_loss", "network"), "b": ("uplink_loss", "other"), "c": ("uplink_loss", "other"),
    }  # fmt: skip


def test_the_same_ssrc_at_both_ends_is_no_one_leg_where_a_server_is_known(feed: Feed) -> None:
    """Some SFUs keep it."""
    a = a_person("a", 60, sends("ta", 11, LOST), node="n1")
    b = a_person("b", 60, gets("ta", "a", 11, LOST), node="n1")
    assert found(feed, a, b) == {"a": ("uplink_loss", "network"), "b": ("uplink_loss", "other")}


def test_two_publishers_media_that_lose_together_are_the_downlink(feed: Feed) -> None:
    """Nothing else needs to be known."""
    b = a_person("b", 60, gets("ta", "a", 21, LOST), gets("tc", "c", 22, LOST))
    assert found(feed, b) == {"b": ("downlink_loss", "network")}


def test_one_medium_whose_uplink_is_clean_is_the_downlink(feed: Feed) -> None:
    """The publisher's own reports say so."""
    a, b = a_person("a", 60, sends("ta", 11)), a_person("b", 60, gets("ta", "a", 21, LOST))
    assert found(feed, a, b) == {"b": ("downlink_loss", "network")}


def test_one_medium_whose_uplink_is_not_known_is_unknown(feed: Feed) -> None:
    """A receiver alone cannot tell."""
    assert found(feed, a_person("b", 60, gets("ta", "a", 21, LOST))) == {"b": ("unknown", "unknown")}


@pytest.mark.parametrize(("networks", "said"), [(("n1", "n2", "n3"), "uplink_loss"), (("n1", "n2", "n2"), "unknown")])
def test_three_networks_that_lose_one_medium_together_blame_its_uplink(
    feed: Feed, networks: tuple[str, ...], said: str
) -> None:
    """The sender says nothing; what else they receive is whole."""
    people = [
        a_person(name, 60, gets("ta", "a", ssrc, LOST), gets("tz", "z", ssrc + 1))
        for name, ssrc in (("b", 21), ("c", 31), ("d", 41))
    ]
    assert {cause for cause, _ in found(feed, *people, networks=networks).values()} == {said}


def test_an_encoder_short_of_cpu_is_the_clients_and_for_receivers_the_others(feed: Feed) -> None:
    """Without loss."""
    limits = limited(cpu=during(1, *BAD))
    a = a_person("a", 60, sends("va", 11, kind="video", grow=limits))
    freezes = {"totalFreezesDuration": during(0.4, *BAD)}
    b = a_person("b", 60, gets("va", "a", 21, kind="video", grow=freezes))
    assert found(feed, a, b) == {"a": ("cpu_sender", "client"), "b": ("cpu_sender", "other")}


def test_a_decoder_that_has_no_time_is_the_receivers_client(feed: Feed) -> None:
    """Over 80 % of the time without loss."""
    decodes = {"framesDecoded": always(30), "totalDecodeTime": during(0.9, *BAD, 0.2)}
    b = a_person(
        "b", 60, gets("va", "a", 21, kind="video", grow=decodes, show={"powerEfficientDecoder": always(False)})
    )
    assert found(feed, b) == {"b": ("cpu_receiver", "client")}


def test_a_round_trip_that_rises_over_its_own_minimum_is_delay(feed: Feed) -> None:
    """Told by STUN alone."""
    a = a_person("a", 60, gets("tb", "b", 21), pair={"totalRoundTripTime": during(0.3, *BAD, 0.05)})
    assert found(feed, a) == {"a": ("delay", "network")}


def test_a_far_away_person_is_no_incident(feed: Feed) -> None:
    """The round trip is compared with the pair's own."""
    far = {"totalRoundTripTime": always(0.45)}
    assert found(feed, a_person("a", 60, gets("tb", "b", 21), pair=far)) == {}


def test_a_sender_that_makes_its_picture_smaller_is_short_of_bandwidth(feed: Feed) -> None:
    """From 30 s of the connection on, and where it shows."""
    limits = limited(bandwidth=during(1, 0, 70))
    small = {"frameHeight": during(180, 0, 70, 720)}
    a = a_person("a", 80, sends("va", 11, kind="video", grow=limits, show=small))
    of_source(a, {"kind": "video", "height": 720}, frames=[0] * 81)
    store(feed, a)
    settle(an_analyst(feed.store, feed.log_id))
    rows = feed.rows("incidents")
    assert [(row["cause"], row["side"]) for row in rows] == [("bandwidth", "network")]
    assert rows[0]["began"].timestamp() * 1000 >= START + 29_000


def test_a_broken_connection_is_connectivity(feed: Feed) -> None:
    """From the event on, whether or not it comes back."""
    events = [(1, "ice_state", {"state": "connected"}), (20, "ice_state", {"state": "disconnected"}),
              (28, "ice_state", {"state": "failed"})]  # fmt: skip
    assert found(feed, a_person("a", 60, sends("ta"), events=events)) == {"a": ("connectivity", "network")}


def test_a_short_break_is_no_incident(feed: Feed) -> None:
    """Below 4 s."""
    events = [(20, "ice_state", {"state": "disconnected"}), (22, "ice_state", {"state": "connected"})]
    assert found(feed, a_person("a", 60, sends("ta"), events=events)) == {}


def test_a_microphone_of_zeros_is_silence_unless_it_is_muted(feed: Feed) -> None:
    """And unless nobody knows."""
    for name, says in (("s", {"muted": False}), ("m", {"muted": True}), ("u", {})):
        person = a_person(name, 60, sends("ta", 1, says=((0, says),)))
        energy = [0.01 * min(step, 12) for step in range(61)]
        of_source(person, {"kind": "audio"}, totalSamplesDuration=list(range(61)), totalAudioEnergy=energy)
        store(feed, person)
    settle(an_analyst(feed.store, feed.log_id))
    assert [(row["session"], row["cause"], row["side"]) for row in feed.rows("incidents")] == [
        ("s", "silence", "client")
    ]


def test_media_that_stop_on_the_way_are_no_media(feed: Feed) -> None:
    """The sender goes on sending."""
    a = a_person("a", 60, sends("ta", 11))
    b = a_person("b", 60, gets("ta", "a", 11, packets=during(0, *BAD, 1)))
    assert found(feed, a, b) == {"b": ("no_media", "network")}


def test_a_camera_that_is_switched_off_is_no_incident(feed: Feed) -> None:
    """Packets stop at both ends."""
    off = during(0, *BAD, 1)
    a = a_person("a", 60, sends("va", 11, kind="video", packets=off))
    b = a_person("b", 60, gets("va", "a", 11, kind="video", packets=off))
    assert found(feed, a, b) == {}


@pytest.mark.parametrize(("wanted", "incidents"), [(True, {"b": ("no_media", "unknown")}), (False, {}), (None, {})])
def test_a_picture_that_stops_behind_an_sfu_must_be_wanted(feed: Feed, wanted: bool | None, incidents: Any) -> None:  # noqa: FBT001
    """A hidden tile is paused by the server; where the receiver says nothing, nothing is said."""
    a = a_person("a", 60, sends("va", 11, kind="video"))
    says = ((0, {} if wanted is None else {"wanted": wanted}),)
    b = a_person("b", 60, gets("va", "a", 21, kind="video", packets=during(0, *BAD, 1), says=says))
    assert found(feed, a, b) == incidents


def scrapes(cpu: float, loss: float, *, node: str = "node-1", seconds: int = 90) -> dict[str, Any]:
    """Return what a media server of four processors says of itself every 10 s, from 30 s before the call on."""
    told, way = [], {"direction": "outgoing"}
    for n in range(-3, seconds // 10 + 1):
        counted = {"process_cpu_seconds_total": 40 * cpu * (n + 3), "livekit_packet_loss_percent_count": 50.0 * (n + 3)}
        counted["livekit_packet_loss_percent_sum"] = 50 * 100 * loss * (n + 3)
        gauges = {"up": 1.0, "go_sched_gomaxprocs_threads": 4.0}
        metrics = [
            {"metric": name, "kind": kind, "labels": [way if "loss" in name else {}], "values": [one]}
            for kind, some in (("counter", counted), ("gauge", gauges))
            for name, one in some.items()
        ]
        told.append({"t": START + 10_000 * n, "node": node, "metrics": metrics})
    return a_batch(session=SESSION, writer=f"{node} scraped", circumstances={"room": ""}, nodes=told)


@pytest.mark.parametrize(("cpu", "loss", "is_its"), [(0.97, 0.0, True), (0.1, 0.08, True), (0.5, 0.01, False)])
@pytest.mark.parametrize("comes", ["before", "after"])
def test_a_lone_server_is_to_blame_where_it_says_so_itself(
    feed: Feed,
    cpu: float,
    loss: float,
    is_its: bool,  # noqa: FBT001 - a parameter
    comes: str,
) -> None:
    """Three networks suffer on the only server: its own word decides, whenever that comes, and is told."""
    people = [a_person(f"s{n}", 60, gets("t", f"p{n}", 20 + n, LOST), room=f"r{n}", node="node-1") for n in range(3)]
    if comes == "before":
        feed.store_batches([scrapes(cpu, loss)], source=NODES)
    expected = {("unknown", "unknown")} if comes == "after" or not is_its else {("server", "server")}
    assert set(found(feed, *people, networks=("n0", "n1", "n2")).values()) == expected
    if comes == "after":
        feed.store_batches([scrapes(cpu, loss)], source=NODES)
        settle(an_analyst(feed.store, feed.log_id))
    for row in feed.rows("incidents"):
        assert row["cause"] == ("server" if is_its else "unknown")
        said = f"the media server used {cpu:.0%} of its processors"
        lost = f"the media server said that tracks lost {loss:.1%} on their way out of it"
        assert (said in row["evidence"], lost in row["evidence"]) == (is_its, is_its)


def test_a_busy_server_is_not_to_blame_for_one_network(feed: Feed) -> None:
    """Nor where others suffer on servers that are not."""
    busy = scrapes(0.97, 0.2)
    feed.store_batches([busy], source=NODES)
    people = [a_person(f"s{n}", 60, gets("t", f"p{n}", 20 + n, LOST), room=f"r{n}", node="node-1") for n in range(3)]
    assert set(found(feed, *people, networks=("n0", "n0", "n1")).values()) == {("unknown", "unknown")}


@pytest.mark.parametrize("elsewhere", ["clean", "lossy", "nobody"])
def test_three_networks_on_one_server_blame_it_where_other_servers_are_clean(feed: Feed, elsewhere: str) -> None:
    """Rooms of their own; no sender is known."""
    people = [a_person(f"s{n}", 60, gets("t", f"p{n}", 20 + n, LOST), room=f"r{n}", node="node-1") for n in range(3)]
    loss = LOST if elsewhere == "lossy" else always(0)
    if elsewhere != "nobody":
        people.append(a_person("far", 60, gets("t", "p", 30, loss), room="r9", node="node-2"))
    said = found(feed, *people, networks=("n0", "n1", "n2", "n3"))
    expected = ("server", "server") if elsewhere == "clean" else ("unknown", "unknown")
    assert {said[f"s{n}"] for n in range(3)} == {expected}
