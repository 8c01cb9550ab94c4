"""What a token says of room and person, put in the place of what the batch says, before the log sees it.

Of the body only `session` is read again; all other members go on as the bytes they were.
"""

from typing import Any, Final

import msgspec

from collector.admit import read
from collector.tokens import Grant
from schemas.errors import Refused
from schemas.reasons import Reason

RESERVED: Final = ("livekit:", "rtcpulse-")
"""How ids of sessions begin that the collector makes itself. Who has a token could know those of others in the room."""

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def overruled(plain: bytes, grant: Grant) -> bytes:
    """Return an admitted batch as its token would have it; as it came where the token adds nothing.

    Raises:
        Refused: NO_PERMISSION, its session is none that a client can have, or it speaks for a server; or what nobody
            knows of it cannot be read.
    """
    if not (grant.room or grant.participant):
        return plain
    members = read(plain, _members.decode)
    session = read(bytes(members["session"]), msgspec.json.decode)
    if session["id"].startswith(RESERVED):
        raise Refused(Reason.NO_PERMISSION, "the collector makes sessions of this name itself - at `$.session.id`")
    if "nodes" in members and read(bytes(members["nodes"]), msgspec.json.decode):
        raise Refused(Reason.NO_PERMISSION, "a token is of one person, who speaks for no server - at `$.nodes`")
    said = {"room": grant.room} if grant.room else {}
    said |= {"participant": grant.participant} if grant.participant else {}
    meant = {**session, **said, **_refs(session.get("refs", {}), grant)}
    if meant == session:
        return plain
    members["session"] = msgspec.Raw(msgspec.json.encode(meant))
    return msgspec.json.encode(members)


def _refs(refs: dict[str, Any], grant: Grant) -> dict[str, Any]:
    """Return `refs` with LiveKit's names of room and person: sessions are joined on them."""
    if not grant.livekit and "livekit" not in refs:
        return {}
    said = {"room": grant.room} if grant.room else {}
    said |= {"identity": grant.participant} if grant.participant else {}
    return {"refs": {**refs, "livekit": {**refs.get("livekit", {}), **said}}}
