"""POST /v1/batches: keys, encodings, quotas, CORS, stamps, and what the log gets."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector.admit import Limits
from collector.sender import Keys
from schemas.errors import ConfigurationError
from tests.builders import T0, a_batch, a_series, an_object, inbound, packed
from tests.collector.conftest import Collector, Make
from tests.ingest.running import verbatim

GOOD = a_batch(series=[a_series([T0, T0 + 2000], inbound(received=[1, 2], lost=[0, 0]))])
BODY = packed(GOOD)


async def push(collector: Collector, body: bytes = BODY, address: str = "203.0.113.77", **more: Any) -> Any:
    """Push a body."""
    async with collector.client(address) as client:
        return await client.post("/v1/batches", content=body, **more)


async def test_a_batch_is_answered_when_the_log_has_it(collector: Collector) -> None:
    """The bytes as they came, under project and session, with headers that the bytes do not have."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
    answer = await push(collector, headers={"user-agent": agent}, params={"sent": T0 + 59_000})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (202, "*")
    (entry,) = await collector.published()
    assert entry.message.value == BODY
    assert entry.message.key == b"default\0s1"
    assert entry.message.headers == {
        "project": "default",
        "received_ms": str(int(T0) + 60_000),
        "source": "batches",
        "sent_ms": str(T0 + 59_000),
        "browser": "Chrome",
        "os": "Linux",
        "prefix": "203.0.113.0/24",
    }


@pytest.mark.parametrize("header", [{}, {"content-encoding": "gzip"}, {"content-encoding": "identity"}])
async def test_gzip_is_known_by_its_magic_bytes(collector: Collector, header: dict[str, str]) -> None:
    """With the header, without it, and with a wrong one."""
    body = gzip.compress(BODY)
    assert (await push(collector, body, headers=header)).status_code == 202
    assert (await collector.published())[0].message.value == body


async def test_other_encodings_are_refused(collector: Collector) -> None:
    """With 415."""
    answer = await push(collector, headers={"content-encoding": "br"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "unsupported_encoding")


@pytest.mark.parametrize(
    ("headers", "query", "status", "reason"),
    [
        ({}, {}, 401, "missing_key"),
        ({}, {"key": "wrong"}, 401, "unknown_key"),
        ({"authorization": "Bearer wrong"}, {}, 401, "unknown_key"),
        ({"authorization": "Basic k1"}, {}, 401, "missing_key"),
        ({"authorization": "Bearer k1"}, {}, 202, ""),
        ({}, {"key": "k2"}, 202, ""),
    ],
)
async def test_the_project_comes_from_the_key(
    make: Make, headers: dict[str, str], query: dict[str, str], status: int, reason: str
) -> None:
    """Never from the body."""
    collector = make("k1:one,k2:two")
    answer = await push(collector, packed(GOOD | {"project": "stolen"}), headers=headers, params=query)
    assert (answer.status_code, answer.json().get("reason", "")) == (status, reason)
    expected = {"k1": ["one"], "k2": ["two"]}.get(query.get("key", "k1"), []) if status == 202 else []
    assert [entry.message.headers["project"] for entry in await collector.published()] == expected


async def test_a_file_of_keys_is_read_again(make: Make, tmp_path: Path) -> None:
    """A new key works without a restart, a removed one no more."""
    file = tmp_path / "keys"
    file.write_text("# writers\nold:p\n")
    collector = make(keys_file=file)
    assert (await push(collector, params={"key": "old"})).status_code == 202
    file.write_text("new:p\n")
    assert (await push(collector, params={"key": "old"})).status_code == 401
    assert (await push(collector, params={"key": "new"})).status_code == 202


WRONG: dict[str, Callable[[Path], object]] = {
    "not KEY:PROJECT": lambda file: file.write_text("new:p\nsecret\n"),
    "not UTF-8": lambda file: file.write_bytes(b"\xff\xfe:p\n"),
    "No such file": lambda file: file.unlink(),
    "Is a directory": lambda file: file.rename(file.with_name("away")) and file.mkdir(),  # type: ignore[func-returns-value]
}


@pytest.mark.parametrize("said", WRONG)
async def test_a_file_of_keys_that_is_wrong_for_a_moment(make: Make, tmp_path: Path, said: str) -> None:
    """The keys that it held stay, journal and readyz say so once and without a key, and the next good file counts."""
    file = tmp_path / "keys"
    file.write_text("old:p\n")
    collector = make(keys_file=file)
    with capture_logs() as lines:
        WRONG[said](file)
        assert (await push(collector, params={"key": "old"})).status_code == 202
        assert (await push(collector, params={"key": "new"})).status_code == 401
        async with collector.client() as client:
            ready = await client.get("/readyz")
            assert (ready.status_code, said in ready.json()["detail"], "secret" in ready.text) == (503, True, False)
            (tmp_path / "good").write_text("new:p\n")
            if file.is_dir():
                file.rmdir()
            (tmp_path / "good").replace(file)
            assert (await client.get("/readyz")).status_code == 200
    assert [line["event"] for line in lines] == ["keys_file_wrong", "keys_file_right"]
    assert (await push(collector, params={"key": "old"})).status_code == 401
    assert (await push(collector, params={"key": "new"})).status_code == 202


@pytest.mark.parametrize("said", WRONG)
def test_a_file_of_keys_that_is_wrong_at_the_start_ends_it(tmp_path: Path, said: str) -> None:
    """There are no earlier keys to keep."""
    file = tmp_path / "keys"
    file.touch()
    WRONG[said](file)
    with pytest.raises(ConfigurationError, match=f"RTCPULSE_KEYS_FILE.*{said}"):
        Keys(file=file)


async def test_a_failure_that_nobody_foresaw_is_no_500(make: Make) -> None:
    """The sender is told to come again, a page of another origin too; the journal has the error."""
    collector = make(limits=Limits(unpacked_bytes="many"))  # type: ignore[arg-type]  # what fails is of no account
    with capture_logs() as lines:
        answer = await push(collector, gzip.compress(BODY))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.headers["retry-after"], answer.headers["access-control-allow-origin"]) == ("5", "*")
    assert (answer.json()["reason"], answer.json()["retry"]) == ("internal", True)
    assert "many" not in answer.text
    assert [(line["event"], type(line["exc_info"])) for line in lines] == [("push_failed", TypeError)]
    async with collector.client() as client:
        assert 'rtcpulse_collector_refused_total{reason="internal"} 1.0' in (await client.get("/metrics")).text


