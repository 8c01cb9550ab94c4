"""The routes of `/sql/`. A statement runs on threads of its own, so that pages and jobs do not wait for it."""

import asyncio
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import structlog
from fastapi import FastAPI, Request, Response

from analytics.userql.console import DEFAULT_FORMAT, Console, Reply, Rows
from dashboard.clickhousehttp import packing
from dashboard.clickhousehttp.asking import BODY_BYTES_MAX, Asked, asked
from dashboard.clickhousehttp.native import revised
from dashboard.clickhousehttp.refusals import CODE_HEADER, Refusal, refusal_of
from dashboard.readers import current_project
from runtime.instruments import Instruments
from schemas.errors import RtcpulseError

PATH: Final = "/sql/"
WAITING_MAX: Final = 32
QUEUED_S: Final = 60.0
GRACE_S: Final = 10.0
OVERDUE_S: Final = 60.0
"""Seconds after its client was answered that a statement may still keep its thread."""
_QUERY_ID: Final = re.compile(r"[\w.:/-]{1,100}", re.ASCII)
_TIMEOUT: Final = 159
_TOO_MANY: Final = 202
_TOO_LARGE: Final = 131
_UNKNOWN: Final = 1002
_MEDIA: Final = {
    "Arrow": "application/vnd.apache.arrow.file",
    "ArrowStream": "application/vnd.apache.arrow.stream",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "CSVWithNamesAndTypes": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "Parquet": "application/vnd.apache.parquet",
    "XML": "application/xml; charset=UTF-8",
}
_Answered = TypeVar("_Answered")
_journal = structlog.get_logger(__name__)


