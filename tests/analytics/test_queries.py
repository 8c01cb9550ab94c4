"""The dashboard's questions: of one project, within one range, with the numbers that the raw rows have."""

import inspect
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

import analytics
from analytics.analyst import Analyst
from analytics.queries import Filters, Queries
from runtime.instruments import Instruments
from runtime.store import Store
from tests.analytics.feed import Feed
from tests.analytics.test_recompute import settle
from tests.builders import T0, a_batch, a_series, an_object
from tests.ingest.running import verbatim

FOLDER = Path(analytics.__file__).parent
START = T0 - T0 % 60_000


def a_minute(session: str, *, lost: int = 0, jitter: float = 0.005, seq: int = 0, **more: Any) -> dict[str, Any]:
    """Return a batch of half a minute of audio: 1500 packets, some of them lost."""
    ticks = range(16)
    item = an_object(
        "inbound-rtp", "I1", {"kind": "audio", "ssrc": 1}, packetsReceived=[tick * 100 for tick in ticks],
        packetsLost=[tick * lost for tick in ticks], bytesReceived=[tick * 8000 for tick in ticks],
        jitter=[jitter] * len(ticks),
    )  # fmt: skip
    series = a_series([START + 2000 * tick for tick in ticks], item)
    return a_batch(seq=seq, session=session, writer=session * 3, series=[series], **more)


@pytest.fixture
def filters(project: str) -> Filters:
    """The hour around the samples."""
    return Filters(project, int(START) - 1_800_000, int(START) + 1_800_000)


@pytest.fixture
def queries(either: Store, project: str) -> Queries:
    """Two rooms: in one somebody loses a tenth of everything."""
    feed = Feed(either, project)
    events = [
        {"t": START + at, "name": name} for at, name in ((0, "join_started"), (700, "joined"), (900, "first_audio"))
    ]
    bad = {"room": "town-hall", "client": {"browser": "Firefox", "networkType": "cellular"}}
    good = {"client": {"browser": "Chrome"}}
    feed.store_batches(
        [a_minute(f"good{n}-{project}", events=events, circumstances=good) for n in range(4)]
        + [a_minute(f"bad-{project}", lost=11, circumstances=bad)]
    )
    settle(Analyst(either, Instruments()))
    return Queries(either)


def test_the_fleet_now(queries: Queries, filters: Filters) -> None:
    """Who is there, who got in and how fast, who is affected of how many."""
    row = queries.fleet_now(filters)
    assert (row["sessions"], row["affected"], row["attempts"], row["joined"]) == (5, 1, 4, 4)
    assert (row["first_media_p50_ms"], row["first_media_count"]) == (900, 4)


def test_the_worst_come_first_and_say_how_bad(queries: Queries, filters: Filters) -> None:
    """Loss is lost of expected; rooms add up their sessions."""
    worst = queries.worst_sessions(filters)
    assert worst[0]["session"] == f"bad-{filters.project}"
    assert worst[0]["loss"] == pytest.approx(11 / 111)
    assert [row["affected_minutes"] for row in worst] == [1, 0, 0, 0, 0]
    assert queries.worst_rooms(filters, most=1)[0]["room"] == "town-hall"


def a_few_packets(session: str, **counters: Any) -> dict[str, Any]:
    """Return a batch of two samples of a stream that is all but silent."""
    item = an_object("inbound-rtp", "I1", {"kind": "audio", "ssrc": 1}, **counters)
    series = a_series([START, START + 2000], item)
    return a_batch(session=session, writer=session * 3, series=[series], circumstances={"room": session})


def test_unknown_loss_is_not_zero_and_one_lost_packet_of_three_is_no_verdict(
    either: Store, project: str, filters: Filters
) -> None:
    """Without packetsLost nothing is said, nor of few packets, and the minute is not affected."""
    unsaid, few, many = (f"{name}-{project}" for name in ("unsaid", "few", "many"))
    batches = [
        a_few_packets(unsaid, packetsReceived=[0, 100]),
        a_few_packets(few, packetsReceived=[0, 2], packetsLost=[0, 1]),
        a_few_packets(many, packetsReceived=[0, 40], packetsLost=[0, 10]),
    ]
    Feed(either, project).store_batches(batches)
    settle(Analyst(either, Instruments()))
    expected = [(many, 1, 0.2), (few, 0, None), (unsaid, 0, None)]
    asked = Queries(either)
    sessions = [(row["session"], row["affected_minutes"], row["loss"]) for row in asked.worst_sessions(filters)]
    assert sessions == expected
    rooms = [(row["room"], row["affected_sessions"], row["loss"]) for row in asked.worst_rooms(filters)]
    assert rooms == expected


