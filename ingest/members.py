"""Which W3C member goes to which column, and what it is multiplied with (seconds to milliseconds)."""

from typing import Final, NamedTuple


class Place(NamedTuple):
    """A column and the factor from the member's unit to the column's."""

    column: str
    factor: float = 1.0


def _places(text: str) -> dict[str, Place]:
    places = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        member, column, *factor = line.split()
        places[member] = Place(column, float(factor[0]) if factor else 1.0)
    return places


_RECEIVED: Final = """
    nackCount nacks
    pliCount plis
    firCount firs
    qpSum qp_sum
    frameWidth width
    frameHeight height
    framesPerSecond fps
"""

INBOUND: Final = _places(
    _RECEIVED
    + """
    packetsReceived packets
    bytesReceived bytes
    headerBytesReceived header_bytes
    retransmittedPacketsReceived retransmitted_packets
    retransmittedBytesReceived retransmitted_bytes
    fecPacketsReceived fec_packets
    packetsLost packets_lost
    packetsDiscarded packets_discarded
    discardedPackets packets_discarded
    jitter jitter_ms 1000
    framesDecoded frames
    keyFramesDecoded key_frames
    framesReceived frames_received
    framesDropped frames_dropped
    totalDecodeTime coding_time_s
    totalProcessingDelay processing_delay_s
    totalInterFrameDelay inter_frame_delay_s
    totalSquaredInterFrameDelay squared_inter_frame_s2
    freezeCount freezes
    totalFreezesDuration freezes_s
    pauseCount pauses
    totalPausesDuration pauses_s
    totalSamplesReceived samples_received
    concealedSamples concealed_samples
    silentConcealedSamples silent_concealed_samples
    concealmentEvents concealment_events
    insertedSamplesForDeceleration inserted_samples
    removedSamplesForAcceleration removed_samples
    jitterBufferDelay jitter_buffer_delay_s
    jitterBufferTargetDelay jitter_buffer_target_s
    jitterBufferMinimumDelay jitter_buffer_minimum_s
    jitterBufferEmittedCount jitter_buffer_emitted
    totalAudioEnergy audio_energy
    totalSamplesDuration samples_duration_s
    audioLevel audio_level
    totalCorruptionProbability corruption_sum
    corruptionMeasurements corruption_measurements
    powerEfficientDecoder power_efficient
"""
)

OUTBOUND: Final = _places(
    _RECEIVED
    + """
    packetsSent packets
    bytesSent bytes
    headerBytesSent header_bytes
    retransmittedPacketsSent retransmitted_packets
    retransmittedBytesSent retransmitted_bytes
    framesEncoded frames
    keyFramesEncoded key_frames
    framesSent frames_received
    hugeFramesSent huge_frames
    totalEncodeTime coding_time_s
    totalPacketSendDelay send_delay_s
    totalEncodedBytesTarget encoded_bytes_target
    targetBitrate target_bitrate_bps
    qualityLimitationDurations.none limited_none_s
    qualityLimitationDurations.cpu limited_cpu_s
    qualityLimitationDurations.bandwidth limited_bandwidth_s
    qualityLimitationDurations.other limited_other_s
    qualityLimitationResolutionChanges resolution_changes
    active active
    powerEfficientEncoder power_efficient
"""
)

REMOTE_INBOUND: Final = _places("""
    timestamp remote_t
    packetsReceived remote_packets
    packetsLost packets_lost
    jitter jitter_ms 1000
    roundTripTime rtt_ms 1000
    fractionLost fraction_lost
    totalRoundTripTime total_rtt_s
    roundTripTimeMeasurements rtt_measurements
""")

REMOTE_OUTBOUND: Final = _places("""
    timestamp remote_t
    packetsSent remote_packets
    bytesSent remote_bytes
    roundTripTime rtt_ms 1000
    totalRoundTripTime total_rtt_s
    roundTripTimeMeasurements rtt_measurements
""")

SOURCE: Final = _places("""
    frames source_frames
    framesPerSecond source_fps
    width source_width
    height source_height
    audioLevel audio_level
    totalAudioEnergy audio_energy
    totalSamplesDuration samples_duration_s
""")

PLAYOUT: Final = _places("""
    synthesizedSamplesDuration synthesized_s
    totalPlayoutDelay playout_delay_s
    totalSamplesCount playout_samples
""")

TRANSPORT: Final = _places("""
    packetsSent packets_sent
    packetsReceived packets_received
    bytesSent bytes_sent
    bytesReceived bytes_received
    selectedCandidatePairChanges pair_changes
""")

PAIR: Final = _places("""
    packetsDiscardedOnSend packets_discarded
    totalRoundTripTime total_rtt_s
    responsesReceived responses_received
    currentRoundTripTime current_rtt_ms 1000
    availableOutgoingBitrate available_bps
    availableIncomingBitrate available_incoming_bps
""")

PAIR_COUNTERS: Final = {
    name: TRANSPORT[name] for name in ("packetsSent", "packetsReceived", "bytesSent", "bytesReceived")
}

# Text of the object itself, kept as it comes.
INBOUND_TEXT: Final = {"mid": "mid", "trackIdentifier": "track_identifier", "decoderImplementation": "implementation"}
OUTBOUND_TEXT: Final = {
    "mid": "mid",
    "encoderImplementation": "implementation",
    "qualityLimitationReason": "quality_limitation",
    "scalabilityMode": "scalability_mode",
    "rid": "layer",
}
TRANSPORT_TEXT: Final = {
    "iceState": "ice_state",
    "iceRole": "ice_role",
    "dtlsState": "dtls_state",
}
