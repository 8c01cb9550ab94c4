"""A LiveKit server as far as webhooks go: bodies that it signs, and what a real one sent."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import jwt

from tests.builders import T0
from tests.collector.conftest import Collector

APIKEY: Final = "devkey"
SECRET: Final = "secret" * 6
NOW_S: Final = int(T0) // 1000 + 60
"""The clock of a collector of the tests."""
_RECORDED: Final = Path(__file__).parents[2] / "fixtures" / "livekit" / "webhooks-1.13.5.jsonl"


def recorded() -> list[tuple[str, bytes]]:
    """Return (token, body) of what livekit-server 1.13.5 sent, byte for byte, in its order.

    A hidden participant, one that reconnected in full, one that was killed, and one who never got in.
    """
    lines = map(json.loads, _RECORDED.read_text().splitlines())
    return [(line["authorization"], line["body"].encode()) for line in lines]


def a_webhook(event: str, **members: Any) -> dict[str, Any]:
    """Return a webhook of now about a person in a room; None takes a member away."""
    told: dict[str, Any] = {
        "event": event,
        "room": {"sid": "RM_1", "name": "hall", "turnPassword": "turn-turn"},
        "participant": {
            "sid": "PA_1",
            "identity": "ann",
            "joinedAt": str(NOW_S - 20),
            "joinedAtMs": f"{NOW_S - 20}250",
        },
        "id": "EV_1",
        "createdAt": str(NOW_S - 1),
    }
    return {name: value for name, value in {**told, **members}.items() if value is not None}


def packed(webhook: Any) -> bytes:
    """Return a body."""
    return json.dumps(webhook).encode()


def claims(body: bytes, **other: Any) -> dict[str, Any]:
    """Return what LiveKit says in the token of a body; None takes a claim away."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    told = {"iss": APIKEY, "exp": NOW_S + 299, "nbf": NOW_S - 1, "iat": NOW_S - 1, "sha256": digest}
    return {name: value for name, value in {**told, **other}.items() if value is not None}


def signed(body: bytes, secret: Any = SECRET, algorithm: str = "HS256", **other: Any) -> str:
    """Return the token of a body."""
    return jwt.encode(claims(body, **other), secret, algorithm)


async def send(collector: Collector, body: bytes, token: str | None = None, **headers: str) -> Any:
    """Send a webhook as the server does."""
    token = signed(body) if token is None else token
    told = {"content-type": "application/webhook+json", **({"authorization": token} if token else {}), **headers}
    async with collector.client() as client:
        return await client.post("/v1/sources/livekit", content=body, headers=told)
