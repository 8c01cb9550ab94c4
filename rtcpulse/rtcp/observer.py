"""An observer of one connection: RTP headers and RTCP of both directions in, W3C stats objects and events out.

It stands at the near end, or as near to it as it can: what comes from the far end is inbound, what goes there outbound.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Literal

from aiortc import rtp as aiortc

from rtcpulse.rtcp import stats
from rtcpulse.rtcp.arrivals import Arrivals
from rtcpulse.rtcp.compound import Compound, parse
from rtcpulse.rtcp.extended import ExtendedReport
from rtcpulse.rtcp.feedback import Remb, TransportFeedback
from rtcpulse.rtcp.formats import Formats
from rtcpulse.rtcp.headers import Rtp
from rtcpulse.rtcp.streams import Moments, Stream
from rtcpulse.rtcp.told import told_statistics, told_voip

Way = Literal["received", "sent"]
STREAMS_MAX: Final = 512
KINDS_MAX: Final = 100
_OTHER: Final[dict[Way, Way]] = {"received": "sent", "sent": "received"}
_DIRECTION: Final[dict[Way, str]] = {"received": "inbound", "sent": "outbound"}


class Observer:
    """One connection. Times are ms since the Unix epoch on the observer's clock; packets come in the order they passed.

    Args:
        formats: what is known of codecs and clock rates.
        ntp_is_ours: whether the near end's NTP times are of the observer's clock, so that a round trip can be told
            where the sender report itself was not shown.
    """

    def __init__(self, formats: Formats, *, ntp_is_ours: bool) -> None:
        self.skipped: Counter[tuple[str, str]] = Counter()
        """What was not used, by reason and of what."""
        self._formats = formats
        self._ntp_is_ours = ntp_is_ours
        self._streams: dict[Way, dict[int, Stream]] = {"received": {}, "sent": {}}
        self._references: dict[int, Moments] = {}
        self._arrivals: dict[Way, Arrivals] = {"received": Arrivals(), "sent": Arrivals()}
        self._available: dict[Way, float] = {}
        self._said: dict[tuple[str, Way, int], dict[str, Any]] = {}
        self._reads_rtcp = False
        self._datagrams: dict[Way, list[int]] = {"received": [0, 0], "sent": [0, 0]}

    @property
    def has_streams(self) -> bool:
        """Return whether anything was seen that is surely a stream."""
        return any(stream.is_stream for streams in self._streams.values() for stream in streams.values())

    def datagram(self, way: Way, size: int) -> None:
        """Count a datagram of any protocol of the connection; `size` in bytes of UDP payload."""
        counts = self._datagrams[way]
        counts[0] += 1
        counts[1] += size

    def rtp(self, way: Way, packet: Rtp, at_ms: float, *, trailer: int = 0, transport_seq: int | None = None) -> None:
        """Count an RTP packet.

        Args:
            way: received from the far end, or sent there.
            packet: its header.
            at_ms: when it passed.
            trailer: bytes at its end that are no payload.
            transport_seq: its transport-wide sequence number, where there is one that can be read.
        """
        stream = self._stream(way, packet.ssrc)
        if stream is None:
            return
        form = self._formats.of(packet.ssrc, packet.payload_type)
        stream.rtp.add(packet, at_ms, form.clock_rate, trailer, aside=form.is_aside)
        if transport_seq is not None:
            self._arrivals[_OTHER[way]].sent(transport_seq, at_ms)

    def rtcp(self, way: Way, data: bytes, at_ms: float) -> None:
        """Take a datagram of RTCP.

        Raises:
            MalformedPacket: it is none, or encrypted; nothing of it was taken.
        """
        compound = parse(data)
        self._reads_rtcp = True
        self._note_skipped(compound)
        for packet in compound.packets:
            if isinstance(packet, aiortc.RtcpSrPacket | aiortc.RtcpRrPacket):
                self._reports(way, packet, at_ms)
            elif isinstance(packet, ExtendedReport):
                self._extended(way, packet, at_ms)
            elif isinstance(packet, TransportFeedback):
                self._arrivals[way].add(packet)
            elif isinstance(packet, Remb):
                self._available[way] = packet.bitrate_bps
            elif isinstance(packet, aiortc.RtcpRtpfbPacket | aiortc.RtcpPsfbPacket):
                self._feedback(way, packet)

    def objects(self) -> list[stats.Object]:
        """Return the stats objects of this moment."""
        found: list[stats.Object] = []
        codecs: dict[int, stats.Object] = {}
        for way, streams in self._streams.items():
            of_way = stats.inbound if way == "received" else stats.outbound
            for stream in streams.values():
                form = self._formats.of(stream.ssrc, stream.rtp.payload_type)
                if not stream.is_stream or form.is_repair:
                    continue
                found += of_way(stream, form, reads_rtcp=self._reads_rtcp)
                if stream.rtp.payload_type is not None and form.mime_type:
                    codecs[stream.rtp.payload_type] = stats.codec(stream.rtp.payload_type, form)
        return [*found, *codecs.values(), *self._transport()]

    def happened(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what was said since the last time that has no place in stats objects: events' names and values."""
        found = [(name, value) for (name, _, _), value in self._said.items()]
        self._said.clear()
        for way, arrivals in self._arrivals.items():
            taken = arrivals.taken()
            if taken is not None:
                found.append(("transport_feedback", {"direction": _DIRECTION[_OTHER[way]]} | taken))
        return found

    def _stream(self, way: Way, ssrc: int) -> Stream | None:
        streams = self._streams[way]
        if ssrc not in streams:
            if len(streams) >= STREAMS_MAX:
                self.skipped["more streams than one connection has", _DIRECTION[way]] += 1
                return None
            streams[ssrc] = Stream(ssrc)
        return streams[ssrc]

    def _reports(self, way: Way, packet: aiortc.RtcpSrPacket | aiortc.RtcpRrPacket, at_ms: float) -> None:
        if isinstance(packet, aiortc.RtcpSrPacket):
            sender = self._stream(way, packet.ssrc)
            if sender is not None:
                sender.sender_said(packet.sender_info, at_ms)
        for report in packet.reports:
            stream = self._stream(_OTHER[way], report.ssrc)
            if stream is None:
                continue
            stream.receiver_said(report, at_ms)
            if way == "received":  # a report that the near end sends tells of the way to itself
                stream.trips.add(
                    stream.asked.round_trip_s(at_ms, report.lsr, report.dlsr, ntp_is_ours=self._ntp_is_ours)
                )

    def _extended(self, way: Way, packet: ExtendedReport, at_ms: float) -> None:
        if packet.reference_ntp is not None and way == "sent":
            self._references.setdefault(packet.ssrc, Moments()).note(packet.reference_ntp, at_ms)
        of_sender = self._streams["received"].get(packet.ssrc)
        for last in packet.last_reports if way == "received" and of_sender else ():
            asked = self._references.get(last.ssrc, Moments())
            trip = asked.round_trip_s(at_ms, last.last_rr, last.delay, ntp_is_ours=self._ntp_is_ours)
            if of_sender:
                of_sender.trips.add(trip)
        direction = _DIRECTION[_OTHER[way]]
        for voip in packet.voip:
            self._said["rtcp_voip_metrics", way, voip.ssrc] = {"direction": direction} | told_voip(voip)
        for summary in packet.statistics:
            stream = self._streams[_OTHER[way]].get(summary.ssrc)
            form = self._formats.of(summary.ssrc, stream.rtp.payload_type if stream else None)
            told = {"direction": direction} | told_statistics(summary, form.clock_rate)
            self._said["rtcp_statistics", way, summary.ssrc] = told

    def _feedback(self, way: Way, packet: aiortc.RtcpRtpfbPacket | aiortc.RtcpPsfbPacket) -> None:
        streams = self._streams[_OTHER[way]]
        about = streams.get(packet.media_ssrc)
        if isinstance(packet, aiortc.RtcpRtpfbPacket):
            if about:
                about.nacks += 1
        elif packet.fmt == aiortc.RTCP_PSFB_PLI:
            if about:
                about.plis += 1
        else:
            for place in range(0, len(packet.fci) - 7, 8):  # FIR names its streams in its entries
                asked = streams.get(int.from_bytes(packet.fci[place : place + 4], "big"))
                if asked:
                    asked.firs += 1

    def _transport(self) -> Iterator[stats.Object]:
        """Yield the transport and its pair, where anything is known of them."""
        (received, bytes_received), (sent, bytes_sent) = self._datagrams["received"], self._datagrams["sent"]
        counters = {
            "packetsReceived": received, "bytesReceived": bytes_received, "packetsSent": sent, "bytesSent": bytes_sent,
        } if received or sent else {}  # fmt: skip
        if not counters and not self._available:
            return
        pair = f"{stats.TRANSPORT}-pair"
        yield {"type": "transport", "id": stats.TRANSPORT, "selectedCandidatePairId": pair} | counters
        yield stats.known(
            {"type": "candidate-pair", "id": pair, "transportId": stats.TRANSPORT, "state": "succeeded"}
            | {"nominated": True}
            | {
                "availableOutgoingBitrate": self._available.get("received"),
                "availableIncomingBitrate": self._available.get("sent"),
            }
        )

    def _note_skipped(self, compound: Compound) -> None:
        for name in compound.others:
            self.skipped["RTCP that is not read", name] += 1
        for what in compound.malformed:
            is_known = len(self.skipped) < KINDS_MAX or ("RTCP that is malformed", what) in self.skipped
            self.skipped["RTCP that is malformed", what if is_known else "others"] += 1
