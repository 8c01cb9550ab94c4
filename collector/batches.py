"""`POST /v1/batches`, `/v1/imports`, `/v1/marks`: bare ASGI, no framework between the socket and the decoder."""

import math
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from collector.edge import Edge, Sender
from collector.incoming import read_body
from collector.problems import CORS, problem
from collector.sender import Network, client_address
from runtime.watching import Watch
from schemas.errors import Refused
from schemas.reasons import Reason

ACCEPTED: Final = b'{"accepted":1}'
_ENCODINGS: Final = frozenset({b"", b"identity", b"gzip"})


class Batches:
    """The ASGI application of the push.

    Args:
        edge: what takes the body.
        trusted: proxies whose X-Forwarded-For is believed.
        body_timeout_s: seconds a sender may take for its body.
        source: what its bodies are, `batches`, `import` or `mark`.
    """

    def __init__(
        self,
        edge: Edge,
        *,
        trusted: Sequence[Network] = (),
        body_timeout_s: float = 30,
        source: str = "batches",
    ) -> None:
        self._edge = edge
        self._trusted = trusted
        self._body_timeout_s = body_timeout_s
        self._source = source

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        try:
            watched = await self._take(scope, receive)
        except Refused as refusal:
            status, headers, body = self._refused(refusal)
        except Exception as error:  # noqa: BLE001 - whatever failed here, the sender keeps its batch and comes again
            status, headers, body = self._refused(self._edge.failed(error))
        else:
            status, headers, body = 202, [(b"content-type", b"application/json"), *CORS], answer_to(watched)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _refused(self, refusal: Refused) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        self._edge.refused(refusal)
        return problem(refusal)

    async def _take(self, scope: Any, receive: Any) -> Watch | None:
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"").lower() not in _ENCODINGS:
            raise Refused(Reason.UNSUPPORTED_ENCODING, "a body is plain or gzip")
        query = parse_qs(scope["query_string"].decode("latin-1"))
        sender = sender_of(scope, headers, query, self._trusted)
        sent_ms = sent_of(query)
        with self._edge.admission.body() as held:
            limit = self._edge.limits.body_bytes
            body = await read_body(headers, receive, held, bytes_max=limit, timeout_s=self._body_timeout_s)
            return await self._edge.take(body, sender, sent_ms=sent_ms, source=self._source)


def answer_to(watched: Watch | None) -> bytes:
    """Return the answer to a batch that was taken: where its session is watched, the pace that is asked of it."""
    return msgspec.json.encode({"accepted": 1, **pace(watched)}) if watched else ACCEPTED


def pace(watched: Watch | None) -> dict[str, int]:
    """Return the members of an answer that ask for a pace, ms."""
    return {"poll_ms": watched.poll_ms, "send_ms": watched.send_ms} if watched else {}


def sender_of(
    scope: Any, headers: dict[bytes, bytes], query: dict[str, list[str]], trusted: Sequence[Network]
) -> Sender:
    """Read who sends from an ASGI scope: key or token from Authorization, ?token= or ?key=; address from the peer."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    key = token.strip() if scheme.lower() == "bearer" else (query.get("token") or query.get("key") or [""])[0]
    peer = scope.get("client") or ("", 0)
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    address = client_address(peer[0], forwarded, trusted)
    return Sender(key, address, headers.get(b"user-agent", b"").decode("latin-1"))


def sent_of(query: dict[str, list[str]]) -> float | None:
    """Read `?sent=`, the client's clock in ms since the Unix epoch; None where it is not said.

    Raises:
        Refused: it is not a time.
    """
    if "sent" not in query:
        return None
    try:
        sent_ms = msgspec.convert(query["sent"][0], float, strict=False)
    except msgspec.ValidationError:
        sent_ms = math.nan
    if not 0 <= sent_ms < 1e14:
        raise Refused(Reason.BAD_SHAPE, f"sent is {query['sent'][0][:40]!r}, not milliseconds since 1970 - at `?sent=`")
    return sent_ms
