"""What streams are worth per minute, how much of them was seen, and how sessions ended."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from analytics.analyst import Analyst
from analytics.queries import Filters, Queries
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import NONE, START, Along, Medium, a_person, always, during
from tests.analytics.modelled import store as put
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.builders import an_object
from tests.ingest.playing import an_analyst

Told = tuple[float, str, Mapping[str, Any], str]
"""Second, name, value and connection of an event."""
SOUND = {
    "totalSamplesReceived": always(48_000), "silentConcealedSamples": NONE, "concealmentEvents": always(2),
    "jitterBufferEmittedCount": always(48_000), "jitterBufferDelay": always(48_000 * 0.06),
}  # fmt: skip


@pytest.fixture
def feed(store: ChdbStore, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(store, project)


def heard(loss: Along = NONE, concealed: float = 0, **more: Any) -> Medium:
    """Return audio that is received at 50 packets a second."""
    grow = SOUND | {"concealedSamples": always(48_000 * concealed), "bytesReceived": always(4000)}
    return Medium("inbound", "audio", "t", "p", 7, loss, grow=grow, **more)


def with_codec(person: dict[str, Any], mime: str = "audio/opus") -> dict[str, Any]:
    """Give the first stream of a person a codec."""
    objects = person["series"][0]["objects"]
    objects[0]["s"]["codecId"] = "C"
    objects.append(an_object("codec", "C", {"mimeType": mime}))
    return person


def computed(feed: Feed, table: str, *people: dict[str, Any]) -> list[dict[str, Any]]:
    """Store people and return a table's rows."""
    put(feed, *people)
    settle(an_analyst(feed.store, feed.log_id))
    return feed.rows(table)


def score(feed: Feed, loss: float, delay_ms: float, burst: float | None) -> float:
    """Return the score that the functions give for Opus at 32 kbit/s."""
    rated = f"rtc_r_v1(c.scale, {loss}, {delay_ms}, {'NULL' if burst is None else burst}, c.ie, c.bpl)"
    sql = f"SELECT rtc_codec_v1('opus', 32) AS c, rtc_mos_v1(c.scale, {rated}) AS mos"
    return float(feed.store.query(sql).to_pylist()[0]["mos"])


def test_a_minute_of_audio_has_a_score_of_what_was_heard(feed: Feed) -> None:
    """Concealment, half the round trip, the jitter buffer and the codec."""
    person = with_codec(a_person("s", 59, heard(concealed=0.03), pair={"totalRoundTripTime": always(0.1)}))
    [row] = computed(feed, "stream_quality", person)
    assert (row["loss_heard"], row["loss_from"]) == (pytest.approx(0.03), "concealed")
    assert row["delay_ms"] == pytest.approx(50 + 60 + 26.5)
    assert row["burst_ratio"] == pytest.approx(max(1, 0.03 * 48_000 / 2 / 960 * 0.97))
    assert row["mos"] == pytest.approx(score(feed, 0.03, 136.5, row["burst_ratio"]), rel=1e-6)
    assert (row["mos_scale"], row["mos_scope"], row["mos_version"]) == ("FB", "leg", "rtc_mos_v1")
    assert (row["samples"], row["samples_expected"]) == (59, 59)


@pytest.mark.parametrize("missing", ["codec", "round trip", "loss"])
def test_without_any_piece_of_evidence_there_is_no_score(feed: Feed, missing: str) -> None:
    """Unknown is not good."""
    medium = heard() if missing != "loss" else Medium("inbound", "audio", "t", "p", 7, packets=always(0.01))
    pair = None if missing == "round trip" else {"totalRoundTripTime": always(0.1)}
    person = a_person("s", 59, medium, pair=pair)
    [row] = computed(feed, "stream_quality", person if missing == "codec" else with_codec(person))
    assert (row["mos"], row["mos_scale"], row["mos_scope"]) == (None, "", "")


