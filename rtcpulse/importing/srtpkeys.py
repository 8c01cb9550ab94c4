"""A file of SRTP keys, written as SDP writes them (RFC 4568): `AES_CM_128_HMAC_SHA1_80 inline:BASE64`, one a line."""

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import pylibsrtp
from pylibsrtp import Policy, Session

from schemas.errors import ConfigurationError


class Suite(NamedTuple):
    """A crypto suite: libsrtp's number of it, bytes of master key and salt, and bytes that it adds to an RTP packet."""

    profile: int
    key_bytes: int
    tag_bytes: int


SUITES: Final = {
    "AES_CM_128_HMAC_SHA1_80": Suite(Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30, 10),
    "AES_CM_128_HMAC_SHA1_32": Suite(Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 30, 4),
    "AEAD_AES_128_GCM": Suite(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28, 16),
    "AEAD_AES_256_GCM": Suite(Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44, 16),
}
TRIES: Final = 50
"""Packets of one direction that are tried before its keys are given up for RTP."""
_WINDOW: Final = 1024


@dataclass(frozen=True, slots=True)
class SrtpKey:
    """One direction's master key and salt."""

    suite: str
    material: bytes = field(repr=False)

    def session(self) -> Session:
        """Return a session of its own: libsrtp remembers what it has seen of each SSRC."""
        policy = Policy(key=self.material, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=SUITES[self.suite].profile)
        policy.allow_repeat_tx = True
        policy.window_size = _WINDOW
        return Session(policy)


def read_keys(path: Path) -> Iterator[SrtpKey]:
    """Yield the keys of a file; empty lines and those that begin with # are none.

    Raises:
        ConfigurationError: it cannot be read, or a line is no key; the sentence says which, and nothing of the key.
    """
    try:
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not a text of ASCII characters") from None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and words[0].startswith("a=crypto:"):
            words = words[1:]
        if words and not words[0].startswith("#"):
            yield _key(words, f"{path}, line {number}")


def _key(words: Sequence[str], where: str) -> SrtpKey:
    suite = SUITES.get(words[0])
    if suite is None:
        raise ConfigurationError(f"{where}: the suite is none of {', '.join(SUITES)}")
    if len(words) < 2 or not words[1].startswith("inline:"):
        raise ConfigurationError(f"{where}: after the suite there is no inline:BASE64")
    try:
        material = base64.b64decode(words[1].removeprefix("inline:").partition("|")[0], validate=True)
    except binascii.Error:
        raise ConfigurationError(f"{where}: what follows inline: is not base64") from None
    if len(material) != suite.key_bytes:
        raise ConfigurationError(f"{where}: key and salt are {len(material)} bytes, {suite.key_bytes} are needed")
    return SrtpKey(words[0], material)


class Unlocker:
    """Opens one direction of one connection with whichever key fits: SRTP's tags tell."""

    def __init__(self, keys: Sequence[SrtpKey]) -> None:
        self._sessions = [(key, key.session()) for key in keys]
        self._found: tuple[SrtpKey, Session] | None = None
        self._tries = 0

    @property
    def tag_bytes(self) -> int:
        """Return how many bytes at the end of an RTP packet are no payload; 0 while no key was found to fit."""
        return SUITES[self._found[0].suite].tag_bytes if self._found else 0

    def rtcp(self, data: bytes) -> bytes | None:
        """Return plain RTCP, None where no key opens it."""
        for key, session in [self._found] if self._found else self._sessions:
            try:
                plain: bytes = session.unprotect_rtcp(data)
            except (pylibsrtp.Error, ValueError):
                continue
            self._found = key, session
            return plain
        return None

    def padding(self, data: bytes, *, padded: bool) -> int:
        """Return how many bytes of padding an RTP packet ends with, before its tag; 0 where it cannot be opened.

        The first packets show which key fits.
        """
        if self._found and not padded:
            return 0
        if not self._found:
            self._tries += 1
        if self._tries > TRIES:
            return 0
        for key, session in [self._found] if self._found else self._sessions:
            try:
                plain = session.unprotect(data)
            except (pylibsrtp.Error, ValueError):
                continue
            self._found = key, session
            return plain[-1] if padded else 0
        return 0
