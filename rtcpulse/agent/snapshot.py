"""One reading of a peer connection as W3C stats objects: aiortc's report, units converted, streams named by SSRC.

aiortc keys an inbound object by receiver, so a second SSRC (retransmissions) overwrites the first; here every SSRC is
its own object and retransmissions are left out. aiortc has no inbound bytes, so `bytesReceived` is missing.
"""

from collections.abc import Iterator
from typing import Any

from rtcpulse.agent import internals, units

Object = dict[str, Any]
_SENDING = frozenset({"sendrecv", "sendonly"})


class Snapshots:
    """Reads one peer connection. Ids of transports are counted in order of appearance, so they are stable within it."""

    def __init__(self, pc: Any) -> None:
        self._pc = pc
        self._transports: dict[str, str] = {}

    async def take(self) -> list[Object]:
        """Return the stats objects of this moment; a member that aiortc does not know is left out."""
        objects: list[Object] = []
        for transceiver in self._pc.getTransceivers():
            sent = await transceiver.sender.getStats()
            received = await transceiver.receiver.getStats()
            found = [*self._outbound(transceiver, sent), *self._inbound(transceiver, received)]
            objects += found
            if found:
                objects += self._transport(transceiver.receiver.transport, {**sent, **received})
        return list({(one["type"], one["id"]): one for one in objects}.values())

    def _transport_id(self, transport: Any) -> str:
        return self._transports.setdefault(str(id(transport)), f"T{len(self._transports)}")

    def _common(self, transceiver: Any, ssrc: int) -> Object:
        transport = transceiver.receiver.transport
        common = {"ssrc": ssrc, "kind": transceiver.kind, "transportId": self._transport_id(transport)}
        codec = internals.codec(transceiver)
        return common | ({"codecId": f"C{codec.payload_type}"} if codec else {})

    def _outbound(self, transceiver: Any, report: dict[str, Any]) -> Iterator[Object]:
        sent = _of_type(report, "outbound-rtp")
        if sent is None or (not sent.packetsSent and transceiver.currentDirection not in _SENDING):
            return
        out, back = f"out-{sent.ssrc}", f"out-{sent.ssrc}-remote"
        remote = _of_type(report, "remote-inbound-rtp")
        track = transceiver.sender.track
        stream = self._common(transceiver, sent.ssrc) | {"mid": transceiver.mid}
        yield _known(
            {"type": "outbound-rtp", "id": out, "packetsSent": sent.packetsSent, "bytesSent": sent.bytesSent}
            | stream
            | {"mediaSourceId": f"source-{track.id}" if track else None, "remoteId": back if remote else None}
        )
        if track:
            yield {
                "type": "media-source",
                "id": f"source-{track.id}",
                "kind": track.kind,
                "trackIdentifier": track.id,
            }
        if remote:
            yield self._remote_inbound(transceiver, remote, sent.ssrc, back, out)
        yield from _codec(transceiver, stream["transportId"])

    def _remote_inbound(self, transceiver: Any, remote: Any, ssrc: int, own: str, local: str) -> Object:
        # aiortc puts the reporter's SSRC and a guess at packetsReceived here: one is replaced, the other left out.
        codec = internals.codec(transceiver)
        rate = codec.clock_rate if codec else units.DEFAULT_CLOCK_RATE[transceiver.kind]
        return _known(
            {"type": "remote-inbound-rtp", "id": own, "localId": local, "timestamp": units.epoch_ms(remote.timestamp)}
            | self._common(transceiver, ssrc)
            | {"packetsLost": remote.packetsLost, "jitter": _seconds(remote.jitter, rate)}
            | {
                "roundTripTime": _rounded(remote.roundTripTime),
                "fractionLost": units.fraction_lost(remote.fractionLost),
            }
        )

    def _inbound(self, transceiver: Any, report: dict[str, Any]) -> Iterator[Object]:
        receiver = transceiver.receiver
        retransmissions = internals.rtx_ssrcs(self._pc, receiver)
        remote = _of_type(report, "remote-outbound-rtp")
        streams = internals.received(receiver)
        if streams is None:
            streams = _public(transceiver, report)
        for ssrc, counters in streams.items():
            if ssrc in retransmissions:
                continue
            answers = remote is not None and remote.ssrc == ssrc
            yield _known(
                {"type": "inbound-rtp", "id": f"in-{ssrc}", "mid": transceiver.mid}
                | self._common(transceiver, ssrc)
                | {"trackIdentifier": receiver.track.id if receiver.track else None}
                | {"packetsReceived": counters.packets, "packetsLost": counters.lost}
                | {"jitter": _seconds(counters.jitter_ticks, counters.clock_rate)}
                | {"remoteId": f"in-{ssrc}-remote" if answers else None}
            )
            if answers:
                yield self._remote_outbound(transceiver, remote, ssrc)
        if streams:
            yield from _codec(transceiver, self._transport_id(receiver.transport))

    def _remote_outbound(self, transceiver: Any, remote: Any, ssrc: int) -> Object:
        moment = remote.remoteTimestamp
        own = {"type": "remote-outbound-rtp", "id": f"in-{ssrc}-remote", "localId": f"in-{ssrc}"}
        counters = {"packetsSent": remote.packetsSent, "bytesSent": remote.bytesSent}
        times = {
            "timestamp": units.epoch_ms(remote.timestamp),
            "remoteTimestamp": units.epoch_ms(moment) if moment else None,
        }
        return _known(own | self._common(transceiver, ssrc) | counters | times)

    def _transport(self, transport: Any, report: dict[str, Any]) -> Iterator[Object]:
        found = next((one for key, one in report.items() if key == getattr(transport, "_stats_id", None)), None)
        found = found or _of_type(report, "transport")
        if found is None:
            return
        own = self._transport_id(transport)
        pair = internals.nominated_pair(transport.transport)
        counters = {name: getattr(found, name) for name in _TRANSPORT_COUNTERS}
        states = {"iceRole": found.iceRole, "dtlsState": found.dtlsState, "iceState": transport.transport.state}
        selected = {"selectedCandidatePairId": f"{own}-pair" if pair else None}
        yield _known({"type": "transport", "id": own} | counters | states | selected)
        if pair:
            yield from _pair(own, pair)


