"""Who may read: tokens and their projects, from the login page's cookie, a bearer header, or as SQL clients send them.

With no reader configured anybody reads the project `default`; the settings allow that on loopback only. The guard
stands around the whole application, so that no route of any library is outside it.
"""

import contextvars
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from dashboard import clientauth, login
from schemas.errors import ConfigurationError

COOKIE: Final = "rtcpulse_reader"
DEFAULT_PROJECT: Final = "default"
OPEN: Final = frozenset({"/healthz"})
BODY_MAX: Final = 4096
HEADERS: Final = [
    (
        b"content-security-policy",
        (
            b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
            b"img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
_HTML: Final = (b"content-type", b"text/html; charset=utf-8")
_FOREIGN: Final = frozenset({b"cross-site", b"same-site"})
current_project: contextvars.ContextVar[str] = contextvars.ContextVar("current_project", default=DEFAULT_PROJECT)
current_admin: contextvars.ContextVar[bool] = contextvars.ContextVar("current_admin", default=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a token is of: a project, and whether it may change something there: acknowledge and silence alerts."""

    project: str
    is_admin: bool = False


_ANYBODY: Final = Reader(DEFAULT_PROJECT, is_admin=True)
_NOBODY: Final = Reader(DEFAULT_PROJECT)


def parsed(text: str) -> dict[str, Reader]:
    """Return readers by token.

    Raises:
        ConfigurationError: an entry is not TOKEN:PROJECT[:admin].
    """
    readers = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        token, *rest = entry.split(":")
        if not token or not rest or not rest[0] or rest[1:] not in ([], ["admin"]):
            raise ConfigurationError(f"RTCPULSE_READERS: an entry is TOKEN:PROJECT[:admin], not {entry!r}")
        readers[token] = Reader(rest[0], is_admin="admin" in rest[1:])
    return readers


class Guard:
    """The ASGI application that lets readers through and says to the rest what they need."""

    def __init__(self, application: Any, readers: Mapping[str, Reader]) -> None:
        self._application = application
        self._readers = readers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or pass on with the reader's project. No page needs a WebSocket, and Dash's would know no project."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        if scope["path"] == login.PATH and self._readers:
            await self._login(scope, receive, send)
            return
        if scope["method"] == "POST" and dict(scope["headers"]).get(b"sec-fetch-site") in _FOREIGN:
            await _respond(send, 403, [], b"a page of another site may not do this\n")
            return
        reader = self._reader(scope)
        if reader is None and scope["path"] not in OPEN:
            await self._refuse(scope, send)
            return
        tokens = current_project.set((reader or _NOBODY).project), current_admin.set((reader or _NOBODY).is_admin)
        try:
            await self._application(scope, receive, _with_headers(send))
        finally:
            current_project.reset(tokens[0])
            current_admin.reset(tokens[1])

    def _reader(self, scope: Any) -> Reader | None:
        return self._reader_of(_token(scope)) if self._readers else _ANYBODY

    def _reader_of(self, given: str) -> Reader | None:
        found = [
            reader for known, reader in self._readers.items() if hmac.compare_digest(known.encode(), given.encode())
        ]
        return found[0] if found else None

    async def _refuse(self, scope: Any, send: Any) -> None:
        page = scope["method"] == "GET" and b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        if page:
            address = login.address(scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1"))
            await _respond(send, 303, [(b"location", address.encode())], b"")
        elif clientauth.asks_sql(scope):
            await _respond(send, 401, clientauth.REFUSED, clientauth.SENTENCE)
        else:
            await _respond(send, 401, [(b"www-authenticate", b"Bearer")], b"a reader's token is needed\n")

    async def _login(self, scope: Any, receive: Any, send: Any) -> None:
        asked = scope["query_string"].decode("latin-1")
        if scope["method"] != "POST":
            await _respond(send, 200, [_HTML], login.page(asked))
            return
        token = login.token(await _body(receive))
        if self._reader_of(token) is None:
            await _respond(send, 401, [_HTML], login.page(asked, refused=True))
            return
        secure = "; Secure" if scope["scheme"] == "https" else ""
        cookie = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}".encode("latin-1")
        await _respond(send, 303, [(b"location", login.back_to(asked).encode()), (b"set-cookie", cookie)], b"")


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more and len(body) < BODY_MAX:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body[:BODY_MAX]


def _token(scope: Any) -> str:
    headers = dict(scope["headers"])
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return str(token)
    return (clientauth.token(scope) if clientauth.asks_sql(scope) else "") or _cookie(headers)


def _cookie(headers: dict[bytes, bytes]) -> str:
    try:
        jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    return jar[COOKIE].value if COOKIE in jar else ""


def _with_headers(send: Any) -> Any:
    async def _send(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message.get("headers", []), *HEADERS]}
        await send(message)

    return _send


async def _respond(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": body})
