"""The writer cuts batches that explain themselves and never change."""

import gzip
from typing import Any

from rtcpulse.agent.tracks import TrackInfo
from rtcpulse.agent.writer import Cut, Writer
from schemas.batch import Batch, decode


def writer() -> Writer:
    """Return a writer of a session."""
    return Writer({"id": "s1"}, 2000)


def stream(packets: int) -> list[dict[str, Any]]:
    """Return a reading of one stream."""
    return [
        {
            "type": "inbound-rtp",
            "id": "in-7",
            "ssrc": 7,
            "mid": "1",
            "trackIdentifier": "m1",
            "packetsReceived": packets,
        }
    ]


def opened(cut: Cut | None) -> Batch:
    """Return the batch of a cut that must be there."""
    assert cut is not None
    return decode(gzip.decompress(cut.body))


def test_the_baseline_is_the_previous_sample_whichever_batch_carried_it() -> None:
    """Every batch after the first repeats the writer's last sample of the peer connection, acknowledged or not."""
    made = writer()
    pc = made.add_pc("call")
    made.sample(pc, 1000, stream(10))
    made.sample(pc, 3000, stream(20))
    first = opened(made.cut()).series[0]
    made.sample(pc, 5000, stream(35))
    second: Any = opened(made.cut()).series[0]
    assert (first.baseline, first.t) == (False, [1000, 3000])
    assert (second.baseline, second.t) == (True, [3000, 5000])
    assert second.objects[0].f.packetsReceived == [20, 35]


def test_seq_counts_batches_and_nothing_new_makes_none() -> None:
    """There is no batch without news, and seq has no gap of our own making."""
    made = writer()
    made.event(1, "join_started", None, "")
    assert opened(made.cut()).seq == 0
    assert made.cut() is None
    made.event(2, "joined", None, "")
    assert opened(made.cut()).seq == 1


def test_a_sample_that_is_not_later_is_left_out() -> None:
    """Time goes forward within a series."""
    made = writer()
    pc = made.add_pc("")
    made.sample(pc, 1000, stream(10))
    made.sample(pc, 1000, stream(11))
    assert opened(made.cut()).series[0].t == [1000]


def test_every_batch_has_the_whole_state_of_the_tracks_and_then_the_changes() -> None:
    """A batch explains itself: the state at its start, then changes; mid and SSRC where known."""
    made = writer()
    pc = made.add_pc("")
    made.track(500, pc, "m1", TrackInfo("a/mic", "inbound", "alice", "microphone", muted=False))
    made.sample(pc, 1000, stream(10))
    opened(made.cut())
    made.track(2500, pc, "m1", TrackInfo("a/mic", "inbound", "alice", "microphone", muted=True))
    made.sample(pc, 3000, stream(20))
    entries = opened(made.cut()).tracks
    assert [(one.t, one.muted, one.ssrc, one.mid) for one in entries] == [(1000, False, 7, "1"), (2500, True, 7, "1")]
    made.sample(pc, 5000, stream(30))
    assert [one.muted for one in opened(made.cut()).tracks] == [True]


def test_what_was_given_up_is_counted_in_the_next_batch_once() -> None:
    """`dropped` counts samples that will never arrive."""
    made = writer()
    made.lost(3)
    made.event(1, "x", 1, "")
    assert opened(made.cut()).dropped == 3
    made.event(2, "x", 1, "")
    assert opened(made.cut()).dropped == 0
