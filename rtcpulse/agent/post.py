"""One blocking HTTP POST of a batch with the standard library, and what its answer means."""

import email.utils
import http.client
import json
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.errors import ConfigurationError

BATCHES: Final = "/v1/batches"
IMPORTS: Final = "/v1/imports"
ANSWER_MAX: Final = 4096
FINAL: Final = frozenset({400, 401, 403, 404, 405, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the collector said: the status (0: nothing came), how long it wants to be left alone, the body's members."""

    status: int
    retry_after_s: float | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """Why it refused, in a sentence; nothing where it did not say."""
        return str(self.told.get("detail", ""))

    @property
    def accepted(self) -> bool:
        """The batch is durable."""
        return 200 <= self.status < 300

    @property
    def final(self) -> bool:
        """The same bytes will be refused again: do not retry."""
        return self.status in FINAL


class Collector:
    """Where batches go. `post` blocks; it may be called from any thread, one call at a time."""

    def __init__(self, url: str, *, key: str | None = None, timeout_s: float = 10.0, path: str = BATCHES) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"the collector's address must be http://host:port or https://host, not {url!r}")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._path = parts.path.rstrip("/") + path
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._timeout_s = timeout_s
        self._open: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> Answer:
        """Send the batch; `sent` in the address is the wall clock of this attempt. Network trouble is status 0."""
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = self._open = kind(self._host, self._port, timeout=self._timeout_s)
        try:
            sent_ms = round(time.time() * 1000)
            connection.request("POST", f"{self._path}?sent={sent_ms}", body, self._headers)
            response = connection.getresponse()
            body = response.read(ANSWER_MAX)
            return Answer(response.status, _retry_after_s(response.getheader("Retry-After")), _members(body))
        except (OSError, http.client.HTTPException, ValueError):
            return Answer(0)
        finally:
            self._open = None
            connection.close()

    def abort(self) -> None:
        """Wake a `post` that waits for an answer: it returns status 0."""
        connection = self._open
        if connection is not None and connection.sock is not None:
            try:
                connection.sock.shutdown(2)
            except OSError:
                return


def _members(body: bytes) -> dict[str, Any]:
    """Return the members of an answer or an RFC 9457 problem document; of any other body, none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _retry_after_s(header: str | None) -> float | None:
    """Return RFC 9110's Retry-After in seconds, from a number or a date; None if it says nothing legible."""
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
