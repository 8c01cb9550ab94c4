"""Tokens: what they say overrules the batch before the log, what they do not open, and what is no good token."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from collector.signers import Signers
from collector.sources.livekit import Livekit
from tests.builders import T0, a_batch, a_scrape, a_series, inbound
from tests.collector.conftest import Collector, Make
from tests.collector.sources.servers import APIKEY, NOW_S, SECRET, signed

OWN: Final = "o" * 32
PRIVATE: Final = Ed25519PrivateKey.generate()
PUBLIC_PEM: Final = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PRIVATE_PEM: Final = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
BATCH: Final = a_batch(
    circumstances={"refs": {"livekit": {"identity": "mallory", "sid": "PA_1"}, "crm": {"id": "7"}}},
    series=[a_series([T0], inbound(received=[1], lost=[0]))],
)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The file of a public key."""
    file = tmp_path / "public.pem"
    file.write_bytes(PUBLIC_PEM)
    return file


@pytest.fixture
def collector(make: Make, public: Path) -> Collector:
    """A collector that takes tokens of three keys, and keys."""
    own = f"own:HS256:{OWN}:a,ed:EdDSA:{public}:b"
    signers = Signers(f"{APIKEY}:{SECRET}:c", None, own)
    return make("plain:d:import", signers=signers, sources=[Livekit(signers)])


