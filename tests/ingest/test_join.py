"""What belongs together: remote reports, codecs, sources, owners, transports and their pairs."""

from typing import Any

import pytest

from tests.builders import T0, a_batch, a_series, an_object
from tests.ingest.running import Ingest, column, verbatim

TIMES = [T0, T0 + 1000, T0 + 2000]
CODEC = an_object("codec", "C1", {"mimeType": "video/VP8", "clockRate": 90_000})


def sent(**more: Any) -> dict[str, Any]:
    """Return an outbound video stream."""
    steady = {"kind": "video", "ssrc": 7, "mid": "1", "codecId": "C1", "mediaSourceId": "S1", "transportId": "T1"}
    return an_object("outbound-rtp", "O1", steady | more, packetsSent=(100, 200, 300), bytesSent=(1000, 2000, 3000))


def received(identifier: str = "I1", ssrc: int = 7, **more: Any) -> dict[str, Any]:
    """Return an inbound audio stream."""
    steady = {"kind": "audio", "ssrc": ssrc, "mid": "0", "transportId": "T1"}
    return an_object("inbound-rtp", identifier, steady | more, packetsReceived=(10, 20, 30))


def test_an_outbound_stream_with_everything_that_belongs_to_it(ingest: Ingest) -> None:
    """Codec, media source and the remote receiver's report stand in its row."""
    source = an_object(
        "media-source", "S1", {"trackIdentifier": "cam", "kind": "video"}, frames=(0, 30, 60), width=(640, 640, 640)
    )
    report = an_object(
        "remote-inbound-rtp", "R1", {"localId": "O1", "ssrc": 7}, timestamp=(None, T0 + 900, T0 + 1900),
        packetsLost=(None, 4, 9), fractionLost=(None, 0.04, 0.05),
    )  # fmt: skip
    rows = ingest.samples(a_batch(series=[a_series(TIMES, sent(), CODEC, source, report)]))
    assert {(row["codec"], row["clock_rate"], row["track_identifier"]) for row in rows} == {("vp8", 90_000, "cam")}
    assert column(rows, "source_frames") == [0, 30, 60]
    assert column(rows, "source_width") == [640, 640, 640]
    assert column(rows, "packets_lost") == [None, 4, 9]
    assert column(rows, "fraction_lost") == [None, 0.04, 0.05]
    assert column(rows, "d_packets_lost") == [None, 4, 5]


def test_an_inbound_stream_with_its_senders_report_and_playout(ingest: Ingest) -> None:
    """The remote sender's counters and the playout's stand in its row."""
    report = an_object(
        "remote-outbound-rtp", "R1", {"localId": "I1", "ssrc": 7}, timestamp=(T0, T0, T0 + 1500),
        packetsSent=(11, 11, 33), roundTripTime=(0.05, 0.05, 0.07),
    )  # fmt: skip
    playout = an_object("media-playout", "AP", {"kind": "audio"}, totalSamplesCount=(0, 480, 960))
    rows = ingest.samples(a_batch(series=[a_series(TIMES, received(playoutId="AP"), report, playout)]))
    assert column(rows, "remote_packets") == [11, 11, 33]
    assert column(rows, "playout_samples") == [0, 480, 960]
    assert column(rows, "rtt_ms") == [50, None, pytest.approx(70)]
    assert column(rows, "rtt_source") == ["rtcp", "", "rtcp"]


def test_a_source_that_is_replaced_stands_in_the_rows_of_its_time(ingest: Ingest) -> None:
    """As replaceTrack leaves it: the first source is gone when the second is named. The codec changes likewise."""
    first = an_object("media-source", "S1", {"trackIdentifier": "cam", "kind": "video"}, frames=(1, 30, None))
    second = an_object("media-source", "S2", {"trackIdentifier": "film", "kind": "video"}, frames=(None, None, 5))
    other = an_object("codec", "C2", {"mimeType": "video/AV1", "clockRate": 90_000})
    stream = sent()
    del stream["s"]["mediaSourceId"], stream["s"]["codecId"]
    stream["f"] |= {"mediaSourceId": ["S1", "S1", "S2"], "codecId": ["C1", "C2", "C2"]}
    rows = ingest.samples(a_batch(series=[a_series(TIMES, stream, CODEC, other, first, second)]))
    assert column(rows, "track_identifier") == ["cam", "cam", "film"]
    assert column(rows, "source_frames") == [1, 30, 5]
    assert column(rows, "codec") == ["vp8", "av1", "av1"]


