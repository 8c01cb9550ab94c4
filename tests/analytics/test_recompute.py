"""The jobs' output is what one computation over all raw rows gives, whatever came when, how often, and late."""

import random
from typing import Any

import pytest

from analytics.analyst import Analyst
from runtime.chdbstore import ChdbStore
from runtime.instruments import Instruments
from tests.analytics.feed import Feed
from tests.builders import T0, a_batch, a_series, an_object

MINUTE = 60_000
NETWORKS = ("wifi", "cellular")
STATES = ("connected", "disconnected", "failed", "checking")


def a_session(name: str, dice: random.Random, *, baselines: bool) -> list[dict[str, Any]]:
    """Return some minutes of a session: two streams, resets, gaps over minutes, a network that changes."""
    batches = []
    tick, packets = dice.randrange(30), [1000, 5000]
    for seq in range(dice.randrange(8, 16)):
        ticks = [tick + n for n in range(6)] if baselines and seq else [tick + 1 + n for n in range(5)]
        objects = []
        for ssrc in range(2):
            if dice.random() < 0.1:
                packets[ssrc] = 0
            values = [packets[ssrc] + 50 * n for n in range(len(ticks))]
            packets[ssrc] = values[-1]
            loss = [value // (20 + ssrc) for value in values]
            objects.append(
                an_object("inbound-rtp", f"I{ssrc}", {"kind": "audio", "ssrc": ssrc + 1, "codecId": "C"},
                          packetsReceived=values, packetsLost=loss, bytesReceived=[value * 100 for value in values],
                          totalSamplesReceived=[value * 960 for value in values],
                          concealedSamples=[value * 40 for value in values],
                          silentConcealedSamples=[value * 10 for value in values],
                          concealmentEvents=[value // 25 for value in values],
                          jitter=[dice.random() / 10 for _ in values])
            )  # fmt: skip
        objects += [
            an_object("codec", "C", {"mimeType": "audio/opus"}),
            an_object("candidate-pair", "P", {"state": "succeeded", "nominated": True},
                      totalRoundTripTime=[0.1 * n for n in ticks], responsesReceived=list(ticks)),
        ]  # fmt: skip
        events = [
            {"t": T0 + 2000.0 * dice.choice(ticks), "pc": f"pc{dice.randrange(2)}", "name": "ice_state",
             "value": {"state": dice.choice(STATES)}}
            for _ in range(2)
        ]  # fmt: skip
        series = a_series([T0 + 2000.0 * n for n in ticks], *objects, baseline=baselines and seq > 0)
        client = {"networkType": dice.choice(NETWORKS), "browser": "Chrome"}
        refs = {"livekit": {"room": name, "identity": name}} if seq else {}
        circumstances = {"client": client, "app": f"acme/{dice.randrange(2)}", "refs": refs}
        batches.append(a_batch(seq=seq, session=name, writer=name * 4, series=[series], circumstances=circumstances,
                               events=events, every_ms=dice.choice((1000, 2000, None))))  # fmt: skip
        tick = ticks[-1] + dice.choice((0, 0, 0, 0, 40, 100))
    return batches


@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("baselines", [True, False])
def test_rounds_agree_with_one_computation(store: ChdbStore, project: str, seed: int, *, baselines: bool) -> None:
    """Shuffled, repeated, and computed in between at random moments."""
    dice = random.Random(seed)
    feed, analyst = Feed(store, project), Analyst(store, Instruments())
    batches = [
        batch for name in ("sa", "sb", "sc") for batch in a_session(f"{name}-{project}", dice, baselines=baselines)
    ]
    batches += dice.sample(batches, 5)
    dice.shuffle(batches)
    while batches:
        count = dice.randrange(1, 8)
        feed.store_batches(batches[:count])
        del batches[:count]
        if dice.random() < 0.7:
            settle(analyst)
    settle(analyst)
    by_rounds = feed.derived()
    assert all(by_rounds.values())
    assert any(row["mos_worst"] for row in by_rounds["session_minutes"])
    feed.forget()
    assert not any(feed.derived().values())
    settle(analyst)
    assert feed.derived() == by_rounds


def settle(analyst: Analyst) -> None:
    """Run rounds until nothing is left to follow."""
    while analyst.round():
        pass


def test_a_round_that_was_cut_off_is_done_again(store: ChdbStore, project: str) -> None:
    """The cursor is saved after the output: the same output replaces itself."""
    feed, analyst = Feed(store, project), Analyst(store, Instruments())
    feed.store_batches(a_session(f"s-{project}", random.Random(1), baselines=True))
    settle(analyst)
    before = feed.derived()
    feed.forget_cursor()
    settle(Analyst(store, Instruments()))
    assert feed.derived() == before


def test_minutes_of_circumstances_that_are_no_more_get_a_tombstone(store: ChdbStore, project: str) -> None:
    """When the last batch of a minute says another network, the fleet's minute of the first one is gone."""
    feed, analyst = Feed(store, project), Analyst(store, Instruments())
    minute = T0 - T0 % MINUTE
    for seq, network in enumerate(NETWORKS):
        item = an_object("inbound-rtp", "I", {"kind": "audio", "ssrc": 1}, packetsReceived=(10, 20))
        series = a_series([minute + 1000 + 2000 * seq, minute + 2000 + 2000 * seq], item)
        circumstances = {"client": {"networkType": network}}
        batch = a_batch(seq=seq, session=f"s-{project}", series=[series], circumstances=circumstances)
        feed.store_batches([batch])
        settle(analyst)
    fleet = feed.rows("fleet_minutes")
    assert [(row["network_type"], row["sessions"]) for row in fleet] == [("cellular", 1)]


def counted(ticks: range) -> list[dict[str, Any]]:
    """Return audio and video received and video sent at some ticks; from the fourth on no packets come any more."""
    packets = [100 * min(tick, 4) for tick in ticks]
    received: dict[str, list[Any]] = {
        "packetsReceived": packets, "packetsLost": [0 for _ in ticks], "framesDecoded": [60 * tick for tick in ticks],
        "totalFreezesDuration": [0.25 * tick for tick in ticks], "concealedSamples": [300 * tick for tick in ticks],
        "silentConcealedSamples": [100 * tick for tick in ticks],
        "totalSamplesReceived": [96_000 * tick for tick in ticks],
    }  # fmt: skip
    sent: dict[str, list[Any]] = {
        "packetsSent": packets, "qualityLimitationDurations.cpu": [0.5 * tick for tick in ticks],
        "qualityLimitationDurations.bandwidth": [0.125 * tick for tick in ticks],
    }  # fmt: skip
    return [
        an_object("inbound-rtp", "A", {"kind": "audio", "ssrc": 1}, **received),
        an_object("inbound-rtp", "V", {"kind": "video", "ssrc": 2}, **received),
        an_object("outbound-rtp", "O", {"kind": "video", "ssrc": 3}, **sent),
    ]


def test_frames_freezes_and_limitations_need_no_baseline(store: ChdbStore, project: str) -> None:
    """Batches of one sample come to what one batch of all of them comes to, quiet times included."""
    feed, start = Feed(store, project), T0 - T0 % MINUTE
    for name, cuts in (("one", [range(6)]), ("many", [range(tick, tick + 1) for tick in range(6)])):
        for seq, cut in enumerate(cuts):
            series = a_series([start + 2000 * tick for tick in cut], *counted(cut))
            feed.store_batches([a_batch(seq=seq, session=f"{name}-{project}", writer=name * 8, series=[series])])
    settle(Analyst(store, Instruments()))
    rows = [
        {key: value for key, value in row.items() if key not in {"session", "stream"}}
        for row in feed.rows("stream_minutes")
    ]
    many, one = (sorted(some, key=str) for some in (rows[:3], rows[3:]))
    assert many == one
    assert sorted(row["frames"] for row in many) == [0, 300, 300]
    assert {(row["freezes_s"], row["watched_ms"]) for row in many} == {(1.0, 8000), (0.0, 0)}
    assert {(row["limited_cpu_s"], row["limited_bandwidth_s"]) for row in many} == {(2.5, 0.625), (0.0, 0.0)}
