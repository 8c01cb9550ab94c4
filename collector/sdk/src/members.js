// What is kept of a stats report: the members of schemas/stats.py by stats type, and no others. A test compares the two.
// The mark behind a name says what its values are: ' text, ? flag, = a number that says what the object is; else a number.
import { attempt } from "./guard.js";

const RECEIVED = "packetsReceived jitter kind' codecId' transportId' ssrc= packetsLost";
const TRAFFIC = "packetsSent bytesSent bytesReceived packetsReceived";
const ROUND_TRIPS = " roundTripTimeMeasurements roundTripTime totalRoundTripTime localId' timestamp";
const FRAMES = 
    " qpSum mid' firCount contentType' remoteId' pliCount frameWidth nackCount frameHeight framesPerSecond";

const NAMES = {
  "codec": "channels= mimeType' transportId' sdpFmtpLine' clockRate= payloadType=",
  "inbound-rtp": RECEIVED + FRAMES +
    " framesReceived jitterBufferTargetDelay totalCorruptionProbability totalProcessingDelay audioLevel" +
    " totalAudioEnergy totalDecodeTime keyFramesDecoded jitterBufferMinimumDelay totalSamplesDuration" +
    " framesRendered jitterBufferDelay totalSquaredInterFrameDelay totalSamplesReceived" +
    " jitterBufferEmittedCount bytesReceived pauseCount totalPausesDuration freezeCount" +
    " insertedSamplesForDeceleration framesDecoded headerBytesReceived packetsDiscarded fecPacketsDiscarded" +
    " fecPacketsReceived powerEfficientDecoder? totalInterFrameDelay totalFreezesDuration" +
    " corruptionMeasurements decoderImplementation' silentConcealedSamples retransmittedBytesReceived" +
    " concealedSamples retransmittedPacketsReceived playoutId' trackIdentifier' removedSamplesForAcceleration" +
    " framesDropped concealmentEvents",
  "remote-inbound-rtp": RECEIVED + ROUND_TRIPS + " fractionLost",
  "outbound-rtp":
    "packetsSent bytesSent qualityLimitationResolutionChanges retransmittedPacketsSent" +
    " qualityLimitationReason' mediaSourceId' encoderImplementation' scalabilityMode' encodingIndex=" +
    " powerEfficientEncoder? totalPacketSendDelay active? totalEncodedBytesTarget totalEncodeTime targetBitrate" +
    " retransmittedBytesSent qualityLimitationDurations.none framesSent qualityLimitationDurations.bandwidth" +
    " hugeFramesSent qualityLimitationDurations.cpu keyFramesEncoded headerBytesSent" +
    " qualityLimitationDurations.other kind' codecId' transportId' ssrc= rid' framesEncoded" + FRAMES,
  "remote-outbound-rtp":
    "packetsSent bytesSent kind' codecId' transportId' ssrc= reportsSent remoteTimestamp" + ROUND_TRIPS,
  "media-source":
    "kind' totalSamplesDuration frames trackIdentifier' echoReturnLossEnhancement echoReturnLoss audioLevel" +
    " totalAudioEnergy width height framesPerSecond",
  "media-playout":
    "kind' totalSamplesCount totalPlayoutDelay totalSamplesDuration synthesizedSamplesDuration" +
    " synthesizedSamplesEvents",
  "transport": TRAFFIC +
    " dtlsRole' dtlsState' selectedCandidatePairId' iceRole' tlsVersion' iceState' selectedCandidatePairChanges",
  "candidate-pair": TRAFFIC +
    " availableIncomingBitrate responsesReceived packetsDiscardedOnSend remoteCandidateId' transportId' state'" +
    " selected? availableOutgoingBitrate requestsSent bytesDiscardedOnSend currentRoundTripTime" +
    " totalRoundTripTime localCandidateId' nominated?",
  "local-candidate": "networkType' relayProtocol' transportId' candidateType' protocol' tcpType'",
  "remote-candidate": "transportId' candidateType' protocol' tcpType'",
};

// Stats type -> [[name, mark], ...].
export const MEMBERS = {};
attempt(() => {
  for (const type in NAMES) {
    MEMBERS[type] = NAMES[type].split(" ").map((word) => /([\w.]+)(.?)/.exec(word).slice(1));
  }
});