def a_token(key: Any = OWN, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token of one's own; None takes a claim away."""
    told = {"iss": "own", "sub": "ann", "room": "hall", "iat": NOW_S, "exp": NOW_S + 600, **claims}
    return jwt.encode({name: value for name, value in told.items() if value is not None}, key, algorithm)


def an_access_token(**claims: Any) -> str:
    """Return a token as LiveKit's server SDKs make it: without the time of its making."""
    video = {"roomJoin": True, "room": "hall", "canPublish": True} | claims.pop("video", {})
    told = {
        "iss": APIKEY,
        "sub": "ann",
        "nbf": 0,
        "exp": NOW_S + 6 * 3600,
        "name": "Ann",
        "video": video,
        "metadata": "",
    }
    return jwt.encode(told | claims, SECRET)


async def push(
    collector: Collector, body: Any = BATCH, path: str = "/v1/batches", bearer: str = "", **query: str
) -> Any:
    """Push a body."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with collector.client() as client:
        return await client.post(path, content=content, params=query, headers=headers)


async def messages(collector: Collector) -> list[tuple[str, bytes]]:
    """Return (project, value) of what is in the log."""
    return [(entry.message.headers["project"], entry.message.value) for entry in await collector.published()]


@pytest.mark.parametrize("way", ["bearer", "token", "key"])
@pytest.mark.parametrize(
    ("token", "project"),
    [(a_token(), "a"), (a_token(PRIVATE, "EdDSA", iss="ed"), "b"), (an_access_token(), "c")],
    ids=["HS256", "EdDSA", "LiveKit"],
)
async def test_a_token_overrules_room_and_person(collector: Collector, token: str, project: str, way: str) -> None:
    """Whichever way it comes, as of LiveKit's names; all else is as it was sent, to the byte."""
    assert (await push(collector, **{way: token})).status_code == 202
    ((of, value),) = await messages(collector)
    found = json.loads(value)
    expected = BATCH["session"] | {"room": "hall", "participant": "ann"}
    expected["refs"] = {"livekit": {"identity": "ann", "room": "hall", "sid": "PA_1"}, "crm": {"id": "7"}}
    assert (of, found) == (project, BATCH | {"session": expected})
    assert json.dumps(BATCH["series"]).encode() in value


async def test_livekits_names_are_told_where_the_batch_told_none(collector: Collector) -> None:
    """Of a LiveKit token; one of one's own may name rooms as LiveKit does not."""
    bare = a_batch(series=BATCH["series"])
    for token in (an_access_token(), a_token()):
        await push(collector, bare, key=token)
    refs = [json.loads(value)["session"].get("refs") for _, value in await messages(collector)]
    assert refs == [{"livekit": {"room": "hall", "identity": "ann"}}, None]


@pytest.mark.parametrize(
    ("claims", "who"),
    [
        ({"sub": None}, ("hall", "alice")),
        ({"room": None}, ("standup", "ann")),
        ({"sub": None, "identity": "bob"}, ("hall", "bob")),
        ({"project": "a"}, ("hall", "ann")),
        ({"exp": NOW_S - 59, "iat": None}, ("hall", "ann")),
        ({"exp": NOW_S + 86_400}, ("hall", "ann")),
    ],
)
async def test_what_a_token_does_not_say_stays(
    collector: Collector, claims: dict[str, Any], who: tuple[str, str]
) -> None:
    """Room and person are each of the batch, unless the token has them."""
    assert (await push(collector, key=a_token(**claims))).status_code == 202
    ((_, value),) = await messages(collector)
    session = json.loads(value)["session"]
    assert (session["room"], session["participant"]) == who


async def test_a_retry_with_a_newer_token_is_the_same_batch(collector: Collector) -> None:
    """Its bytes are, packed or not; what says the same as its token is as it came."""
    body = json.dumps(BATCH).encode()
    for sent in (body, gzip.compress(body)):
        for exp in (NOW_S + 60, NOW_S + 600):
            assert (await push(collector, sent, key=a_token(exp=exp))).status_code == 202
    plain, again, *zipped = [value for _, value in await messages(collector)]
    assert plain == again
    assert [gzip.decompress(one) for one in zipped] == [plain, plain]
    await push(collector, plain, key=a_token())
    assert (await messages(collector))[-1][1] == plain


async def test_a_session_that_is_told_twice_is_overruled(collector: Collector) -> None:
    """Names may stand twice, or in escapes: what is read is what is written."""
    head, tail = b'{"v": 1, "writer": "w", "seq": 0, ', b', "events": [{"t": %d, "name": "joined"}]}' % T0
    twice = b'"session": {"id": "s", "room": "x"}, "sessio\\u006e": {"id": "s", "ro\\u006fm": "y", "room": "z"}'
    assert (await push(collector, head + twice + tail, key=a_token())).status_code == 202
    ((_, value),) = await messages(collector)
    assert value.count(b'"session"') == value.count(b'"room"') == 1
    assert json.loads(value)["session"] == {"id": "s", "room": "hall", "participant": "ann"}


async def test_addresses_go_from_a_batch_that_is_overruled_too(collector: Collector) -> None:
    """Both rewritings happen."""
    batch = BATCH | {"events": [{"t": T0, "name": "note", "value": "from 198.51.100.7"}]}
    assert (await push(collector, batch, key=a_token())).status_code == 202
    ((_, value),) = await messages(collector)
    assert (b"198.51" in value, json.loads(value)["session"]["room"]) == (False, "hall")


async def test_keys_are_as_good_as_before(collector: Collector, make: Make) -> None:
    """They overrule nothing; with neither key nor token nobody is let in, although there is no setting of keys."""
    body = json.dumps(BATCH).encode()
    assert (await push(collector, body, key="plain")).status_code == 202
    assert await messages(collector) == [("d", body)]
    assert (await push(collector)).json()["reason"] == "missing_key"


async def test_without_keys_and_signers_a_token_is_no_matter(make: Make) -> None:
    """As any other key: nobody is asked who they are."""
    open_ = make()
    body = json.dumps(BATCH).encode()
    assert (await push(open_, body, key=a_token())).status_code == 202
    assert await messages(open_) == [("default", body)]


async def test_where_tokens_are_demanded_nobody_pushes_without(make: Make) -> None:
    """Keys of tokens alone close the collector."""
    closed = make(signers=Signers(tokens=f"own:HS256:{OWN}:a"))
    assert (await push(closed)).json()["reason"] == "missing_key"
    assert (await push(closed, key="own")).json()["reason"] == "unknown_key"
    assert (await push(closed, key=a_token())).status_code == 202


BAD: Final[dict[str, tuple[str, int, str]]] = {
    "signed by another": (a_token("x" * 32), 401, "bad_signature"),
    "signed by nobody": (a_token(None, "none"), 401, "bad_signature"),
    "a secret as a public key": (a_token(PRIVATE, "EdDSA"), 401, "bad_signature"),
    "of another's key": (a_token(iss="ed"), 401, "bad_signature"),
    "of a key in the head that is not its own": (
        jwt.encode({"iss": "own", "exp": NOW_S + 9, "sub": "a"}, OWN, headers={"kid": APIKEY}), 401, "bad_signature",
    ),
    "of a key that nobody knows": (a_token(iss="other"), 401, "unknown_key"),
    "run out": (a_token(exp=NOW_S - 61, iat=NOW_S - 600), 401, "expired"),
    "not yet": (a_token(nbf=NOW_S + 61), 401, "not_yet_valid"),
    "without an end": (a_token(exp=None), 401, "bad_token"),
    "for two days": (a_token(exp=NOW_S + 86_401), 401, "bad_token"),
    "for a year, of which the last hour runs": (a_token(iat=NOW_S - 365 * 86_400, exp=NOW_S + 3600), 401, "bad_token"),
    "of nobody nowhere": (a_token(sub=None, room=None), 401, "bad_token"),
    "of a room with too long a name": (a_token(room="r" * 257), 401, "bad_token"),
    "of a person who is a number": (jwt.PyJWS().encode(
        json.dumps({"iss": "own", "sub": 7, "exp": NOW_S + 9}).encode(), OWN, "HS256"), 401, "bad_token"),
    "of another project": (a_token(project="b"), 403, "no_permission"),
    "LiveKit's for a webhook": (signed(b"{}"), 403, "no_permission"),
    "LiveKit's for administrators": (an_access_token(video={"roomJoin": False}), 403, "no_permission"),
    "LiveKit's for any room": (an_access_token(video={"room": ""}), 403, "no_permission"),
    "LiveKit's of nobody": (an_access_token(sub=""), 403, "no_permission"),
    "LiveKit's for a month": (an_access_token(exp=NOW_S + 30 * 86_400), 401, "bad_token"),
    "no token at all": ("eyJhbGciOiJIUzI1NiJ9.rubbish.rubbish", 401, "bad_token"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
async def test_bad_tokens_are_refused_with_their_reason(collector: Collector, what: str) -> None:
    """Nothing is in the log, and no secret in the answer."""
    token, status, reason = BAD[what]
    answer = await push(collector, key=token)
    assert (answer.status_code, answer.json()["reason"], answer.json()["retry"]) == (status, reason, False)
    assert OWN not in answer.text
    assert await messages(collector) == []


async def test_the_public_key_is_no_secret_to_sign_with(collector: Collector) -> None:
    """The oldest trick: HS256 with the bytes of the public key, which everybody may have."""
    signing = jwt.PyJWS(algorithms=["HS256"])
    signing.unregister_algorithm("HS256")
    signing.register_algorithm("HS256", _Careless(_Careless.SHA256))
    token = signing.encode(json.dumps({"iss": "ed", "sub": "ann", "exp": NOW_S + 9}).encode(), PUBLIC_PEM, "HS256")
    assert (await push(collector, key=token)).json()["reason"] == "bad_signature"


class _Careless(jwt.algorithms.HMACAlgorithm):
    def prepare_key(self, key: str | bytes) -> bytes:
        """Take any key, as the forger does."""
        return key if isinstance(key, bytes) else key.encode()


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        ("/v1/marks", {"name": "deploy"}, 403, "no_permission"),
        ("/v1/imports", BATCH, 403, "no_permission"),
        ("/v1/sources/livekit", {}, 401, "bad_token"),
        ("/v1/batches", BATCH | {"session": {"id": "livekit:PA_2"}}, 403, "no_permission"),
        ("/v1/batches", BATCH | {"session": {"id": "rtcpulse-rooms"}}, 403, "no_permission"),
        ("/v1/batches", BATCH | {"nodes": [a_scrape(NOW_S * 1000, packets=1)]}, 403, "no_permission"),
    ],
)
async def test_what_a_token_does_not_open(collector: Collector, path: str, body: Any, status: int, reason: str) -> None:
    """It is of one person in one room, who is nobody's server and tells of nobody else."""
    answer = await push(collector, body, path, bearer=an_access_token())
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert await messages(collector) == []


async def test_a_stream_ends_when_its_token_does(make: Make) -> None:
    """What came until then is acknowledged; the next batch is refused and the connection closed: it comes again."""
    now_s = [NOW_S]
    collector = make(signers=Signers(tokens=f"own:HS256:{OWN}:a"), now_ms=lambda: now_s[0] * 1000)

    def later(seconds: int) -> Callable[[], None]:
        return lambda: now_s.__setitem__(0, NOW_S + seconds)

    said = await talk(collector, f"token={a_token(exp=NOW_S + 600)}", [later(0), later(659), later(661), later(662)])
    assert [one["type"] for one in said] == ["websocket.accept", *["websocket.send"] * 3, "websocket.close"]
    answers = [json.loads(one["bytes"]) for one in said[1:4]]
    assert ["ack" in answer for answer in answers] == [True, True, False]
    assert (answers[2]["refused"]["reason"], answers[2]["key"]["seq"]) == ("expired", 2)
    assert (said[-1]["code"], said[-1]["reason"]) == (1008, "expired")
    rooms = [json.loads(value)["session"]["room"] for _, value in await messages(collector)]
    assert rooms == ["hall", "hall"]


async def test_a_trace_ends_when_its_token_does(make: Make) -> None:
    """What can be taken no more is not taken in silence; who is who is as the token says, and no server's session."""
    now_s = [NOW_S]
    collector = make(signers=Signers(tokens=f"own:HS256:{OWN}:a"), now_ms=lambda: now_s[0] * 1000)

    def later(seconds: int) -> Callable[[], None]:
        return lambda: now_s.__setitem__(0, NOW_S + seconds)

    report = {"I": {"type": "inbound-rtp", "kind": "audio", "ssrc": 7, "packetsReceived": 1}}
    entries = [["getstats", "PC_0", report, (NOW_S + after) * 1000] for after in (0, 1, 12, 700, 712)]
    events = [{"type": "websocket.receive", "text": json.dumps(entry)} for entry in entries]
    before = [later(0), later(1), later(12), later(700), later(712)]
    path = "/v1/sources/rtcstats/elsewhere"
    said = await over(collector, path, f"key={a_token(exp=NOW_S + 600)}&participant=eve", events, before)
    assert [(one["type"], one.get("reason")) for one in said[1:]] == [("websocket.close", "expired")]
    told = [json.loads(value)["session"] for _, value in await messages(collector)]
    assert {(one["room"], one["participant"]) for one in told} == {("hall", "ann")}
    now_s[0] = NOW_S
    said = await over(collector, path, f"key={a_token()}&statsSessionId=livekit:PA_1", events, before)
    assert said[-1].get("reason") == "no_permission"


async def test_a_stream_with_a_bad_token_is_closed_at_once(make: Make) -> None:
    """With the reason."""
    collector = make(signers=Signers(tokens=f"own:HS256:{OWN}:a"))
    said = await talk(collector, f"key={a_token('x' * 32)}", [lambda: None])
    assert [one.get("reason") for one in said] == [None, "bad_signature"]


async def talk(collector: Collector, query: str, before: Sequence[Callable[[], None]]) -> list[dict[str, Any]]:
    """Send a batch after each of `before` through one WebSocket; return what the collector said."""
    messages = [
        json.dumps({"sent": NOW_S * 1000, "batch": a_batch(seq=seq, events=[{"t": T0, "name": "joined"}])})
        for seq in range(len(before))
    ]
    events = [{"type": "websocket.receive", "text": text} for text in messages]
    return await over(collector, "/v1/stream", query, events, before)


async def over(
    collector: Collector,
    path: str,
    query: str,
    events: Sequence[dict[str, Any]],
    before: Sequence[Callable[[], None]],
) -> list[dict[str, Any]]:
    """Let events of a WebSocket happen, each after one of `before`; return what the collector said."""
    waiting = iter([{"type": "websocket.connect"}, *events, {"type": "websocket.disconnect", "code": 1000}])
    happening: Iterator[Callable[[], None]] = iter([lambda: None, *before, lambda: None])
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        next(happening)()
        return next(waiting)

    async def send(event: Any) -> None:
        said.append(dict(event))

    scope = {
        "type": "websocket", "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "ws",
        "query_string": query.encode(), "headers": [], "client": ("203.0.113.7", 1), "server": ("c", 80),
        "subprotocols": [], "asgi": {"version": "3.0"},
    }  # fmt: skip
    await collector.app(scope, receive, send)
    return said
