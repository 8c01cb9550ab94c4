"""LiveKit's webhooks and access tokens at the running service: what its tables say of a person who came and went."""

import json
import secrets
import time
from pathlib import Path
from typing import Any, Final

import httpx
import jwt
from websockets.asyncio.client import connect

from tests.builders import a_batch
from tests.collector.sources.servers import APIKEY, SECRET, a_webhook, claims, packed
from tests.running import running

OWN: Final = "o" * 32
_TOLD: Final = """
SELECT participant, name, value FROM events
WHERE project = 'calls' AND room = {r:String} ORDER BY t, name, participant
"""


def _webhook(event: str, room: str, now_s: int, **members: Any) -> tuple[bytes, str]:
    """Return a webhook of now and its token."""
    who = {"sid": "PA_1", "identity": "ann", "joinedAtMs": f"{now_s - 20}250"} | members.pop("participant", {})
    body = packed(
        a_webhook(
            event,
            room={"sid": "RM_1", "name": room, "turnPassword": "turn-turn"},
            participant=who,
            createdAt=str(now_s),
            id=f"EV_{event}",
        )
    )
    told = claims(body, iat=now_s, nbf=now_s, exp=now_s + 300)
    return body, jwt.encode(told, SECRET)


async def test_webhooks_and_tokens_at_the_running_service(tmp_path: Path) -> None:
    """Sent twice each and the leave first: one joined and one left; who pushes with a token is who it says."""
    settings = {"livekit_keys": f"{APIKEY}:{SECRET}:calls", "token_keys": f"own:HS256:{OWN}:calls"}
    room, now_s = f"hall-{secrets.token_hex(4)}", int(time.time())
    access = jwt.encode(
        {"iss": APIKEY, "sub": "bob", "exp": now_s + 600, "video": {"roomJoin": True, "room": room}}, SECRET
    )
    own = jwt.encode({"iss": "own", "sub": "eve", "exp": now_s + 600, "room": room}, OWN)
    batch = a_batch(session=secrets.token_hex(8), events=[{"t": now_s * 1000, "name": "joined"}])
    async with running(tmp_path, **settings) as service, httpx.AsyncClient(trust_env=False) as client:
        left = _webhook("participant_left", room, now_s, participant={"disconnectReason": "CONNECTION_TIMEOUT"})
        for body, token in [
            left,
            _webhook("participant_joined", room, now_s),
            _webhook("room_finished", room, now_s),
        ] * 2:
            headers = {"authorization": token, "content-type": "application/webhook+json"}
            answer = await client.post(f"{service.collector}/v1/sources/livekit", content=body, headers=headers)
            assert (answer.status_code, answer.json()) == (200, {"accepted": 1})
        pushed = await client.post(f"{service.collector}/v1/batches?key={access}", content=json.dumps(batch))
        assert pushed.status_code == 202
        address = f"{service.collector.replace('http', 'ws')}/v1/stream?token={own}"
        async with connect(address, proxy=None) as socket:
            other = batch | {"session": batch["session"] | {"id": secrets.token_hex(8)}}
            await socket.send(json.dumps({"sent": now_s * 1000, "batch": other}))
            assert "ack" in json.loads(await socket.recv())
        counted = "SELECT countIf(outcome = 'stored') = 5 AND countIf(outcome = 'duplicate') = 3 FROM batches"
        await service.until(f"{counted} WHERE project = 'calls' AND room = {{r:String}}", {"r": room})
        told = [(row["participant"], row["name"], row["value"]) for row in service.query(_TOLD, {"r": room})]
        assert told == [
            ("ann", "joined", "null"),
            ("bob", "joined", "null"),
            ("eve", "joined", "null"),
            ("ann", "left", f'{{"reason":"connection_timeout","joined_ms":{(now_s - 20) * 1000 + 250}.0}}'),
            ("", "room_finished", '{"roomSid":"RM_1"}'),
        ]
    stored = [path.read_bytes() for path in (tmp_path / "data" / "log").rglob("*") if path.is_file()]
    assert any(b"PA_1" in content for content in stored)
    assert not any(b"turn-turn" in content for content in stored)
