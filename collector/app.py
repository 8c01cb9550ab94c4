"""The collector's addresses. FastAPI is the frame; the push itself is a bare ASGI application inside it."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response, WebSocket
from starlette.routing import Route

from collector.batches import Batches
from collector.edge import Edge
from collector.problems import CORS, PREFLIGHT
from collector.sender import Network
from collector.stream import Stream
from schemas.batch import Batch
from schemas.headers import IMPORT

Files = Mapping[str, tuple[bytes, str]]


def create_app(
    edge: Edge,
    *,
    files: Files,
    ready: Callable[[], str],
    trusted: Sequence[Network] = (),
    body_timeout_s: float = 30,
    connections_per_address: int = 100,
) -> FastAPI:
    """Make the collector.

    Args:
        edge: what takes bodies.
        files: the SDK by file name: content and content type.
        ready: says why the collector cannot take pushes, or nothing.
        trusted: proxies whose X-Forwarded-For is believed.
        body_timeout_s: seconds a sender may take for its body.
        connections_per_address: WebSockets of one address.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await edge.publisher.close()

    app = FastAPI(title="rtcpulse collector", lifespan=lifespan, docs_url=None, redoc_url=None)
    for path, source in (("/v1/batches", "batches"), ("/v1/imports", IMPORT)):
        batches = Batches(edge, trusted=trusted, body_timeout_s=body_timeout_s, source=source)
        app.router.routes.insert(0, Route(path, _Endpoint(batches), methods=["POST"], include_in_schema=False))
    stream = Stream(edge, trusted=trusted, connections_per_address=connections_per_address)

    @app.websocket("/v1/stream")
    async def _stream(socket: WebSocket) -> None:
        await stream.serve(socket)

    _add_own(app, edge, ready)
    _add_sdk(app, files)
    app.openapi_schema = _openapi(app.openapi())
    return app


class _Endpoint:
    """Tells Starlette's Route that this is an ASGI application and not a view."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._application(scope, receive, send)


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

    @app.options("/v1/batches", include_in_schema=False)
    async def _preflight() -> Response:
        return Response(status_code=204, headers={name.decode(): value.decode() for name, value in PREFLIGHT})


def _add_sdk(app: FastAPI, files: Files) -> None:
    tags = {name: f'"{hashlib.sha256(content).hexdigest()[:16]}"' for name, (content, _) in files.items()}
    cors = {name.decode(): value.decode() for name, value in CORS}

    @app.get("/sdk/{name}")
    async def _sdk(name: str, request: Request) -> Response:
        if name not in files:
            return Response(status_code=404)
        headers = {"etag": tags[name], "cache-control": "public, max-age=3600", **cors}
        if request.headers.get("if-none-match") == tags[name]:
            return Response(status_code=304, headers=headers)
        content, kind = files[name]
        return Response(content, media_type=kind, headers=headers)


def _openapi(document: dict[str, Any]) -> dict[str, Any]:
    """Describe the push, whose body FastAPI does not read, from the batch's own types."""
    (reference,), schemas = msgspec.json.schema_components([Batch], ref_template="#/components/schemas/{name}")
    document.setdefault("components", {}).setdefault("schemas", {}).update(schemas)
    for path, what in (("/v1/batches", "a batch"), ("/v1/imports", "a batch of a recording, of any age")):
        document["paths"][path] = _push(what, reference)
    return document


def _push(what: str, reference: dict[str, Any]) -> dict[str, Any]:
    return {
        "post": {
            "summary": f"Push {what}; answered when it is durable",
            "parameters": [
                {"name": "key", "in": "query", "schema": {"type": "string"}},
                {"name": "sent", "in": "query", "schema": {"type": "number"}},
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": reference}}},
            "responses": {
                "202": {"description": "durable in the log"},
                "4XX": {"description": "refused, do not send it again"},
                "429": {"description": "slow down: Retry-After"},
                "503": {"description": "not now: Retry-After"},
            },
        }
    }
