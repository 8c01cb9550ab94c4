"""A connection of a stack that has no getStats: its RTCP, and if the application likes its RTP headers, fed by hand.

Nothing here raises into the application: a packet that cannot be read is counted in `skipped`.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog
from aiortc.rtp import unpack_header_extensions

from rtcpulse.agent.pace import Pace
from rtcpulse.agent.tracks import TrackInfo, ssrc_name
from rtcpulse.agent.writer import Writer
from rtcpulse.rtcp.formats import Formats
from rtcpulse.rtcp.headers import Rtp, parse_rtp
from rtcpulse.rtcp.observer import Observer, Way
from schemas.errors import MalformedPacket

log = structlog.get_logger(__name__)

_EXTENSION_BIT: Final = 0x10


class Flow:
    """One fed connection; made by `Agent.rtcp`. Feed it from the event loop's thread, in the order of the packets.

    RTCP is plain, as the stack has it after decryption; RTP may be encrypted, since only headers are read. Times
    (`at_ms`) are milliseconds since the Unix epoch; None is now.
    """

    def __init__(
        self,
        writer: Writer,
        now_ms: Callable[[], float],
        formats: Formats,
        *,
        label: str,
        pace: Pace,
        transport_cc_id: int | None,
    ) -> None:
        self.pc_id = writer.add_pc(label)
        self._writer = writer
        self._now_ms = now_ms
        self._pace = pace
        self._transport_cc_id = transport_cc_id
        self._observer = Observer(formats, ntp_is_ours=True)
        self._said: set[str] = set()
        self._task = asyncio.create_task(self._poll())

    @property
    def skipped(self) -> Counter[tuple[str, str]]:
        """Return what could not be used, by reason and of what."""
        return self._observer.skipped

    def received(self, packet: bytes, at_ms: float | None = None) -> None:
        """Take a compound RTCP packet that came from the far end; when it came is what a round trip is measured by."""
        self._rtcp("received", packet, at_ms)

    def sent(self, packet: bytes, at_ms: float | None = None) -> None:
        """Take a compound RTCP packet that was sent to the far end."""
        self._rtcp("sent", packet, at_ms)

    def rtp_received(self, packet: bytes, at_ms: float | None = None, trailer: int = 0) -> None:
        """Count an RTP packet that came; `trailer` bytes at its end are no payload (an SRTP tag)."""
        self._rtp("received", packet, at_ms, trailer)

    def rtp_sent(self, packet: bytes, at_ms: float | None = None, trailer: int = 0) -> None:
        """Count an RTP packet that was sent; `trailer` bytes at its end are no payload (an SRTP tag)."""
        self._rtp("sent", packet, at_ms, trailer)

    def track(self, ssrc: int, info: TrackInfo) -> None:
        """Say whose media a stream is, or that it changed (muted, wanted), from now on."""
        self._writer.track(self._now_ms(), self.pc_id, ssrc_name(ssrc), info)

    def sample(self) -> None:
        """Take a reading now."""
        t = round(self._now_ms(), 1)
        objects = self._observer.objects()
        self._writer.sample(self.pc_id, t, objects)
        for name, value in self._observer.happened():
            self._writer.event(t, name, value, self.pc_id)
        came = [one for one in objects if one["type"] == "inbound-rtp" and one.get("packetsReceived")]
        for kind in dict.fromkeys(one["kind"] for one in came if one.get("kind")):
            if kind not in self._said:
                self._said.add(kind)
                self._writer.event(t, f"first_{kind}", None, self.pc_id)

    async def stop(self) -> None:
        """Take a last reading and stop. Safe to call twice."""
        if self._task.done():
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.sample()

    async def _poll(self) -> None:
        due = asyncio.get_running_loop().time()
        while True:
            self.sample()
            due = await self._pace.read_again(due)

    def _rtcp(self, way: Way, packet: bytes, at_ms: float | None) -> None:
        try:
            self._observer.rtcp(way, bytes(packet), self._now_ms() if at_ms is None else float(at_ms))
        except MalformedPacket as error:
            self.skipped["no RTCP", ""] += 1
            log.debug("a packet is no RTCP", pc=self.pc_id, error=str(error))
        except (TypeError, ValueError) as error:
            self.skipped["the packet is no bytes, or its time no number", ""] += 1
            log.debug("a packet could not be taken", pc=self.pc_id, error=repr(error))

    def _rtp(self, way: Way, packet: bytes, at_ms: float | None, trailer: int) -> None:
        try:
            data = bytes(packet)
            header = parse_rtp(data)
            if header is None:
                self.skipped["no RTP", ""] += 1
                return
            padding = data[-1 - trailer] if header.padding and not trailer else 0
            at = self._now_ms() if at_ms is None else float(at_ms)
            seq = transport_seq(data, header, self._transport_cc_id)
            self._observer.rtp(way, header, at, trailer=trailer + padding, transport_seq=seq)
        except (TypeError, ValueError, OverflowError) as error:
            self.skipped["the packet is no bytes, or its time no number", ""] += 1
            log.debug("a packet could not be taken", pc=self.pc_id, error=repr(error))


def transport_seq(data: bytes, header: Rtp, extension_id: int | None) -> int | None:
    """Return a packet's transport-wide sequence number, None where it has none under that extension id."""
    if extension_id is None or not data[0] & _EXTENSION_BIT:
        return None
    place = 12 + 4 * (data[0] & 0x0F)
    profile = int.from_bytes(data[place : place + 2], "big")
    try:
        found = dict(unpack_header_extensions(profile, data[place + 4 : header.header]))
    except ValueError:
        return None
    value = found.get(extension_id)
    return int.from_bytes(value, "big") if value is not None and len(value) == 2 else None
