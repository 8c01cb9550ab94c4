"""A wanted track without a stream has a row at each sample, without a packet; one that may have a stream has none."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.builders import T0, a_batch, a_series, an_object, inbound
from tests.ingest.running import Ingest, Row, column, verbatim

TIMES = [T0 + 1000 * second for second in range(6)]
SENT = an_object("outbound-rtp", "O1", {"kind": "audio", "ssrc": 1, "mid": "1"}, packetsSent=range(6))
STREAM = "wwwwwwww-pc0-wanted-TA"


def said(second: float = 0, **more: Any) -> dict[str, Any]:
    """Return what the receiver says of a track from a second on."""
    entry = {"t": T0 + 1000 * second, "pc": "pc0", "direction": "inbound", "mid": "3", "track": "TA"}
    return entry | {"publisher": "alice", "source": "microphone", "muted": False, "wanted": True} | more


def received(ssrc: int = 7, there: Sequence[int] = range(6), **steady: Any) -> dict[str, Any]:
    """Return an inbound stream that is there in some rows; its media section is not the wanted track's."""
    item = inbound(ssrc=ssrc, received=[n if n in there else None for n in range(6)], lost=[None] * 6)
    return item | {"s": item["s"] | steady, "f": {"packetsReceived": item["f"]["packetsReceived"]}}


def batch(tracks: Sequence[Mapping[str, Any]], *objects: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a batch of one connection with what is said of its tracks."""
    return a_batch(tracks=tracks, series=[a_series(TIMES, SENT, *objects, **more)])


@pytest.fixture(params=["series", "samples"])
def rows_of(request: pytest.FixtureRequest, ingest: Ingest) -> Any:
    """Return a function from a batch, in one form and in the other, to its rows that have no stream."""

    def rows(body: dict[str, Any]) -> list[Row]:
        found = ingest.samples(verbatim(body) if request.param == "samples" else body)
        return [row for row in found if not row["stats_id"]]

    return rows


def seconds(rows: Sequence[Row]) -> list[float]:
    """Return the rows' seconds."""
    return [row["t"].timestamp() - T0 / 1000 for row in rows]


def test_a_row_for_each_sample_with_what_is_known(rows_of: Any) -> None:
    """No packet and whose it would be; no other counter, and no round trip."""
    pair = an_object(
        "candidate-pair", "P", {"state": "succeeded", "nominated": True},
        totalRoundTripTime=[n / 10 for n in range(6)], responsesReceived=range(6),
    )  # fmt: skip
    rows = rows_of(batch([said()], pair))
    assert seconds(rows) == [0, 1, 2, 3, 4, 5]
    assert column(rows, "interval_ms") == [None, *[1000] * 5]
    assert column(rows, "packets") == [0] * 6
    assert column(rows, "d_packets") == [None, *[0] * 5]
    known = {name: value for name, value in rows[-1].items() if value not in (None, "")}
    place = {"project", "room", "session", "participant", "writer", "clock_shift_ms", "received", "t"}
    place |= {"log_id", "log_partition", "log_offset", "log_index"}
    assert {name: value for name, value in known.items() if name not in place} == {
        "pc": "pc0", "stream": STREAM, "ssrc": 0, "mid": "3", "track": "TA", "publisher": "alice",
        "source": "microphone", "direction": "inbound", "kind": "audio", "interval_ms": 1000, "reset": 0, "quiet": 1,
        "muted": 0, "wanted": 1, "packets": 0, "d_packets": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "found", "begins"),
    [
        ([said(1.5)], [2, 3, 4, 5], [2]),
        ([said(), said(2, muted=True), said(4)], [0, 1, 4, 5], [4]),
        ([said(), said(2, wanted=False)], [0, 1], []),
        ([said(), said(3, mid="9", wanted=False)], [0, 1, 2], []),
        ([said(), said(0, mid="9", muted=True)], [], []),
        ([said(), said(2, track="TB", wanted=False)], [0, 1], []),
        ([said(muted=None)], [0, 1, 2, 3, 4, 5], []),
        ([said(wanted=None)], [], []),
        ([said(wanted=False)], [], []),
        ([said(muted=True)], [], []),
        ([said(direction="outbound")], [], []),
        ([said(track="")], [], []),
        ([said(pc="pc1")], [], []),
    ],
)
def test_what_the_receiver_says_decides(
    rows_of: Any, entries: list[dict[str, Any]], found: list[int], begins: list[int]
) -> None:
    """Along time; a row that follows another state is marked, since the time before it was not without media."""
    rows = rows_of(batch(entries))
    assert seconds(rows) == found
    assert [second for second, row in zip(found, rows, strict=True) if row["reset"]] == begins
    assert [second for second, row in zip(found, rows, strict=True) if row["interval_ms"] is None] == [
        second for second in found if second in (0, *begins)
    ]


