"""Verdicts over stored rows: windows, hysteresis, coverage, and what is unknown and why."""

from typing import Any, Final

import pytest

from analytics.queries import Queries
from runtime.store import Store
from schemas.verdicts import VERDICTS
from tests.analytics.feed import Feed
from tests.analytics.judging import START, TOLD, judged, pair, received, summed
from tests.builders import a_batch, a_series, an_object
from tests.ingest.running import verbatim

MINUTE: Final = 60
SPAN: Final = (int(START) - 1000, int(START) + 3_600_000)


def audio(seconds: int = MINUTE, *, lost: int = 0, rtt_ms: float = 50, jitter_ms: float = 5) -> list[dict[str, Any]]:
    """Return audio of 50 packets a second, of which some are lost."""
    stream = received("audio", [50] * seconds, [lost] * seconds, jitter_ms=[jitter_ms] * seconds)
    return [*stream, *pair([rtt_ms] * seconds)]


def seconds(count: int, step: float = 1) -> list[float]:
    """Return the times of samples so many seconds apart, and one before them."""
    return [1000.0 * step * place for place in range(count + 1)]


def test_a_clean_stream_is_poor_by_none(either: Store, project: str) -> None:
    """Audio is asked by eleven rules; Twilio does not judge the first four seconds."""
    found = judged(either, project, audio(), seconds(MINUTE), jobs=True)
    assert {rule: row["level"] for rule, row in found.items()} == {
        "rtc_affected_v1": "not poor", "teams_cqd_audio_v1": "not poor", "twilio_voice_v1": "not poor",
        "livekit_quality_v1": "EXCELLENT", "meet_playbook_v1": "not poor", "plivo_voice_v1": "not poor",
        "quality_rtc_v1": "not poor", "vidyo_v1": "not poor", "polycom_rmx_v1": "not poor", "pexip_v1": "GOOD",
        "teams_network_v1": "not poor",
    }  # fmt: skip
    assert {rule: row["judged_ms"] for rule, row in found.items() if row["judged_ms"] != 60_000} == {
        "twilio_voice_v1": 56_000
    }
    assert {(row["stream_ms"], row["intervals"], row["intervals_expected"]) for row in found.values()} == {
        (60_000, 60, 60)
    }


def test_one_stream_is_poor_by_some_and_not_by_others(either: Store, project: str) -> None:
    """2 % of loss and 350 ms: poor for Twilio, Meet, Plivo and Teams' network, not for Teams' calls and us."""
    found = judged(either, project, audio(lost=1, rtt_ms=350), seconds(MINUTE), jobs=True)
    assert {rule for rule, row in found.items() if row["verdict"] == "poor"} == {
        "twilio_voice_v1", "meet_playbook_v1", "plivo_voice_v1", "teams_network_v1",
    }  # fmt: skip
    assert found["plivo_voice_v1"]["poor_ratio"] == found["twilio_voice_v1"]["poor_ratio"] == 1


@pytest.mark.parametrize(("seconds_of_it", "verdict"), [(10, "unknown"), (11, "poor")])
def test_teams_counts_packets(either: Store, project: str, seconds_of_it: int, verdict: str) -> None:
    """500 received packets are too few, 550 are not; 17 % of loss."""
    stream = received("audio", [60] * seconds_of_it, [10] * seconds_of_it, jitter_ms=[5] * seconds_of_it)
    objects = [*stream, *pair([50] * seconds_of_it)]
    found = judged(either, project, objects, seconds(seconds_of_it))["teams_cqd_audio_v1"]
    assert (found["verdict"], found["poor_ms"]) == (verdict, 1000 * seconds_of_it if verdict == "poor" else 0)
    assert found["reason"] == ("500 packets or fewer" if verdict == "unknown" else "")


@pytest.mark.parametrize(("lost", "verdict"), [(0, "unknown"), (10, "poor")])
def test_without_a_round_trip_a_fine_stream_is_unknown(either: Store, project: str, lost: int, verdict: str) -> None:
    """And a lossy one poor. rtc_affected_v1 needs one value only."""
    stream = received("audio", [50] * MINUTE, [lost] * MINUTE, jitter_ms=[5] * MINUTE)
    found = judged(either, project, stream, seconds(MINUTE), jobs=True)
    rules = ("teams_cqd_audio_v1", "plivo_voice_v1", "meet_playbook_v1", "twilio_voice_v1")
    assert {found[rule]["verdict"] for rule in rules} == {verdict}
    assert found["rtc_affected_v1"]["verdict"] == ("poor" if lost else "not poor")
    if not lost:
        assert {found[rule]["reason"] for rule in rules} == {
            "round trip is not told", "loss, round trip or jitter is not told",
        }  # fmt: skip


