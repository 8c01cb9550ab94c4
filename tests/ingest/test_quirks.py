"""What browsers and libraries do differently, put right; what no network gives, taken away."""

from typing import Any

import pytest

from tests.builders import T0, a_batch, a_series, an_object, inbound
from tests.ingest.running import Ingest, Row, column

TIMES = [T0, T0 + 1000]


def one(ingest: Ingest, kind: str, media: str = "video", **members: Any) -> Row:
    """Return the second row of a stream."""
    item = an_object(kind, "S1", {"kind": media, "ssrc": 7}, **members)
    return ingest.samples(a_batch(series=[a_series(TIMES, item)]))[1]


def test_frames_that_stand_still_are_zero_per_second(ingest: Ingest) -> None:
    """Chromium leaves framesPerSecond out when it is 0; audio has none."""
    assert one(ingest, "inbound-rtp", framesDecoded=(30, 30))["fps"] == 0
    assert one(ingest, "inbound-rtp", "audio", packetsReceived=(1, 2))["fps"] is None


def test_frames_that_move_are_not_zero_per_second(ingest: Ingest) -> None:
    """Chrome 86 counts frames and has no framesPerSecond: what it would have said is unknown."""
    assert one(ingest, "inbound-rtp", framesDecoded=(30, 60))["fps"] is None
    assert one(ingest, "outbound-rtp", packetsSent=(1, 9), framesEncoded=(0, 0))["fps"] == 0


def test_an_rtcp_byte_is_a_ratio(ingest: Ingest) -> None:
    """Fraction lost of 0 to 255."""
    sent = an_object("outbound-rtp", "O", {"kind": "video", "ssrc": 7, "remoteId": "R"}, packetsSent=(1, 2))
    report = an_object(
        "remote-inbound-rtp", "R", {"ssrc": 7}, timestamp=(T0 - 1, T0 + 999), fractionLost=(64, 0.25)
    )  # fmt: skip
    rows = ingest.samples(a_batch(series=[a_series(TIMES, sent, report)]))
    assert column(rows, "fraction_lost") == [0.25, 0.25]


def test_an_encoding_without_active_is_active(ingest: Ingest) -> None:
    """Firefox has no `active`; what is inbound has none either."""
    assert one(ingest, "outbound-rtp", packetsSent=(1, 2))["active"] == 1
    assert one(ingest, "inbound-rtp", packetsReceived=(1, 2))["active"] is None


@pytest.mark.parametrize("jitter", [-1, 31, 1e9])
def test_impossible_values_are_unknown(ingest: Ingest, jitter: float) -> None:
    """A jitter over 30 s is a defect of its source; the row stays."""
    row = one(ingest, "inbound-rtp", packetsReceived=(1, 2), jitter=(0.01, jitter))
    assert (row["jitter_ms"], row["d_packets"]) == (None, 1)


@pytest.mark.parametrize(
    ("member", "value", "stored"),
    [("audioLevel", -1, "audio_level"), ("audioLevel", 1.5, "audio_level"), ("framesPerSecond", -5, "fps"),
     ("totalDecodeTime", -3, "coding_time_s")],
)  # fmt: skip
def test_what_cannot_be_is_unknown(ingest: Ingest, member: str, value: float, stored: str) -> None:
    """Jitsi says -1 where no level is known; frames and time do not run backwards."""
    told: dict[str, Any] = {"framesDecoded": (1, 2), member: (value, value)}
    row = one(ingest, "inbound-rtp", packetsReceived=(1, 2), **told)
    assert (row[stored], row["d_packets"]) == (None, 1)


def test_more_than_10_gbit_a_second_is_unknown(ingest: Ingest) -> None:
    """Counters of 64 bits that are none: no row of what came in between."""
    far: dict[str, Any] = {
        "packetsReceived": (0, 2**53),
        "bytesReceived": (0, 2**53),
        "headerBytesReceived": (0, 2**53),
    }
    row = one(ingest, "inbound-rtp", packetsLost=(0, 1), **far)
    assert [row[name] for name in ("d_packets", "d_packets_expected", "d_bytes", "d_header_bytes")] == [None] * 4
    assert one(ingest, "inbound-rtp", bytesReceived=(0, 1_250_000_000))["d_bytes"] == 1_250_000_000


def test_what_no_connection_has_is_unknown(ingest: Ingest) -> None:
    """An estimate of -1, 10^17 bit/s, and answers that take more than a minute."""
    pair = an_object(
        "candidate-pair", "P", {"nominated": True, "state": "succeeded"}, availableOutgoingBitrate=(-1, -1),
        bytesSent=(0, 2**53), totalRoundTripTime=(0, 90), responsesReceived=(0, 1), currentRoundTripTime=(0, 90),
    )  # fmt: skip
    sent = an_object("outbound-rtp", "O", {"kind": "video", "ssrc": 7}, packetsSent=(1, 2))
    row = ingest.transports(a_batch(series=[a_series(TIMES, sent, pair)]))[1]
    assert [row[name] for name in ("available_bps", "d_bytes_sent", "rtt_ms", "current_rtt_ms")] == [None] * 4