async def test_a_key_that_sends_too_much_is_told_to_wait(make: Make) -> None:
    """429 with Retry-After, after 5 s of its rate and what it gains meanwhile; other keys are not touched."""
    collector = make("a:one,b:two", quota=(1, 1e9))
    began, taken = time.monotonic(), 0
    while (refused := await push(collector, params={"key": "a"})).status_code == 202:
        taken += 1
    assert 5 <= taken <= 5 + time.monotonic() - began
    assert (refused.status_code, refused.json()["retry"]) == (429, True)
    assert int(refused.headers["retry-after"]) >= 1
    assert (await push(collector, params={"key": "b"})).status_code == 202


async def test_a_full_log_is_not_an_acceptance(make: Make) -> None:
    """503 with Retry-After, and readyz says why."""
    collector = make(log={"budget_bytes": 1})
    assert (await push(collector)).status_code == 202
    collector.edge.publisher._tidied = 0.0  # type: ignore[attr-defined]
    answer = await push(collector)
    assert (answer.status_code, answer.json()["reason"], answer.headers["retry-after"]) == (503, "log_full", "5")
    async with collector.client() as client:
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert "budget" in ready.json()["detail"]
        assert (await client.get("/healthz")).status_code == 200


async def test_limits_are_settings(make: Make) -> None:
    """Body, unpacked body and samples."""
    collector = make(limits=Limits(body_bytes=2000, unpacked_bytes=3000, samples_per_batch=1))
    assert (await push(collector, b" " * 2001)).json()["reason"] == "too_large"
    assert (await push(collector, gzip.compress(b" " * 3001))).json()["reason"] == "too_large_unpacked"
    assert (await push(collector)).json()["reason"] == "too_many_samples"


@pytest.mark.parametrize("times", [250, 263, 264])
async def test_a_small_body_of_many_rows_is_refused(collector: Collector, times: int) -> None:
    """Few times and many objects: what counts is what they would become. Objects without rows of their own do not."""
    kinds = ("inbound-rtp", "outbound-rtp", "transport", "candidate-pair", "codec", "remote-inbound-rtp")
    objects = [an_object(kind, f"{kind}{n}", {}) for kind in kinds for n in range(95)]
    body = gzip.compress(packed(a_batch(series=[a_series([T0 + n for n in range(times)], *objects)])))
    answer = await push(collector, body)
    assert len(body) < 10_000
    assert answer.status_code == (413 if times * 380 > 100_000 else 202)
    if answer.status_code == 413:
        assert answer.json()["reason"] == "too_many_samples"
        assert f"{times * 380} rows" in answer.json()["detail"]


@pytest.mark.parametrize(("rows_max", "status"), [(5, 413), (6, 202)])
async def test_rows_of_verbatim_samples_are_counted_too(make: Make, rows_max: int, status: int) -> None:
    """One for each stats object at each time."""
    stats = [{"type": kind, "id": kind} for kind in ("inbound-rtp", "transport", "codec")]
    body = packed(a_batch(samples=[{"t": T0 + n, "pc": "pc0", "stats": stats} for n in range(2)]))
    assert (await push(make(limits=Limits(rows_per_batch=rows_max)), body)).status_code == status