class Endpoint:
    """Answers statements.

    Args:
        console: what is asked.
        queries: statements that run at the same time; `WAITING_MAX` more wait.
        instruments: the process's metrics.
        overdue: called with a sentence when a statement does not end though its time is long over. It cannot be ended
            by itself; what owns the engine can.
    """

    def __init__(
        self,
        console: Console,
        *,
        queries: int,
        instruments: Instruments,
        overdue: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._console = console
        self._overdue = overdue
        self._threads = ThreadPoolExecutor(queries, thread_name_prefix="sql")
        self._places = threading.BoundedSemaphore(queries + WAITING_MAX)
        self._instruments = instruments
        self._databases = frozenset({console.database, "default"})

    def register(self, server: FastAPI) -> None:
        """Add the routes, before those of the pages."""
        server.api_route("/sql/ping", methods=["GET", "HEAD"])(_ping)
        server.api_route(PATH, methods=["GET", "HEAD", "POST"])(self._answer)
        server.post(PATH.rstrip("/"))(self._answer)
        server.post("/")(self._answer)  # of clients that take no path; pages are got, not posted to
        server.head("/")(_ping)  # else that route alone would answer it, with 405

    @property
    def console(self) -> Console:
        """What is asked."""
        return self._console

    async def rows(self, text: str, project: str, most: int, parameters: Mapping[str, str] | None = None) -> Rows:
        """Answer a page: at most `most` rows, on the threads and within the number of all statements.

        `parameters` are as `Console.ask` takes them.

        Raises:
            Refusal: too many run or wait.
            NotAllowed, StoreRejected, StoreUnavailable: as the console does.
        """
        began = time.perf_counter()
        try:
            limits = self._console.limits
            return await self._in_turn(
                lambda: self._console.rows(text, project, most=most, parameters=parameters), limits.seconds
            )
        finally:
            self._instruments.time("sql_query", time.perf_counter() - began)

    async def _answer(self, request: Request) -> Response:
        query_id = request.query_params.get("query_id", "")
        query_id = query_id if _QUERY_ID.fullmatch(query_id) else str(uuid.uuid4())
        began = time.perf_counter()
        try:
            return await self._answered(request, query_id)
        except Refusal as refusal:
            return _refused(refusal, query_id)
        except RtcpulseError as error:
            return _refused(refusal_of(error), query_id)
        except Exception:  # noqa: BLE001 - whatever a statement does to us, the next one is answered
            _journal.exception("statement_broke", query_id=query_id)
            return _refused(Refusal(_UNKNOWN, "rtcpulse itself failed at this; its journal says where"), query_id)
        finally:
            self._instruments.time("sql_query", time.perf_counter() - began)

    async def _answered(self, request: Request, query_id: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        wanted = asked(
            request.query_params.multi_items(),
            headers,
            await _body(request),
            databases=self._databases,
            ours=self._console.limits,
        )
        if not wanted.text.strip():
            return Response("Ok.\n", media_type="text/html; charset=UTF-8")
        project = current_project.get()
        reply, body = await self._in_turn(lambda: self._asked(wanted, project), wanted.limits.seconds)
        return Response(body, headers=_headers(reply, wanted, query_id), media_type=_media(reply.format))

    async def _in_turn(self, ask: Callable[[], _Answered], seconds: float) -> _Answered:
        """Run it on a thread of the endpoint's, unless too many wait for that.

        Args:
            ask: asks the console.
            seconds: that the statement may take.
        """
        if not self._places.acquire(blocking=False):
            raise Refusal(_TOO_MANY, "as many statements run and wait as may; try again in a moment")
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def run() -> _Answered:
            loop.call_soon_threadsafe(begun.set)
            return ask()

        asking = self._threads.submit(run)
        asking.add_done_callback(self._done)
        try:
            await asyncio.wait_for(begun.wait(), QUEUED_S)
        except TimeoutError:
            asking.cancel()
            raise Refusal(_TOO_MANY, f"it waited {QUEUED_S} s for those before it; try again in a moment") from None
        try:
            return await _in_time(asking, seconds + GRACE_S)
        finally:
            if not asking.done():
                loop.call_later(OVERDUE_S, self._look_again, asking, seconds)

    def _look_again(self, asking: Future[_Answered], seconds: float) -> None:
        if not asking.done():
            self._overdue(f"a statement of at most {seconds:g} s still runs {GRACE_S + OVERDUE_S:g} s after that")

    def _done(self, asking: Future[_Answered]) -> None:
        self._places.release()
        if not asking.cancelled():
            asking.exception()  # it was told, or nobody waits for it any more

    def _asked(self, wanted: Asked, project: str) -> tuple[Reply, bytes]:
        """Ask and pack; on a thread of the endpoint's."""
        reply = self._console.ask(
            wanted.text,
            project,
            form=wanted.form or DEFAULT_FORMAT,
            parameters=wanted.parameters,
            settings=wanted.settings,
            limits=wanted.limits,
        )
        body = reply.answer.body
        if reply.format == "Native":
            body = revised(body, wanted.revision)
        body = packing.framed(body) if wanted.framed else body
        return reply, packing.packed(body, wanted.encoding) if wanted.encoding else body


async def _in_time(asking: Future[_Answered], seconds: float) -> _Answered:
    """Wait for an answer, and for so long only.

    The engine looks at the time between two blocks of rows: a long call of one function keeps its thread until it ends,
    but not the client.
    """
    done, _ = await asyncio.wait({asyncio.wrap_future(asking)}, timeout=seconds)
    if not done:
        raise Refusal(_TIMEOUT, f"Timeout exceeded: it still runs after {seconds} s")
    return done.pop().result()


async def _ping() -> Response:
    return Response("Ok.\n", media_type="text/html; charset=UTF-8")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise Refusal(_TOO_LARGE, f"the body is larger than {BODY_BYTES_MAX} bytes", 413)
    return bytes(body)


def _headers(reply: Reply, wanted: Asked, query_id: str) -> dict[str, str]:
    answer = reply.answer
    summary: Mapping[str, int] = {
        "read_rows": answer.read_rows,
        "read_bytes": answer.read_bytes,
        "elapsed_ns": int(answer.elapsed_s * 1e9),
    }
    headers = {
        "X-ClickHouse-Format": reply.format,
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Server-Display-Name": "rtcpulse",
        "X-ClickHouse-Summary": json.dumps({name: str(value) for name, value in summary.items()}),
        "X-ClickHouse-Timezone": wanted.settings.get("session_timezone") or "UTC",
    }
    return headers | ({"Content-Encoding": wanted.encoding} if wanted.encoding else {})


def _media(form: str) -> str:
    if form.startswith(("TabSeparated", "TSV")):
        return "text/tab-separated-values; charset=UTF-8"
    if form.startswith("JSON"):
        return _MEDIA.get(form, "application/json; charset=UTF-8")
    return _MEDIA.get(form, "text/plain; charset=UTF-8")


def _refused(refusal: Refusal, query_id: str) -> Response:
    headers = {CODE_HEADER: str(refusal.code), "X-ClickHouse-Query-Id": query_id}
    if refusal.status == 429:
        headers["Retry-After"] = "1"
    return Response(refusal.line, refusal.status, headers, media_type="text/plain; charset=UTF-8")
