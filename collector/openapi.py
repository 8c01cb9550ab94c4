"""The OpenAPI document of the collector's addresses. The push is no view of FastAPI's, so that all of it stands here.

What a batch is comes from its own types, the statuses of a refusal from the list of reasons.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from schemas.batch import VERSION, Batch
from schemas.mark import Mark
from schemas.reasons import STATUS, Reason

Json = dict[str, Any]
_ANYWHERE: Final = {"Access-Control-Allow-Origin": {"required": True, "schema": {"const": "*"}}}
_LATER: Final = {
    "Retry-After": {"required": True, "description": "seconds", "schema": {"type": "integer", "minimum": 1}}
}
_KEYS: Final = {
    "key": {"type": "apiKey", "in": "query", "name": "key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
_SENT: Final = {
    "name": "sent",
    "in": "query",
    "description": "the client's clock at this attempt, ms since the Unix epoch",
    "schema": {"type": "number", "minimum": 0, "exclusiveMaximum": 1e14},
}
_ENCODING: Final = {
    "name": "Content-Encoding",
    "in": "header",
    "description": "gzip is known by its first bytes, whatever is said here",
    "schema": {"enum": ["identity", "gzip"]},
}
_TOKENS: Final = (
    "Where the collector has no keys, none is asked for. A token (JWT) may stand in a key's place: what it says of "
    "room and person overrides the batch, which is refused (403) where its session is one of the collector's own. "
    "`?token=` is another name of `?key=`."
)
_PERMITTED: Final = "Only a key that may import is let in; where the collector has no keys, none is asked for."
_MARKED: Final = (
    "Where the collector has no keys, none is asked for. The same mark with the same `t` is one mark, however often "
    "it is sent; without `t` it is of when it came."
)
_FOREIGN: Final = (
    "The formats are those of the systems that send them, and so is how they say who they are: `docs/sources`. An "
    "answer says how many batches a delivery became, when all of them are durable."
)
_TAG: Final = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}


def document(files: Iterable[str]) -> Json:
    """Return the document; its version is the batch's.

    Args:
        files: names of the SDK's files.
    """
    name = {"name": "name", "in": "path", "required": True, "schema": {"enum": sorted(files)}}
    (batch, mark), schemas = msgspec.json.schema_components([Batch, Mark], ref_template="#/components/schemas/{name}")
    schemas["Batch"]["properties"]["v"] = {"const": VERSION}
    schemas["Batch"]["oneOf"] = [_has(name) for name in ("seq", "origin_id")]
    return {
        "openapi": "3.1.0",
        "info": {"title": "rtcpulse collector", "version": str(VERSION)},
        "paths": {
            "/v1/batches": {
                "post": _push(batch, "Push a batch", _TOKENS, ()),
                "options": _operation("Preflight of a push", {"204": _PREFLIGHT}),
            },
            "/v1/imports": {"post": _push(batch, "Push a batch of a recording, of any age", _PERMITTED, ())},
            "/v1/marks": {"post": _push(mark, "Push a mark, such as a deploy", _MARKED, ())},
            "/v1/sources/{rest}": {"post": _source()},
            "/healthz": {"get": _operation("Whether it lives", {"200": _json("it does", _states("alive"))})},
            "/readyz": {"get": _operation("Whether it takes pushes", _READY)},
            "/metrics": {"get": _operation("Its own metrics, for Prometheus", {"200": _METRICS})},
            "/sdk/{name}": {"get": _operation("A file of the browser SDK", _SDK, [name, _TAG])},
            "/openapi.json": {"get": _operation("This document", {"200": _json("OpenAPI 3.1", {"type": "object"})})},
        },
        "components": {"schemas": schemas, "securitySchemes": _KEYS},
    }


def _operation(summary: str, responses: Json, parameters: list[Json] | None = None) -> Json:
    return {"summary": summary, "parameters": parameters or [], "responses": responses}


def _push(batch: Json, summary: str, key: str, never: Collection[int]) -> Json:
    """Describe a push; `never` are the statuses of refusals that it has no reason for."""
    answers = {"202": _json("durable in the log", _ACCEPTED) | {"headers": _ANYWHERE}}
    answers |= {str(status): _refusal(status) for status in sorted(set(STATUS.values()).difference(never))}
    return _operation(f"{summary}; answered when it is durable", answers, [_SENT, _ENCODING]) | {
        "description": key,
        "security": [{"key": []}, {"bearer": []}, {}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": batch}}},
    }


def _source() -> Json:
    """Describe a delivery of a foreign format."""
    name = {
        "name": "rest",
        "in": "path",
        "required": True,
        "description": "the source's name, and what the source itself reads behind it",
        "schema": {"type": "string", "examples": ["livekit", "janus"]},
    }
    answers = {"200": _json("durable in the log", _object(accepted={"type": "integer", "minimum": 0}))}
    answers |= {str(status): _refusal(status) for status in sorted(set(STATUS.values()))}
    return _operation("Deliver what another system tells", answers, [name]) | {
        "description": _FOREIGN,
        "security": [{"key": []}, {"bearer": []}, {}],
        "requestBody": {"content": {"application/json": {"schema": {}}}},
    }


def _refusal(status: int) -> Json:
    """Describe the problem document (RFC 9457) of all refusals with a status."""
    reasons = [reason.value for reason in Reason if STATUS[reason] == status]
    later = status in {429, 503}
    problem = _object(
        type={"enum": [f"/problems/{reason}" for reason in reasons]},
        title={"type": "string"},
        status={"const": status},
        reason={"enum": reasons},
        detail={"type": "string", "minLength": 1},
        retry={"const": later or status == 408},
    )
    return {
        "description": "refused: " + ", ".join(reasons),
        "headers": _ANYWHERE | (_LATER if later else {}),
        "content": {"application/problem+json": {"schema": problem}},
    }


def _has(name: str) -> Json:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _states(state: str, **more: Json) -> Json:
    return _object(status={"const": state}, **more)


_MS: Final = {"type": "integer", "minimum": 500, "description": "asked of a session that somebody watches"}
_ACCEPTED: Final = _object(accepted={"const": 1}) | {
    "properties": {"accepted": {"const": 1}, "poll_ms": _MS, "send_ms": _MS}
}
_PREFLIGHT: Final = {"description": "what a page may send", "headers": _ANYWHERE}
_READY: Final = {
    "200": _json("it does", _states("ready", detail={"const": ""})),
    "503": _json("it does not, and why", _states("not ready", detail={"type": "string", "minLength": 1})),
}
_METRICS: Final = {"description": "counts and times", "content": {"text/plain": {"schema": {"type": "string"}}}}
_SCRIPT: Final = {"text/javascript": {"schema": {"type": "string"}}}
_SDK: Final = {
    "200": {"description": "the file", "headers": _ANYWHERE, "content": _SCRIPT},
    "304": {"description": "as the tag says", "headers": _ANYWHERE},
    "404": _json("there is no such file", _object(detail={"type": "string"})),
}
