"""The score of received audio from mouth to ear, where its sender is known, beside that of the receiver's own leg.

G.711 (Ie 0, Bpl 25.1) with 12 % made up in runs of three packets (BurstR 2.64): Ie,eff = 95 x 12 / (12 / 2.64 + 25.1)
= 38.4545. The leg: 100 / 2 + 60 + 20.125 = 130.125 ms, Idd = 0.0125, R = 93.2 - 0.0125 - 38.4545 = 54.7331. With
half of the sender's 200 ms: 230.125 ms, Idd = 6.4754, R = 48.2701.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from analytics.queries import Queries
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Along, Medium, a_person, always, during, moved
from tests.analytics.test_quality import in_runs, with_codec
from tests.analytics.test_recompute import settle
from tests.ingest.playing import an_analyst

LEG: Final = 2.8243
BOTH_LEGS: Final = 2.4844
RTT: Final = always(0.2)


@pytest.fixture
def feed(either: Store, project: str) -> Feed:
    """A feed of a project of the test's own."""
    return Feed(either, project)


def hearing(
    session: str = "r", *, ssrc: int = 7, seconds: int = 59, mime: str = "audio/PCMU", **more: Any
) -> dict[str, Any]:
    """Return who receives the track t, 100 ms from the server or the peer."""
    medium = in_runs(8000)
    medium.ssrc, medium.track = ssrc, more.pop("track", "t")
    return with_codec(a_person(session, seconds, medium, pair={"totalRoundTripTime": always(0.1)}, **more), mime)


def talking(
    session: str = "s", *, ssrc: int = 9, rtt: Along | None = RTT, seconds: int = 59, **more: Any
) -> dict[str, Any]:
    """Return who sends the track t, 200 ms from the server."""
    reports = {"jitter": always(0.005)} | ({"roundTripTime": rtt} if rtt else {})
    medium = Medium("outbound", "audio", more.pop("track", "t"), "", ssrc, reports=reports)
    return a_person(session, seconds, medium, **more)


