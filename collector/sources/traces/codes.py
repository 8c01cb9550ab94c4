"""The numbers that rtcstats 4 writes for events, stats types and members; the format never gives one away again.

Source: the tables of rtcstats-shared (github.com/rtcstats/rtcstats). Of the members only those are here that are kept.
"""

from typing import Any, Final

TIMESTAMP: Final = "t"

EVENTS: Final[dict[Any, str]] = {
    "g": "getStats", 1: "getStats", 20: "onicecandidate", 21: "onicecandidateerror", 22: "ontrack",
    23: "onsignalingstatechange", 24: "oniceconnectionstatechange", 25: "onconnectionstatechange",
    26: "onicegatheringstatechange", 27: "onnegotiationneeded", 36: "close", 39: "create", 40: "constraints",
    60: "navigator.mediaDevices.getUserMedia", 61: "navigator.mediaDevices.getUserMediaOnSuccess",
    65: "navigator.mediaDevices.getUserMediaOnFailure",
}  # fmt: skip

TYPES: Final = {
    "1": "inbound-rtp", "2": "outbound-rtp", "3": "remote-inbound-rtp", "4": "remote-outbound-rtp", "5": "transport",
    "6": "candidate-pair", "7": "local-candidate", "8": "remote-candidate", "9": "data-channel",
    "10": "peer-connection", "11": "certificate", "12": "media-source", "13": "media-playout", "14": "codec",
}  # fmt: skip

_FROM: Final = {
    4: "payloadType transportId mimeType clockRate channels sdpFmtpLine ssrc kind codecId",
    14: "packetsReceived packetsLost jitter trackIdentifier mid remoteId framesDecoded keyFramesDecoded framesDropped "
    "frameWidth frameHeight framesPerSecond qpSum totalDecodeTime totalInterFrameDelay totalSquaredInterFrameDelay "
    "pauseCount totalPausesDuration freezeCount totalFreezesDuration",
    35: "headerBytesReceived packetsDiscarded fecPacketsReceived fecPacketsDiscarded",
    41: "bytesReceived nackCount firCount pliCount totalProcessingDelay",
    47: "jitterBufferDelay jitterBufferTargetDelay jitterBufferEmittedCount jitterBufferMinimumDelay "
    "totalSamplesReceived concealedSamples silentConcealedSamples concealmentEvents insertedSamplesForDeceleration "
    "removedSamplesForAcceleration audioLevel totalAudioEnergy totalSamplesDuration framesReceived "
    "decoderImplementation playoutId powerEfficientDecoder",
    68: "retransmittedPacketsReceived retransmittedBytesReceived",
    71: "totalCorruptionProbability",
    73: "corruptionMeasurements localId roundTripTime totalRoundTripTime fractionLost roundTripTimeMeasurements "
    "packetsSent bytesSent mediaSourceId rid encodingIndex headerBytesSent retransmittedPacketsSent "
    "retransmittedBytesSent targetBitrate totalEncodedBytesTarget framesSent hugeFramesSent framesEncoded "
    "keyFramesEncoded totalEncodeTime totalPacketSendDelay qualityLimitationReason qualityLimitationDurations "
    "qualityLimitationResolutionChanges encoderImplementation powerEfficientEncoder active scalabilityMode "
    "remoteTimestamp reportsSent echoReturnLoss echoReturnLossEnhancement width height frames "
    "synthesizedSamplesDuration synthesizedSamplesEvents totalPlayoutDelay totalSamplesCount",
    116: "protocol",
    118: "state",
    121: "iceRole",
    123: "dtlsState iceState selectedCandidatePairId",
    128: "tlsVersion",
    130: "dtlsRole",
    132: "selectedCandidatePairChanges",
    136: "candidateType",
    139: "relayProtocol",
    144: "tcpType networkType",
    148: "localCandidateId remoteCandidateId nominated",
    152: "currentRoundTripTime availableOutgoingBitrate availableIncomingBitrate",
    156: "requestsSent responsesReceived",
    160: "packetsDiscardedOnSend bytesDiscardedOnSend",
}

MEMBER_NAMES: Final[dict[str, str]] = {TIMESTAMP: "timestamp"} | {
    str(first + place): name for first, names in _FROM.items() for place, name in enumerate(names.split())
}