def test_filters_narrow_every_answer(queries: Queries, filters: Filters) -> None:
    """One browser's sessions only, and nobody's outside the range."""
    firefox = Filters(filters.project, filters.since_ms, filters.until_ms, browser="Firefox")
    assert [row["session"] for row in queries.worst_sessions(firefox)] == [f"bad-{filters.project}"]
    assert queries.fleet_now(firefox)["sessions"] == 1
    before = Filters(filters.project, filters.since_ms - 7_200_000, filters.since_ms)
    assert queries.worst_sessions(before) == []
    assert queries.fleet_minutes(before) == []
    assert "Firefox" in str(queries.fleet_options(filters))


def test_another_project_sees_nothing(queries: Queries, filters: Filters) -> None:
    """No question crosses projects."""
    other = Filters("nobody", filters.since_ms, filters.until_ms)
    assert queries.fleet_now(other)["sessions"] == 0
    session = f"bad-{filters.project}"
    span = (filters.since_ms, filters.until_ms)
    assert queries.session_facts("nobody", session) is None
    for ask in (queries.session_streams, queries.session_samples, queries.session_events):
        assert ask("nobody", session, *span) == []
    for question in (queries.worst_rooms, queries.worst_sessions, queries.fleet_minutes, queries.pipeline_minutes):
        assert question(other) == []
    assert queries.search("nobody", session) == []


def test_a_session_in_detail(queries: Queries, filters: Filters) -> None:
    """Streams with totals, samples along time, events in order."""
    session, span = f"good0-{filters.project}", (filters.since_ms, filters.until_ms)
    facts = queries.session_facts(filters.project, session)
    assert facts is not None
    assert [row["event"] for row in queries.session_events(filters.project, session, *span)] == [
        "join_started",
        "joined",
        "first_audio",
    ]
    samples = queries.session_samples(filters.project, session, int(START), int(START) + 60_000)
    assert len(samples) == 16
    assert {round(row["bitrate"]) for row in samples if row["bitrate"] is not None} == {32_000}
    assert {row["loss"] for row in samples[1:]} == {0}
    assert len(queries.session_streams(filters.project, session, *span)) == 1
    assert [row["session"] for row in queries.search(filters.project, "good0")] == [session]


def one_sample(session: str, tick: int) -> dict[str, Any]:
    """Return a verbatim batch of one sample, without any baseline: a source that only reads its counters."""
    item = an_object(
        "inbound-rtp", "I1", {"kind": "audio", "ssrc": 1}, packetsReceived=[tick * 90], packetsLost=[tick * 10],
        retransmittedPacketsReceived=[tick * 5], bytesReceived=[tick * 8000],
    )  # fmt: skip
    return verbatim(a_batch(session=session, seq=tick, writer="w" * 32, series=[a_series([START + 7000 * tick], item)]))


def test_a_source_without_baselines_has_the_same_numbers_on_its_page_as_in_its_minutes(
    either: Store, project: str, filters: Filters
) -> None:
    """Ten batches of one sample: each takes its deltas from the one before, also where the page is zoomed."""
    feed, session, asked = Feed(either, project), f"bare-{project}", Queries(either)
    feed.store_batches([one_sample(session, tick) for tick in range(10)])
    settle(Analyst(either, Instruments()))
    minutes = feed.rows("stream_minutes")
    packets, lost, expected, octets, ms = (
        sum(row[name] for row in minutes)
        for name in ("packets", "packets_lost", "packets_expected", "bytes", "interval_ms")
    )
    assert (packets, lost, expected, octets, ms) == (810, 90, 855, 72_000, 63_000)
    [stream] = asked.session_streams(project, session, filters.since_ms, filters.until_ms)
    assert (stream["packets"], stream["lost"], stream["expected"]) == (packets, lost, expected)
    assert stream["loss"] == pytest.approx(lost / expected)
    assert stream["bitrate"] == pytest.approx(octets * 8000 / ms)
    samples = asked.session_samples(project, session, int(START) + 7000, int(START) + 63_000)
    shown = [(row["bitrate"], row["loss"], row["longest_ms"]) for row in samples]
    assert shown == [pytest.approx((8000 * 8 / 7, 10 / 95, 7000))] * 9