def asked(feed: Feed, session: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what a session's streams were worth, by scale and scope."""
    rows = Queries(feed.store).session_quality(feed.project, session, int(START), int(START) + 600_000)
    by_scope = {(row["scale"], row["scope"]): row for row in rows}
    assert len(by_scope) == len(rows)
    return by_scope


def each(feed: Feed, cases: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """Store the people of all cases, each in rooms of its own, and return what the streams of each r were worth."""
    feed.store_batches([placed(person, place) for place, people in enumerate(cases.values()) for person in people])
    settle(an_analyst(feed.store, feed.log_id))
    return {case: asked(feed, f"r{place}") for place, case in enumerate(cases)}


def placed(person: dict[str, Any], place: int) -> dict[str, Any]:
    """Return a person with a session, a writer and a room that are of one case only."""
    session = person["session"]
    own = {"id": f"{session['id']}{place}", "room": session["room"] and f"{session['room']}{place}"}
    return person | {"writer": f"{place:02}{person['writer']}"[:32], "session": session | own}


SERVED: Final[dict[str, list[dict[str, Any]]]] = {
    "the SSRC is another one": [hearing(), talking()],
    "both know it": [hearing(node="n"), talking(node="n")],
    "the receiver knows it, and it keeps the SSRC": [hearing(node="n"), talking(ssrc=7)],
    "the sender knows it, and it keeps the SSRC": [hearing(), talking(ssrc=7, node="n")],
    "it is known, and an SSRC is not": [hearing(node="n"), talking(ssrc=0)],
    "somebody else receives the same SSRC": [hearing(), talking(ssrc=7), hearing("q")],
}


def test_with_a_server_between_the_senders_way_to_it_is_added(feed: Feed) -> None:
    """Half of the sender's round trip; loss, bursts and codec stay as they were heard."""
    for case, rows in each(feed, SERVED).items():
        assert set(rows) == {("NB", "leg"), ("NB", "end_to_end")}, case
        assert rows["NB", "leg"]["mos_mean"] == pytest.approx(LEG, abs=5e-5), case
        whole = rows["NB", "end_to_end"]
        assert (whole["mos_mean"], whole["mos_worst"]) == (pytest.approx(BOTH_LEGS, abs=5e-5),) * 2, case
        assert (whole["minutes"], whole["known_ratio"], whole["samples_seen"]) == (1, 1, 59), case


def sending_to_two(rtt: Along | None) -> dict[str, Any]:
    """Return who sends the track t to two peers, to the one that is asked about under the SSRC 7."""
    sender, other = talking(ssrc=7, rtt=rtt), talking(ssrc=8, rtt=always(0.5))
    sender["series"][0]["objects"] += other["series"][0]["objects"]
    sender["tracks"] += other["tracks"]
    return sender


def test_without_a_server_the_leg_is_the_whole_way(feed: Feed) -> None:
    """The round trip between the two is the receiver's own already; nothing is needed of the sender's."""
    cases = {str(rtt): [hearing(), sending_to_two(rtt), hearing("q", ssrc=8)] for rtt in (RTT, None)}
    for rows in each(feed, cases).values():
        assert rows["NB", "end_to_end"]["mos_mean"] == rows["NB", "leg"]["mos_mean"] == pytest.approx(LEG, abs=5e-5)


UNKNOWN: Final[dict[str, list[dict[str, Any]]]] = {
    "nobody sends it": [hearing()],
    "the sender has no round trip": [hearing(), talking(rtt=None)],
    "two send it": [hearing(), talking(), talking("s2")],
    "it is sent in another room": [hearing(), talking(room="lobby")],
    "it is sent in the room that it went to a minute later": [
        hearing(), moved(hearing(room="lobby") | {"seq": 1}, 60_000), talking(room="lobby"),
    ],
    "another track is sent": [hearing(), talking(track="u")],
    "it has no track": [hearing(track=""), talking(track="")],
    "it has no room": [hearing(room=""), talking(room="")],
    "others only receive it": [hearing(), hearing("q")],
    "it is its own": [hearing(), talking("r") | {"writer": "w2" * 16}],
    "a server at each end": [hearing(node="n"), talking(node="m")],
    "no server is known, and no SSRC of the receiver": [hearing(ssrc=0), talking()],
    "no server is known, and no SSRC of the sender": [hearing(), talking(ssrc=0)],
    "it was sent a minute later": [hearing(), moved(talking(), 60_000)],
    "the leg has no score": [hearing(mime="audio/G722"), talking()],
}  # fmt: skip


def test_with_anything_unknown_there_is_no_score(feed: Feed) -> None:
    """The leg's stays, and stands for nothing else."""
    for case, rows in each(feed, UNKNOWN).items():
        scores = {key: row["mos_mean"] for key, row in rows.items() if key != ("", "")}
        assert scores == ({} if "leg" in case else {("NB", "leg"): pytest.approx(LEG, abs=5e-5)}), case


def silent_from(second: int, person: dict[str, Any]) -> dict[str, Any]:
    """Return somebody on whose track the far end reports nothing new from a second on."""
    told = person["series"][0]["objects"][1]["f"]
    told["timestamp"] = [min(t, START + 1000 * second) for t in told["timestamp"]]
    return person


MINUTES: Final[dict[str, tuple[list[dict[str, Any]], tuple[int, float, float]]]] = {
    "a round trip in the first of three": (
        [hearing(seconds=170), silent_from(40, talking(seconds=110))], (1, 1 / 3, BOTH_LEGS),
    ),
    "nothing came of the second of three": (
        [hearing(), moved(hearing() | {"seq": 1}, 120_000), talking(seconds=170)], (2, 2 / 3, BOTH_LEGS),
    ),
    "no way to the server in the second": (
        [hearing(seconds=119), talking(rtt=during(0.2, 0, 60), seconds=119)], (2, 1, (BOTH_LEGS + LEG) / 2),
    ),
    "another scale in the second": (
        [hearing(), moved(hearing(mime="audio/opus") | {"seq": 1}, 60_000), talking(seconds=119)],
        (1, 1 / 2, BOTH_LEGS),
    ),
}  # fmt: skip


def test_minutes_count_each_for_itself(feed: Feed) -> None:
    """How many have a score, their share of all from the first to the last, their mean and the worst."""
    found = each(feed, {case: people for case, (people, _) in MINUTES.items()})
    for case, (_, (minutes, known_ratio, mean)) in MINUTES.items():
        whole = found[case]["NB", "end_to_end"]
        assert (whole["minutes"], whole["known_ratio"]) == (minutes, pytest.approx(known_ratio)), case
        assert (whole["mos_mean"], whole["mos_worst"]) == pytest.approx((mean, BOTH_LEGS), abs=5e-5), case
    assert found["a round trip in the first of three"]["NB", "leg"]["known_ratio"] == 1
    assert found["nothing came of the second of three"]["NB", "leg"]["known_ratio"] == pytest.approx(2 / 3)
    scales = found["another scale in the second"]
    assert set(scales) == {(scale, scope) for scale in ("NB", "FB") for scope in ("leg", "end_to_end")}
    assert scales["FB", "end_to_end"]["mos_mean"] < scales["FB", "leg"]["mos_mean"]


def test_what_is_sent_has_a_leg_only(feed: Feed) -> None:
    """Reports of the far end give it a score; somebody else sends the track too."""
    feed.store_batches([with_codec(talking(), "audio/PCMU"), talking("s2")])
    settle(an_analyst(feed.store, feed.log_id))
    assert set(asked(feed, "s")) == {("NB", "leg")}
