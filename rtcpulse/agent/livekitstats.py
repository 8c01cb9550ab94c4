"""LiveKit's Python statistics (protobuf `RtcStats`) as W3C stats objects: W3C's names, enums and milliseconds.

Its messages are proto2 with required fields, so what libwebrtc does not say arrives as 0, "" or an enum's first value.
Such a value is left out, as a missing member is not zero: members of the other kind of media, empty texts, and the
zeros of what libwebrtc reports only when it knows it. Some never carry anything: a remote report's packets_received,
frames_rendered, and the durations of freezes and pauses, whose names are not W3C's.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from schemas.series import Object
from schemas.stats import MEMBERS, QUALITY_LIMITATIONS


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AUDIO_ONLY: Final[dict[str, frozenset[str]]] = {
    "inbound-rtp": _names(
        "packetsDiscarded fecPacketsReceived fecPacketsDiscarded totalSamplesReceived concealedSamples audioLevel "
        "silentConcealedSamples concealmentEvents insertedSamplesForDeceleration removedSamplesForAcceleration "
        "totalAudioEnergy totalSamplesDuration playoutId"
    ),
    "media-source": _names("totalAudioEnergy totalSamplesDuration audioLevel echoReturnLoss echoReturnLossEnhancement"),
}
_VIDEO_ONLY: Final[dict[str, frozenset[str]]] = {
    "inbound-rtp": _names(
        "framesDecoded keyFramesDecoded framesDropped framesReceived qpSum totalDecodeTime totalInterFrameDelay "
        "totalSquaredInterFrameDelay pauseCount freezeCount nackCount firCount pliCount retransmittedPacketsReceived "
        "retransmittedBytesReceived frameWidth frameHeight framesPerSecond decoderImplementation "
        "powerEfficientDecoder"
    ),
    "outbound-rtp": _names(
        "totalEncodedBytesTarget framesSent hugeFramesSent framesEncoded keyFramesEncoded qpSum totalEncodeTime "
        "qualityLimitationResolutionChanges qualityLimitationReason firCount pliCount frameWidth frameHeight "
        "framesPerSecond rid encoderImplementation scalabilityMode powerEfficientEncoder"
    ),
    "media-source": _names("frames width height framesPerSecond"),
}
_NEVER_SAID: Final = {"inbound-rtp": {"framesRendered"}, "remote-inbound-rtp": {"packetsReceived"}}
_ZERO_IS_UNKNOWN: Final = _names(
    "frameWidth frameHeight width height framesPerSecond qpSum targetBitrate roundTripTime currentRoundTripTime "
    "remoteTimestamp availableOutgoingBitrate availableIncomingBitrate echoReturnLoss echoReturnLossEnhancement "
    "channels clockRate"
)
_ENUM_PREFIXES: Final = {
    "QualityLimitationReason": "LIMITATION_",
    "IceRole": "ICE_",
    "DtlsTransportState": "DTLS_TRANSPORT_",
    "IceTransportState": "ICE_TRANSPORT_",
    "DtlsRole": "DTLS_",
    "IceCandidatePairState": "PAIR_",
    "IceServerTransportProtocol": "TRANSPORT_",
    "IceTcpCandidateType": "CANDIDATE_",
}
_CANDIDATES: Final = frozenset({"local-candidate", "remote-candidate"})


def objects(report: Iterable[Any]) -> list[Object]:
    """Return one peer connection's report as W3C stats objects; candidates only where a candidate pair has them.

    Args:
        report: `livekit.rtc` RtcStats messages, such as `(await room.get_rtc_stats()).publisher_stats`.
    """
    found = [one for stats in report if (one := _object(stats)) is not None]
    paired = {one.get(end) for one in found for end in ("localCandidateId", "remoteCandidateId")}
    return [one for one in found if one["type"] not in _CANDIDATES or one["id"] in paired]


def connection(report: Iterable[Any]) -> str | None:
    """Return what tells this peer connection from any other, None while it has no transport.

    It is its certificate: a full reconnect makes another, a repair of the same connection does not.
    """
    found = (stats.transport.transport for stats in report if stats.WhichOneof("stats") == "transport")
    return next((str(transport.local_certificate_id) for transport in found), None) or None


def _object(stats: Any) -> Object | None:
    which = stats.WhichOneof("stats")
    kept = MEMBERS.get(str(which).replace("_", "-"))
    if kept is None:
        return None
    message = getattr(stats, which)
    own: Object = {"type": which.replace("_", "-"), "id": message.rtc.id}
    said = dict(_said(message))
    unsaid = _unsaid(own["type"], said.get("kind"))
    own |= {name: said[name] for name in kept if name in said and name not in unsaid}
    if own["type"] == "outbound-rtp" and own.get("kind") == "video":
        spent = message.outbound.quality_limitation_durations
        own |= {f"qualityLimitationDurations.{name}": spent[name] for name in QUALITY_LIMITATIONS if name in spent}
    if "timestamp" in kept:
        own["timestamp"] = message.rtc.timestamp / 1000
    return own


def _unsaid(kind_of_stats: str, media: str | None) -> frozenset[str]:
    """Return the members that libwebrtc has not for this kind of media, or never."""
    other = _VIDEO_ONLY if media == "audio" else _AUDIO_ONLY
    return other.get(kind_of_stats, frozenset()) | _NEVER_SAID.get(kind_of_stats, set())


def _said(message: Any) -> Iterator[tuple[str, Any]]:
    """Yield W3C name and value of what the parts of one message say."""
    for part, content in message.ListFields():
        for field, value in content.ListFields() if part.name != "rtc" else ():
            if field.message_type is None and (said := _value(field, value)) not in ("", None):
                name = _w3c(field.name)
                if said or name not in _ZERO_IS_UNKNOWN:
                    yield name, said


def _value(field: Any, value: Any) -> Any:
    if field.enum_type is None:
        return value
    named = field.enum_type.values_by_number[value].name
    return named.removeprefix(_ENUM_PREFIXES.get(field.enum_type.name, "")).lower().replace("_", "-")


def _w3c(name: str) -> str:
    """Return camelCase; `_id` ends as W3C's Id."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
