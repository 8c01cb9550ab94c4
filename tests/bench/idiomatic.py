"""The reference of R4: the collector as one would write it with FastAPI by its book.

Run: `python -m tests.bench.idiomatic PORT`.

A pydantic model is the body parameter, a custom request unpacks gzip as FastAPI's documentation shows it, uvicorn runs
it with httptools and uvloop. It validates what our collector validates and answers 202; it writes no log, so what it is
measured against does more.
"""

import gzip
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, create_model

from schemas.stats import Kind, kinds

Id = Annotated[str, Field(min_length=1, max_length=256)]
Label = Annotated[str, Field(max_length=256)]
Text = Annotated[str, Field(max_length=4096)]
Milliseconds = Annotated[float, Field(ge=0, lt=1e14)]
_TYPES: Final[dict[Kind, Any]] = {
    Kind.COUNTER: float,
    Kind.SIGNED: float,
    Kind.GAUGE: float,
    Kind.TEXT: Text,
    Kind.FLAG: bool,
}
_KEPT: Final = {name.replace(".", "_"): (name, _TYPES[kind]) for name, kind in kinds().items()}


def _field(alias: str, kind: Any) -> Any:
    return (kind | None, Field(None, alias=alias))


def _array(kind: Any) -> Any:
    return list[kind | None]


_STEADY: Final[dict[str, Any]] = {name: _field(alias, kind) for name, (alias, kind) in _KEPT.items()}
_ARRAYS: Final[dict[str, Any]] = {name: _field(alias, _array(kind)) for name, (alias, kind) in _KEPT.items()}
Steady = create_model("Steady", **_STEADY)
Arrays = create_model("Arrays", **_ARRAYS)
Stats = create_model("Stats", type=(Id, ...), id=(Id, ...), **_STEADY)


class Session(BaseModel):
    """Who was in which room."""

    id: Id
    room: Label = ""
    participant: Label = ""
    app: Label = ""
    sdk: Label = ""
    client: dict[Label, Label] = {}
    server: dict[Label, Label] = {}


class Track(BaseModel):
    """Whose media a stream is."""

    t: Milliseconds
    pc: Id
    direction: Label
    mid: Label = ""
    track_identifier: Label = Field("", alias="trackIdentifier")
    ssrc: int | None = None
    track: Label = ""
    publisher: Label = ""
    source: Label = ""


class SeriesObject(BaseModel):
    """One stats object along time."""

    type: Id
    id: Id
    s: Steady
    f: Arrays


class Series(BaseModel):
    """Samples by columns."""

    pc: Id
    t: list[Milliseconds]
    objects: list[SeriesObject]
    baseline: bool = False


class Sample(BaseModel):
    """Samples verbatim."""

    t: Milliseconds
    pc: Id
    stats: list[Stats]
    baseline: bool = False


class Batch(BaseModel):
    """What is pushed."""

    v: int
    writer: Id
    seq: int
    every_ms: float | None = None
    session: Session
    pcs: list[dict[Label, Label]] = []
    tracks: list[Track] = []
    series: list[Series] = []
    samples: list[Sample] = []


class GzipRequest(Request):
    """A request whose body may be gzip."""

    async def body(self) -> bytes:
        """Return the body unpacked."""
        if not hasattr(self, "_body"):
            body = await super().body()
            self._body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        return self._body


class GzipRoute(APIRoute):
    """A route whose handlers get such requests."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the request replaced."""
        handler = super().get_route_handler()

        async def unpacking(request: Request) -> Response:
            return await handler(GzipRequest(request.scope, request.receive))

        return unpacking


router = APIRouter(route_class=GzipRoute)


@router.post("/v1/batches", status_code=202)
async def push(batch: Batch) -> dict[str, int]:
    """Take a batch."""
    return {"accepted": batch.v}


@router.get("/readyz")
async def ready() -> dict[str, str]:
    """Say that it serves."""
    return {"status": "ready"}


app = FastAPI()
app.include_router(router)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), http="httptools", loop="uvloop", access_log=False)
