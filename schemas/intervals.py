"""The catalogue's metrics of one interval: from a row of `stream_samples` or `transport_samples` to the one before it.

Each is a column of that name, computed from the row's deltas (`d_...`), and unknown where one of them is: in the first
row of a series, after a counter restarted, and where the browser has no such member. Formulas: W3C webrtc-stats.
"""

import re
from typing import Final, Literal, cast

from schemas.metric import Metric

_BETTER: Final = {"-": "lower", "+": "higher", ".": "neither"}

# name | lower (-), higher (+) or neither (.) is better | scale | unit shown | title, how it is made, and after ? when
# it is unknown, beside what is said above
_TEXT: Final = """
total_bitrate_bps | + | 1e-3 | kbit/s | Bitrate with headers
    d (bytes + header bytes of RTP) x 8 / interval
    ? bytes or header bytes are not told
residual_loss_ratio | - | 100 | % | Loss after repair
    inbound video: (d packetsLost - d retransmittedPacketsReceived) / d expected; inbound audio: audible
    concealment
    ? outbound; video: retransmissions are not told; audio: quiet times
retransmitted_ratio | - | 100 | % | Retransmitted
    d retransmittedPacketsSent or retransmittedPacketsReceived / d packets
    ? retransmissions are not told, or no packet came or went
discarded_ratio | - | 100 | % | Discarded
    d packetsDiscarded / d packetsReceived, at most 1: too late for the jitter buffer; counted late where nothing is
    played
    ? outbound; discards are not told, or no packet came
nack_rate | - | 1 | 1/s | NACKs
    d nackCount / interval
    ? nackCount is not told
pli_rate | - | 1 | 1/s | PLIs
    d pliCount / interval
    ? pliCount is not told; audio
fir_rate | - | 1 | 1/s | FIRs
    d firCount / interval
    ? firCount is not told; audio
rtt_mean_ms | - | 1 | ms | Mean round-trip time
    d totalRoundTripTime / d roundTripTimeMeasurements of the remote report
    ? no round trip was measured by RTCP in the interval
frame_rate | + | 1 | fps | Frames coded
    d framesDecoded or framesEncoded / interval
    ? frames are not told; audio
frame_gap_spread_ms | - | 1 | ms | Spread of frame gaps
    standard deviation: sqrt((d totalSquaredInterFrameDelay - (d totalInterFrameDelay)^2 / n) / n), n = d
    framesDecoded
    ? outbound and audio; no frame was decoded, gaps are not told, or the variance is negative by rounding
dropped_frame_ratio | - | 100 | % | Frames dropped
    d framesDropped / (d framesDropped + d framesDecoded)
    ? outbound and audio; there was no frame
coding_ms | - | 1 | ms | Time a frame
    d totalDecodeTime / d framesDecoded, d totalEncodeTime / d framesEncoded
    ? no frame was coded, or the time is not told
qp | - | 1 |  | QP
    d qpSum / d framesDecoded or framesEncoded; comparable within one codec only
    ? no frame was coded, or the codec or browser has no QP
bits_per_pixel | + | 1 | bit | Bits a pixel
    d bytes x 8 / (d frames x frameWidth x frameHeight)
    ? no frame was coded, or the size is not told
pacer_ms | - | 1 | ms | Wait in the pacer
    d totalPacketSendDelay / d packetsSent
    ? inbound; no packet was sent, or the delay is not told
pause_ratio | - | 100 | % | Paused
    d totalPausesDuration / interval, at most 1
    ? outbound and audio; quiet times
silent_concealed_ratio | . | 100 | % | Concealed with silence
    d silentConcealedSamples / d totalSamplesReceived, at most 1
    ? outbound and video; quiet times, or the browser does not tell silent concealment
jitter_buffer_target_ms | - | 1 | ms | Jitter buffer's target
    d jitterBufferTargetDelay / d jitterBufferEmittedCount
    ? outbound; nothing left the buffer, or the target is not told
audio_rms | . | 1 |  | Level of the audio
    sqrt(d totalAudioEnergy / d totalSamplesDuration), of full scale
    ? video; energy or duration is not told, or no time passed in them
limited_cpu_ratio | - | 100 | % | Limited by CPU
    share of qualityLimitationDurations.cpu in all four
    ? inbound and audio; qualityLimitationDurations are not told
limited_bandwidth_ratio | - | 100 | % | Limited by bandwidth
    share of qualityLimitationDurations.bandwidth in all four
    ? inbound and audio; qualityLimitationDurations are not told
limited_other_ratio | - | 100 | % | Limited otherwise
    share of qualityLimitationDurations.other in all four
    ? inbound and audio; qualityLimitationDurations are not told
sent_bitrate_bps | + | 1e-3 | kbit/s | Sent by the transport
    d bytesSent of the transport or its pair x 8 / interval
    ? bytes are told neither of the transport nor of its pair
received_bitrate_bps | + | 1e-3 | kbit/s | Received by it
    d bytesReceived of the transport or its pair x 8 / interval
    ? bytes are told neither of the transport nor of its pair
available_used_ratio | . | 100 | % | Used of the available
    sent bitrate / availableOutgoingBitrate
    ? no estimate: nothing is sent, or the browser does not tell it
"""


def _metric(text: str) -> Metric:
    said, unknown = text.split("?", 1)
    head, *source = said.strip().splitlines()
    name, better, scale, unit, title = map(str.strip, head.split("|"))
    how = cast("Literal['lower', 'higher', 'neither']", _BETTER[better])
    made = " ".join(map(str.strip, source))
    return Metric(name, title, unit, float(scale), made, how, unknown=unknown.strip())


INTERVALS: Final = tuple(_metric(text) for text in re.split(r"\n(?=\w)", _TEXT.strip()))