@pytest.mark.parametrize("text", ["'", "\\", "\n", "'; DROP TABLE batches; --", "%", "{x:String}", "\0", "é" * 300])
def test_values_are_values(queries: Queries, filters: Filters, text: str) -> None:
    """Whatever a filter holds, it is compared and never run."""
    odd = Filters(filters.project, filters.since_ms, filters.until_ms, room=text, app=text)
    assert queries.worst_sessions(odd) == []
    assert queries.search(filters.project, text) == [] or text == "%"
    assert queries.session_facts(text, text) is None
    assert queries.fleet_now(filters)["sessions"] == 5


def test_every_statement_says_what_it_asks_and_has_its_method() -> None:
    """A header with question, grain and parameters; one method a file."""
    files = {path.stem: path.read_text() for path in FOLDER.glob("*/*.sql")}
    for name, text in files.items():
        assert text.startswith("-- "), name
        assert "grain:" in text, name
        assert "arameters:" in text, name
    methods = {name for name, _ in inspect.getmembers(Queries, inspect.isfunction) if not name.startswith("_")}
    assert methods == {path.stem for path in (FOLDER / "queries").glob("*.sql")}


def layer(ssrc: int, rid: str, height: int, octets: int, fps: Sequence[float], *, mid: str = "1") -> dict[str, Any]:
    """Return one layer of a camera, so many bytes a second while it has a frame rate."""
    sent = [0, *accumulate(octets * (rate > 0) for rate in fps)]
    rates = [fps[0], *fps]
    return an_object(
        "outbound-rtp", f"O{ssrc}", {"kind": "video", "ssrc": ssrc, "mid": mid, "rid": rid}, bytesSent=sent,
        packetsSent=[count // 1000 for count in sent], framesPerSecond=rates,
        frameHeight=[height] * len(rates), frameWidth=[height * 16 // 9] * len(rates),
    )  # fmt: skip


def test_a_layer_that_codes_frames_is_shown_where_no_frame_rate_is_told(
    store: Store, project: str, filters: Filters
) -> None:
    """As Chrome 86 has it: the size is known, the frame rate is not."""
    layers = [layer(1, "f", 720, 200_000, [30] * 10), layer(2, "h", 360, 50_000, [30] * 10)]
    for item in layers:
        item["f"] = item["f"] | {"framesEncoded": list(range(11))}
        del item["f"]["framesPerSecond"]
    series = a_series([START + 1000 * second for second in range(11)], *layers, baseline=True)
    Feed(store, project).store_batches([a_batch(session="camera", series=[series])])
    rows = Queries(store).session_streams(project, "camera", filters.since_ms, filters.until_ms)
    assert [(row["track_width"], row["track_height"], row["track_fps"]) for row in rows] == [(1280, 720, None)] * 2


def test_a_track_in_simulcast_is_its_layers_together(either: Store, project: str, filters: Filters) -> None:
    """Bits of all, the picture of the largest that is active; another camera and what is received are by themselves."""
    layers = [
        layer(1, "f", 720, 200_000, [30] * 5 + [0] * 5),
        layer(2, "h", 360, 50_000, [20] * 10),
        layer(3, "q", 180, 10_000, [10] * 10),
        layer(4, "", 1080, 100_000, [5] * 10, mid="2"),
        an_object("inbound-rtp", "I9", {"kind": "video", "ssrc": 9, "mid": "1"}, packetsReceived=list(range(11))),
    ]
    series = a_series([START + 1000 * second for second in range(11)], *layers, baseline=True)
    Feed(either, project).store_batches([a_batch(session="camera", series=[series])])
    rows = Queries(either).session_streams(project, "camera", filters.since_ms, filters.until_ms)
    by_ssrc = {row["ssrc_number"]: row for row in rows}
    assert [by_ssrc[ssrc]["layer_id"] for ssrc in (1, 2, 3, 4)] == ["f", "h", "q", ""]
    assert {ssrc: row["layers"] for ssrc, row in by_ssrc.items()} == {1: 3, 2: 3, 3: 3, 4: 1, 9: 1}
    for ssrc in (1, 2, 3):
        whole = [by_ssrc[ssrc][f"track_{name}"] for name in ("bitrate", "fps", "width", "height")]
        assert whole == [pytest.approx((100_000 + 50_000 + 10_000) * 8), pytest.approx(25), 640, 360]
    assert by_ssrc[4]["track_bitrate"] == by_ssrc[4]["bitrate"] == pytest.approx(800_000)


def test_statements_are_planned_without_a_look_for_chains(either: Store) -> None:
    """It took half of the time of planning the largest: docs/decisions/0019."""
    asked = "SELECT value FROM system.settings WHERE name = 'optimize_and_compare_chain'"
    assert either.query(asked).to_pylist() == [{"value": "0"}]