def unconcealed() -> Medium:
    """Return audio whose receiver counts samples, and says nothing of those that it made up."""
    grow = {"totalSamplesReceived": always(48_000), "bytesReceived": always(4000)}
    return Medium("inbound", "audio", "t", "p", 7, always(0.1), grow=grow)


def test_concealment_that_is_not_told_is_not_none(feed: Feed) -> None:
    """A tenth of the packets is lost, and that is what the score is of."""
    person = with_codec(a_person("s", 59, unconcealed(), pair={"totalRoundTripTime": always(0.1)}))
    [row] = computed(feed, "stream_quality", person)
    assert (row["loss_heard"], row["loss_from"]) == (pytest.approx(0.1, rel=0.02), "packets")


def test_a_few_packets_have_no_score_however_they_sounded(feed: Feed) -> None:
    """30 packets, all of them heard."""
    grow = SOUND | {"concealedSamples": NONE, "bytesReceived": always(80)}
    few = Medium("inbound", "audio", "t", "p", 7, packets=always(0.01), grow=grow)
    person = with_codec(a_person("s", 59, few, pair={"totalRoundTripTime": always(0.1)}))
    [row] = computed(feed, "stream_quality", person)
    assert (row["loss_heard"], row["loss_from"], row["mos"]) == (None, "", None)


def in_runs(rate: int) -> Medium:
    """Return audio that has two runs of 60 ms made up in each second: three packets of 20 ms."""
    grow = SOUND | {
        "totalSamplesReceived": always(rate), "concealedSamples": always(0.12 * rate), "bytesReceived": always(8000),
        "jitterBufferEmittedCount": always(rate), "jitterBufferDelay": always(rate * 0.06),
    }  # fmt: skip
    return Medium("inbound", "audio", "t", "p", 7, grow=grow)


@pytest.mark.parametrize("rate", [8000, 48_000])
def test_a_run_is_counted_in_packets_whatever_the_sampling_rate(feed: Feed, rate: int) -> None:
    """Mean length 3, over that of random loss."""
    [row] = computed(feed, "stream_quality", a_person("s", 59, in_runs(rate)))
    assert row["burst_ratio"] == pytest.approx(3 * (1 - 0.12))


def test_scores_worked_out_by_hand(feed: Feed) -> None:
    """G.711 (Ie 0, Bpl 25.1), 12 % of loss in runs (BurstR 2.64), 50 + 60 + 20.125 ms, as docs/accuracy.md says.

    Idd = 0.0125; Ie,eff = 95 x 12 / (12 / 2.64 + 25.1) = 38.4545; R = 93.2 - 0.0125 - 38.4545 = 54.7331.
    """
    person = with_codec(a_person("s", 59, in_runs(8000), pair={"totalRoundTripTime": always(0.1)}), "audio/PCMU")
    [row] = computed(feed, "stream_quality", person)
    assert (row["mos"], row["mos_scale"]) == (pytest.approx(2.8243, abs=5e-5), "NB")


def test_what_was_made_up_while_muted_is_no_run(feed: Feed) -> None:
    """20 s of mute are one concealment of a thousand packets."""
    grow = SOUND | {
        "concealedSamples": during(48_000, 21, 41, 960), "concealmentEvents": during(0, 21, 41, 1),
        "bytesReceived": always(4000),
    }  # fmt: skip
    says = [(0, {"muted": False}), (20, {"muted": True}), (40, {"muted": False})]
    [row] = computed(
        feed, "stream_quality", a_person("s", 59, Medium("inbound", "audio", "t", "p", 7, grow=grow, says=says))
    )
    assert (row["loss_heard"], row["burst_ratio"]) == (pytest.approx(0.02), 1)


def test_video_has_no_score(feed: Feed) -> None:
    """It has facts and verdicts."""
    [row] = computed(feed, "stream_quality", a_person("s", 59, Medium("inbound", "video", "v", "p", 7)))
    assert (row["mos"], row["samples_expected"]) == (None, 59)