def test_a_muted_stream_is_unknown_by_every_rule_that_listens(either: Store, project: str) -> None:
    """Loss and jitter of a muted stream are still told, and rtcpulse's own rule judges by them."""
    found = judged(either, project, audio(lost=10), seconds(MINUTE), [TOLD | {"muted": True}], jobs=True)
    reasons = {rule: row["reason"] for rule, row in found.items() if row["verdict"] == "unknown"}
    quiet = "muted, unwanted or without packets"
    assert reasons == {
        **dict.fromkeys(("pexip_v1", "teams_network_v1"), "never more than half of a window sampled"),
        **dict.fromkeys(("teams_cqd_audio_v1", "plivo_voice_v1", "meet_playbook_v1"), quiet),
        **dict.fromkeys(("quality_rtc_v1", "vidyo_v1", "polycom_rmx_v1"), quiet),
        "livekit_quality_v1": "muted or unwanted",
        "twilio_voice_v1": "never five seconds of samples at most 2.5 s apart",
    }  # fmt: skip


def test_one_sample_says_nothing(either: Store, project: str) -> None:
    """There is no interval; every rule is unknown."""
    found = judged(either, project, audio(0), [0.0], jobs=True)
    assert {row["verdict"] for row in found.values()} == {"unknown"}
    assert found["teams_cqd_audio_v1"]["reason"] == "one sample only"
    assert {row["coverage"] for row in found.values()} == {None}
    assert {(row["stream_ms"], row["intervals"], row["intervals_expected"]) for row in found.values()} == {(0, 0, 0)}


def by_jitter(store: Store, project: str, values: list[float], step: float = 1) -> dict[str, Any]:
    """Return Twilio's verdict on a stream with these values of jitter, ms, one each sample."""
    count = len(values)
    stream = received("audio", [50] * count, [0] * count, jitter_ms=values)
    return judged(store, project, [*stream, *pair([50] * count)], seconds(count, step))["twilio_voice_v1"]


CALM: Final = [5.0] * 5


@pytest.mark.parametrize(
    ("values", "poor_ms"),
    [
        ([*CALM, 31, 5, 31, 5, 31, *CALM, *CALM], 5000),  # raised at the tenth second, cleared at the fifteenth
        ([*CALM, 31, 5, 31, 5, 5, 31, *CALM, *CALM], 0),  # never three of five
        ([*CALM, 30, 30, 30, 30, 30, *CALM, *CALM], 0),  # at the limit
        ([*CALM, 31, 31, 31, 5, 5, 5, 5, 31, *CALM, *CALM], 10_000),  # raised at 8, and 13 begins the five anew
        ([31, 31, 31, 5, *CALM], 3000),  # raised at 3, not judged before 5, cleared at 8
    ],
)
def test_twilio_raises_at_three_of_five_and_clears_at_none(
    either: Store, project: str, values: list[float], poor_ms: int
) -> None:
    """One value a second."""
    found = by_jitter(either, project, values)
    assert (found["poor_ms"], found["judged_ms"]) == (poor_ms, 1000 * (len(values) - 4))


@pytest.mark.parametrize(
    ("step", "bad", "verdict"), [(2, 1, "not poor"), (2, 2, "poor"), (2.6, 9, "unknown"), (5, 9, "unknown")]
)
def test_twilio_takes_two_seconds_for_two_values(
    either: Store, project: str, step: float, bad: int, verdict: str
) -> None:
    """One bad sample is two of five, two are four; samples further apart than 2.5 s are unknown."""
    found = by_jitter(either, project, [*CALM, *[31.0] * bad, *CALM], step)
    assert found["verdict"] == verdict
    assert found["reason"].endswith("2.5 s apart") == (verdict == "unknown")


