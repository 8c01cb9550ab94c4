"""Who may read: tokens, the login page and the way back from it. The guard stands around an echo of its project."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from dashboard import login
from dashboard.readers import COOKIE, HEADERS, Guard, current_project, parsed
from schemas.errors import ConfigurationError

PAGE = {"accept": "text/html,*/*"}


async def _echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the project that the guard found."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": current_project.get().encode()})


def a_client(readers: str, scheme: str = "http") -> httpx.AsyncClient:
    """Return a client of a guard."""
    transport = httpx.ASGITransport(Guard(_echo, parsed(readers)))
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://dashboard.test")


@pytest_asyncio.fixture(loop_scope="session")
async def guarded() -> AsyncIterator[httpx.AsyncClient]:
    """A guard with two readers."""
    async with a_client("ta:a, tb:b:admin") as client:
        yield client


@pytest.mark.parametrize("text", ["ta", "ta:", ":a", "ta:a:boss", "ta:a:admin:more", "ta:a,tb"])
def test_readers_are_token_and_project(text: str) -> None:
    """Anything else stops the start with a sentence."""
    with pytest.raises(ConfigurationError, match="RTCPULSE_READERS"):
        parsed(text)


async def test_without_readers_anybody_reads_the_default_project() -> None:
    """The settings allow that on loopback only."""
    async with a_client("") as client:
        assert (await client.get("/anything")).text == "default"
        assert (await client.get("/login")).text == "default"


async def test_a_token_opens_its_project(guarded: httpx.AsyncClient) -> None:
    """As a bearer header or as the cookie; each answer carries the headers that keep scripts at home."""
    answer = await guarded.get("/", headers={"authorization": "Bearer ta"})
    assert answer.text == "a"
    assert all(answer.headers[name.decode()] == value.decode() for name, value in HEADERS)
    assert (await guarded.get("/", headers={"cookie": f"x=1; {COOKIE}=tb"})).text == "b"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer"},
        {"authorization": "Basic ta"},
        {"authorization": "ta"},
        {"cookie": f"{COOKIE}="},
        {"cookie": f"{COOKIE}=tä".encode("latin-1")},
        {"cookie": ";;=;"},
    ],
)
async def test_without_a_token_nothing_opens(guarded: httpx.AsyncClient, headers: Any) -> None:
    """Programs get 401, people the login page; only whether the process lives is told."""
    answer = await guarded.get("/_dash-layout", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (await guarded.post("/_dash-update-component", headers=headers)).status_code == 401
    page = await guarded.get("/room/a%20b?os=x", headers={**PAGE, **headers})
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Froom%2Fa%2520b%3Fos%3Dx")
    assert (await guarded.get("/healthz")).status_code == 200


async def test_the_login_leads_back_to_the_page_that_was_asked_for(guarded: httpx.AsyncClient) -> None:
    """The cookie is out of the reach of scripts and of other sites."""
    asked = (await guarded.get("/session/s%2F1?range=6h", headers=PAGE)).headers["location"]
    page = await guarded.get(asked)
    assert page.status_code == 200
    assert "No reader has this token" not in page.text
    refused = await guarded.post(asked, data={"token": "wrong"})
    assert (refused.status_code, "set-cookie" in refused.headers) == (401, False)
    assert "No reader has this token" in refused.text
    answer = await guarded.post(asked, data={"token": "ta"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/session/s%2F1?range=6h")
    assert answer.headers["set-cookie"] == f"{COOKIE}=ta; Path=/; HttpOnly; SameSite=Strict"
    assert (await guarded.get("/")).text == "a"


async def test_over_tls_the_cookie_stays_there() -> None:
    """Marked as secure."""
    async with a_client("ta:a", scheme="https") as client:
        answer = await client.post("/login", data={"token": "ta"})
        assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize(
    "wanted", ["//evil.test/", "https://evil.test/", "\\\\evil.test", "/\\evil.test", "", "x", "/\r\na:b"]
)
def test_the_way_back_never_leaves_the_dashboard(wanted: str) -> None:
    """An address of another host, or one with a line end, is forgotten."""
    query = str(httpx.QueryParams({"next": wanted}))
    assert login.back_to(query) == "/"
    assert b"evil" not in login.page(query)


def test_the_login_page_has_nothing_of_the_address_in_its_markup() -> None:
    """Quotes and angle brackets stay escaped."""
    page = login.page(str(httpx.QueryParams({"next": '/"><script>alert(1)</script>'})))
    assert b"<script" not in page


async def test_no_websocket_passes() -> None:
    """Dash's own would answer callbacks without a project."""
    sent: list[Any] = []

    async def _send(message: Any) -> None:
        sent.append(message)

    await Guard(_echo, {})({"type": "websocket", "path": "/_dash-ws-callback", "headers": []}, None, _send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_pages_of_other_sites_change_nothing(guarded: httpx.AsyncClient) -> None:
    """A browser says where a request comes from; a POST from elsewhere is refused though it has the cookie."""
    async with a_client("") as anybody:
        for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
            headers = {"sec-fetch-site": site, "cookie": f"{COOKIE}=tb"}
            assert (await guarded.post("/_dash-update-component", headers=headers)).status_code == status
            assert (await anybody.post("/_dash-update-component", headers=headers)).status_code == status


def test_an_admin_is_one_by_its_entry() -> None:
    """Others see; with no reader configured anybody on this machine may act."""
    found = parsed("ta:a, tb:b:admin")
    assert [(one.project, one.is_admin) for one in found.values()] == [("a", False), ("b", True)]
