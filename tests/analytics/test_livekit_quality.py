"""LiveKit's connection quality over stored rows: the loss at which a stream leaves each level, and how fast."""

from typing import Any, Final

import pytest

from runtime.store import Store
from tests.analytics.judging import START, TOLD, judged, pair, received, summed
from tests.builders import an_object

RULE: Final = "livekit_quality_v1"
WINDOW: Final = 5
STEADY: Final = 6 * WINDOW
UNTOLD: Final = {"source": "microphone"}


def seconds(count: int) -> list[float]:
    """Return the times of samples one second apart, and one before them."""
    return [1000.0 * place for place in range(count + 1)]


def steady(store: Store, project: str, kind: str, codec: str, lost: int) -> dict[str, Any]:
    """Return the verdict on half a minute of 1000 packets a second of which so many are lost."""
    objects = received(kind, [1000] * STEADY, [lost] * STEADY, codec=codec)
    return judged(store, project, objects, seconds(STEADY))[RULE]


@pytest.mark.parametrize(
    ("kind", "codec", "lost", "level"),
    [
        ("video", "VP8", 19, "EXCELLENT"), ("video", "VP8", 21, "GOOD"),
        ("video", "H264", 59, "GOOD"), ("video", "H264", 61, "POOR"),
        ("audio", "opus", 24, "EXCELLENT"), ("audio", "opus", 26, "GOOD"),
        ("audio", "opus", 74, "GOOD"), ("audio", "opus", 76, "POOR"),
        ("audio", "red", 49, "EXCELLENT"), ("audio", "red", 51, "GOOD"),
        ("audio", "red", 149, "GOOD"), ("audio", "red", 151, "POOR"),
        ("audio", "PCMU", 500, "EXCELLENT"),
    ],
)  # fmt: skip
def test_the_loss_that_leaves_a_level(
    either: Store, project: str, kind: str, codec: str, lost: int, level: str
) -> None:
    """A tenth of a per cent below and above what the server's weights come to."""
    found = steady(either, project, kind, codec, lost)
    assert (found["level"], found["verdict"]) == (level, "poor" if level == "POOR" else "not poor")
    assert (found["judged_ms"], found["coverage"]) == (30_000, 1)


@pytest.mark.parametrize(
    ("kind", "codec", "excellent", "poor"), [("video", "vp8", 0.02, 0.06), ("audio", "opus", 0.025, 0.075)]
)
def test_the_published_loss_itself(either: Store, kind: str, codec: str, excellent: float, poor: float) -> None:
    """A window of exactly that loss scores 80 and 40, which are GOOD and POOR."""
    score = f"rtc_livekit_score_v1({{}}, 1000, rtc_livekit_weight_v1('{kind}', '{codec}'), 1.)"
    for loss, level, number in ((excellent, "GOOD", 80), (poor, "POOR", 40)):
        sql = f"SELECT round({score.format(loss * 1000)}, 9) AS n, rtc_livekit_level_v1(n) AS level"
        assert either.query(sql).to_pylist() == [{"n": number, "level": level}]


def test_falls_in_one_window_and_rises_in_three(either: Store) -> None:
    """Total loss: POOR at once; then clean: GOOD after one window, EXCELLENT after three."""
    sql = (
        "SELECT arrayMap(score -> rtc_livekit_level_v1(score), arrayFold("
        "(past, one) -> arrayPushBack(past, rtc_livekit_smooth_v1(past[-1], one)), "
        "[0., 100., 100., 100.], [100.])) AS n"
    )
    assert either.query(sql).to_pylist() == [{"n": ["EXCELLENT", "POOR", "GOOD", "GOOD", "EXCELLENT"]}]


def test_one_bad_window_is_poor_for_that_window(either: Store, project: str) -> None:
    """Five seconds of nine lost in ten, between clean ones; the lowest level is told."""
    lost = [0] * WINDOW + [90] * WINDOW + [0] * 4 * WINDOW
    found = judged(either, project, received("audio", [100] * STEADY, lost), seconds(STEADY))[RULE]
    assert (found["level"], found["poor_ms"], found["judged_ms"]) == ("POOR", 5000, 30_000)


def stopped(since: int) -> list[int]:
    """Return packets a second that end after some seconds."""
    return [50] * since + [0] * (STEADY - since)