def test_what_was_missed_is_expected(feed: Feed) -> None:
    """A lost batch leaves a gap in its minute, and one over the minute's end in both: 29 of 59, 11 of 51 missing."""
    person = a_person("s", 110, heard())
    parts = [cut(person, 0, 20, seq=0), cut(person, 40, 50, seq=2), cut(person, 70, 110, seq=3)]
    first, second = computed(feed, "stream_quality", *parts)
    assert (first["samples"], first["samples_expected"]) == (30, 59)
    assert (second["samples"], second["samples_expected"]) == (40, 51)


def test_minutes_of_which_nothing_came_were_expected(feed: Feed) -> None:
    """Batches of three minutes and more got lost: no row stands for those minutes, and they are not seen."""
    person = a_person("s", 470, heard())
    parts = [cut(person, 0, 110, seq=0), cut(person, 350, 470, seq=5)]
    rows = computed(feed, "stream_quality", *parts)
    assert len(rows) == 5
    (told,) = Queries(feed.store).session_quality(feed.project, "s", int(START), int(START) + 480_000)
    assert told["samples_seen"] == 230
    assert told["expected"] == pytest.approx(470, rel=0.03)


@pytest.mark.parametrize(("every_ms", "expected"), [(1000, 59), (500, 118), (5000, 59), (None, 59), (0, 59)])
def test_the_period_that_the_writer_says_is_what_is_expected(feed: Feed, every_ms: int | None, expected: int) -> None:
    """A page that sleeps polls more rarely than it means to; what comes more often is no more than all of it."""
    person = a_person("s", 59, heard()) | ({} if every_ms is None else {"every_ms": every_ms})
    [row] = computed(feed, "stream_quality", person)
    assert (row["samples"], row["samples_expected"]) == (59, expected)


UP: Final[Told] = (1, "ice_state", {"state": "connected"}, "pc0")
FAILED: Final[Told] = (50, "connection_state", {"state": "failed"}, "pc0")
CLOSED: Final[Told] = (52, "pc_closed", {}, "pc0")
BYE: Final[Told] = (54, "left", {"reason": "hangup"}, "")
ENDINGS: Final[dict[str, tuple[str, list[Told]]]] = {
    "said so": ("left", [UP, BYE]),
    "closed": ("left", [UP, CLOSED]),
    "away when it said so": ("left", [UP, (50, "ice_state", {"state": "disconnected"}, "pc0"), BYE]),
    "came back": ("left", [UP, (20, "ice_state", {"state": "failed"}, "pc0"), (30, *UP[1:]), BYE]),
    "in another connection": (
        "left", [UP, (20, "ice_state", {"state": "failed"}, "pc0"), (21, *CLOSED[1:]), (25, *UP[1:3], "pc1"),
                 (53, "pc_closed", {}, "pc1"), BYE],
    ),
    "somebody else of a mesh was lost": ("left", [UP, (2, *UP[1:3], "pc1"), FAILED, BYE]),
    "repaired by the application": (
        "left", [UP, (20, "ice_state", {"state": "failed"}, "pc0"), (25, "reconnected", {}, ""), BYE],
    ),
    "failed": ("dropped", [UP, FAILED]),
    "failed, then closed": ("dropped", [UP, FAILED, CLOSED]),
    "failed, then given up": ("dropped", [UP, FAILED, CLOSED, BYE]),
    "failed, and tried again": ("dropped", [UP, FAILED, (51, "ice_state", {"state": "checking"}, "pc0")]),
    "away": ("dropped", [UP, (50, "ice_state", {"state": "disconnected"}, "pc0")]),
    "never connected": ("ice_failed", [(1, "ice_state", {"state": "checking"}, "pc0"), FAILED]),
    "never connected, closed": ("ice_failed", [FAILED, CLOSED]),
    "never connected, given up": ("ice_failed", [FAILED, BYE]),
    "silent": ("telemetry_lost", [UP]),
    "one of two closed": ("telemetry_lost", [UP, (2, *UP[1:3], "pc1"), (30, "pc_closed", {}, "pc1")]),
    "without events": ("telemetry_lost", []),
}  # fmt: skip