def video(frames: int, *, dropped: int | None = None, lost: int = 0, count: int = MINUTE) -> list[dict[str, Any]]:
    """Return video with so many frames decoded each second, all loss repaired by nobody."""
    more: dict[str, Any] = {"framesDecoded": summed([frames] * count)}
    if dropped is not None:
        more["framesDropped"] = summed([dropped] * count)
    return [*received("video", [100] * count, [lost] * count, codec="VP8", **more), *pair([50] * count)]


@pytest.mark.parametrize(
    ("source", "rule", "frames", "dropped", "verdict"),
    [
        ("camera", "teams_cqd_video_v1", 7, None, "not poor"),
        ("camera", "teams_cqd_video_v1", 6, None, "poor"),
        ("camera", "teams_cqd_video_v1", 6, 6, "not poor"),
        ("camera", "teams_cqd_video_v1", 6, 7, "poor"),
        ("screen_share", "teams_cqd_vbss_v1", 2, None, "not poor"),
        ("screen_share", "teams_cqd_vbss_v1", 1, None, "poor"),
    ],
)
def test_teams_video(
    either: Store, project: str, source: str, rule: str, frames: int, dropped: int | None, verdict: str
) -> None:
    """Dropped frames decide where they are told, else the frame rate; a shared screen has a rule of its own."""
    found = judged(either, project, video(frames, dropped=dropped), seconds(MINUTE), [TOLD | {"source": source}])
    assert found[rule]["verdict"] == verdict
    assert {name for name in found if name.startswith("teams_cqd")} == {rule}
    assert ("meet_playbook_v1" in found) == (source == "camera")


@pytest.mark.parametrize(
    ("lost", "few", "verdict"), [(5, False, "not poor"), (6, False, "poor"), (50, True, "unknown")]
)
def test_ours_is_by_minute(either: Store, project: str, lost: int, verdict: str, *, few: bool) -> None:
    """5 % is not beyond; 49 packets say nothing."""
    expected, gone = ([24, 25], [12, 12]) if few else ([100] * 50, [lost] * 50)
    found = judged(either, project, received("audio", expected, gone), seconds(len(expected)), jobs=True)[
        "rtc_affected_v1"
    ]
    assert found["verdict"] == verdict


def test_coverage_is_of_the_streams_time(either: Store, project: str) -> None:
    """Half a minute, a batch that never came, half a minute from the baseline on: two thirds could be judged."""
    feed, batches = Feed(either, project), []
    for seq, (begin, baseline) in enumerate(((0, False), (60, True))):
        ticks = range(begin, begin + 31)
        item = an_object("inbound-rtp", "I1", {"kind": "audio", "ssrc": 7}, packetsReceived=[50 * n for n in ticks],
                         packetsLost=[10 * n for n in ticks], jitter=[0.005] * 31)  # fmt: skip
        series = a_series([START + 1000 * n for n in ticks], item, baseline=baseline)
        batches.append(a_batch(seq=seq, session=project, series=[series]))
    feed.store_batches(batches)
    rows = {row["rule"]: row for row in Queries(either).stream_verdicts(project, project, *SPAN)}
    teams = rows["teams_cqd_audio_v1"]
    assert (teams["verdict"], teams["poor_ms"], teams["judged_ms"], teams["stream_ms"]) == (
        "poor", 60_000, 60_000, 90_000,
    )  # fmt: skip
    assert (teams["coverage"], teams["intervals"], teams["intervals_expected"]) == (pytest.approx(2 / 3), 60, 90)
    assert rows["rtc_affected_v1"]["reason"] == "no minute was computed yet"


def test_a_source_without_baselines_is_judged_as_any_other(either: Store, project: str) -> None:
    """Batches of one sample each."""
    feed = Feed(either, project)
    for tick in range(31):
        item = an_object("inbound-rtp", "I1", {"kind": "audio", "ssrc": 7}, packetsReceived=[50 * tick],
                         packetsLost=[tick], jitter=[0.031])  # fmt: skip
        series = a_series([START + 1000 * tick], item)
        feed.store_batches([verbatim(a_batch(session=project, seq=tick, series=[series]))])
    rows = {row["rule"]: row for row in Queries(either).stream_verdicts(project, project, *SPAN)}
    for rule, judged_ms in (("teams_cqd_audio_v1", 30_000), ("twilio_voice_v1", 26_000), ("plivo_voice_v1", 30_000)):
        assert (rows[rule]["verdict"], rows[rule]["judged_ms"]) == ("poor", judged_ms), rule


