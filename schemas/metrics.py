"""The metric catalogue: id, unit, source and thresholds of every number that rtcpulse shows.

Docs and colours derive from it.

Thresholds are those of the first published rule that has one for the metric; they are shown as guides, and a minute
is counted as affected when loss, jitter, round trip, freezes or concealment are beyond `poor` (SQL function
rtc_affected_v1).
"""

from typing import Final

from schemas.intervals import INTERVALS
from schemas.metric import Metric

METRICS: Final = (
    Metric(
        "bitrate_bps",
        "Bitrate",
        "kbit/s",
        1e-3,
        "d bytesReceived or bytesSent x 8 / interval: media payload. Of a session's minute: of all its streams of the "
        "direction, over the time that they cover together",
        "higher",
        unknown="bytes are not told",
    ),
    Metric(
        "packet_rate",
        "Packet rate",
        "1/s",
        1,
        "d packetsReceived or packetsSent / interval",
        "neither",
        unknown="packets are not told",
    ),
    Metric(
        "loss_ratio",
        "Loss",
        "%",
        100,
        "RFC 3550 loss before repair. Inbound: d packetsLost / (d packetsReceived - d retransmittedPacketsReceived + d "
        "packetsLost). Outbound: d remote packetsLost / d (packetsSent - retransmittedPacketsSent) between two "
        "RTCP reports. A minute is affected by it where 50 packets or more of the direction were expected",
        "lower",
        0.02,
        0.05,
        unknown="no packet was expected; sent: no new report of the far end that tells packetsLost",
    ),
    Metric(
        "jitter_ms",
        "Jitter",
        "ms",
        1,
        "RFC 3550 interarrival jitter; outbound: as the remote receiver reports it",
        "lower",
        30,
        50,
        unknown="jitter is not told; sent: no report of the far end",
    ),
    Metric(
        "rtt_ms",
        "Round-trip time",
        "ms",
        1,
        "roundTripTime of the remote report (rtcp); where it tells none, as sender reports without RFC 3611 DLRR do "
        "not, d totalRoundTripTime / d responsesReceived of the pair (stun)",
        "lower",
        200,
        400,
        unknown="no report of the far end and no answer of the candidate pair in the interval",
    ),
    Metric(
        "fps",
        "Frame rate",
        "fps",
        1,
        "framesPerSecond; where it is not told and frames stand still, 0",
        "higher",
        unknown="audio; framesPerSecond is not told while frames come, or frames are not told either",
    ),
    Metric(
        "freeze_ratio",
        "Frozen",
        "%",
        100,
        "d totalFreezesDuration / interval, at most 1. Of a minute: without what lay before it; a picture that stands "
        "still while payload comes is frozen before the browser counts it; shared screens are left out",
        "lower",
        0.01,
        0.05,
        unknown="muted, unwanted or without packets, and the interval after; audio",
    ),
    Metric(
        "concealed_ratio",
        "Concealed",
        "%",
        100,
        "(d concealedSamples - d silentConcealedSamples) / d totalSamplesReceived, from 0 to 1",
        "lower",
        0.02,
        0.05,
        unknown="muted, unwanted or without packets, and the interval after; browsers without silentConcealedSamples",
    ),
    Metric(
        "jitter_buffer_ms",
        "Jitter buffer",
        "ms",
        1,
        "d jitterBufferDelay / d jitterBufferEmittedCount",
        "lower",
        unknown="outbound; nothing left the buffer",
    ),
    Metric(
        "available_bps",
        "Available bitrate",
        "kbit/s",
        1e-3,
        "availableOutgoingBitrate, where video is sent",
        "higher",
        unknown="no video is sent, or no estimate is told",
    ),
    Metric(
        "time_to_first_media_ms",
        "Time to first media",
        "s",
        1e-3,
        "from the event join_started to the first of first_audio and first_video",
        "lower",
        3000,
        10000,
        unknown="the page never said join_started, or no media came",
    ),
    Metric(
        "join_success_ratio",
        "Join success",
        "%",
        100,
        "sessions with media (first_audio or first_video; of one to whom no stream came, packets that it sent, "
        "unless media that it wanted are missed) / sessions with the event join_started",
        "higher",
        unknown="no session said join_started",
    ),
    Metric(
        "mos",
        "MOS",
        "",
        1,
        "of received and sent audio, a minute, by the ITU-T E-model (accuracy.md), on the scale that stands with it "
        "(NB, WB, FB), of one leg; column of stream_quality. Of received audio also end to end, by session_quality, "
        "where one other session of the room sends the track",
        "higher",
        unknown="no published Ie and Bpl of the codec, no round trip, no loss heard or told, fewer than 50 packets, or "
        "what came was not played",
    ),
    Metric(
        "coverage",
        "Seen",
        "%",
        100,
        "samples / samples_expected of stream_quality: samples stored of those that the period gives that the writer "
        "says (every_ms), else the median interval, within the minute and between the stream's first and last sample; "
        "of a whole minute without samples within a stream's life, those of a fuller one (of four the third)",
        "higher",
        unknown="before the jobs came to it",
    ),
    *INTERVALS,
)

BY_ID: Final = {metric.id: metric for metric in METRICS}


def markdown() -> str:
    """Return the catalogue as the documentation shows it."""
    lines = [
        "| metric | title | unit shown | fair | poor | how it is made | unknown |",
        "|---|---|---|---|---|---|---|",
    ]
    for metric in METRICS:
        fair = "" if metric.fair is None else metric.shown(metric.fair)
        poor = "" if metric.poor is None else metric.shown(metric.poor)
        lines.append(
            f"| `{metric.id}` | {metric.title} | {metric.unit} | {fair} | {poor} | {metric.source} | {metric.unknown} |"
        )
    return "\n".join(lines) + "\n"
