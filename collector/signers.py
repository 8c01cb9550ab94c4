"""Who may sign tokens and webhooks: keys of LiveKit servers, and keys of one's own, each with its one algorithm."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from collector.entries import Entries
from schemas.errors import ConfigurationError

HS256: Final = "HS256"
EDDSA: Final = "EdDSA"
SECRET_BYTES_MIN: Final = 32
"""RFC 7518, 3.2: a key of HS256 is as long as its hash, or longer."""
_LIVEKIT: Final = "RTCPULSE_LIVEKIT_KEYS"
_TOKENS: Final = "RTCPULSE_TOKEN_KEYS"


class Signer(NamedTuple):
    """One key.

    Args:
        name: by which what it signed names it: `iss`, or `kid` in the head.
        algorithm: HS256 or EdDSA; what says that it is signed with another is forged.
        key: the secret, or the public key.
        project: whose what it signed is.
        livekit: it is a LiveKit server's API key, and its tokens are LiveKit's.
    """

    name: str
    algorithm: str
    key: bytes | Ed25519PublicKey
    project: str
    livekit: bool = False


class Signers:
    """Signers by name, from settings and files that are read again when they change.

    Args:
        livekit: APIKEY:SECRET:PROJECT,...
        livekit_file: the same, one a line.
        tokens: NAME:HS256:SECRET:PROJECT or NAME:EdDSA:FILE:PROJECT, the file a PEM with the public key; ...
        tokens_file: the same, one a line.

    Raises:
        ConfigurationError: an entry is wrong or a file cannot be read.
    """

    def __init__(
        self, livekit: str = "", livekit_file: Path | None = None, tokens: str = "", tokens_file: Path | None = None
    ) -> None:
        self._livekit = Entries(_LIVEKIT, livekit, livekit_file, _of_livekit)
        self._own = Entries(_TOKENS, tokens, tokens_file, _of_ones_own)
        if twice := sorted(self._livekit.known().keys() & self._own.known().keys()):
            raise ConfigurationError(f"{_TOKENS} and {_LIVEKIT} both have a key {twice[0]!r}")

    def __bool__(self) -> bool:
        """Whether there are any, or may be."""
        return bool(self._livekit) or bool(self._own)

    def of(self, name: str) -> Signer | None:
        """Return the signer of a name; None where nobody has it."""
        return self._own.known().get(name) or self._livekit.known().get(name)

    def trouble(self) -> str:
        """Say in a sentence what is wrong with a file; nothing where all is as it should be."""
        return self._livekit.trouble() or self._own.trouble()


def _of_livekit(entries: Sequence[str], where: str) -> dict[str, Signer]:
    signers = {}
    for number, entry in _numbered(entries):
        name, _, rest = entry.partition(":")
        secret, _, project = rest.rpartition(":")
        if not (name and secret and project):
            raise ConfigurationError(f"{where}: entry {number} is not APIKEY:SECRET:PROJECT")
        signers[name] = Signer(name, HS256, secret.encode(), project, livekit=True)
    return signers


def _of_ones_own(entries: Sequence[str], where: str) -> dict[str, Signer]:
    signers = {}
    for number, entry in _numbered(entries):
        name, _, rest = entry.partition(":")
        algorithm, _, rest = rest.partition(":")
        key, _, project = rest.rpartition(":")
        at = f"{where}: entry {number}"
        if not (name and key and project and algorithm in {HS256, EDDSA}):
            raise ConfigurationError(f"{at} is not NAME:HS256:SECRET:PROJECT or NAME:EdDSA:FILE:PROJECT")
        signers[name] = Signer(name, algorithm, _public(key, at) if algorithm == EDDSA else _secret(key, at), project)
    return signers


def _numbered(entries: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((number, entry) for number, entry in enumerate(map(str.strip, entries), 1) if entry)


def _secret(text: str, at: str) -> bytes:
    secret = text.encode()
    if len(secret) < SECRET_BYTES_MIN:
        raise ConfigurationError(f"{at}: its secret has {len(secret)} bytes; HS256 needs {SECRET_BYTES_MIN} or more")
    return secret


def _public(path: str, at: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{at}: the file of its key cannot be read: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(f"{at}: the file of its key is no PEM with an Ed25519 public key")
    return key
