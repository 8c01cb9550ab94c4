"""Extended reports (RTCP XR, RFC 3611): reference times, DLRR, statistics summary and VoIP metrics; others by number.

What the RFC gives a value of its own for "not known" is None here.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import MalformedPacket

REFERENCE_TIME: Final = 4
DLRR: Final = 5
STATISTICS: Final = 6
VOIP_METRICS: Final = 7
_UNKNOWN: Final = 127
_RATIO: Final = 256


@dataclass(frozen=True, slots=True)
class LastReport:
    """One answer to a reference time: of whom, its compact NTP time, and the delay since, in 1/65536 s."""

    ssrc: int
    last_rr: int
    delay: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """A statistics summary of the packets from `begin` to before `end` (16 bits); None is what it does not tell.

    Jitter in RTP clock ticks.
    """

    ssrc: int
    begin: int
    end: int
    lost: int | None
    duplicates: int | None
    jitter_min: int | None
    jitter_max: int | None
    jitter_mean: int | None
    jitter_deviation: int | None


@dataclass(frozen=True, slots=True)
class VoipMetrics:
    """A receiver's VoIP metrics. Ratios 0 to 1, times in ms, levels in dBm0, MOS 1 to 5; None is unavailable."""

    ssrc: int
    loss_ratio: float
    discard_ratio: float
    burst_density: float
    gap_density: float
    burst_ms: int
    gap_ms: int
    rtt_ms: int | None
    end_system_ms: int | None
    signal_dbm0: int | None
    noise_dbm0: int | None
    rerl_db: int | None
    gmin: int
    r_factor: int | None
    r_factor_external: int | None
    mos_lq: float | None
    mos_cq: float | None
    jitter_buffer_ms: int
    jitter_buffer_max_ms: int
    jitter_buffer_limit_ms: int


@dataclass(slots=True)
class ExtendedReport:
    """An XR packet of `ssrc`. `others` are the block types that are not read; `malformed` says which were broken."""

    ssrc: int
    reference_ntp: int | None = None
    last_reports: list[LastReport] = field(default_factory=list)
    statistics: list[Statistics] = field(default_factory=list)
    voip: list[VoipMetrics] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)


def parse(payload: bytes) -> ExtendedReport:
    """Return the report; a block of a wrong length costs that block.

    Args:
        payload: the packet without its header of four bytes.

    Raises:
        MalformedPacket: it has no SSRC, or its blocks do not fill it.
    """
    if len(payload) < 4:
        raise MalformedPacket("RTCP XR: no room for the SSRC of its sender")
    report = ExtendedReport(int.from_bytes(payload[:4], "big"))
    place = 4
    while place < len(payload):
        if len(payload) < place + 4:
            raise MalformedPacket(f"RTCP XR: byte {place}: the header of a block is cut off")
        kind, specific, words = struct.unpack_from("!BBH", payload, place)
        end = place + 4 + 4 * words
        if end > len(payload):
            raise MalformedPacket(f"RTCP XR: byte {place}: a block of {words} words in {len(payload)} bytes")
        try:
            _block(report, kind, specific, payload[place + 4 : end])
        except struct.error:
            report.malformed.append(f"RTCP XR: a block of type {kind} with {words} words")
        place = end
    return report


def _block(report: ExtendedReport, kind: int, specific: int, body: bytes) -> None:
    if kind == REFERENCE_TIME:
        (report.reference_ntp,) = struct.unpack("!Q", body)
    elif kind == DLRR:
        report.last_reports += [LastReport(*one) for one in struct.iter_unpack("!LLL", body)]
    elif kind == STATISTICS:
        report.statistics.append(_statistics(specific, body))
    elif kind == VOIP_METRICS:
        report.voip.append(_voip(body))
    else:
        report.others.append(kind)


def _statistics(flags: int, body: bytes) -> Statistics:
    ssrc, begin, end, lost, duplicates, *jitter, _ = struct.unpack("!LHHLLLLLLL", body)
    has_loss, has_duplicates, has_jitter = (bool(flags & bit) for bit in (0x80, 0x40, 0x20))
    return Statistics(
        ssrc,
        begin,
        end,
        lost if has_loss else None,
        duplicates if has_duplicates else None,
        *(value if has_jitter else None for value in jitter),
    )


def _voip(body: bytes) -> VoipMetrics:
    values = struct.unpack("!L4B4H2b6BHHHH", body)
    loss, discard, burst_density, gap_density = (ratio / _RATIO for ratio in values[1:5])
    burst_ms, gap_ms, delay, system, signal, noise, rerl, gmin, r_factor, external, lq, cq, _ = values[5:18]
    nominal, maximum, limit = values[18:]
    return VoipMetrics(
        ssrc=values[0],
        loss_ratio=loss,
        discard_ratio=discard,
        burst_density=burst_density,
        gap_density=gap_density,
        burst_ms=burst_ms,
        gap_ms=gap_ms,
        rtt_ms=delay or None,
        end_system_ms=system or None,
        signal_dbm0=_known(signal),
        noise_dbm0=_known(noise),
        rerl_db=_known(rerl),
        gmin=gmin,
        r_factor=_known(r_factor),
        r_factor_external=_known(external),
        mos_lq=None if lq == _UNKNOWN else lq / 10,
        mos_cq=None if cq == _UNKNOWN else cq / 10,
        jitter_buffer_ms=nominal,
        jitter_buffer_max_ms=maximum,
        jitter_buffer_limit_ms=limit,
    )


def _known(value: int) -> int | None:
    return None if value == _UNKNOWN else value
