"""What misleads: trouble that is none, and trouble that looks like another. What is said must not follow looks."""

from typing import Any

import pytest

from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Medium, a_person, always, during, moved, store
from tests.analytics.test_causes import LOST, found, gets, limited, sends
from tests.analytics.test_recompute import settle
from tests.builders import a_batch, a_series, an_object
from tests.ingest.playing import an_analyst

NETWORKS = ("n0", "n1", "n2", "n3", "n4")
STOPS = during(0, 20, 60, 1)


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def told(feed: Feed, *batches: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Store batches; return session, cause and side of each incident."""
    feed.store_batches(batches)
    settle(an_analyst(feed.store, feed.log_id))
    return [(row["session"], row["cause"], row["side"]) for row in feed.rows("incidents")]


def behind(node: str, *people: tuple[str, Medium], room: str = "standup") -> list[dict[str, Any]]:
    """Return people with one medium each on a media server."""
    return [a_person(name, 60, medium, room=room, node=node) for name, medium in people]


def test_one_publishers_uplink_is_not_its_servers_fault(feed: Feed) -> None:
    """Receivers of it on three networks, all on one server, while another server is clean."""
    room = behind("n1", ("a", sends("ta", 11, LOST)), *((f"r{n}", gets("ta", "a", 20 + n, LOST)) for n in range(3)))
    far = behind("n2", ("far", gets("t", "p", 30)), room="r9")
    expected = {f"r{n}": ("uplink_loss", "other") for n in range(3)} | {"a": ("uplink_loss", "network")}
    assert found(feed, *room, *far, networks=NETWORKS) == expected


def test_one_publishers_encoder_is_not_its_servers_fault(feed: Feed) -> None:
    """It freezes everybody's picture."""
    freezes = {"totalFreezesDuration": during(0.4, 20, 40)}
    limits = limited(cpu=during(1, 20, 40))
    room = behind(
        "n1", ("a", sends("va", 11, kind="video", grow=limits)),
        *((f"r{n}", gets("va", "a", 20 + n, kind="video", grow=freezes)) for n in range(3)),
    )  # fmt: skip
    far = behind("n2", ("far", gets("t", "p", 30)), room="r9")
    assert {cause for cause, _ in found(feed, *room, *far, networks=NETWORKS).values()} == {"cpu_sender"}


def test_three_of_many_on_a_server_are_not_its_fault(feed: Feed) -> None:
    """While one session is clean elsewhere: by chance most would be on the large one."""
    bad = [a_person(f"x{n}", 60, gets("t", f"p{n}", 20, LOST), room=f"r{n}", node="n1") for n in range(3)]
    good = [a_person(f"ok{n}", 60, gets("t", f"q{n}", 20), room=f"ok{n}", node="n1") for n in range(9)]
    far = behind("n2", ("far", gets("t", "p", 30)), room="r9")
    networks = (*NETWORKS[:3], *["n9"] * 9, "n8")
    assert set(found(feed, *bad, *good, *far, networks=networks).values()) == {("unknown", "unknown")}


@pytest.mark.parametrize("kind", ["audio", "video"])
@pytest.mark.parametrize("moves_to", ["pc0", "pc1"])
def test_a_track_that_moves_to_another_stream_has_not_stopped(feed: Feed, kind: str, moves_to: str) -> None:
    """The old object stays with its counters, on the same connection or on one that is left."""
    times = [START + 1000.0 * second for second in range(61)]
    old = gets("T", "a", 7, kind=kind, packets=during(1, 0, 30), says=((0, {"wanted": True}),))
    new = gets("T", "a", 8, kind=kind, packets=during(0, 0, 30, 1), says=((0, {"wanted": True}),))
    before, after = old.objects(60)[0], new.objects(60)[0]
    after["f"] = {name: [None] * 29 + [0] + values[30:] for name, values in after["f"].items()}
    series = (
        [a_series(times, before, after, baseline=True)]
        if moves_to == "pc0"
        else [a_series(times, before, baseline=True), a_series(times, after, pc="pc1", baseline=True)]
    )
    tracks = old.owned() + [line | {"pc": moves_to} for line in new.owned()]
    sender = a_person("a", 60, sends("T", 31, kind=kind))
    assert told(feed, sender, a_batch(session="b", tracks=tracks, series=series)) == []


@pytest.mark.parametrize("ahead_s", [0, 5, 20, 45])
@pytest.mark.parametrize("stops", [True, False])
def test_clocks_that_differ_are_compared_by_the_collectors(feed: Feed, ahead_s: int, *, stops: bool) -> None:
    """A microphone that is switched off has not stopped on its way; an uplink's loss is the other's all the same."""
    lost, packets = (always(0), during(1, 0, 30)) if stops else (during(0.2, 100, 115), always(1))
    a = a_person("a", 180, sends("T", 11, lost, packets=packets), node="n1")
    b = a_person("b", 180, gets("T", "a", 21, lost, packets=packets), node="n1")
    at_ms = START + 185_000
    feed.store_batches([moved(a, ahead_s * 1000)], sent_ms=at_ms + ahead_s * 1000, received_ms=int(at_ms) + 50)
    feed.store_batches([b], sent_ms=at_ms, received_ms=int(at_ms) + 50)
    expected = [] if stops else [("a", "uplink_loss", "network"), ("b", "uplink_loss", "other")]
    assert told(feed) == expected


@pytest.mark.parametrize("step_s", [1, 2])
def test_a_sender_that_is_seldom_read_may_have_stopped_within_an_interval(feed: Feed, step_s: int) -> None:
    """Each 5 s, as above 30 streams; it stops half a second into one."""
    seldom = [START + 5000.0 * place for place in range(13)]
    sent = [250 * min(place, 4) + (25 if place > 4 else 0) for place in range(13)]
    often = range(0, 61, step_s)
    came = [50 * min(second, 20) + (25 if second > 20 else 0) for second in often]
    a = a_batch(
        session="a", writer="a" * 32, tracks=sends("T", 11).owned(), every_ms=5000,
        series=[a_series(seldom, an_object("outbound-rtp", "O", {"kind": "audio", "ssrc": 11}, packetsSent=sent),
                         baseline=True)],
    )  # fmt: skip
    item = an_object(
        "inbound-rtp", "I", {"kind": "audio", "ssrc": 21}, packetsReceived=came, packetsLost=[0] * len(came)
    )
    times = [START + 1000.0 * second for second in often]
    b = a_batch(session="b", tracks=gets("T", "a", 21).owned(), series=[a_series(times, item, baseline=True)])
    assert told(feed, a, b) == []


def test_whether_media_came_to_the_server_is_known_of_who_else_received_them(feed: Feed) -> None:
    """With one receiver a dead uplink looks like a dead downlink."""
    people = behind("n1", ("a", sends("T", 11)), ("b", gets("T", "a", 21, packets=STOPS)))
    assert found(feed, *people) == {"b": ("no_media", "unknown")}
    third = Feed(feed.store, f"{feed.project}-third")
    assert found(third, *people, *behind("n1", ("c", gets("T", "a", 31)))) == {"b": ("no_media", "network")}


def test_a_device_that_was_asleep_is_no_incident(feed: Feed) -> None:
    """Samples each 2 s, and a gap of 50 s; what was sent meanwhile counts as lost afterwards."""
    seconds = [*range(0, 31, 2), *range(80, 101, 2)]
    times = [START + 1000.0 * second for second in seconds]
    came = [50 * min(second, 30) + 50 * max(0, second - 80) for second in seconds]
    lost = [0 if second <= 30 else 2500 for second in seconds]
    item = an_object("inbound-rtp", "I", {"kind": "audio", "ssrc": 21}, packetsReceived=came, packetsLost=lost)
    b = a_batch(session="b", tracks=gets("T", "a", 21).owned(), series=[a_series(times, item, baseline=True)])
    assert told(feed, a_person("a", 100, sends("T", 11)), b) == []


@pytest.mark.parametrize("step_s", [1, 2, 5])
def test_delay_and_jitter_last_from_report_to_report(feed: Feed, step_s: int) -> None:
    """Libwebrtc's reports on audio come each 5 s, whatever the samples' period."""
    seconds = range(0, 101, step_s)
    reported = [5 * (second // 5) for second in seconds]
    late = [40 <= second < 80 for second in reported]
    sent = an_object("outbound-rtp", "O", {"kind": "audio", "ssrc": 1}, packetsSent=[50 * second for second in seconds])
    remote = an_object(
        "remote-inbound-rtp", "R", {"kind": "audio", "ssrc": 1, "localId": "O"}, packetsLost=[0] * len(late),
        timestamp=[START + 1000.0 * second for second in reported],
        roundTripTime=[0.5 if is_late else 0.05 for is_late in late],
        jitter=[0.08 if is_late else 0.005 for is_late in late],
    )  # fmt: skip
    times = [START + 1000.0 * second for second in seconds]
    assert told(feed, a_batch(session="s", series=[a_series(times, sent, remote, baseline=True)])) == [
        ("s", "delay", "network")
    ]
    [row] = feed.rows("incidents")
    assert 39_000 <= row["degraded_ms"] <= 40_000
    assert row["symptoms"] == ["delay", "jitter"]


def test_a_picture_of_which_nothing_is_decoded_stands_still(feed: Feed) -> None:
    """Though its counter of freezes will only move when the picture does; a shared screen may."""
    still = {
        "totalFreezesDuration": always(0), "framesDecoded": during(0, 20, 90, 30), "bytesReceived": always(60_000),
    }  # fmt: skip
    camera = a_person("s", 90, gets("v", "p", 21, kind="video", grow=still))
    screen = a_person("t", 90, gets("w", "p", 22, kind="video", grow=still, says=((0, {"source": "screen_share"}),)))
    assert [session for session, _, _ in told(feed, camera, screen)] == ["s"]


def test_a_quiet_tab_that_is_shared_is_no_silent_microphone(feed: Feed) -> None:
    """Zeros are what it plays."""
    person = a_person("s", 60, sends("ta", 1, says=((0, {"muted": False, "source": "screen_share_audio"}),)))
    objects = person["series"][0]["objects"]
    objects[0]["s"]["mediaSourceId"] = "S"
    zeros = [0.0] * 61
    objects.append(
        an_object("media-source", "S", {"kind": "audio"}, totalSamplesDuration=list(range(61)), totalAudioEnergy=zeros)
    )
    assert told(feed, person) == []


def test_media_that_lose_one_after_the_other_do_not_lose_together(feed: Feed) -> None:
    """Two publishers' within one incident."""
    person = a_person("s", 60, gets("ta", "a", 1, during(0.1, 20, 30)), gets("tb", "b", 2, during(0.1, 36, 46)))
    assert told(feed, person) == [("s", "unknown", "unknown")]


def test_evidence_tells_the_time_of_what_was_degraded(feed: Feed) -> None:
    """Not of what only came near between."""
    jitter = {"jitter": lambda second: 0.06 if 10 < second <= 16 or 46 < second <= 52 else 0.035}
    assert told(feed, a_person("s", 60, gets("t", "p", 7, show=jitter))) == [("s", "delay", "network")]
    assert feed.rows("incidents")[0]["evidence"] == ["jitter was over 50 ms for 12 s"]


def test_what_is_not_known_of_loss_is_not_called_little(feed: Feed) -> None:
    """And loss that a busy encoder does not explain is told beside it."""
    busy = sends("va", 11, kind="video", grow=limited(cpu=during(1, 20, 50)))
    person = a_person("s", 60, busy, gets("tb", "b", 21, during(0.3, 30, 40)))
    person["series"][0]["objects"] = [one for one in person["series"][0]["objects"] if one["id"] != "RO11"]
    assert told(feed, person) == [("s", "cpu_sender", "client")]
    said = feed.rows("incidents")[0]["evidence"]
    assert "how much of what was sent was reported lost is not known" in said
    assert "besides, one medium that it received lost 30% for 10 s" in said


def test_connections_of_two_writers_are_two(feed: Feed) -> None:
    """Page and agent both call theirs pc0: one is near and one is far, and one's return does not mend the other."""
    near, far = (a_person("s", 60, gets("t", "p", 7), pair={"totalRoundTripTime": always(rtt)}) for rtt in (0.02, 0.3))
    far["writer"] = "f" * 32
    assert told(feed, near, far) == []
    near["events"] = [{"t": START + 20_000, "pc": "pc0", "name": "ice_state", "value": {"state": "failed"}}]
    far["events"] = [{"t": START + 20_500, "pc": "pc0", "name": "ice_state", "value": {"state": "connected"}}]
    other = Feed(feed.store, f"{feed.project}-other")
    store(other, near, far)
    settle(an_analyst(other.store, other.log_id))
    assert [row["cause"] for row in other.rows("incidents")] == ["connectivity"]
