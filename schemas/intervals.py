"""The catalogue's metrics of one interval: from a row of `stream_samples` or `transport_samples` to the one before it.

Each is a column of that name, computed from the row's deltas (`d_...`), and unknown where one of them is: in the first
row of a series, after a counter restarted, and where the browser has no such member. Formulas: W3C webrtc-stats.
"""

import re
from typing import Final, Literal, cast

from schemas.metric import Metric

_BETTER: Final = {"-": "lower", "+": "higher", ".": "neither"}

# name | lower (-), higher (+) or neither (.) is better | scale | unit shown | title, and how it is made
_TEXT: Final = """
total_bitrate_bps | + | 1e-3 | kbit/s | Bitrate with headers
    d (bytes + header bytes of RTP) x 8 / interval
residual_loss_ratio | - | 100 | % | Loss after repair
    inbound video: (d packetsLost - d retransmittedPacketsReceived) / d expected; inbound audio: audible
    concealment; unknown where retransmissions are not told, and outbound
retransmitted_ratio | - | 100 | % | Retransmitted
    d retransmittedPacketsSent or retransmittedPacketsReceived / d packets
discarded_ratio | - | 100 | % | Discarded
    d packetsDiscarded / d packetsReceived: too late for the jitter buffer
nack_rate | - | 1 | 1/s | NACKs
    d nackCount / interval
pli_rate | - | 1 | 1/s | PLIs
    d pliCount / interval
fir_rate | - | 1 | 1/s | FIRs
    d firCount / interval
rtt_mean_ms | - | 1 | ms | Mean round-trip time
    d totalRoundTripTime / d roundTripTimeMeasurements of the remote report
frame_rate | + | 1 | fps | Frames coded
    d framesDecoded or framesEncoded / interval
frame_gap_spread_ms | - | 1 | ms | Spread of frame gaps
    standard deviation: sqrt((d totalSquaredInterFrameDelay - (d totalInterFrameDelay)^2 / n) / n), n = d
    framesDecoded; unknown where that is negative
dropped_frame_ratio | - | 100 | % | Frames dropped
    d framesDropped / (d framesDropped + d framesDecoded)
coding_ms | - | 1 | ms | Time a frame
    d totalDecodeTime / d framesDecoded, d totalEncodeTime / d framesEncoded
qp | - | 1 |  | QP
    d qpSum / d framesDecoded or framesEncoded; comparable within one codec only
bits_per_pixel | + | 1 | bit | Bits a pixel
    d bytes x 8 / (d frames x frameWidth x frameHeight)
pacer_ms | - | 1 | ms | Wait in the pacer
    d totalPacketSendDelay / d packetsSent
pause_ratio | - | 100 | % | Paused
    d totalPausesDuration / interval, at most 1; unknown in quiet times
silent_concealed_ratio | . | 100 | % | Concealed with silence
    d silentConcealedSamples / d totalSamplesReceived; unknown in quiet times
jitter_buffer_target_ms | - | 1 | ms | Jitter buffer's target
    d jitterBufferTargetDelay / d jitterBufferEmittedCount
audio_rms | . | 1 |  | Level of the audio
    sqrt(d totalAudioEnergy / d totalSamplesDuration), of full scale
limited_cpu_ratio | - | 100 | % | Limited by CPU
    share of qualityLimitationDurations.cpu in all four
limited_bandwidth_ratio | - | 100 | % | Limited by bandwidth
    share of qualityLimitationDurations.bandwidth in all four
limited_other_ratio | - | 100 | % | Limited otherwise
    share of qualityLimitationDurations.other in all four
sent_bitrate_bps | + | 1e-3 | kbit/s | Sent by the transport
    d bytesSent of the transport or its pair x 8 / interval
received_bitrate_bps | + | 1e-3 | kbit/s | Received by it
    d bytesReceived of the transport or its pair x 8 / interval
available_used_ratio | . | 100 | % | Used of the available
    sent bitrate / availableOutgoingBitrate
"""


def _metric(text: str) -> Metric:
    head, *source = text.splitlines()
    name, better, scale, unit, title = map(str.strip, head.split("|"))
    how = cast("Literal['lower', 'higher', 'neither']", _BETTER[better])
    return Metric(name, title, unit, float(scale), " ".join(map(str.strip, source)), how)


INTERVALS: Final = tuple(_metric(text) for text in re.split(r"\n(?=\w)", _TEXT.strip()))