def happening(told: Sequence[Told]) -> dict[str, Any]:
    """Return a person to whom this happened, each at its connection."""
    events = [{"t": START + 1000.0 * t, "name": name, "value": value, "pc": pc} for t, name, value, pc in told]
    return a_person("s", 59, heard()) | {"events": events}


@pytest.mark.parametrize("course", ENDINGS)
def test_how_a_session_ended(feed: Feed, course: str) -> None:
    """A goodbye after a failure that was never mended does not make it a call that worked."""
    ending, told = ENDINGS[course]
    [row] = computed(feed, "sessions", happening(told))
    assert row["ending"] == ending


@pytest.mark.parametrize(("told", "repairs"), [(0, 2), (1, 2), (4, 4)])
def test_a_repair_is_seen_of_ice_and_counted_once(feed: Feed, told: int, repairs: int) -> None:
    """Two returns of one connection, told by both of its states, and one of another beside the first; some are told."""
    events: list[Told] = []
    for pc, count in (("pc0", 2), ("pc1", 1)):
        for name in ("ice_state", "connection_state"):
            events.append((1, name, {"state": "connected"}, pc))
            for turn in range(count):
                events += [(10 + 20 * turn, name, {"state": "disconnected"}, pc),
                           (12 + 20 * turn, name, {"state": "checking"}, pc),
                           (14 + 20 * turn, name, {"state": "connected"}, pc)]  # fmt: skip
    events += [(15 + turn, "reconnected", {}, "") for turn in range(told)]
    [row] = computed(feed, "sessions", happening(events))
    assert row["reconnects"] == repairs


def test_what_happened_to_a_session_is_counted(feed: Feed) -> None:
    """Repairs, changes, streams, and its worst minute."""
    events = [(5, "device", {"kind": "audioinput"}), (6, "network", {"type": "wifi"}), (7, "reconnecting", {}),
              (9, "reconnected", {}), (100, "left", {"reason": "hangup"})]  # fmt: skip
    sent = Medium("outbound", "audio", "u", "", 9)
    lossy = heard(lambda second: 0.06 if second < 60 else 0.3)
    [row] = computed(feed, "sessions", a_person("s", 119, lossy, sent, events=events))
    counted = (
        "reconnects",
        "network_changes",
        "device_changes",
        "streams_in",
        "streams_out",
        "minutes",
        "known_minutes",
    )
    assert [row[name] for name in counted] == [1, 1, 1, 1, 1, 2, 2]
    assert (row["affected_minutes"], row["worst_metric"]) == (2, "loss_ratio")
    assert row["worst_minute"] == START / 1000 + 60


@pytest.mark.parametrize(
    ("networks", "changes"),
    [
        (["wifi", "wifi", "cellular", "wifi"], 2),
        (["wifi", "", "wifi", "unknown", "wifi"], 0),
        (["4g", "3g", "4g"], 0),
        (["", "ethernet", "none", "wifi"], 1),
        ([""], 0),
    ],
)
def test_a_change_of_network_is_seen_without_an_event(feed: Feed, networks: list[str], changes: int) -> None:
    """In the order of the samples, whatever came first; how fast the network seems is not which it is."""
    person = a_person("s", 50, heard())
    parts = [
        cut(person, 10 * place, 10 * place + 10, seq=place)
        | {"session": person["session"] | {"client": {"networkType": network}}}
        for place, network in enumerate(networks)
    ]
    [row] = computed(feed, "sessions", *parts[::-1])
    assert row["network_changes"] == changes


def unsaid(session: str, **more: Any) -> dict[str, Any]:
    """Return a person who receives video of which only frames are told."""
    silent = Medium("inbound", "video", "v", "p", 7, packets=NONE, grow={"framesDecoded": during(1, 0, 5)})
    return a_person(session, 30, silent, **more)


def test_a_session_of_which_nothing_is_known_has_no_known_minute(feed: Feed) -> None:
    """Frames alone are no evidence of a good call."""
    [row] = computed(feed, "sessions", unsaid("s"))
    assert (row["minutes"], row["known_minutes"], row["worst_minute"], row["worst_metric"]) == (1, 0, None, "")
    [minute] = feed.rows("session_minutes")
    assert (minute["known"], minute["affected"], minute["coverage"], minute["mos_worst"]) == (0, 0, 1, None)


