"""One HTTP connection with bounds that uvicorn does not have: how large a request's head is, and how long it takes.

A client that sends its headers byte by byte, or never ends them, would hold a connection and its memory for ever; so
would one that goes on with a body after its answer.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX: Final = 16 << 10
HEADERS_MAX: Final = 100
_TIMEOUT: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class HeadTooLarge(Exception):
    """The request line and headers are more than a client needs."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection on httptools, whose heads are bounded; use `bounded` to set the time.

    A head over `HEAD_BYTES_MAX` bytes or `HEADERS_MAX` headers is answered with 400, one that takes longer than
    `header_timeout_s` seconds with 408; the connection is closed. It is closed too when a body goes on for that long
    after its answer: until then the rest is read and dropped, so that a client which sends on can read why it was
    refused.
    """

    header_timeout_s: float = 10.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._in_head = True
        self._in_body = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of a head that does not end are counted."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        """Begin to wait for the end of a head, on a connection that was kept alive too."""
        super().on_message_begin()
        self._in_head = True
        if self._deadline is None:
            self._head_bytes = 0
            self._expect_head()

    def on_headers_complete(self) -> None:
        """Take a head within its bounds.

        Raises:
            HeadTooLarge: it is larger; the parser turns this into an answer of 400.
        """
        self._in_head = False
        self._in_body = True
        self._stop_waiting()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES_MAX or len(self.headers) > HEADERS_MAX:
            raise HeadTooLarge
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the body has ended."""
        self._in_body = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Bear the rest of a body for a while only."""
        super().on_response_complete()
        if self._in_body and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.header_timeout_s, self.transport.close)

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.header_timeout_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.write(_TIMEOUT)
            self.transport.close()


def bounded(header_timeout_s: float) -> type[BoundedConnection]:
    """Return the connection's class with the seconds that a client may take for its head."""
    return type("BoundedConnection", (BoundedConnection,), {"header_timeout_s": header_timeout_s})
