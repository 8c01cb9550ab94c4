"""What a capture does not say of itself, and the person who imports it does: the near end, codecs, keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from rtcpulse.importing.srtpkeys import SrtpKey, read_keys
from rtcpulse.rtcp.formats import PAYLOAD_TYPES, Format, Formats, parse
from schemas.errors import ConfigurationError

_PORTS: Final = range(1, 65536)
_SSRCS: Final = range(1 << 32)


@dataclass(frozen=True, slots=True)
class NearEnd:
    """The end at which a capture was made; a port of 0 is any."""

    address: str
    port: int = 0


@dataclass(frozen=True, slots=True)
class Hints:
    """What is said of captures; nothing is the default."""

    near: NearEnd | None = None
    formats: Formats = field(default_factory=Formats)
    keys: tuple[SrtpKey, ...] = ()
    transport_cc_id: int | None = None

    @property
    def digest(self) -> bytes:
        """Return a hash of it, empty where nothing is said: it makes another recording of the same file."""
        if self == NOTHING:
            return b""
        said = repr(self).encode() + b"".join(key.material for key in self.keys)
        return blake2b(said, digest_size=16).digest()


NOTHING: Final = Hints()


def hints(near: str, codecs: Sequence[str], keys: Path | None, transport_cc_id: int | None) -> Hints:
    """Return the hints of the command line.

    Args:
        near: an address, or address:port, of the end where the capture was made; nothing leaves it to the capture.
        codecs: each NUMBER=FORMAT, of a payload type or, above 127, of an SSRC.
        keys: a file of SRTP keys.
        transport_cc_id: the id of the header extension with the transport-wide sequence number.

    Raises:
        ConfigurationError: one of them is wrong; the sentence says which.
    """
    said = dict(map(_codec, codecs))
    return Hints(
        _near(near) if near else None,
        Formats(
            {number: form for number, form in said.items() if number in PAYLOAD_TYPES},
            {number: form for number, form in said.items() if number not in PAYLOAD_TYPES},
        ),
        tuple(read_keys(keys)) if keys else (),
        transport_cc_id,
    )


def _codec(text: str) -> tuple[int, Format]:
    number, equals, form = text.partition("=")
    if not equals or not _is_whole(number.strip(), _SSRCS):
        raise ConfigurationError(f"--codec {text}: say a payload type or SSRC, =, and a format: 111=audio/opus/48000/2")
    return int(number), parse(form)


def _is_whole(text: str, of: range) -> bool:
    return text.isdecimal() and len(text) <= len(str(of.stop)) and int(text) in of


def _near(text: str) -> NearEnd:
    host, colon, port = text.rpartition(":") if text.startswith("[") or text.count(":") == 1 else (text, "", "")
    if text.endswith("]"):
        host, colon, port = text, "", ""
    try:
        address = str(ip_address(host.strip("[]")))
    except ValueError:
        raise ConfigurationError(f"--local {text}: {host!r} is no IP address") from None
    if colon and not _is_whole(port, _PORTS):
        raise ConfigurationError(f"--local {text}: {port!r} is no port")
    return NearEnd(address, int(port) if colon else 0)