@pytest.mark.parametrize(
    ("tracks", "level", "judged_ms"), [((TOLD,), "POOR", 30_000), ((UNTOLD,), "EXCELLENT", 15_000)]
)
def test_no_packets_are_poor_where_it_is_known_not_to_be_muted(
    either: Store, project: str, tracks: Any, level: str, judged_ms: int
) -> None:
    """Else nobody can say, and those windows are not judged."""
    objects = received("audio", stopped(15), [0] * STEADY)
    found = judged(either, project, objects, seconds(STEADY), tracks)[RULE]
    assert (found["level"], found["judged_ms"]) == (level, judged_ms)


@pytest.mark.parametrize(("reports_until", "level"), [(STEADY, "POOR"), (10, "LOST")])
def test_without_rtcp_too_it_is_lost(either: Store, project: str, reports_until: int, level: str) -> None:
    """Sender reports go on, or have stopped for longer than a window."""
    stream, codec = received("audio", stopped(15), [0] * STEADY)
    stream["s"]["remoteId"] = "RO1"
    sent = [min(place, reports_until) for place in range(STEADY + 1)]
    steady_members = {"ssrc": 7, "kind": "audio", "localId": "I1"}
    report = an_object("remote-outbound-rtp", "RO1", steady_members, timestamp=[START + 1000 * at for at in sent])
    found = judged(either, project, [stream, codec, report], seconds(STEADY))[RULE]
    assert found["level"] == level


def test_muted_is_excellent_and_not_judged(either: Store, project: str) -> None:
    """A stream that is muted after two bad windows: those are told, and no more."""
    lost = [40] * 2 * WINDOW + [0] * 4 * WINDOW
    packets = [50] * 2 * WINDOW + [0] * 4 * WINDOW
    tracks = [TOLD, TOLD | {"muted": True, "t": 10_500}]
    found = judged(either, project, received("audio", packets, lost), seconds(STEADY), tracks)[RULE]
    assert (found["level"], found["poor_ms"], found["judged_ms"]) == ("POOR", 10_000, 10_000)


@pytest.mark.parametrize(
    ("codec", "muted", "reason"), [("", False, "codec is not told"), ("opus", True, "muted or unwanted")]
)
def test_unknown_says_why(either: Store, project: str, codec: str, reason: str, *, muted: bool) -> None:
    """No codec, no weight; nothing to hear, nothing to judge."""
    objects = received("audio", [50] * STEADY, [25] * STEADY, codec=codec)
    found = judged(either, project, objects, seconds(STEADY), [TOLD | {"muted": muted}])[RULE]
    assert (found["verdict"], found["level"], found["reason"]) == ("unknown", "unknown", reason)
    assert (found["poor_ratio"], found["judged_ms"], found["coverage"]) == (None, 0, 0)


@pytest.mark.parametrize(
    ("count", "step", "reason"),
    [(2, 1, "never more than half of five seconds sampled"), (3, 11, "no samples at most 10 s apart")],
)
def test_too_few_samples_are_no_window(either: Store, project: str, count: int, step: int, reason: str) -> None:
    """A window of two seconds is none, and what is eleven seconds apart has no windows."""
    objects = received("audio", [50] * count, [25] * count)
    times = [1000.0 * step * place for place in range(count + 1)]
    assert judged(either, project, objects, times)[RULE]["reason"] == reason


def test_loss_weighs_less_where_packets_are_rare(either: Store, project: str) -> None:
    """12 windows at 50 a second, one at 5 with a fifth lost: 100 - 20 x 8 x sqrt(0.1) = 49, which is GOOD, not POOR."""
    count = 13 * WINDOW
    expected, lost = [50] * 12 * WINDOW + [5] * WINDOW, [0] * 12 * WINDOW + [1] * WINDOW
    found = judged(either, project, [*received("audio", expected, lost), *pair([50] * count)], seconds(count))[RULE]
    assert found["level"] == "GOOD"


def test_frames_and_round_trips_do_not_move_it(either: Store, project: str) -> None:
    """As the open-source server has it switched on."""
    objects = received("video", [100] * STEADY, [0] * STEADY, codec="VP8", jitter_ms=[500] * STEADY,
                       framesDecoded=summed([1] * STEADY))  # fmt: skip
    found = judged(either, project, [*objects, *pair([800] * STEADY)], seconds(STEADY))[RULE]
    assert found["level"] == "EXCELLENT"
