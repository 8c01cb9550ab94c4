"""The writer cuts batches that explain themselves and never change."""

import gzip
import json
from typing import Any

import numpy as np
import pytest

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


class Broken:
    """An object that cannot even be written as text."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (True, True),
        (float("nan"), "nan"),
        (10**400, "1" + "0" * 400),
        (10**5000, "int"),
        (Broken(), "Broken"),
        ("half \ud83d", "half "),
        ("x" * 5000, "x" * 1000),
        ([1, [2]], "[1, [2]]"),
        ({"stars": np.int64(5), "text": None, 7: {"deep": 1}}, {"stars": 5, "text": None, "7": "{'deep': 1}"}),
        ({"n" * 300: Broken()}, {"n" * 256: "Broken"}),
    ],
    ids=lambda given: type(given).__name__,
)
def test_an_event_takes_any_value(given: Any, kept: Any) -> None:
    """What the contract does not have becomes text, and the collector takes the batch."""
    made = writer()
    made.event(1, "x", given, "")
    assert [event.value for event in opened(made.cut()).events] == [kept]


def test_an_event_object_of_more_than_1_kb_is_its_own_beginning() -> None:
    """Then it is text, cut."""
    made = writer()
    given = {str(number): "x" * 100 for number in range(50)}
    made.event(1, "x", given, "")
    (event,) = opened(made.cut()).events
    assert event.value == json.dumps(given, separators=(",", ":"))[:1000]


@pytest.mark.parametrize(
    ("given", "kept"), [("n" * 300, "n" * 256), ("", "custom"), (None, "custom"), (Broken(), "Broken"), ([1], "[1]")]
)
def test_an_event_takes_any_name(given: Any, kept: str) -> None:
    """A name is a text of 1 to 256 characters."""
    made = writer()
    made.event(1, given, None, "")
    assert [event.name for event in opened(made.cut()).events] == [kept]


def test_a_session_and_its_labels_are_clipped() -> None:
    """A room of any length, tags that are no texts and members of another shape do not cost the session."""
    tags, refs = {"build": np.int64(7), "none": None}, {"livekit": {"room": "r" * 300}, "odd": 5}
    made = Writer({"id": "s1", "room": "\ud83d" + "r" * 300, "tags": tags, "refs": refs, "client": None}, 2000)
    pc = made.add_pc("l" * 300)
    made.track(500, pc, "i" * 300, TrackInfo("t" * 300, "inbound", "p" * 300, muted=np.True_))  # type: ignore[arg-type]
    made.track(500, pc, "m1", TrackInfo("t", "sideways"))  # type: ignore[arg-type]
    made.event(1000, "x", None, pc)
    batch = opened(made.cut())
    assert (batch.session.room, batch.session.tags) == ("r" * 255, {"build": "7", "none": ""})
    assert batch.session.refs == {"livekit": {"room": "r" * 256}, "odd": {}}
    assert [one.label for one in batch.pcs] == ["l" * 256]
    assert [(one.track, one.track_identifier, one.muted) for one in batch.tracks] == [("t" * 256, "i" * 256, True)]
