"""Janus's counters of a media section as W3C's stats, as Janus sees them: what it receives is the peer's uplink.

Its times are milliseconds, W3C's are seconds. Its bytes have the RTP headers in them: the fixed twelve of each packet
(RFC 3550, 5.1) are taken out, what extensions take is not told. A zero of Janus's says nothing where nothing was
counted: a way that no packet went has no stats, and what the far end reports is left out until there is a sign that it
reported at all. When it did is not told, so the report has no `timestamp`: the jobs know a new one by what it says.
"""

from collections.abc import Iterator
from typing import Any, Final

from collector.sources.janusevents import Counters
from schemas.batch import Stats

RTP_HEADER_BYTES: Final = 12
_KINDS: Final = ("audio", "video")


def stats(told: Counters) -> Iterator[Any]:
    """Yield the W3C stats of one media section; none of a data channel, nor where no packet went either way.

    Ids are made of the media section and, in simulcast, the layer: streams of Janus have no SSRC.
    """
    kind, _, layer = told.media.partition("-")
    if kind not in _KINDS:
        return
    name = (told.mid or kind) + (f"-{layer}" if layer else "")
    codec = f"C{name}" if told.codec else None
    steady = {"kind": kind, "mid": told.mid or None, "codecId": codec}
    if told.packets_received:
        yield Stats(type="inbound-rtp", id=f"IT{name}", **steady, **_received(told))
    if told.packets_sent:
        yield Stats(type="outbound-rtp", id=f"OT{name}", **steady, **_sent(told))
        if is_reported(told):
            yield Stats(type="remote-inbound-rtp", id=f"RI{name}", localId=f"OT{name}", kind=kind, **_reported(told))
    if codec:
        clock = None if told.base is None else float(told.base)
        yield Stats(type="codec", id=codec, mimeType=f"{kind}/{told.codec}", clockRate=clock)


def is_reported(told: Counters) -> bool:
    """Say whether there is a sign that the far end reported: the link's quality is worked out of reports only."""
    return bool(told.rtt or told.lost_by_remote or told.jitter_remote or told.out_link_quality)


def _received(told: Counters) -> dict[str, float | None]:
    headers = told.packets_received * RTP_HEADER_BYTES
    return {
        "packetsReceived": told.packets_received,
        "packetsLost": told.lost,
        "retransmittedPacketsReceived": told.retransmissions_received,
        "headerBytesReceived": headers,
        "bytesReceived": max(0, told.bytes_received - headers),
        "jitter": told.jitter_local / 1000,
        "nackCount": told.nacks_sent,
    }


def _sent(told: Counters) -> dict[str, float | None]:
    headers = told.packets_sent * RTP_HEADER_BYTES
    return {
        "packetsSent": told.packets_sent,
        "headerBytesSent": headers,
        "bytesSent": max(0, told.bytes_sent - headers),
        "nackCount": told.nacks_received,
    }


def _reported(told: Counters) -> dict[str, float | None]:
    return {
        "packetsLost": told.lost_by_remote,
        "jitter": told.jitter_remote / 1000,
        "roundTripTime": told.rtt / 1000 or None,
    }