def test_so_many_streams_are_judged_and_no_more(either: Store, project: str) -> None:
    """Those with most samples; of one project and one range."""
    many = [
        a_series([START + 1000 * n for n in range(2 + ssrc)],
                 an_object("inbound-rtp", f"I{ssrc}", {"kind": "audio", "ssrc": ssrc},
                           packetsReceived=[50 * n for n in range(2 + ssrc)]), pc=f"pc{ssrc}")
        for ssrc in range(1, 5)
    ]  # fmt: skip
    Feed(either, project).store_batches([a_batch(session=project, series=many)])
    asked = Queries(either)
    rows = asked.stream_verdicts(project, project, *SPAN, most=2)
    assert {row["stream"].rpartition("-")[2] for row in rows} == {"3", "4"}
    assert len(asked.stream_verdicts(project, project, *SPAN)) == 4 * 11
    assert asked.stream_verdicts("nobody", project, *SPAN) == []
    assert asked.stream_verdicts(project, project, SPAN[0] - 10_000_000, SPAN[0]) == []


def test_an_outbound_stream_is_judged_by_the_remote_reports(either: Store, project: str) -> None:
    """Every five seconds one says that 30 of 250 were lost: 12 %. Twilio listens to what comes only."""
    ticks = range(MINUTE + 1)
    steady = {"kind": "audio", "ssrc": 7, "codecId": "C1", "remoteId": "R1"}
    reports = an_object(
        "remote-inbound-rtp", "R1", {"kind": "audio", "ssrc": 7, "localId": "O1"},
        timestamp=[START + 5000 * (n // 5) for n in ticks], packetsLost=[30 * (n // 5) for n in ticks],
        jitter=[0.005] * len(ticks), roundTripTime=[0.05] * len(ticks),
    )  # fmt: skip
    objects = [
        an_object("outbound-rtp", "O1", steady, packetsSent=[50 * n for n in ticks]), reports,
        an_object("codec", "C1", {"mimeType": "audio/opus"}),
    ]  # fmt: skip
    found = judged(either, project, objects, seconds(MINUTE), [TOLD | {"direction": "outbound"}])
    assert (found["teams_cqd_audio_v1"]["level"], found["livekit_quality_v1"]["level"]) == ("poor", "POOR")
    assert "twilio_voice_v1" not in found


def test_pexip_takes_the_worst_of_its_windows(either: Store, project: str) -> None:
    """4 % in one of three, 12 % in one that is only half sampled and does not count; the means say nothing of it."""
    lost = [2 if 20 <= second < 40 else 0 for second in range(60)] + [6] * 10
    stream = received("audio", [50] * 70, lost, jitter_ms=[5] * 70)
    found = judged(either, project, [*stream, *pair([50] * 70)], seconds(70))
    row = found["pexip_v1"]
    assert (row["level"], row["poor_ms"], row["judged_ms"]) == ("BAD", 20_000, 60_000)
    assert (found["vidyo_v1"]["verdict"], found["polycom_rmx_v1"]["verdict"]) == ("not poor", "not poor")


def test_a_stalled_video_is_stalled_until_it_has_five_frames_a_second(either: Store, project: str) -> None:
    """Nothing for 10 s, four for another 10: no resumption yet; then 30."""
    frames = [0 if 20 <= second < 30 else 4 if 30 <= second < 40 else 30 for second in range(60)]
    stream = received("video", [50] * 60, [0] * 60, codec="VP8", framesDecoded=summed(frames))
    row = judged(either, project, stream, seconds(60), [TOLD | {"source": "camera"}])["twilio_video_v1"]
    assert (row["verdict"], row["poor_ms"], row["judged_ms"]) == ("poor", 20_000, 60_000)


def test_every_rule_is_asked_of_something(store: Store, project: str) -> None:
    """The statement knows each rule of the catalogue, and the catalogue each of the statement."""
    asked: set[str] = set()
    for source, objects in (("microphone", audio()), ("camera", video(30)), ("screen_share", video(30))):
        asked |= set(judged(store, f"{project}-{source}", objects, seconds(MINUTE), [TOLD | {"source": source}]))
    assert asked == {verdict.id for verdict in VERDICTS}
