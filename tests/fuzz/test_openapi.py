"""The collector answers as its OpenAPI document says, to requests that fit the document and to such as do not."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from collector.openapi import document
from collector.problems import problem
from collector.sdk import files
from schemas.errors import Refused
from schemas.reasons import STATUS, Reason
from tests.fuzz.door import KEY, LATER, opened
from tests.fuzz.effort import ASKED, PER_EXAMPLE, REQUESTS, effort

ADDRESS: Final = "http://collector"


def no_server_error(_: CheckContext, response: Response, __: schemathesis.Case[Any]) -> None:
    """Who is refused for now is told when to come again; nothing else is the server's fault."""
    assert response.status_code < 500 or (response.status_code == 503 and "retry-after" in response.headers)


CHECKS: Final = [
    no_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def sent(case: schemathesis.Case[Any], key: str) -> httpx.Request:
    """Return the request of a case, as its bytes are on the wire."""
    case.query = dict(case.query or {}) | ({"key": key} if key else {})
    known = {"method", "url", "headers", "params", "data", "json", "files", "cookies"}
    told = {name: value for name, value in case.as_transport_kwargs(base_url=ADDRESS).items() if name in known}
    ready = requests.Request(**told).prepare()
    return httpx.Request(str(ready.method), str(ready.url), headers=dict(ready.headers), content=ready.body)  # type: ignore[arg-type]


def test_any_request_is_answered_as_the_document_says(tmp_path: Path) -> None:
    """Statuses, content types, headers and bodies; what was taken is in the log, and the collector lives on."""
    statuses: Counter[tuple[str, int]] = Counter()
    with opened(tmp_path) as (runner, door):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=door.app))
        served = runner.run(client.get(f"{ADDRESS}/openapi.json")).json()
        schema = schemathesis.openapi.from_dict(served)
        operations = [schema[path][method] for path, item in served["paths"].items() for method in item]
        cases = [one.as_strategy(mode) for one in operations for mode in GenerationMode]

        @effort(REQUESTS // PER_EXAMPLE if ASKED else 100, new=bool(ASKED))
        @given(st.one_of(cases), st.sampled_from([KEY, KEY, KEY, ""]))
        def ask(case: Any, key: str) -> None:
            answer = runner.run(client.send(sent(case, key)))
            case.validate_response(answer, checks=CHECKS)
            statuses[case.operation.label, answer.status_code] += 1

        ask()
        assert runner.run(client.get(f"{ADDRESS}/healthz")).status_code == 200
        entries = runner.run(door.admitted())
    print(f"{statuses.total()} were asked: {dict(statuses)}")
    assert statuses["GET /sdk/{name}", 200]
    taken = [statuses[f"POST /v1/{what}", 202] for what in ("batches", "marks")]
    assert len(entries) == sum(taken)
    assert min(taken) > 0


def test_every_address_is_in_the_document(tmp_path: Path) -> None:
    """With every method; a WebSocket cannot be in one."""
    with opened(tmp_path) as (_, door):
        routes = {
            (route.path.replace(":path", ""), method.lower())
            for route in door.app.routes
            for method in getattr(route, "methods", ())
        }
    described = document(files())
    assert routes == {(path, method) for path, item in described["paths"].items() for method in item}


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_is_as_the_document_says(reason: Reason) -> None:
    """Also those that no request brings about by itself: a full log, an overload."""
    schema = schemathesis.openapi.from_dict(document(files()))
    status, headers, body = problem(Refused(reason, "why", retry_after_s=1.5 if STATUS[reason] in LATER else None))
    request = requests.Request("POST", ADDRESS).prepare()
    told = {name.decode(): [value.decode()] for name, value in headers}
    answer = Response(status, headers=told, content=body, request=request, elapsed=0, verify=False)
    schema["/v1/imports"]["post"].Case().validate_response(answer, checks=CHECKS)
