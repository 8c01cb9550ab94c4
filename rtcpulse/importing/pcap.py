"""Captures of calls: RTP headers, and RTCP that is plain or whose keys are known, as the near end would have seen them.

A connection is a pair of addresses with ports (RTCP on the next higher port of both belongs to its RTP), and a session.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from collector.sources.traces.happenings import Happenings
from collector.sources.traces.recorded import Recorded, Skips
from rtcpulse.agent.flow import transport_seq
from rtcpulse.importing.captures import Datagram, End, datagrams, recognises
from rtcpulse.importing.hints import Hints, NearEnd
from rtcpulse.importing.recording import Recording
from rtcpulse.importing.srtpkeys import Unlocker
from rtcpulse.rtcp import headers
from rtcpulse.rtcp.observer import Observer, Way
from schemas.errors import MalformedPacket
from schemas.series import Sample

__all__ = ["read", "recognises"]

READ_EVERY_MS: Final = 2000.0
PC: Final = "pc0"
Pair = tuple[End, End]


def read(recording: Recording, skips: Skips) -> list[Recorded]:
    """Read a capture; each connection is a session of its own.

    Raises:
        UnreadableRecording: its header is broken, or it is of a link layer that is not read.
    """
    connections: dict[Pair, list[Datagram]] = {}
    for one in datagrams(recording, skips):
        connections.setdefault(_pair(one, connections), []).append(one)
    media = {pair: passed for pair, passed in connections.items() if _may_be_call(passed, skips)}
    common = _common(media)
    found = []
    for pair, passed in media.items():
        near, how = _near(pair, passed, recording.hints.near, common)
        if near is None:
            skips.note(how, "", f"packet {passed[0].number}", len(passed))
            continue
        found.append(_Connection(recording.hints, near, skips).recorded(passed, how))
    return found


def _pair(one: Datagram, known: dict[Pair, list[Datagram]]) -> Pair:
    """Return the connection of a datagram, its ends in order: RTCP of a port of its own goes to its RTP's."""
    pair = _ordered(one.source, one.target)
    is_beside = one.source[1] % 2 and one.target[1] % 2 and pair not in known
    if is_beside and headers.datagram(one.data) is headers.Datagram.RTCP:
        return _ordered((one.source[0], one.source[1] - 1), (one.target[0], one.target[1] - 1))
    return pair


def _ordered(one: End, other: End) -> Pair:
    return (one, other) if one <= other else (other, one)


def _may_be_call(passed: list[Datagram], skips: Skips) -> bool:
    """Return whether a connection has RTP or RTCP; what it has else is counted."""
    kinds = Counter(headers.datagram(one.data) for one in passed)
    if kinds[headers.Datagram.RTP] or kinds[headers.Datagram.RTCP]:
        return True
    for kind, count in kinds.items():
        skips.note("the connection has no RTP", kind.value, f"packet {passed[0].number}", count)
    return False


def _common(pairs: Iterable[Pair]) -> str:
    """Return the address that all connections have, where there are several and it is the only one."""
    ends = [{end[0] for end in pair} for pair in pairs]
    shared = set.intersection(*ends) if len(ends) > 1 else set()
    return shared.pop() if len(shared) == 1 else ""


def _near(pair: Pair, passed: list[Datagram], said: NearEnd | None, common: str) -> tuple[End | None, str]:
    """Return the near end of a connection, and how that is known; None, and why, where what was said does not fit."""
    if said is not None:
        fitting = [end for end in pair if end[0] == said.address and said.port in (0, end[1])]
        if len(fitting) == 1:
            return fitting[0], "said"
        return None, "both ends are --local: say its port too" if fitting else "neither end is --local"
    for one in passed:
        if one.outgoing is not None:
            return _end(pair, one.source if one.outgoing else one.target), "link layer"
    if common:
        return next(end for end in pair if end[0] == common), "common to all"
    return _end(pair, passed[0].source), "spoke first"


def _end(pair: Pair, end: End) -> End:
    """Return which end of a pair it is, also where the datagram is RTCP of the next port."""
    return end if end in pair else (end[0], end[1] - 1)


