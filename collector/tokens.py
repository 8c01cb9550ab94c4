"""Tokens: who is in which room, for a short time, signed by somebody whom the settings know.

What a token says stands in the place of what the batch says of itself (`collector/overruling.py`).
"""

import re
from typing import Final, NamedTuple

from collector.signed import Claims, verified
from collector.signers import Signer, Signers
from schemas.errors import Refused
from schemas.reasons import Reason

_TOKEN: Final = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)
"""Three parts of base64url, of which the first begins with `{"`."""
_HOUR_S: Final = 3600.0


class Grant(NamedTuple):
    """What its bearer may push: batches of a project and, where it says so, of one room and one person only.

    `livekit` says that these are the room and the identity of LiveKit's.
    """

    project: str
    room: str = ""
    participant: str = ""
    livekit: bool = False


class Tokens:
    """Reads tokens.

    Args:
        signers: who may sign them.
        lifetime_s: for how long one may hold at most, seconds.
    """

    def __init__(self, signers: Signers | None = None, lifetime_s: float = 24 * _HOUR_S) -> None:
        self._signers = signers or Signers()
        self._lifetime_s = lifetime_s

    def are_meant(self, key: str) -> bool:
        """Return whether what was sent as a key is a token."""
        return bool(self._signers) and _TOKEN.fullmatch(key) is not None

    def grant(self, token: str, now_ms: float) -> Grant:
        """Return what a token grants now.

        Raises:
            Refused: UNKNOWN_KEY, BAD_SIGNATURE, BAD_TOKEN, EXPIRED, NOT_YET_VALID or NO_PERMISSION.
        """
        signer, claims = verified(token, self._signers, now_ms)
        holds_s = claims.exp - (now_ms / 1000 if claims.iat is None else claims.iat)
        if holds_s > self._lifetime_s:
            hours = f"{holds_s / _HOUR_S:.1f} hours; at most {self._lifetime_s / _HOUR_S:g} are taken"
            raise Refused(Reason.BAD_TOKEN, f"the token holds for {hours}")
        return _of_livekit(signer, claims) if signer.livekit else _of_ones_own(signer, claims)


def _of_livekit(signer: Signer, claims: Claims) -> Grant:
    """Return what an access token grants; one that lets nobody into a room, as a webhook's does not, grants nothing."""
    who = claims.sub or claims.identity
    if not (claims.video.room_join and claims.video.room and who):
        raise Refused(Reason.NO_PERMISSION, "the token lets nobody into a room: it needs roomJoin, room and sub")
    return Grant(signer.project, claims.video.room, who, livekit=True)


def _of_ones_own(signer: Signer, claims: Claims) -> Grant:
    who = claims.sub or claims.identity
    if not (claims.room or who):
        raise Refused(Reason.BAD_TOKEN, "the token says neither room nor person: `room`, `sub`")
    if claims.project not in {"", signer.project}:
        raise Refused(Reason.NO_PERMISSION, "the token's project is not that of its key")
    return Grant(signer.project, claims.room, who)