@pytest.mark.parametrize(("rows_max", "status"), [(11, 413), (12, 202)])
@pytest.mark.parametrize("form", [dict, verbatim])
async def test_tracks_that_are_wanted_are_counted_too(make: Make, form: Any, rows_max: int, status: int) -> None:
    """One row for each at each time; what is not wanted, not received or not named has none."""
    entry = {"t": T0, "pc": "pc0", "direction": "inbound", "wanted": True}
    tracks = [entry | {"track": f"T{n % 5}"} for n in range(10)]
    tracks += [entry, entry | {"track": "T6", "wanted": False}, entry | {"track": "T7", "direction": "outbound"}]
    series = a_series([T0, T0 + 1], an_object("inbound-rtp", "I1", {}, packetsReceived=[1, 2]))
    body = packed(form(a_batch(tracks=tracks, series=[series])))
    assert (await push(make(limits=Limits(rows_per_batch=rows_max)), body)).status_code == status


@pytest.mark.parametrize("sent", ["soon", "-1", "nan", "inf", "1e300", ""])
async def test_a_time_of_sending_is_a_time(collector: Collector, sent: str) -> None:
    """Anything else says where it is wrong."""
    answer = await push(collector, params={"sent": sent})
    if sent:
        assert (answer.status_code, "?sent=" in answer.json()["detail"]) == (422, True)
    else:
        assert answer.status_code == 202


@pytest.mark.parametrize(
    ("peer", "forwarded", "prefix"),
    [
        ("203.0.113.77", "198.51.100.9", "203.0.113.0/24"),
        ("10.1.2.3", "198.51.100.9", "198.51.100.0/24"),
        ("10.1.2.3", "192.0.2.66, 198.51.100.9, 10.9.9.9", "198.51.100.0/24"),
        ("10.1.2.3", "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("10.1.2.3", "rubbish", "10.1.2.0/24"),
        ("::ffff:203.0.113.7", "", "203.0.113.0/24"),
    ],
)
async def test_the_network_is_kept_and_the_address_is_not(make: Make, peer: str, forwarded: str, prefix: str) -> None:
    """Only a trusted proxy's word counts, and only up to the first that is none."""
    collector = make(proxies="10.0.0.0/8")
    assert (await push(collector, address=peer, headers={"x-forwarded-for": forwarded})).status_code == 202
    (entry,) = await collector.published()
    assert entry.message.headers["prefix"] == prefix
    whole = json.dumps(entry.message.headers) + entry.message.value.decode()
    assert peer.removeprefix("::ffff:") not in whole


async def test_a_page_of_another_origin_may_push(collector: Collector) -> None:
    """A preflight is answered; the plain push of a browser needs none."""
    async with collector.client() as client:
        preflight = await client.options("/v1/batches", headers={"origin": "https://example.org"})
        assert preflight.status_code == 204
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        sdk = await client.get("/sdk/rtcpulse.js")
        again = await client.get("/sdk/rtcpulse.js", headers={"if-none-match": sdk.headers["etag"]})
        assert (sdk.status_code, again.status_code, again.content) == (200, 304, b"")
        assert sdk.headers["access-control-allow-origin"] == "*"
        assert (await client.get("/sdk/nothing.js")).status_code == 404
        assert (await client.get("/nowhere")).status_code == 404


async def test_own_metrics_count_by_reason(collector: Collector) -> None:
    """What was taken and what was not, for Prometheus."""
    await push(collector)
    await push(collector, b"{")
    async with collector.client() as client:
        page = (await client.get("/metrics")).text
    assert 'rtcpulse_collector_accepted_total{source="batches"} 1.0' in page
    assert 'rtcpulse_collector_refused_total{reason="not_json"} 1.0' in page


async def test_the_openapi_document_describes_the_push(collector: Collector) -> None:
    """With the batch's own types."""
    async with collector.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert "requestBody" in document["paths"]["/v1/batches"]["post"]
    assert {"Batch", "Series", "Session"} <= document["components"]["schemas"].keys()


async def test_ids_that_change_in_every_sample_are_no_way_around_the_limit(make: Make) -> None:
    """Verbatim objects count at every time of their connection, since each becomes a column of it."""
    collector = make(limits=Limits(rows_per_batch=1000))
    async with collector.client() as client:
        for fresh, status in ((False, 202), (True, 413)):
            samples = [
                {"t": T0 + n, "pc": "pc0", "stats": [{"type": "inbound-rtp", "id": f"I{n if fresh else 0}"}]}
                for n in range(40)
            ]
            answer = await client.post("/v1/batches", json=a_batch(seq=int(fresh), samples=samples))
            assert answer.status_code == status, answer.text