_TRANSPORT_COUNTERS = ("packetsSent", "packetsReceived", "bytesSent", "bytesReceived")


def _pair(transport: str, pair: internals.Pair) -> Iterator[Object]:
    local, remote = f"{transport}-local", f"{transport}-remote"
    yield {
        "type": "candidate-pair",
        "id": f"{transport}-pair",
        "transportId": transport,
        "localCandidateId": local,
        "remoteCandidateId": remote,
        "state": "succeeded",
        "nominated": True,
    }
    kinds = (("local-candidate", local, pair.local_type), ("remote-candidate", remote, pair.remote_type))
    for kind, own, candidate_type in kinds:
        yield {
            "type": kind,
            "id": own,
            "transportId": transport,
            "candidateType": candidate_type,
            "protocol": pair.protocol,
        }


def _codec(transceiver: Any, transport: str) -> Iterator[Object]:
    codec = internals.codec(transceiver)
    if codec:
        own = {"type": "codec", "id": f"C{codec.payload_type}", "transportId": transport, "mimeType": codec.mime_type}
        numbers = {"payloadType": codec.payload_type, "clockRate": codec.clock_rate, "channels": codec.channels}
        yield _known(own | numbers)


def _public(transceiver: Any, report: dict[str, Any]) -> dict[int, internals.Received]:
    """Return the one inbound object that aiortc's public report has: right for its own SSRC, silent on the others."""
    found = _of_type(report, "inbound-rtp")
    if found is None:
        return {}
    rate = units.DEFAULT_CLOCK_RATE[transceiver.kind]
    return {found.ssrc: internals.Received(found.packetsReceived, found.packetsLost, found.jitter, rate)}


def _of_type(report: dict[str, Any], kind: str) -> Any:
    return next((one for one in report.values() if one.type == kind), None)


def _seconds(ticks: int, clock_rate: int) -> float:
    return round(units.jitter_seconds(ticks, clock_rate), 7)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _known(members: Object) -> Object:
    return {name: value for name, value in members.items() if value is not None}
