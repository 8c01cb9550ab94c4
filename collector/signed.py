"""JSON Web Tokens (RFC 7519): whose one is, whether it is genuine and of now. Pure: the time is passed in."""

from typing import Annotated, Any, Final

import jwt
import msgspec
from msgspec import Meta, Struct

from collector.signers import Signer, Signers
from schemas.batch import Label
from schemas.errors import Refused
from schemas.reasons import Reason

LEEWAY_S: Final = 60.0
"""What clocks may differ by: as LiveKit's own receivers allow, and as samples may lie in the future."""
BYTES_MAX: Final = 8192
_SIGNATURE_ONLY: Final[Any] = {
    "verify_signature": True,
    **dict.fromkeys((f"verify_{what}" for what in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")), False),
}
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


def signer_of(token: str, signers: Signers) -> Signer:
    """Return whose a token says it is; that is not yet believed.

    Raises:
        Refused: BAD_TOKEN or UNKNOWN_KEY.
    """
    if len(token) > BYTES_MAX:
        raise Refused(Reason.BAD_TOKEN, f"the token has {len(token)} bytes; at most {BYTES_MAX} are read")
    try:
        told = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError, ValueError):
        raise Refused(Reason.BAD_TOKEN, "the token is no JSON Web Token") from None
    name = told["header"].get("kid") or told["payload"].get("iss")
    if not isinstance(name, str):
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
        payload = jwt.decode(token, signer.key, algorithms=[signer.algorithm], options=_SIGNATURE_ONLY)
    except jwt.InvalidAlgorithmError:
        raise Refused(Reason.BAD_SIGNATURE, f"the key that the token names signs with {signer.algorithm}") from None
    except jwt.PyJWTError:
        raise Refused(Reason.BAD_SIGNATURE, "the token is not signed by the key that it names") from None
    try:
        claims = msgspec.convert(payload, Claims)
    except msgspec.ValidationError as error:
        raise Refused(Reason.BAD_TOKEN, f"the token's claims: {error}") from None
    _check_times(claims, now_ms / 1000)
    return signer, claims


def _check_times(claims: Claims, now_s: float) -> None:
    if not claims.exp + LEEWAY_S >= now_s:
        raise Refused(Reason.EXPIRED, f"the token ran out {now_s - claims.exp:.0f} s ago")
    begins_s = max(claims.nbf, claims.iat or 0)
    if not begins_s <= now_s + LEEWAY_S:
        raise Refused(Reason.NOT_YET_VALID, f"the token holds from {begins_s - now_s:.0f} s on")
