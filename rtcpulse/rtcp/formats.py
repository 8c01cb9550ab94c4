"""What is in a stream: codec and clock rate, by SSRC or payload type, as it is said. Nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.errors import ConfigurationError

PAYLOAD_TYPES: Final = range(128)
_REPAIRS: Final = frozenset({"rtx", "ulpfec", "flexfec-03", "parityfec"})
_ASIDE: Final = frozenset({"telephone-event", "cn"})
_KINDS: Final = ("audio", "video")
_CHANNELS_PLACE: Final = 3


@dataclass(frozen=True, slots=True)
class Format:
    """A stream's codec. An empty `mime_type` is unknown; `clock_rate` in Hz, None is unknown."""

    mime_type: str = ""
    clock_rate: int | None = None
    channels: int | None = None

    @property
    def kind(self) -> str:
        """Return audio, video or nothing."""
        kind = self.mime_type.partition("/")[0]
        return kind if kind in _KINDS else ""

    @property
    def is_repair(self) -> bool:
        """Return whether such a stream repairs another one, as retransmissions do, and is none of its own."""
        return self.mime_type.partition("/")[2].lower() in _REPAIRS

    @property
    def is_aside(self) -> bool:
        """Return whether such packets come between those of the stream's own codec: DTMF, comfort noise."""
        return self.mime_type.partition("/")[2].lower() in _ASIDE


UNKNOWN: Final = Format()
STATIC: Final = {
    **{number: Format(f"audio/{name}", 8000, 1) for number, name in
       ((0, "PCMU"), (3, "GSM"), (4, "G723"), (7, "LPC"), (8, "PCMA"), (9, "G722"), (15, "G728"), (18, "G729"))},
    13: Format("audio/CN", 8000, 1),
    10: Format("audio/L16", 44100, 2),
    11: Format("audio/L16", 44100, 1),
    **{number: Format(f"video/{name}", 90000) for number, name in ((26, "JPEG"), (31, "H261"), (34, "H263"))},
}  # fmt: skip
"""The payload types that RFC 3551 fixes; G.722's clock is 8000 Hz although it samples at 16000."""


def parse(text: str | int) -> Format:
    """Return the format of `audio/opus/48000/2`, `video/VP8/90000`, or of a clock rate alone, `90000`.

    Raises:
        ConfigurationError: it is none of these.
    """
    kind, *rest = str(text).strip().split("/")
    if not rest and kind.isdecimal() and int(kind):
        return Format(clock_rate=int(kind))
    numbers = rest[1:]
    if kind in _KINDS and rest and rest[0] and 1 <= len(numbers) <= 2 and all(one.isdecimal() for one in numbers):
        rate, *channels = map(int, numbers)
        if rate:
            return Format(f"{kind}/{rest[0]}", rate, channels[0] if channels else None)
    raise ConfigurationError(f"{text!r} is no format such as audio/opus/48000/2, video/VP8/90000, or 90000")


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of a connection: what is said of an SSRC goes before what is said of its payload type."""

    by_payload_type: Mapping[int, Format] = field(default_factory=dict)
    by_ssrc: Mapping[int, Format] = field(default_factory=dict)

    def of(self, ssrc: int, payload_type: int | None) -> Format:
        """Return a stream's format; `payload_type` is None where no RTP packet of it was seen."""
        if ssrc in self.by_ssrc:
            return self.by_ssrc[ssrc]
        if payload_type is None:
            return UNKNOWN
        return self.by_payload_type.get(payload_type) or STATIC.get(payload_type, UNKNOWN)


def formats(payload_types: Mapping[int, Any], clock_rates: Mapping[int, Any]) -> Formats:
    """Return the formats of payload types and SSRCs, each as `parse` reads it.

    Raises:
        ConfigurationError: one is none, or a payload type is not 0 to 127.
    """
    wrong = [number for number in payload_types if number not in PAYLOAD_TYPES]
    if wrong:
        raise ConfigurationError(f"{wrong[0]} is no payload type: they are 0 to 127")
    return Formats(
        {number: parse(text) for number, text in payload_types.items()},
        {ssrc: parse(text) for ssrc, text in clock_rates.items()},
    )