def test_two_ssrcs_under_one_id_are_two_streams(ingest: Ingest) -> None:
    """Aiortc's inbound id hides a second SSRC."""
    rows = ingest.samples(a_batch(series=[a_series(TIMES, received("inbound", 7), received("inbound", 8))]))
    assert sorted({row["ssrc"] for row in rows}) == [7, 8]
    assert len({row["stream"] for row in rows}) == 2
    assert column(rows, "d_packets") == [None, 10, 10] * 2


def test_a_static_member_that_changes_begins_a_second_object_of_the_same_stream(ingest: Ingest) -> None:
    """The object goes on under its id with another codec: one stream, and no gap in its deltas."""
    before = an_object("inbound-rtp", "I1", {"kind": "audio", "ssrc": 7, "mid": "0"}, packetsReceived=(10, 20, None))
    after = an_object("inbound-rtp", "I1", {"kind": "audio", "ssrc": 7, "mid": "4"}, packetsReceived=(None, None, 35))
    rows = ingest.samples(a_batch(series=[a_series(TIMES, before, after)]))
    assert column(rows, "d_packets") == [None, 10, 15]
    assert column(rows, "mid") == ["0", "0", "4"]


def test_owners_by_ssrc_then_by_media_section_and_along_time(ingest: Ingest) -> None:
    """Whose media a stream is may change while it flows; the SSRC says more than the media section."""
    tracks = [
        {"t": T0, "mid": "0", "track": "by-mid", "publisher": "bob"},
        {"t": T0, "ssrc": 7, "track": "T1", "publisher": "alice", "source": "camera"},
        {"t": T0 + 1500, "ssrc": 7, "track": "T2", "publisher": "carol", "muted": True},
    ]
    tracks = [{"pc": "pc0", "direction": "inbound", **track} for track in tracks]
    rows = ingest.samples(a_batch(tracks=tracks, series=[a_series(TIMES, received("I1", 7), received("I2", 9))]))
    assert [(row["track"], row["publisher"], row["muted"]) for row in rows if row["ssrc"] == 7] == [
        ("T1", "alice", None),
        ("T1", "alice", None),
        ("T2", "carol", 1),
    ]
    assert {row["track"] for row in rows if row["ssrc"] == 9} == {"by-mid"}


def test_an_ssrc_that_changes_along_an_object_is_another_stream(ingest: Ingest) -> None:
    """What the second one counts is no growth of the first one's; verbatim samples of it say the same."""
    changed = an_object("inbound-rtp", "I", {"kind": "video"}, ssrc=(7, 7, 8), packetsReceived=(1, 100, 900))
    batch = a_batch(series=[a_series(TIMES, changed)])
    for body in (batch, verbatim(batch)):
        rows = ingest.samples(body)
        assert [(row["ssrc"], row["d_packets"]) for row in rows] == [(7, None), (7, 99), (8, 900)]
        assert [row["stream"].rpartition("-")[2] for row in rows] == ["7", "7", "8"]


def test_an_ssrc_that_is_not_told_is_the_one_before(ingest: Ingest) -> None:
    """Objects without any are told apart by their id."""
    changed = an_object("inbound-rtp", "I", {"kind": "video"}, ssrc=(None, "7", None), packetsReceived=(1, 100, 900))
    rows = ingest.samples(a_batch(series=[a_series(TIMES, changed)]))
    assert [(row["ssrc"], row["d_packets"]) for row in rows] == [(7, None), (7, 99), (7, 800)]


def transport(**more: Any) -> dict[str, Any]:
    """Return a transport that counts bytes."""
    return an_object("transport", "T1", {"dtlsState": "connected"}, bytesSent=(0, 1000, 2000), **more)