@pytest.mark.parametrize(
    ("entry", "stream"),
    [
        (said(ssrc=7, mid=""), received(7)),
        (said(ssrc=8, mid="0"), received(7)),
        (said(trackIdentifier="x", mid=""), received(7, trackIdentifier="x")),
        (said(trackIdentifier="x", mid=""), received(7)),
        (said(mid=""), received(7)),
    ],
    ids=["SSRC", "media section", "identifier", "nothing that can be compared", "nothing named"],
)
def test_what_may_be_its_stream_is_its_stream(rows_of: Any, entry: dict[str, Any], stream: dict[str, Any]) -> None:
    """A finding must be sure."""
    assert rows_of(batch([entry], stream)) == []


def test_another_tracks_stream_is_none_of_it(rows_of: Any) -> None:
    """Nor is one that is known by something else."""
    other = said(track="TB", mid="0")
    assert len(rows_of(batch([said(trackIdentifier="x", mid=""), other], received(7)))) == 6
    assert len(rows_of(batch([said(ssrc=8, mid="")], received(7)))) == 6


def test_rows_are_there_while_the_stream_is_not(rows_of: Any) -> None:
    """Before it comes, and after it went."""
    rows = rows_of(batch([said(mid="0")], received(7, there=[2, 3])))
    assert seconds(rows) == [0, 1, 4, 5]
    assert column(rows, "reset") == [0, 0, 1, 0]
    assert column(rows, "d_packets") == [None, 0, None, 0]


def test_a_baseline_is_no_row_and_gives_the_first_its_interval(rows_of: Any) -> None:
    """As of any stream; a track that was not wanted at the baseline begins after it."""
    rows = rows_of(batch([said()], baseline=True))
    assert (seconds(rows), column(rows, "interval_ms")) == ([1, 2, 3, 4, 5], [1000] * 5)
    rows = rows_of(batch([said(0.5)], baseline=True))
    assert (seconds(rows), column(rows, "interval_ms")) == ([1, 2, 3, 4, 5], [None, *[1000] * 4])
    assert column(rows, "reset") == [1, 0, 0, 0, 0]


def test_a_state_that_every_batch_repeats_at_its_first_sample_is_no_beginning(rows_of: Any) -> None:
    """Some writers stamp it so, and say nothing of the time of the baseline."""
    rows = rows_of(batch([said(1)], baseline=True))
    assert (seconds(rows), column(rows, "interval_ms")) == ([1, 2, 3, 4, 5], [1000] * 5)
    assert column(rows, "reset") == [0] * 5


def test_a_sample_that_tells_nothing_is_no_absence(ingest: Ingest) -> None:
    """A getStats() without any object."""
    body = verbatim(batch([said()]))
    body["samples"][3]["stats"] = []
    rows = [row for row in ingest.samples(body) if not row["stats_id"]]
    assert (seconds(rows), column(rows, "reset")) == ([0, 1, 2, 4, 5], [0, 0, 0, 1, 0])


def test_a_stream_on_another_connection_is_its_stream(ingest: Ingest) -> None:
    """The application came back on a new connection, and what it said of the old one stands."""
    body = batch([said(), said(pc="pc1", mid="0")])
    body["series"].append(a_series(TIMES, received(7), pc="pc1"))
    assert [row for row in ingest.samples(body) if not row["stats_id"]] == []


def test_series_of_one_connection_that_overlap_say_nothing(ingest: Ingest) -> None:
    """Each may have what the other lacks; those that follow each other say it for their own times."""
    for shift, count in ((0, 0), (1000, 0), (5000, 12)):
        body = batch([said()])
        body["series"].append(body["series"][0] | {"t": [t + shift for t in TIMES]})
        assert len([row for row in ingest.samples(body) if not row["stats_id"]]) == count


def test_the_ledger_counts_the_rows(ingest: Ingest) -> None:
    """And their times."""
    body = a_batch(tracks=[said()], series=[a_series(TIMES, an_object("codec", "C1", {"mimeType": "audio/opus"}))])
    row = ingest.ledger(body)[0]
    assert row["stream_rows"] == 6
    assert (row["t_min"].timestamp(), row["t_max"].timestamp()) == (TIMES[0] / 1000, TIMES[-1] / 1000)
