"""Streams as an observer knows them to W3C stats objects, as getStats of the near end would give them.

Jitter is in seconds, so that there is none without a clock rate. A member that nobody told is left out.
"""

from collections.abc import Iterator
from typing import Any, Final

from rtcpulse.rtcp.formats import Format
from rtcpulse.rtcp.rfc3550 import epoch_ms_of
from rtcpulse.rtcp.streams import Receiver, RoundTrips, Stream

Object = dict[str, Any]
TRANSPORT: Final = "T0"


def outbound(stream: Stream, form: Format, *, reads_rtcp: bool) -> Iterator[Object]:
    """Yield the objects of a stream that the near end sends: its own, and what the far end says of it."""
    own, remote = f"out-{stream.ssrc}", f"out-{stream.ssrc}-remote"
    counted, told = stream.rtp, stream.sender
    is_counted = counted.packets > 0
    counters = {
        "packetsSent": counted.packets if is_counted else told and told.packets,
        "bytesSent": counted.payload_bytes if is_counted else told and told.octets,
        "headerBytesSent": counted.header_bytes if is_counted else None,
    }
    common = _common(stream, form)
    remote_id = {"remoteId": remote if stream.receiver else None}
    feedback = _feedback(stream, form) if reads_rtcp else {}
    yield known({"type": "outbound-rtp", "id": own} | common | counters | remote_id | feedback)
    said = stream.receiver
    if said is not None:
        yield known(
            {"type": "remote-inbound-rtp", "id": remote, "localId": own, "timestamp": round(said.at_ms, 3)}
            | common
            | {"packetsLost": stream.remote_lost, "jitter": _jitter_s(said, form), "fractionLost": said.fraction_lost}
            | _trips(stream.trips)
        )


def inbound(stream: Stream, form: Format, *, reads_rtcp: bool) -> Iterator[Object]:
    """Yield the objects of a stream that the near end receives: its own, and what the far end says of it."""
    own, remote = f"in-{stream.ssrc}", f"in-{stream.ssrc}-remote"
    common = _common(stream, form)
    told = stream.sender
    remote_id = {"remoteId": remote if told else None}
    counters = _counted(stream) if stream.rtp.packets else _reported(stream, form)
    feedback = _feedback(stream, form) if reads_rtcp else {}
    yield known({"type": "inbound-rtp", "id": own} | common | counters | remote_id | feedback)
    if told is not None:
        yield known(
            {"type": "remote-outbound-rtp", "id": remote, "localId": own, "timestamp": round(told.at_ms, 3)}
            | common
            | {"packetsSent": told.packets, "bytesSent": told.octets, "reportsSent": told.reports}
            | {"remoteTimestamp": round(epoch_ms_of(told.ntp), 3)}
            | _trips(stream.trips)
        )


def codec(payload_type: int, form: Format) -> Object:
    """Return the codec of a payload type."""
    return known(
        {"type": "codec", "id": codec_id(payload_type), "transportId": TRANSPORT, "mimeType": form.mime_type}
        | {"payloadType": payload_type, "clockRate": form.clock_rate, "channels": form.channels}
    )


def codec_id(payload_type: int) -> str:
    """Return the stats id of a payload type's codec."""
    return f"C{payload_type}"


def known(members: Object) -> Object:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None and value != ""}


def _common(stream: Stream, form: Format) -> Object:
    payload_type = stream.rtp.payload_type
    has_codec = payload_type is not None and form.mime_type
    return {
        "ssrc": stream.ssrc,
        "kind": form.kind,
        "transportId": TRANSPORT,
        "codecId": codec_id(payload_type) if has_codec and payload_type is not None else None,
    }


def _counted(stream: Stream) -> Object:
    counted = stream.rtp
    return {
        "packetsReceived": counted.packets,
        "packetsLost": counted.lost,
        "bytesReceived": counted.payload_bytes,
        "headerBytesReceived": counted.header_bytes,
        "jitter": _rounded(counted.jitter_s),
    }


def _reported(stream: Stream, form: Format) -> Object:
    """Return what the near end's own reports say of a stream whose packets nobody showed.

    They do not say where the stream began: packets and losses are counted from the first report on.
    """
    said = stream.receiver
    if said is None:
        return {}
    lost = said.lost - said.first_lost
    return {
        "packetsReceived": max(0, said.highest - said.first_highest - lost),
        "packetsLost": lost,
        "jitter": _jitter_s(said, form),
    }


def _feedback(stream: Stream, form: Format) -> Object:
    """Return the counters of feedback; nobody knows them where RTCP cannot be read."""
    of_video = {"pliCount": stream.plis, "firCount": stream.firs} if form.kind == "video" else {}
    return {"nackCount": stream.nacks} | of_video


def _trips(trips: RoundTrips) -> Object:
    if not trips.count:
        return {}
    return {
        "roundTripTime": _rounded(trips.latest),
        "totalRoundTripTime": _rounded(trips.total),
        "roundTripTimeMeasurements": trips.count,
    }


def _jitter_s(said: Receiver, form: Format) -> float | None:
    return _rounded(said.jitter_ticks / form.clock_rate) if form.clock_rate else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 7)