def test_numbers_beyond_a_columns_type_are_unknown(ingest: Ingest) -> None:
    """A width of 2^40 pixels and a negative packet count do not stop the others."""
    row = one(ingest, "inbound-rtp", frameWidth=(640, 2.0**40), framesDecoded=(-5, -4), packetsReceived=(1, 2))
    assert (row["width"], row["frames"], row["d_packets"]) == (None, None, 1)


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_differences_beyond_a_double_are_unknown(ingest: Ingest, direction: str) -> None:
    """Each of two values is one, and what lies between them is not; nothing is said on standard error of it."""
    far = {"packetsLost": (-1.7e308, 1.7e308), "totalDecodeTime": (-1.7e308, 1.7e308)}
    sent = an_object("outbound-rtp", "O", {"kind": "video", "ssrc": 7}, packetsSent=(1.7e308, 1.7e308))
    report = an_object("remote-inbound-rtp", "R", {"ssrc": 7, "localId": "O"}, timestamp=(T0, T0 + 900), **far)
    received = an_object("inbound-rtp", "I", {"kind": "video", "ssrc": 7}, packetsReceived=(1, 2), **far)
    pair = an_object("candidate-pair", "P", {"nominated": True}, totalRoundTripTime=(-1.7e308, 1.7e308),
                     responsesReceived=(0, 1))  # fmt: skip
    objects = (received,) if direction == "inbound" else (sent, report)
    rows = ingest.samples(a_batch(series=[a_series(TIMES, *objects, pair)]))
    assert column(rows, "d_packets_lost") == [None, None]
    assert column(rows, "d_coding_time_s") == [None, None]


def test_a_muted_tracks_freeze_is_quiet(ingest: Ingest) -> None:
    """The rows of a mute and the one after it do not count as freeze or concealment."""
    times = [T0 + 1000 * n for n in range(5)]
    states = (False, True, True, False, False)
    tracks = [
        {"t": t, "pc": "pc0", "direction": "inbound", "ssrc": 7, "muted": muted}
        for t, muted in zip(times, states, strict=True)
    ]
    item = an_object("inbound-rtp", "S1", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20, 30, 40, 50))
    rows = ingest.samples(a_batch(tracks=tracks, series=[a_series(times, item)]))
    assert column(rows, "quiet") == [0, 1, 1, 1, 0]


def test_an_object_that_comes_later_starts_from_zero(ingest: Ingest) -> None:
    """It was not in the baseline: everything that it counts happened since."""
    new = an_object("inbound-rtp", "N", {"kind": "audio", "ssrc": 9}, packetsReceived=(None, 42))
    old = an_object("inbound-rtp", "S", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20))
    rows = ingest.samples(a_batch(seq=1, series=[a_series(TIMES, old, new, baseline=True)]))
    assert {(row["ssrc"], row["d_packets"]) for row in rows} == {(7, 10), (9, 42)}


@pytest.mark.parametrize("baseline", [True, False])
def test_what_an_object_that_comes_later_counts_came_since_the_sample_before(ingest: Ingest, *, baseline: bool) -> None:
    """Its first difference has a length, so bytes of a minute are never divided by less time than they took."""
    new = an_object("inbound-rtp", "N", {"kind": "audio", "ssrc": 9}, bytesReceived=(None, 50_000, 70_000))
    old = an_object("inbound-rtp", "S", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20, 30))
    series = a_series([T0, T0 + 10_000, T0 + 14_000], old, new, baseline=baseline)
    rows = [row for row in ingest.samples(a_batch(seq=1, series=[series])) if row["ssrc"] == 9]
    assert [(row["d_bytes"], row["interval_ms"]) for row in rows] == [(50_000, 10_000), (20_000, 4000)]


def test_a_clock_that_is_far_off_is_moved_and_a_near_one_is_not(ingest: Ingest) -> None:
    """60 s is the limit."""
    item = an_object("inbound-rtp", "S", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20))
    batch = a_batch(series=[a_series(TIMES, item)])
    near = ingest.samples(batch, received_ms=int(T0) + 60_000, sent_ms=T0)
    far = ingest.samples(batch, received_ms=int(T0) + 60_001, sent_ms=T0)
    assert (near[0]["clock_shift_ms"], far[0]["clock_shift_ms"]) == (0, 60_001)
    assert (far[0]["t"] - near[0]["t"]).total_seconds() == 60.001
    assert far[1]["interval_ms"] == near[1]["interval_ms"] == 1000


def test_an_import_may_be_old(ingest: Ingest) -> None:
    """The limits are those of live samples."""
    item = an_object("inbound-rtp", "S", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20))
    batch = a_batch(series=[a_series(TIMES, item)])
    late = int(T0) + 30 * 86_400_000
    assert ingest.samples(batch, received_ms=late) == []
    assert len(ingest.samples(batch, received_ms=late, source="import")) == 2


def test_an_import_is_not_from_the_future(ingest: Ingest) -> None:
    """No more than a live sample; what is left out is counted."""
    item = an_object("inbound-rtp", "S", {"kind": "audio", "ssrc": 7}, packetsReceived=(10, 20))
    batch = a_batch(series=[a_series(TIMES, item)], events=[{"t": TIMES[0], "name": "joined"}])
    early = {"received_ms": int(TIMES[0]) - 60_001, "source": "import"}
    assert ingest.samples(batch, **early) == []
    assert ingest.tables(batch, **early).events.num_rows == 0
    (ended,) = ingest.ledger(batch, **early)
    assert ended["dropped_too_new"] == 3


def test_what_nobody_knows_may_be_anything(ingest: Ingest) -> None:
    """A missing array, a text or another length under an unknown name: the collector takes it, and so does ingest."""
    item = inbound(received=[100, 198], lost=[1, 3])
    item["f"] |= {"jitter": None, "newMember": 7, "anotherMember": [1, 2, 3]}
    batch = a_batch(series=[a_series([T0, T0 + 1000], item)])
    assert [row["d_packets"] for row in ingest.samples(batch)] == [None, 98]
    (ended,) = ingest.ledger(batch)
    assert (ended["outcome"], ended["unknown_members"]) == ("stored", 2)