def test_loss_of_a_few_packets_makes_no_minute_known(feed: Feed) -> None:
    """It is shown, and says nothing."""
    few = Medium("inbound", "audio", "t", "p", 7, always(0.5), packets=always(0.01))
    [row] = computed(feed, "session_minutes", a_person("s", 59, few))
    assert (row["loss_in"], row["known"], row["affected"]) == (pytest.approx(0.5), 0, 0)


def test_scores_of_two_scales_are_never_put_together(feed: Feed) -> None:
    """Two streams of Opus and a worse one of G.711: the minute's score is of the scale of most."""
    media = [replace(heard(concealed=0.02 * ssrc), ssrc=ssrc, track=f"t{ssrc}") for ssrc in (1, 2, 3)]
    person = a_person("s", 59, *media, pair={"totalRoundTripTime": always(0.1)})
    objects = person["series"][0]["objects"]
    for place, (codec, mime) in enumerate((("C", "audio/opus"), ("C", "audio/opus"), ("D", "audio/PCMU"))):
        objects[place]["s"]["codecId"] = codec
        objects.append(an_object("codec", codec, {"mimeType": mime}))
    del objects[-2]
    [row] = computed(feed, "session_minutes", person)
    best, worse, other = (one["mos"] for one in feed.rows("stream_quality"))
    assert best > worse > 1
    assert other > 1
    assert (row["mos_scale"], row["mos_worst"]) == ("FB", pytest.approx(worse))
    assert row["mos_mean"] == pytest.approx((best + worse) / 2)
    assert row["coverage"] == 1


def came(after_s: float) -> list[tuple[float, str, dict[str, Any]]]:
    """Return the events of a person to whom sound came so many seconds after joining began."""
    return [(1, "join_started", {}), (1 + after_s, "first_audio", {})]


def test_what_a_room_was(either: Store, project: str) -> None:
    """Two who talk, one of them badly at last, one who never connected, and one of whom little is known."""
    feed = Feed(either, project)
    bad = heard(lambda second: 0 if second < 60 else 0.3)
    put(
        feed,
        a_person("a", 119, heard(), events=[*came(2), (30, "network", {}), (118, "left", {"reason": "hangup"})]),
        a_person("b", 119, bad, events=[(1, *UP[1:3]), *came(5), (118, *FAILED[1:3])]),
        a_person("c", 0, events=[(3, *FAILED[1:3])]),
        unsaid("d"),
        a_person("e", 59, heard(), room="elsewhere"),
    )
    settle(Analyst(either, Instruments()))
    hour = Filters(project, int(START) - 1_800_000, int(START) + 1_800_000, room="standup")
    row = Queries(either).room_facts(hour)
    assert row == {
        "sessions": 4, "participants": 4, "began_ms": START + 1000, "ended_ms": START + 119_000, "left_count": 1,
        "dropped_count": 1, "ice_failed_count": 1, "telemetry_lost_count": 1, "unknown_count": 0, "reconnects_count": 0,
        "network_changes_count": 1, "device_changes_count": 0, "streams_in_count": 3, "streams_out_count": 0,
        "first_media_count": 2, "first_media_p50_ms": 5000, "first_media_p95_ms": 5000, "minutes": 5,
        "known_minutes": 4, "affected_minutes": 1, "affected_share": 0.25,
        "worst_ms": START + 60_000, "worst_affected": 1,
    }  # fmt: skip
    assert Queries(either).room_facts(replace(hour, room="nowhere")) is None
    assert Queries(either).room_facts(replace(hour, project="nobody")) is None
    [share] = feed.store.query(
        "SELECT affected_share FROM sessions FINAL WHERE project = {p:String} AND session = 'b'", {"p": project}
    ).to_pylist()
    assert share["affected_share"] == 0.5