class _Connection:
    """Reads one connection as its near end."""

    def __init__(self, hints: Hints, near: End, skips: Skips) -> None:
        self._hints = hints
        self._near = near
        self._skips = skips
        self._observer = Observer(hints.formats, ntp_is_ours=False)
        self._unlockers: dict[Way, Unlocker] = {"received": Unlocker(hints.keys), "sent": Unlocker(hints.keys)}
        self._is_encrypted = False
        self._recorded = Recorded()
        self._due_ms = 0.0

    def recorded(self, passed: list[Datagram], how: str) -> Recorded:
        """Return the session; one in which nothing is surely a stream has nothing in it."""
        self._recorded.about["tags"] = {"near_end": how}
        first = passed[0]
        self._reading(first.at_ms)  # of nothing yet: what comes later begins from here
        self._due_ms = first.at_ms + READ_EVERY_MS
        for one in passed:
            if one.at_ms >= self._due_ms:
                self._readings_until(one.at_ms)
            self._take(one)
        self._reading(max(self._due_ms - READ_EVERY_MS, passed[-1].at_ms) + 0.1)
        where = f"packet {first.number}"
        for (reason, what), count in self._observer.skipped.items():
            self._skips.note(reason, what, where, count)
        if not self._observer.has_streams:
            self._skips.note("the connection has too little RTP to be a stream", "", where, len(passed))
            return Recorded()
        Happenings(self._recorded, self._skips).first_media(PC, self._recorded.pcs.get(PC, ()))
        return self._recorded

    def _readings_until(self, at_ms: float) -> None:
        """Take the reading that is due, and one at a silence's end, so that what comes is not spread over it."""
        self._reading(self._due_ms)
        silent = (at_ms - self._due_ms) // READ_EVERY_MS
        self._due_ms += READ_EVERY_MS * silent
        if silent:
            self._reading(self._due_ms)
        self._due_ms += READ_EVERY_MS

    def _reading(self, t: float) -> None:
        self._recorded.add(PC, Sample(t, self._observer.objects()), self._skips, f"the reading at {t:.0f} ms")
        for name, value in self._observer.happened():
            self._recorded.events.append({"t": round(t, 1), "name": name, "pc": PC, "value": value})

    def _take(self, one: Datagram) -> None:
        way: Way = "sent" if self._is_near(one.source) else "received"
        self._observer.datagram(way, one.size)
        kind = headers.datagram(one.data)
        if kind is headers.Datagram.RTP:
            self._rtp(way, one)
        elif kind is headers.Datagram.RTCP:
            self._rtcp(way, one)
        elif kind is headers.Datagram.DTLS:
            self._is_encrypted = True
        elif kind is not headers.Datagram.STUN:
            self._skips.note("the datagram is not read", kind.value, f"packet {one.number}")

    def _is_near(self, end: End) -> bool:
        return end == self._near or end == (self._near[0], self._near[1] + 1)

    def _rtp(self, way: Way, one: Datagram) -> None:
        header = headers.parse_rtp(one.data)
        if header is None:
            return
        is_whole = len(one.data) == one.size
        unlocker = self._unlockers[way]
        trailer = 0
        if self._hints.keys and is_whole:
            trailer = unlocker.padding(one.data, padded=header.padding)
        elif header.padding and is_whole and not self._is_encrypted:
            trailer = one.data[-1]
        seq = transport_seq(one.data, header, self._hints.transport_cc_id)
        packet = replace(header, size=one.size)
        self._observer.rtp(way, packet, one.at_ms, trailer=trailer + unlocker.tag_bytes, transport_seq=seq)

    def _rtcp(self, way: Way, one: Datagram) -> None:
        where = f"packet {one.number}"
        plain: bytes | None = self._unlockers[way].rtcp(one.data) if self._hints.keys else None
        if plain is None and self._is_encrypted:
            reason = "the RTCP is encrypted, and no key opens it" if self._hints.keys else _NO_KEYS
            self._skips.note(reason, "", where)
            return
        try:
            self._observer.rtcp(way, one.data if plain is None else plain, one.at_ms)
        except MalformedPacket:
            self._skips.note("the RTCP is broken, or encrypted", "", where)


_NO_KEYS: Final = "the RTCP is encrypted: --srtp-keys says the keys"
