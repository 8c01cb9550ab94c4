"""Each limit that the catalogue states, below, at and above it, in the function that judges by it; missing values."""

from typing import Any, Final

import pytest

from runtime.store import Store
from schemas.verdicts import BY_RULE, VERDICTS, Limit

FINE: Final = {
    "packets": 501.0, "loss": 0.0, "rtt_ms": 50.0, "jitter_ms": 5.0, "freeze": 0.0, "concealed": 0.0,
    "frame_loss": None, "frame_rate": 30.0, "residual_loss": 0.0, "score": 100.0,
}  # fmt: skip
CALLS: Final = {
    "rtc_affected_v1": "if(rtc_affected_v1({loss}, {rtt_ms}, {jitter_ms}, {freeze}, {concealed}), 'poor', 'not poor')",
    "teams_cqd_audio_v1": "rtc_teams_cqd_audio_v1({packets}, {loss}, {rtt_ms}, {jitter_ms})",
    "teams_cqd_video_v1": "rtc_teams_cqd_video_v1({frame_loss}, {frame_rate}, {residual_loss}, 7)",
    "teams_cqd_vbss_v1": "rtc_teams_cqd_video_v1({frame_loss}, {frame_rate}, {residual_loss}, 2)",
    "twilio_voice_v1": "if(has(tupleToNameValuePairs(rtc_twilio_voice_v1({loss}, {rtt_ms}, {jitter_ms})).2, 1), "
    "'poor', 'not poor')",
    "livekit_quality_v1": "if(rtc_livekit_level_v1({score}) IN ('POOR', 'LOST'), 'poor', 'not poor')",
    "meet_playbook_v1": "rtc_meet_playbook_v1(1, {loss}, {rtt_ms}, {frame_rate})",
    "plivo_voice_v1": "rtc_plivo_voice_v1({loss}, {rtt_ms}, {jitter_ms})",
    "quality_rtc_v1": "rtc_quality_rtc_v1({loss}, {rtt_ms})",
    "vidyo_v1": "rtc_vidyo_v1({loss}, {rtt_ms}, {jitter_ms})",
    "polycom_rmx_v1": "rtc_polycom_rmx_v1({loss})",
    "pexip_v1": "if(rtc_pexip_level_v1({loss}) IN ('BAD', 'TERRIBLE'), 'poor', 'not poor')",
    "teams_network_v1": "rtc_teams_network_v1({loss}, {rtt_ms}, {jitter_ms})",
    "twilio_video_v1": "if(rtc_twilio_video_v1({frame_rate}) = 1, 'poor', 'not poor')",
}
EACH: Final = [(verdict.id, limit) for verdict in VERDICTS for limit in verdict.limits]


def said(store: Store, rule: str, **values: Any) -> str:
    """Return what the rule's function says of values that are fine but for these."""
    named = {name: "NULL" if value is None else repr(value) for name, value in {**FINE, **values}.items()}
    call = CALLS[rule].format(**{name: f"CAST({value} AS Nullable(Float64))" for name, value in named.items()})
    return str(store.query(f"SELECT {call} AS said").to_pylist()[0]["said"])


@pytest.mark.parametrize(("rule", "limit"), EACH, ids=str)
def test_a_limit_is_where_the_catalogue_has_it(either: Store, rule: str, limit: Limit) -> None:
    """A hair below, exactly at it, and a hair above."""
    above, at = limit.sign in {">", ">="}, limit.sign in {">=", "<="}
    more: dict[str, Any] = {"frame_rate": None} if limit.name == "residual_loss" else {}
    poor = [said(either, rule, **more, **{limit.name: limit.value * one}) == "poor" for one in (0.999999, 1, 1.000001)]
    assert poor == [not above, at, above]


def test_every_rule_is_tested() -> None:
    """A rule that joins the catalogue needs its call here."""
    assert set(CALLS) == set(BY_RULE)


@pytest.mark.parametrize(
    "rule", ["teams_cqd_audio_v1", "plivo_voice_v1", "meet_playbook_v1", "vidyo_v1", "teams_network_v1"]
)
def test_a_missing_value_is_not_good_and_hides_no_poor_one(either: Store, rule: str) -> None:
    """Unknown names what is missing; one that is poor is enough."""
    limits = BY_RULE[rule].limits
    for missing in limits:
        assert said(either, rule, **{missing.name: None}).endswith("is not told")
        for poor in limits:
            beyond = poor.value * (0.5 if poor.sign.startswith("<") else 2)
            if poor is not missing:
                assert said(either, rule, **{missing.name: None, poor.name: beyond}) == "poor"


def test_teams_audio_needs_more_than_500_packets(either: Store) -> None:
    """However bad they were."""
    assert said(either, "teams_cqd_audio_v1", packets=500, loss=0.5) == "500 packets or fewer"
    assert said(either, "teams_cqd_audio_v1", packets=None, loss=0.5) == "500 packets or fewer"
    assert said(either, "teams_cqd_audio_v1", packets=501, loss=0.5) == "poor"


def test_of_teams_video_the_first_known_value_decides_alone(either: Store) -> None:
    """Frames that were shown in time outweigh a frame rate of one; without either, loss after repair decides."""
    rule = "teams_cqd_video_v1"
    assert said(either, rule, frame_loss=0.0, frame_rate=1, residual_loss=0.9) == "not poor"
    assert said(either, rule, frame_rate=1, residual_loss=0.0) == "poor"
    assert said(either, rule, frame_rate=8, residual_loss=0.9) == "not poor"
    assert said(either, rule, frame_rate=None, residual_loss=0.9) == "poor"
    assert said(either, rule, frame_rate=None, residual_loss=None).startswith("neither")


def test_meet_asks_no_frame_rate_of_audio(either: Store) -> None:
    """And none is missed."""
    sql = "SELECT rtc_meet_playbook_v1(0, 0., 50., CAST(NULL AS Nullable(Float64))) AS said"
    assert either.query(sql).to_pylist() == [{"said": "not poor"}]
