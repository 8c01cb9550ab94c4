"""A reader's token as ClickHouse's clients send it to `/sql/`: as the password, in any of its three places."""

import base64
import binascii
from typing import Any, Final
from urllib.parse import parse_qs

SENTENCE: Final = b"Code: 516. DB::Exception: a reader's token is needed as the password. (AUTHENTICATION_FAILED)\n"
REFUSED: Final = [
    (b"www-authenticate", b'Basic realm="rtcpulse"'),
    (b"x-clickhouse-exception-code", b"516"),
    (b"content-type", b"text/plain; charset=utf-8"),
]


def asks_sql(scope: Any) -> bool:
    """Say whether a request is one to `/sql/`, or posted to `/` by a client that takes no path."""
    path: str = scope["path"]
    return path == "/sql" or path.startswith("/sql/") or (path == "/" and scope["method"] == "POST")


def token(scope: Any) -> str:
    """Return the password of X-ClickHouse-Key, of HTTP's basic authentication, or of the address; empty: none."""
    headers = dict(scope["headers"])
    if key := headers.get(b"x-clickhouse-key", b""):
        return str(key.decode("latin-1"))
    scheme, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "basic":
        return _password(str(given))
    query: str = scope["query_string"].decode("latin-1")
    return parse_qs(query).get("password", [""])[0]


def _password(given: str) -> str:
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password or user
