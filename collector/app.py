"""The collector's addresses. FastAPI is the frame; the push itself is a bare ASGI application inside it."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import FastAPI, HTTPException, Request, Response, WebSocket
from starlette.routing import Route

from collector.batches import Batches
from collector.connections import Connections
from collector.edge import Edge
from collector.openapi import document
from collector.problems import CORS, PREFLIGHT
from collector.sender import Network
from collector.sources.door import PREFIX, Sources
from collector.sources.rtcstats import Traces
from collector.sources.source import Source
from collector.stream import Stream
from schemas.headers import IMPORT
from schemas.mark import MARK

Files = Mapping[str, tuple[bytes, str]]


def create_app(
    edge: Edge,
    *,
    files: Files,
    ready: Callable[[], str],
    sources: Sequence[Source] = (),
    trusted: Sequence[Network] = (),
    body_timeout_s: float = 30,
    connections_per_address: int = 100,
) -> FastAPI:
    """Make the collector.

    Args:
        edge: what takes bodies.
        files: the SDK by file name: content and content type.
        ready: says why the collector cannot take pushes, or nothing.
        sources: foreign formats that are taken at /v1/sources/NAME.
        trusted: proxies whose X-Forwarded-For is believed.
        body_timeout_s: seconds a sender may take for its body.
        connections_per_address: WebSockets of one address.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await edge.publisher.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    for path, source in (("/v1/batches", "batches"), ("/v1/imports", IMPORT), ("/v1/marks", MARK)):
        batches = Batches(edge, trusted=trusted, body_timeout_s=body_timeout_s, source=source)
        app.router.routes.insert(0, Route(path, _Endpoint(batches), methods=["POST"]))
    by_name = {source.name: source for source in sources}
    door = Sources(edge, by_name, trusted=trusted, body_timeout_s=body_timeout_s)
    app.router.routes.insert(0, Route(PREFIX + "{rest:path}", _Endpoint(door), methods=["POST"]))
    _add_sockets(app, edge, trusted, Connections(connections_per_address))
    _add_own(app, edge, ready)
    _add_sdk(app, files)
    _add_document(app, files)
    return app


class _Endpoint:
    """Tells Starlette's Route that this is an ASGI application and not a view."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application(scope, receive, send)


def _add_sockets(app: FastAPI, edge: Edge, trusted: Sequence[Network], connections: Connections) -> None:
    stream = Stream(edge, connections, trusted=trusted)
    traces = Traces(edge, connections, trusted=trusted)

    @app.websocket("/v1/stream")
    async def _stream(socket: WebSocket) -> None:
        await stream.serve(socket)

    @app.websocket("/v1/sources/rtcstats{rest:path}")
    async def _traces(socket: WebSocket, rest: str) -> None:
        await traces.serve(socket, rest)


def _add_own(app: FastAPI, edge: Edge, ready: Callable[[], str]) -> None:
    @app.get("/healthz")
    async def _healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def _readyz() -> Response:
        why = ready()
        body = msgspec.json.encode({"status": "not ready" if why else "ready", "detail": why})
        return Response(body, 503 if why else 200, media_type="application/json")

    @app.get("/metrics")
    async def _metrics() -> Response:
        return Response(edge.instruments.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.options("/v1/batches")
    async def _preflight() -> Response:
        return Response(status_code=204, headers={name.decode(): value.decode() for name, value in PREFLIGHT})


def _add_sdk(app: FastAPI, files: Files) -> None:
    tags = {name: f'"{hashlib.sha256(content).hexdigest()[:16]}"' for name, (content, _) in files.items()}
    cors = {name.decode(): value.decode() for name, value in CORS}

    @app.get("/sdk/{name}")
    async def _sdk(name: str, request: Request) -> Response:
        if name not in files:
            raise HTTPException(404)
        headers = {"etag": tags[name], "cache-control": "public, max-age=3600", **cors}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        content, kind = files[name]
        return Response(content, media_type=kind, headers=headers)


def _add_document(app: FastAPI, files: Files) -> None:
    described = msgspec.json.encode(document(files))

    @app.get("/openapi.json")
    async def _openapi() -> Response:
        return Response(described, media_type="application/json")
