"""The W3C webrtc-stats members that rtcpulse keeps, by stats type. The SDKs send these and no others.

Names, units and absence rules: W3C webrtc-stats (identifiers for WebRTC's Statistics API). Times in seconds unless
the name says otherwise; `timestamp`, `remoteTimestamp` in milliseconds since the Unix epoch. A missing member is not
zero. `contentType` is Chromium's: "screenshare" of video that is a shared screen's.
The two remote types keep their own `timestamp`: when the RTCP report came, which is what tells a new report from an
old. Members that are records in W3C's dictionaries are flat in the `series` form: `qualityLimitationDurations.cpu`.
"""

from enum import Enum
from typing import Final


class Kind(Enum):
    """What the values of a member are."""

    COUNTER = "counter"  # cumulative number, never falls while the object lives
    SIGNED = "signed"  # cumulative number that may fall (packetsLost)
    GAUGE = "gauge"  # number of this moment
    TEXT = "text"  # string: identity, enum or reference
    FLAG = "flag"  # boolean


def _members(**kinds: str) -> dict[str, Kind]:
    return {name: Kind[kind.upper()] for kind, names in kinds.items() for name in names.split()}


_RECEIVED: Final = _members(
    counter="packetsReceived",
    signed="packetsLost",
    gauge="jitter ssrc",
    text="kind codecId transportId",
)

QUALITY_LIMITATIONS: Final = ("none", "cpu", "bandwidth", "other")

MEMBERS: Final[dict[str, dict[str, Kind]]] = {
    "codec": _members(gauge="payloadType clockRate channels", text="mimeType sdpFmtpLine transportId"),
    "inbound-rtp": _RECEIVED
    | _members(
        counter="framesDecoded keyFramesDecoded framesRendered framesDropped framesReceived qpSum totalDecodeTime "
        "totalInterFrameDelay totalSquaredInterFrameDelay pauseCount totalPausesDuration freezeCount "
        "totalFreezesDuration headerBytesReceived packetsDiscarded fecPacketsReceived fecPacketsDiscarded "
        "bytesReceived nackCount firCount pliCount totalProcessingDelay jitterBufferDelay jitterBufferTargetDelay "
        "jitterBufferMinimumDelay jitterBufferEmittedCount totalSamplesReceived concealedSamples "
        "silentConcealedSamples concealmentEvents insertedSamplesForDeceleration removedSamplesForAcceleration "
        "totalAudioEnergy totalSamplesDuration retransmittedPacketsReceived retransmittedBytesReceived "
        "totalCorruptionProbability corruptionMeasurements",
        gauge="frameWidth frameHeight framesPerSecond audioLevel",
        text="trackIdentifier mid remoteId playoutId decoderImplementation contentType",
        flag="powerEfficientDecoder",
    ),
    "remote-inbound-rtp": _RECEIVED
    | _members(
        counter="totalRoundTripTime roundTripTimeMeasurements",
        gauge="timestamp roundTripTime fractionLost",
        text="localId",
    ),
    "outbound-rtp": _members(
        counter="packetsSent bytesSent headerBytesSent retransmittedPacketsSent retransmittedBytesSent "
        "totalEncodedBytesTarget framesSent hugeFramesSent framesEncoded keyFramesEncoded qpSum totalEncodeTime "
        "totalPacketSendDelay qualityLimitationDurations.none qualityLimitationDurations.cpu "
        "qualityLimitationDurations.bandwidth qualityLimitationDurations.other qualityLimitationResolutionChanges "
        "nackCount firCount pliCount",
        gauge="ssrc encodingIndex targetBitrate frameWidth frameHeight framesPerSecond",
        text="kind codecId transportId mid mediaSourceId remoteId rid qualityLimitationReason encoderImplementation "
        "scalabilityMode contentType",
        flag="active powerEfficientEncoder",
    ),
    "remote-outbound-rtp": _members(
        counter="packetsSent bytesSent reportsSent totalRoundTripTime roundTripTimeMeasurements",
        gauge="timestamp ssrc remoteTimestamp roundTripTime",
        text="kind codecId transportId localId",
    ),
    "media-source": _members(
        counter="totalAudioEnergy totalSamplesDuration frames",
        gauge="audioLevel echoReturnLoss echoReturnLossEnhancement width height framesPerSecond",
        text="trackIdentifier kind",
    ),
    "media-playout": _members(
        counter="synthesizedSamplesDuration synthesizedSamplesEvents totalSamplesDuration totalPlayoutDelay "
        "totalSamplesCount",
        text="kind",
    ),
    "transport": _members(
        counter="packetsSent packetsReceived bytesSent bytesReceived selectedCandidatePairChanges",
        text="iceRole dtlsState iceState selectedCandidatePairId tlsVersion dtlsRole",
    ),
    "candidate-pair": _members(
        counter="packetsSent packetsReceived bytesSent bytesReceived totalRoundTripTime responsesReceived "
        "requestsSent packetsDiscardedOnSend bytesDiscardedOnSend",
        gauge="currentRoundTripTime availableOutgoingBitrate availableIncomingBitrate",
        text="transportId localCandidateId remoteCandidateId state",
        flag="nominated selected",
    ),
    "local-candidate": _members(text="transportId candidateType protocol relayProtocol networkType tcpType"),
    "remote-candidate": _members(text="transportId candidateType protocol tcpType"),
}

# Never stored: addresses, ufrags and certificates identify people or let others in.
FORBIDDEN_TYPES: Final = frozenset({"certificate"})
FORBIDDEN_MEMBERS: Final = frozenset(
    {
        "address",
        "ip",
        "ipAddress",
        "relatedAddress",
        "port",
        "relatedPort",
        "url",
        "usernameFragment",
        "iceLocalUsernameFragment",
        "foundation",
        "fingerprint",
        "base64Certificate",
        "candidate",
        "hostCandidate",
        "localCertificateId",
        "remoteCertificateId",
        "sdp",
    }
)


def kinds() -> dict[str, Kind]:
    """Return every kept member's kind; a name means the same in every type that has it."""
    merged: dict[str, Kind] = {}
    for members in MEMBERS.values():
        merged.update(members)
    return merged
