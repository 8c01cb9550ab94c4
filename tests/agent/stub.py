"""A collector that says what the test wants: it keeps every body and answers by script."""

import gzip
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from schemas.batch import Batch, decode


@dataclass
class Stub:
    """What came in, and what to answer: one status a request, then 202. `hang_s` is waited before every answer.

    `says` is the body of an answer to what was taken; None: an empty one.
    """

    url: str = ""
    script: list[int] = field(default_factory=list)
    hang_s: float = 0.0
    retry_after: str | None = None
    says: Any = None
    bodies: list[bytes] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)

    def batches(self) -> list[Batch]:
        """Return the accepted batches, decoded as the collector decodes them."""
        return [decode(gzip.decompress(body)) for body in self.accepted]

    def answer(self, body: bytes, path: str, authorization: str | None) -> int:
        """Keep a request and return its status."""
        time.sleep(self.hang_s)
        self.bodies.append(body)
        self.paths.append(path)
        self.authorizations.append(authorization)
        status = self.script.pop(0) if self.script else 202
        if status == 202:
            self.accepted.append(body)
        return status


@contextmanager
def stub_collector(**answers: Any) -> Iterator[Stub]:
    """Serve a stub on a free port of 127.0.0.1."""
    stub = Stub(**answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = stub.answer(body, self.path, self.headers["Authorization"])
            try:
                self.send_response(status)
                if stub.retry_after is not None and status != 202:
                    self.send_header("Retry-After", stub.retry_after)
                said = json.dumps(stub.says).encode() if status == 202 and stub.says is not None else b""
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    host, port = cast("tuple[str, int]", server.server_address[:2])
    stub.url = f"http://{host}:{port}"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
