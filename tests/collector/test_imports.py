"""POST /v1/imports: who may, how old it may be, and what is not kept of who sends it."""

from typing import Any

import pytest

from collector.sender import Keys
from schemas.errors import ConfigurationError
from tests.builders import T0, a_batch, a_series, inbound, packed
from tests.collector.conftest import Collector, Make

YEARS = 3 * 365 * 86_400_000
OLD = packed(a_batch(series=[a_series([T0 - YEARS, T0 - YEARS + 2000], inbound(received=[1, 2], lost=[0, 0]))]))
FUTURE = packed(a_batch(series=[a_series([T0 + 130_000], inbound(received=[1], lost=[0]))]))


async def push(collector: Collector, path: str, body: bytes = OLD, **query: Any) -> tuple[int, str]:
    """Push a body; return status and reason."""
    async with collector.client("203.0.113.77") as client:
        answer = await client.post(
            path, content=body, params=query, headers={"user-agent": "Mozilla/5.0 Firefox/118.0"}
        )
    return answer.status_code, answer.json().get("reason", "")


async def test_an_import_keeps_its_own_times_and_nothing_of_who_sends_it(collector: Collector) -> None:
    """Neither the sender's network nor its browser was in the call, and its clock was not the call's."""
    assert await push(collector, "/v1/batches") == (422, "too_old")
    assert await push(collector, "/v1/imports", sent=T0 - YEARS) == (202, "")
    (entry,) = await collector.published()
    assert entry.message.value == OLD
    assert entry.message.headers == {"project": "default", "received_ms": str(int(T0) + 60_000), "source": "import"}


async def test_an_import_is_not_from_the_future(collector: Collector) -> None:
    """A recorder's clock that was ahead is somebody's to put right."""
    assert await push(collector, "/v1/imports", FUTURE) == (422, "too_new")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("page", (403, "no_permission")),
        ("history", (202, "")),
        ("nobody", (401, "unknown_key")),
        ("", (401, "missing_key")),
    ],
)
async def test_a_key_says_whether_it_may_import(make: Make, key: str, expected: tuple[int, str]) -> None:
    """A page's key, which everybody can read, must not write years of history."""
    collector = make("page:one,history:one:import")
    query: dict[str, Any] = {"key": key} if key else {}
    assert await push(collector, "/v1/imports", **query) == expected
    assert len(await collector.published()) == (expected[0] == 202)


async def test_a_key_that_may_import_pushes_live_too(make: Make) -> None:
    """To the same project."""
    collector = make("history:one:import")
    live = packed(a_batch(series=[a_series([T0], inbound(received=[1], lost=[0]))]))
    assert await push(collector, "/v1/batches", live, key="history") == (202, "")
    (entry,) = await collector.published()
    assert entry.message.headers["project"] == "one"


def test_a_key_that_may_import_is_found_by_its_project() -> None:
    """For the import that runs beside the collector."""
    keys = Keys("page:one,history:one:import,other:two:import")
    assert (keys.import_key(), keys.import_key("two"), keys.import_key("three")) == ("history", "other", None)
    with pytest.raises(ConfigurationError, match="entry 2 is not KEY:PROJECT"):
        Keys("a:b,c::import")
