"""The same reading in two batches, and readings between others: each time of a stream counts once, in any order."""

from itertools import permutations
from typing import Any, Final

import pytest

from analytics.queries import Queries
from runtime.chdbstore import ChdbStore
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.modelled import START, Medium, a_person, always
from tests.analytics.test_incidents import cut
from tests.analytics.test_recompute import settle
from tests.builders import a_batch, a_series, an_object
from tests.ingest.playing import an_analyst

SUMS: Final = ("samples", "interval_ms", "packets", "packets_lost", "packets_expected", "bytes", "frames")
SECONDS: Final = 30
HOUR_MS: Final = 3_600_000
REPORT_S: Final = 5
Span = tuple[float, float, bool]
"""First and last second, and whether the first is a baseline."""


def batch(seq: int, first: float, last: float, *, baseline: bool, session: str = "s") -> dict[str, Any]:
    """Return readings, each second, of a stream received and one sent: 50 packets a second, one in ten lost."""
    seconds = [first + n for n in range(round(last - first) + 1)]
    packets = [round(50 * second) for second in seconds]
    told = [second // REPORT_S * REPORT_S for second in seconds]
    counters: dict[str, list[Any]] = {
        "packetsReceived": packets, "packetsLost": [count // 10 for count in packets],
        "bytesReceived": [100 * count for count in packets],
        "framesDecoded": [round(30 * second) for second in seconds],
    }  # fmt: skip
    report: dict[str, list[Any]] = {
        "packetsLost": [round(5 * second) for second in told], "timestamp": [START + 1000 * second for second in told],
    }  # fmt: skip
    objects = (
        an_object("inbound-rtp", "I", {"kind": "video", "ssrc": 7}, **counters),
        an_object("outbound-rtp", "O", {"kind": "audio", "ssrc": 8}, packetsSent=packets),
        an_object("remote-inbound-rtp", "R", {"kind": "audio", "ssrc": 8, "localId": "O"}, **report),
    )
    series = a_series([START + 1000 * second for second in seconds], *objects, baseline=baseline)
    return a_batch(seq=seq, session=session, series=[series])


def summed(feed: Feed, session: str = "s") -> dict[str, dict[str, int]]:
    """Return the sums of each stream's minutes, by the stream's direction."""
    rows = [row for row in feed.rows("stream_minutes") if row["session"] == session]
    return {row["direction"]: {name: row[name] for name in SUMS} for row in rows}


@pytest.mark.parametrize(
    ("spans", "samples"),
    [
        pytest.param([(0, 20, True), (10, SECONDS, True)], 30, id="overlapping"),
        pytest.param([(0, 20, True), (20, SECONDS, False)], 30, id="the second without its baseline"),
        pytest.param([(0, 20, False), (10, SECONDS, False)], 31, id="without baselines"),
        pytest.param([(0, SECONDS, True), (0, SECONDS, False)], 31, id="the same"),
        pytest.param([(0, SECONDS, True), (0.5, 29.5, True)], 59, id="between the others"),
        pytest.param([(0, SECONDS, True), (0.5, 29.5, True), (10, 20, False)], 59, id="three"),
    ],
)
def test_a_time_counts_once(store: ChdbStore, project: str, spans: list[Span], samples: int) -> None:
    """30 s, 1500 packets, 150 lost, whatever came first, by rounds and by one computation; a session for each order."""
    feed = Feed(store, project)
    orders = list(permutations(enumerate(spans)))
    for turn in zip(*orders, strict=True):
        told = [
            batch(seq, first, last, baseline=baseline, session=f"s{place}")
            for place, (seq, (first, last, baseline)) in enumerate(turn)
        ]
        feed.store_batches(told)
        settle(an_analyst(store, feed.log_id))
    by_rounds = feed.derived()
    for place in range(len(orders)):
        found = summed(feed, f"s{place}")
        assert found["inbound"] == {
            "samples": samples, "interval_ms": 30_000, "packets": 1500, "packets_lost": 150, "packets_expected": 1650,
            "bytes": 150_000, "frames": 900,
        }  # fmt: skip
        assert (found["outbound"]["packets"], found["outbound"]["interval_ms"]) == (1500, 30_000)
    assert [minute["bitrate_in_bps"] for minute in by_rounds["session_minutes"]] == [40_000] * len(orders)
    feed.forget()
    settle(an_analyst(store, feed.log_id))
    assert feed.derived() == by_rounds


@pytest.mark.parametrize("second", [(10, SECONDS, True), (0.5, 29.5, True)])
def test_a_report_of_the_far_end_counts_once(store: ChdbStore, project: str, second: Span) -> None:
    """Where two batches tell it."""
    feed = Feed(store, project)
    feed.store_batches([batch(0, 0, SECONDS, baseline=True), batch(1, *second[:2], baseline=second[2])])
    settle(an_analyst(store, feed.log_id))
    found = summed(feed)["outbound"]
    assert (found["packets_lost"], found["packets_expected"]) == (150, 1500)


def test_how_the_rows_lie_says_nothing(store: ChdbStore, project: str) -> None:
    """In parts of their own, or in one."""
    feed = Feed(store, project)
    for seq, first in enumerate((0, 5, 10, 15)):
        feed.store_batches([batch(seq, first, first + 15, baseline=seq % 2 == 0)])
    settle(an_analyst(store, feed.log_id))
    apart = feed.derived()
    store.execute("OPTIMIZE TABLE stream_samples FINAL")
    feed.forget()
    settle(an_analyst(store, feed.log_id))
    assert feed.derived() == apart


def test_two_counters_under_one_name_are_not_mixed(store: ChdbStore, project: str) -> None:
    """One that stands at 50 and one that stands at a million: what lies between them was never sent."""
    feed = Feed(store, project)
    other = batch(1, 0.5, 29.5, baseline=True)
    fields = other["series"][0]["objects"][0]["f"]
    fields["packetsReceived"] = [1_000_000 + count for count in fields["packetsReceived"]]
    feed.store_batches([batch(0, 0, SECONDS, baseline=True), other])
    settle(an_analyst(store, feed.log_id))
    assert summed(feed)["inbound"]["packets"] == 1500 + 1450


def test_the_session_page_counts_once(either: Store, project: str) -> None:
    """Its streams, its curves and its verdicts."""
    feed = Feed(either, project)
    feed.store_batches([batch(seq, first, SECONDS, baseline=True) for seq, first in enumerate((0, 10))])
    queries, since, until = Queries(either), int(START) - HOUR_MS, int(START) + HOUR_MS
    streams = {row["way"]: row for row in queries.session_streams(project, "s", since, until)}
    assert (streams["inbound"]["samples"], streams["inbound"]["packets"], streams["inbound"]["lost"]) == (30, 1500, 150)
    assert (streams["outbound"]["lost"], streams["outbound"]["expected"]) == (150, 1500)
    curves = queries.session_samples(project, "s", since, until)
    assert {round(row["bitrate"]) for row in curves if row["bitrate"]} == {40_000}
    verdicts = queries.stream_verdicts(project, "s", since, until)
    assert {(row["stream_ms"], row["intervals"]) for row in verdicts} == {(30_000, 30)}


def test_an_event_that_two_batches_tell_happened_once(store: ChdbStore, project: str) -> None:
    """Repairs, changes of network and of devices, and what the session page tells."""
    feed = Feed(store, project)
    told = [(5, "device", {"kind": "audioinput"}), (6, "network", {"type": "wifi"}), (9, "reconnected", {})]
    person = a_person("s", 20, Medium("inbound", "audio", "t", "p", 7), events=told)
    feed.store_batches([cut(person, 0, 10, seq=0), cut(person, 10, 20, seq=1) | {"events": person["events"]}])
    settle(an_analyst(store, feed.log_id))
    [row] = feed.rows("sessions")
    assert (row["device_changes"], row["network_changes"], row["reconnects"]) == (1, 1, 1)
    events = Queries(store).session_events(project, "s", int(START), int(START) + HOUR_MS)
    assert len(events) == 3


def test_a_repeated_trouble_lasts_as_long_as_it_lasted(store: ChdbStore, project: str) -> None:
    """20 s of loss, told by two batches."""
    person = a_person("s", 60, Medium("inbound", "audio", "t", "p", 7, always(0.1)))
    feed = Feed(store, project)
    feed.store_batches([cut(person, 0, 20, seq=0), cut(person, 10, 20, seq=1), cut(person, 0, 20, seq=2)])
    settle(an_analyst(store, feed.log_id))
    [row] = feed.rows("incidents")
    assert row["degraded_ms"] == 20_000
    assert row["evidence"] == [
        "one medium that it received lost 10% for 20 s",
        "seen: loss; the evidence for a cause is not complete",
    ]
    assert sum(one["level"] == 2 for one in feed.rows("symptoms")) == 20
