"""LiveKit's webhooks that are forged, stale, oversized, or that nobody can read."""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from collector.admit import Limits
from tests.collector.conftest import Collector
from tests.collector.sources.servers import NOW_S, SECRET, a_webhook, claims, packed, send, signed

BODY: Final = packed(a_webhook("participant_joined"))
RSA: Final = generate_private_key(65537, 2048)
ED25519: Final = Ed25519PrivateKey.generate()


def _unsigned() -> str:
    return jwt.encode(claims(BODY), "", "none")


def _head(**members: str) -> str:
    """Return a good token with another head, which is then signed by nobody."""
    return f"{_part({'typ': 'JWT'} | members)}.{signed(BODY).partition('.')[2]}"


def _head_and_claims(head: Any, told: Any) -> str:
    """Return a token that PyJWT would not make."""
    return f"{_part(head)}.{_part(told)}.c2ln"


def _part(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


FORGED: Final[dict[str, tuple[str, str]]] = {
    "nobody's": ("", "missing_key"),
    "two words": ("a b c", "missing_key"),
    "no token": ("rubbish", "bad_token"),
    "three parts of nothing": ("eyJ.e30.", "bad_token"),
    "a head that is deep": (base64.urlsafe_b64encode(b"[" * 4000).decode() + ".e30.", "bad_token"),
    "a long one": (signed(BODY, more="x" * 9000), "bad_token"),
    "another secret": (signed(BODY, "guess" * 8), "bad_signature"),
    "another server's secret": (signed(BODY, "o" * 32), "bad_signature"),
    "a key for tokens, which is no server's": (signed(BODY, "t" * 32, iss="own"), "unknown_key"),
    "no signature": (signed(BODY).rpartition(".")[0] + ".", "bad_signature"),
    "alg none": (_unsigned(), "bad_signature"),
    "alg none in the head": (_head(alg="none"), "bad_signature"),
    "alg HS512": (signed(BODY, SECRET * 2, "HS512"), "bad_signature"),
    "alg RS256": (signed(BODY, RSA, "RS256"), "bad_signature"),
    "alg EdDSA": (signed(BODY, ED25519, "EdDSA"), "bad_signature"),
    "an unknown API key": (signed(BODY, iss="APIother"), "unknown_key"),
    "no API key": (signed(BODY, iss=None), "bad_token"),
    "another key in the head": (jwt.encode(claims(BODY), SECRET, headers={"kid": "nobody"}), "unknown_key"),
    "an API key that is no text": (_head_and_claims({"alg": "HS256"}, claims(BODY, iss=7)), "bad_token"),
    "of another body": (signed(BODY + b" "), "bad_signature"),
    "of no body, as an access token": (
        signed(BODY, sha256=None, video={"roomJoin": True, "room": "hall"}),
        "bad_token",
    ),
    "a hash that is no text": (signed(BODY, sha256=7), "bad_token"),
    "a hash beyond ASCII": (signed(BODY, sha256="ü" * 44), "bad_signature"),
    "run out": (signed(BODY, exp=NOW_S - 61), "expired"),
    "without an end": (signed(BODY, exp=None), "bad_token"),
    "an end that is no time": (signed(BODY, exp="soon"), "bad_token"),
    "an end that is no number": (signed(BODY, exp=float("nan")), "bad_token"),
    "issued in the future": (signed(BODY, iat=NOW_S + 61), "not_yet_valid"),
    "valid in the future": (signed(BODY, nbf=NOW_S + 61), "not_yet_valid"),
}


@pytest.mark.parametrize("what", FORGED)
async def test_forged_and_stale_webhooks_are_refused_with_their_reason(
    livekit: Callable[..., Collector], what: str
) -> None:
    """401, which the server takes for delivered: it does not come again with the same. Nothing is in the log."""
    token, reason = FORGED[what]
    collector = livekit()
    answer = await send(collector, BODY, token)
    assert (answer.status_code, answer.json()["reason"], answer.json()["retry"]) == (401, reason, False)
    assert SECRET not in answer.text
    assert await collector.published() == []
    async with collector.client() as client:
        assert f'collector_refused_total{{reason="{reason}"}} 1.0' in (await client.get("/metrics")).text


async def test_clocks_may_differ_by_a_minute(livekit: Callable[..., Collector]) -> None:
    """As LiveKit's own receivers allow."""
    collector = livekit()
    for name, then_s in (("exp", NOW_S - 59), ("iat", NOW_S + 59), ("nbf", NOW_S + 59)):
        assert (await send(collector, BODY, signed(BODY, SECRET, "HS256", **{name: then_s}))).status_code == 200


async def test_what_is_too_large_is_refused_before_it_is_read(livekit: Callable[..., Collector]) -> None:
    """Sent or unpacked, whoever signed it."""
    collector = livekit(limits=Limits(body_bytes=2000, unpacked_bytes=4000))
    large = packed(a_webhook("participant_joined", more="x" * 5000))
    assert (await send(collector, large)).json()["reason"] == "too_large"
    assert (await send(collector, gzip.compress(large), signed(large))).json()["reason"] == "too_large_unpacked"
    assert await collector.published() == []


def without(webhook: dict[str, Any], member: str, of: str = "") -> dict[str, Any]:
    """Return a webhook of which a member of a member is missing."""
    if not of:
        return {name: value for name, value in webhook.items() if name != member}
    return webhook | {of: without(webhook[of], member)}


PUBLISHED: Final = a_webhook("track_published", track={"sid": "TR_1"})
ODD: Final[dict[str, tuple[Any, int, str, str]]] = {
    "no JSON": (b"{", 400, "not_json", "truncated"),
    "no text": (b'{"event": "\xff"}', 400, "not_utf8", "UTF-8"),
    "deep": (b'{"event": "room_started", "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "too_deep", "deeply"),
    "a list": ([], 422, "bad_shape", "`object`"),
    "no event": (without(PUBLISHED, "event"), 422, "bad_shape", "`event`"),
    "no id": (without(PUBLISHED, "id"), 422, "bad_shape", "`id`"),
    "no time": (without(PUBLISHED, "createdAt"), 422, "bad_shape", "`createdAt`"),
    "a time of nothing": (PUBLISHED | {"createdAt": "soon"}, 422, "bad_shape", "$.createdAt"),
    "no room": (without(PUBLISHED, "room"), 422, "bad_shape", "`room`"),
    "a room without a name": (without(PUBLISHED, "name", "room"), 422, "bad_shape", "`name` - at `$.room`"),
    "nobody": (without(PUBLISHED, "participant"), 422, "bad_shape", "`participant`"),
    "no identity": (without(PUBLISHED, "identity", "participant"), 422, "bad_shape", "`identity` - at `$.participant`"),
    "no track": (without(PUBLISHED, "track"), 422, "bad_shape", "`track`"),
    "a track without a sid": (PUBLISHED | {"track": {}}, 422, "bad_shape", "`sid` - at `$.track`"),
    "of long ago": (PUBLISHED | {"createdAt": str(NOW_S - 90_000)}, 422, "too_old", "25.0 hours"),
    "of the future": (PUBLISHED | {"createdAt": str(NOW_S + 90)}, 422, "too_new", "90 s"),
}


@pytest.mark.parametrize("what", ODD)
async def test_a_genuine_webhook_that_cannot_be_read_says_where(livekit: Callable[..., Collector], what: str) -> None:
    """A server that is older or newer than those that are known."""
    told, status, reason, words = ODD[what]
    collector = livekit()
    answer = await send(collector, told if isinstance(told, bytes) else packed(told))
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert words in answer.json()["detail"]
    assert "turn-turn" not in answer.text
    assert await collector.published() == []
