"""Asking the process that owns the embedded store: queries over a unix socket, and rows of tables that take requests.

A request is JSON, `{sql, parameters}`, `{table, rows}` with an Arrow stream in base64, or `{question}`; an answer is
one byte, 0 and an Arrow stream (of a question: MessagePack), or 1 and JSON `{error, message, code}`.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import pyarrow as pa
import structlog

from runtime.question import Answer, Answering, Question
from runtime.store import Parameter, Store
from runtime.unixsocket import FrameClient, FrameServer
from schemas.errors import RtcpulseError, StoreRejected, StoreUnavailable

REQUEST_MAX: Final = 1 << 20
OVERDUE_S: Final = 70.0
"""Seconds after its time was over that a person's statement may still keep a thread."""
WRITABLE: Final = frozenset({"recomputes", "alert_acknowledgements", "alert_silences"})
"""Tables into which others than the owner may put rows: what they ask the jobs for, and say of alerts."""
_journal = structlog.get_logger(__name__)
_ERRORS: Final = {kind.__name__: kind for kind in (StoreRejected, StoreUnavailable)}


class Request(msgspec.Struct, omit_defaults=True):
    """A read-only statement with its parameters; or rows (an Arrow stream) of a table of `WRITABLE`; or a question."""

    sql: str = ""
    parameters: dict[str, Any] = {}
    table: str = ""
    rows: bytes = b""
    question: Question | None = None


class OwnStore(Store, Answering, Protocol):
    """The store of the process that answers."""


def store_server(store: OwnStore, path: Path, *, overdue: Callable[[str], None] = lambda _: None) -> FrameServer:
    """Return a server that answers queries on a socket file.

    Args:
        store: who is asked.
        path: the socket's file.
        overdue: called with a sentence when a person's statement does not end though its time is long over. It cannot
            be ended by itself; what owns the engine can.
    """

    async def answer(frame: bytes) -> bytes:
        loop, looking = asyncio.get_running_loop(), list[asyncio.TimerHandle]()

        def begun(seconds: float) -> None:
            sentence = f"a statement of at most {seconds:g} s still runs {OVERDUE_S:g} s after that"
            looking.append(loop.call_later(seconds + OVERDUE_S, overdue, sentence))

        try:
            return await asyncio.to_thread(
                _answer, store, frame, lambda seconds: loop.call_soon_threadsafe(begun, seconds)
            )
        finally:
            for one in looking:
                one.cancel()

    return FrameServer(path, answer, frame_bytes=REQUEST_MAX)


def _answer(store: OwnStore, frame: bytes, begun: Callable[[float], object]) -> bytes:
    try:
        request = msgspec.json.decode(frame, type=Request)
        if request.table:
            _insert(store, request)
            return b"\0" + _packed(pa.table({}))
        if request.question:
            begun(request.question.limits.seconds)
            return b"\0" + msgspec.msgpack.encode(store.answer(request.question))
        return b"\0" + _packed(store.query(request.sql, request.parameters))
    except (RtcpulseError, msgspec.DecodeError) as error:
        code = getattr(error, "code", None)
        return b"\1" + msgspec.json.encode({"error": type(error).__name__, "message": str(error), "code": code})
    except Exception as error:  # noqa: BLE001 - whatever a statement does to us, the next one is answered
        _journal.exception("question_failed")
        return b"\1" + msgspec.json.encode({"error": "StoreRejected", "message": f"{type(error).__name__}: {error}"})


def _insert(store: Store, request: Request) -> None:
    if request.table not in WRITABLE:
        raise StoreRejected(f"a reader cannot insert into {request.table}")
    try:
        rows = pa.ipc.open_stream(request.rows).read_all()
    except pa.ArrowInvalid as error:
        raise StoreRejected(f"what was sent for {request.table} is no Arrow stream: {error}") from None
    store.insert(request.table, rows)


class SocketStore:
    """`runtime.store.Store` and `runtime.question.Answering` for readers in other processes.

    Beside queries it takes rows of tables that take requests. Several threads may ask; they take turns.

    Raises:
        StoreUnavailable: nobody listens.
    """

    def __init__(self, path: Path, *, timeout_s: float = 60) -> None:
        self.database = "default"
        self.has_totals = True
        self._timeout_s = timeout_s
        self._turn = threading.Lock()  # an answer is told from another's by its place alone
        try:
            self._client = FrameClient(path, timeout_s=timeout_s)
        except OSError as error:
            raise StoreUnavailable(f"nobody answers on {path}: {error.strerror}") from None

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Ask; see `runtime.store.Store.query`."""
        return pa.ipc.open_stream(self._ask(Request(sql, dict(parameters or {})))).read_all()

    def answer(self, question: Question) -> Answer:
        """Ask a person's statement; see `runtime.question.Answering.answer`."""
        return msgspec.msgpack.decode(self._ask(Request(question=question)), type=Answer)

    def insert(self, table: str, rows: pa.Table, *, token: str = "") -> None:
        """Append rows of a table that takes requests; of any other only the owner of the store does."""
        self._ask(Request(table=table, rows=_packed(rows)))

    def _ask(self, request: Request) -> bytes:
        try:
            with self._turn:
                answer = self._client.ask(msgspec.json.encode(request))
        except TimeoutError:
            raise StoreUnavailable(f"the store did not answer within {self._timeout_s:g} s") from None
        except OSError as error:
            raise StoreUnavailable(f"the store's process went away: {error}") from None
        if answer[:1] == b"\0":
            return answer[1:]
        problem = msgspec.json.decode(answer[1:])
        told = _ERRORS.get(problem["error"], StoreRejected)(problem["message"])
        told.code = problem.get("code")
        raise told

    def execute(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Refuse: only the owner of the store writes."""
        raise StoreRejected("a reader cannot execute statements that change something")

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return bytes(sink.getvalue())
