"""Refusals as RFC 9457 problem documents, and the CORS headers of every answer."""

import http
import math
from typing import Final

import msgspec

from schemas.errors import Refused
from schemas.reasons import STATUS

CORS: Final = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"retry-after")]
PREFLIGHT: Final = [
    *CORS,
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
]


def document(refusal: Refused) -> dict[str, object]:
    """Return the problem document of a refusal."""
    status = STATUS[refusal.reason]
    return {
        "type": f"/problems/{refusal.reason.value}",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "reason": refusal.reason.value,
        "detail": refusal.detail,
        "retry": status in {408, 429, 503},
    }


def problem(refusal: Refused) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body of the answer to a refused push."""
    headers = [(b"content-type", b"application/problem+json"), *CORS]
    if refusal.retry_after_s is not None:
        headers.append((b"retry-after", str(math.ceil(refusal.retry_after_s)).encode()))
    return STATUS[refusal.reason], headers, msgspec.json.encode(document(refusal))