def pair(name: str, sent_bytes: tuple[Any, ...], rtt_s: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """Return a candidate pair that answers once a sample."""
    steady = {"transportId": "T1", "state": "succeeded", "nominated": True, "localCandidateId": "L1"} | more
    answers = tuple(None if value is None else place for place, value in enumerate(rtt_s))
    return an_object(
        "candidate-pair", name, steady, bytesSent=sent_bytes, totalRoundTripTime=rtt_s, responsesReceived=answers
    )


LOCAL = an_object("local-candidate", "L1", {"candidateType": "relay", "protocol": "udp", "relayProtocol": "tls"})


def test_a_transport_takes_its_bytes_from_itself_and_the_rest_from_its_pair(ingest: Ingest) -> None:
    """The selected pair gives round-trip time and candidates; its own counters are not added."""
    batch = a_batch(
        series=[
            a_series(TIMES, transport(selectedCandidatePairId=("P",) * 3), pair("P", (0, 9, 99), (0, 0.1, 0.3)), LOCAL)
        ]
    )
    rows = ingest.transports(batch)
    assert column(rows, "d_bytes_sent") == [None, 1000, 1000]
    assert column(rows, "rtt_ms") == [None, pytest.approx(100), pytest.approx(200)]
    assert (rows[0]["local_type"], rows[0]["relay_protocol"], rows[0]["counted_on"]) == ("relay", "tls", "transport")


def test_after_an_ice_restart_the_pair_is_another_and_its_counters_fall(ingest: Ingest) -> None:
    """The row of the change has no round-trip time; the transport's bytes go on."""
    selected = transport(selectedCandidatePairId=("P", "Q", "Q"))
    old, new = pair("P", (500, None, None), (5.0, None, None)), pair("Q", (None, 1, 2), (None, 0.2, 0.3))
    rows = ingest.transports(a_batch(series=[a_series(TIMES, selected, old, new, LOCAL)]))
    assert column(rows, "pair") == ["P", "Q", "Q"]
    assert column(rows, "pair_changed") == [0, 1, 0]
    assert column(rows, "rtt_ms") == [None, None, pytest.approx(100)]
    assert column(rows, "d_bytes_sent") == [None, 1000, 1000]


def test_without_a_transport_the_selected_pair_counts(ingest: Ingest) -> None:
    """Older Firefox has no transport objects."""
    rows = ingest.transports(a_batch(series=[a_series(TIMES, pair("P", (0, 10, 30), (0, 0, 0), selected=True))]))
    assert column(rows, "d_bytes_sent") == [None, 10, 20]
    assert {row["counted_on"] for row in rows} == {"candidate-pair"}


@pytest.mark.parametrize("by", ["selected", "nominated"])
def test_without_a_transport_each_row_is_of_the_pair_that_was_in_use_then(ingest: Ingest, by: str) -> None:
    """Its counters go on in the row of the change and after; the change itself has no difference."""
    own: dict[str, Any] = {"state": "succeeded", "transportId": ""}
    old = an_object("candidate-pair", "P", own, **{by: (True, True, False)}, bytesSent=(500, 700, 700))
    new = an_object("candidate-pair", "Q", own, **{by: (False, False, True)}, bytesSent=(0, 90_000, 90_400))
    rows = ingest.transports(a_batch(series=[a_series(TIMES, old, new)]))
    assert column(rows, "pair") == ["P", "P", "Q"]
    assert column(rows, "pair_changed") == [0, 0, 1]
    assert column(rows, "d_bytes_sent") == [None, 200, None]


def test_a_pair_that_is_gone_has_its_rows(ingest: Ingest) -> None:
    """After an ICE restart the old pair is not there any more."""
    pairs = (
        pair("P", (500, 700, None), (1, 1, None), selected=True),
        pair("Q", (None, None, 4), (None, None, 1), selected=True),
    )
    rows = ingest.transports(a_batch(series=[a_series(TIMES, *pairs)]))
    assert [(row["pair"], row["d_bytes_sent"]) for row in rows] == [("P", None), ("P", 200), ("Q", None)]


def test_before_a_pair_was_in_use_the_first_one_was_and_several_transports_have_one_each(ingest: Ingest) -> None:
    """Media sent over two transports go on two pairs."""
    one = pair("P", (0, 10, 30), (0, 0, 0), selected=True)
    late = an_object("candidate-pair", "Q", {"transportId": "T2"}, selected=(False, False, True), bytesSent=(0, 5, 9))
    rows = ingest.transports(a_batch(series=[a_series(TIMES, one, late)]))
    assert [(row["transport"], row["pair"], row["d_bytes_sent"]) for row in rows] == [
        ("T1", "P", None), ("T1", "P", 10), ("T1", "P", 20), ("T2", "Q", None), ("T2", "Q", 5), ("T2", "Q", 4),
    ]  # fmt: skip


def test_candidates_are_those_of_the_pair_that_was_in_use(ingest: Ingest) -> None:
    """A relay first, then the direct way."""
    host = an_object("local-candidate", "L2", {"candidateType": "host", "protocol": "udp"})
    old, new = pair("P", (1, 2, 2), (0, 0, 0)), pair("Q", (0, 1, 2), (0, 0, 0), localCandidateId="L2")
    selected = transport(selectedCandidatePairId=("P", "P", "Q"))
    rows = ingest.transports(a_batch(series=[a_series(TIMES, selected, old, new, LOCAL, host)]))
    assert [(row["local_type"], row["relay_protocol"]) for row in rows] == [
        ("relay", "tls"),
        ("relay", "tls"),
        ("host", ""),
    ]


def test_a_receiver_without_reports_takes_its_rtt_from_stun(ingest: Ingest) -> None:
    """Chromium's receive-only clients have no other."""
    objects = (transport(selectedCandidatePairId=("P",) * 3), pair("P", (0, 9, 99), (0, 0.1, 0.3)), received())
    rows = ingest.samples(a_batch(series=[a_series(TIMES, *objects)]))
    assert column(rows, "rtt_ms") == [None, pytest.approx(100), pytest.approx(200)]
    assert column(rows, "rtt_source") == ["", "stun", "stun"]


def test_sender_reports_without_a_round_trip_leave_it_to_stun(ingest: Ingest) -> None:
    """Without RFC 3611 DLRR, as of Firefox and most media servers, a receiver's reports tell none."""
    told = {"timestamp": (T0, T0, T0 + 1500), "packetsSent": (11, 11, 33), "roundTripTimeMeasurements": (0, 0, 0)}
    report = an_object("remote-outbound-rtp", "R1", {"localId": "I1", "ssrc": 7}, **told)
    objects = (transport(selectedCandidatePairId=("P",) * 3), pair("P", (0, 9, 99), (0, 0.1, 0.3)), received(), report)
    rows = ingest.samples(a_batch(series=[a_series(TIMES, *objects)]))
    assert column(rows, "rtt_ms") == [None, pytest.approx(100), pytest.approx(200)]
    assert column(rows, "rtt_source") == ["", "stun", "stun"]


def test_between_two_reports_with_a_round_trip_stun_says_nothing(ingest: Ingest) -> None:
    """The far end's is measured where media goes; it is old news until the next report."""
    told = {"timestamp": (T0, T0, T0 + 1500), "roundTripTime": (0.05, 0.05, 0.07)}
    report = an_object("remote-outbound-rtp", "R1", {"localId": "I1", "ssrc": 7}, **told)
    objects = (transport(selectedCandidatePairId=("P",) * 3), pair("P", (0, 9, 99), (0, 0.1, 0.3)), received(), report)
    rows = ingest.samples(a_batch(series=[a_series(TIMES, *objects)]))
    assert column(rows, "rtt_source") == ["rtcp", "", "rtcp"]


@pytest.mark.parametrize("told", ["", "camera"])
def test_a_shared_screen_by_its_content_where_the_tracks_do_not_say(ingest: Ingest, told: str) -> None:
    """Chromium says contentType of such video, received or sent, and nothing of other video."""
    tracks = [{"t": T0, "pc": "pc0", "direction": way, "ssrc": 7, "source": told} for way in ("inbound", "outbound")]
    screens = (sent(contentType="screenshare"), received(contentType="screenshare"))
    rows = ingest.samples(a_batch(tracks=tracks, series=[a_series(TIMES, *screens, received("I2", 9))]))
    assert {row["source"] for row in rows if row["ssrc"] == 7} == {told or "screen_share"}
    assert {row["source"] for row in rows if row["ssrc"] == 9} == {""}


def test_what_a_stream_shows_may_change(ingest: Ingest) -> None:
    """A received stream is a shared screen from the frame on that says so."""
    item = received()
    item["f"]["contentType"] = [None, "screenshare", "screenshare"]
    rows = ingest.samples(a_batch(series=[a_series(TIMES, item)]))
    assert column(rows, "source") == ["", "screen_share", "screen_share"]


def test_available_bitrate_stands_only_where_video_is_sent(ingest: Ingest) -> None:
    """Without video the browser's estimate means nothing."""
    estimate = an_object(
        "candidate-pair", "P", {"transportId": "T1", "nominated": True, "state": "succeeded"},
        availableOutgoingBitrate=(1e6, 2e6, 3e6),
    )  # fmt: skip
    listening = a_batch(series=[a_series(TIMES, transport(), estimate, received())])
    assert column(ingest.transports(listening), "available_bps") == [None] * 3
    sending = a_batch(series=[a_series(TIMES, transport(), estimate, sent())])
    assert column(ingest.transports(sending), "available_bps") == [1e6, 2e6, 3e6]
