"""What the far end reported to writers whose batches have no baselines: as of those that have, however they are cut."""

from typing import Any, Final

import pytest

from runtime.chdbstore import ChdbStore
from tests.analytics.feed import Feed
from tests.analytics.modelled import START
from tests.analytics.test_recompute import settle
from tests.builders import a_batch
from tests.ingest.playing import an_analyst

SECONDS: Final = 180
WORSE_S: Final = 60
REPORT_S: Final = 5
LATE_MS: Final = 300
"""How long before a reading its report came."""


def _reading(second: int) -> dict[str, Any]:
    """Return what is sent, 50 packets a second, and the last report; in the second minute 20 % begin to be lost."""
    reported = second - second % REPORT_S
    lost = max(0, reported - WORSE_S) * 10
    rtt = 0.1 if reported < WORSE_S else 0.5
    sent = {"type": "outbound-rtp", "id": "O", "kind": "audio", "ssrc": 5, "packetsSent": 1000 + 50 * second}
    report = {"type": "remote-inbound-rtp", "id": "R", "localId": "O", "timestamp": START + 1000.0 * reported - LATE_MS}
    report |= {"packetsLost": 100 + lost, "jitter": 0.06, "roundTripTime": rtt}
    return {"t": START + 1000.0 * second, "pc": "p", "stats": [sent, report]}


def batches(each: int, *, baseline: bool = False) -> list[dict[str, Any]]:
    """Return the readings cut into batches, `each` in one."""
    readings = [_reading(second) for second in range(SECONDS)]
    found = []
    for seq, begin in enumerate(range(0, SECONDS, each)):
        part = readings[begin : begin + each]
        if baseline and begin:
            part = [readings[begin - 1] | {"baseline": True}, *part]
        found.append(a_batch(seq=seq, session="s", samples=part, every_ms=1000))
    return found


def judged(feed: Feed, parts: list[dict[str, Any]]) -> Feed:
    """Store batches and let the jobs catch up."""
    feed.store_batches(parts)
    settle(an_analyst(feed.store, feed.log_id))
    return feed


@pytest.mark.parametrize("each", [1, 3, 5, 10])
def test_minutes_without_baselines_are_those_with_them(store: ChdbStore, project: str, each: int) -> None:
    """Packets lost to the packet; a report counts once; expected is what was sent between reports."""
    whole = judged(Feed(store, f"{project}-w"), batches(SECONDS)).rows("stream_minutes")
    cut = judged(Feed(store, project), batches(each)).rows("stream_minutes")
    names = ("packets_lost", "rtt_count", "rtt_sum_ms", "jitter_count")
    assert [[row[name] for name in names] for row in cut] == [[row[name] for name in names] for row in whole]
    assert [row["packets_lost"] for row in cut] == [0, 550, 600]
    assert [row["rtt_count"] for row in cut] == [12, 12, 12]
    assert [row["packets_expected"] for row in whole] == [2750, 3000, 3000]
    first, *others = [row["packets_expected"] for row in cut]
    assert others == [3000, 3000]
    assert first in {2750, 2500}  # where nothing was read before the first report, nobody knows what it is of


@pytest.mark.parametrize("each", [1, 10])
def test_incidents_without_baselines_are_those_with_them(store: ChdbStore, project: str, each: int) -> None:
    """Loss on the way up and a round trip that rose are seen, and jitter once a report."""
    with_them = judged(Feed(store, f"{project}-b"), batches(each, baseline=True))
    without = judged(Feed(store, project), batches(each))
    assert _symptoms(without) == _symptoms(with_them)
    assert {"loss", "delay", "jitter"} <= {name for name, _, _ in _symptoms(without)}
    (ours,), (theirs,) = without.rows("incidents"), with_them.rows("incidents")
    assert (ours["began"], ours["ended"], ours["severity"]) == (theirs["began"], theirs["ended"], theirs["severity"])


def _symptoms(feed: Feed) -> list[tuple[str, Any, int]]:
    sql = "SELECT symptom, t, level FROM symptoms FINAL WHERE project = {p:String} ORDER BY symptom, t"
    return [(row["symptom"], row["t"], row["level"]) for row in feed.store.query(sql, {"p": feed.project}).to_pylist()]


def test_a_report_of_two_minutes_ago_is_none_to_compare_with(store: ChdbStore, project: str) -> None:
    """Nothing further back is read when a minute is dirty, so it must not say more when more is read."""
    parts = batches(1)
    feed = Feed(store, project)
    for begin, end in ((0, 11), (150, 156), (156, 157), (157, 180)):
        judged(feed, parts[begin:end])
    one_by_one = feed.rows("stream_minutes")
    feed.forget()
    settle(an_analyst(store, feed.log_id))
    assert feed.rows("stream_minutes") == one_by_one
    assert one_by_one[-1]["packets_lost"] == 200
