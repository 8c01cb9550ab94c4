"""JSON Web Tokens (RFC 7519): whose one is, whether it is genuine and of now. Pure: the time is passed in."""

from typing import Annotated, Final

import jwt
import msgspec
from jwt.algorithms import HMACAlgorithm
from msgspec import Meta, Struct

from collector.signers import EDDSA, HS256, Signer, Signers
from schemas.batch import Label
from schemas.errors import Refused
from schemas.reasons import Reason

LEEWAY_S: Final = 60.0
"""What clocks may differ by: as LiveKit's own receivers allow, and as samples may lie in the future."""
BYTES_MAX: Final = 8192
Seconds = Annotated[float, Meta(ge=0, lt=1e11)]


class Video(Struct, rename="camel"):
    """What a LiveKit token lets its bearer do."""

    room: Label = ""
    room_join: bool = False


class Claims(Struct, rename="camel"):
    """What a token says, as far as anybody here asks. Times are seconds since the Unix epoch."""

    exp: Seconds
    nbf: Seconds = 0
    iat: Seconds | None = None
    sub: Label = ""
    identity: Label = ""
    room: Label = ""
    project: Label = ""
    sha256: Label = ""
    video: Video = msgspec.field(default_factory=Video)


class _Named(Struct):
    iss: str = ""


class _AnyLength(HMACAlgorithm):
    """HS256 without a warning for each use of a short secret: how long one is, is checked where it is set."""

    def check_key_length(self, key: bytes) -> str | None:  # noqa: ARG002 - the library's signature
        """Find nothing wrong."""
        return None


def _verifier() -> jwt.PyJWS:
    verifier = jwt.PyJWS(algorithms=[HS256, EDDSA])
    verifier.unregister_algorithm(HS256)
    verifier.register_algorithm(HS256, _AnyLength(HMACAlgorithm.SHA256))
    return verifier


_jws: Final = _verifier()
_named: Final = msgspec.json.Decoder(_Named)
_claims: Final = msgspec.json.Decoder(Claims)


def signer_of(token: str, signers: Signers) -> Signer:
    """Return whose a token says it is; that is not yet believed.

    Raises:
        Refused: BAD_TOKEN or UNKNOWN_KEY.
    """
    if len(token) > BYTES_MAX:
        raise Refused(Reason.BAD_TOKEN, f"the token has {len(token)} bytes; at most {BYTES_MAX} are read")
    try:
        told = _jws.decode_complete(token, options={"verify_signature": False})
        name = told["header"].get("kid") or _named.decode(told["payload"]).iss
    except (jwt.PyJWTError, msgspec.DecodeError, UnicodeError, RecursionError):
        raise Refused(Reason.BAD_TOKEN, "the token is no JSON Web Token") from None
    if not name:
        raise Refused(Reason.BAD_TOKEN, "the token names no key: neither `iss` nor `kid`")
    signer = signers.of(name)
    if signer is None:
        raise Refused(Reason.UNKNOWN_KEY, "nobody knows the key that the token names: it is in no setting")
    return signer


def verified(token: str, signers: Signers, now_ms: float) -> tuple[Signer, Claims]:
    """Return who signed a token and what it says.

    Raises:
        Refused: UNKNOWN_KEY, BAD_SIGNATURE, BAD_TOKEN, EXPIRED or NOT_YET_VALID.
    """
    signer = signer_of(token, signers)
    try:
        payload = _jws.decode(token, signer.key, algorithms=[signer.algorithm])
    except jwt.InvalidAlgorithmError:
        raise Refused(Reason.BAD_SIGNATURE, f"the key that the token names signs with {signer.algorithm}") from None
    except jwt.PyJWTError:
        raise Refused(Reason.BAD_SIGNATURE, "the token is not signed by the key that it names") from None
    try:
        claims = _claims.decode(payload)
    except msgspec.DecodeError as error:
        raise Refused(Reason.BAD_TOKEN, f"the token's claims: {error}") from None
    _check_times(claims, now_ms / 1000)
    return signer, claims


def _check_times(claims: Claims, now_s: float) -> None:
    if claims.exp + LEEWAY_S < now_s:
        raise Refused(Reason.EXPIRED, f"the token ran out {now_s - claims.exp:.0f} s ago")
    begins_s = max(claims.nbf, claims.iat or 0)
    if begins_s > now_s + LEEWAY_S:
        raise Refused(Reason.NOT_YET_VALID, f"the token holds from {begins_s - now_s:.0f} s on")
