"""Addresses, ufrags and certificates never reach the log; everything else does, to the byte."""

import gzip
import json
from typing import Any

import pytest

from collector.scrub import scrub
from collector.unpack import unpack
from schemas.stats import FORBIDDEN_MEMBERS
from tests.builders import T0, a_batch, packed
from tests.collector.conftest import Collector

SECRET = "198.51.100.44"
CANDIDATE = {"type": "local-candidate", "id": "L1", "candidateType": "host", "protocol": "udp"}


def verbatim(*stats: dict[str, Any], **more: Any) -> bytes:
    """Return a batch of the verbatim form."""
    return packed(a_batch(samples=[{"t": T0, "pc": "pc0", "stats": list(stats)}], **more))


@pytest.mark.parametrize("member", sorted(FORBIDDEN_MEMBERS))
@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
async def test_a_forbidden_member_does_not_reach_the_log(collector: Collector, member: str, wrap: Any) -> None:
    """Packed or plain; what stands beside it does."""
    async with collector.client() as client:
        answer = await client.post("/v1/batches", content=wrap(verbatim(CANDIDATE | {member: SECRET})))
    assert answer.status_code == 202
    (entry,) = await collector.published()
    kept = unpack(entry.message.value, 1 << 20)
    assert SECRET.encode() not in kept
    assert json.loads(kept)["samples"][0]["stats"] == [CANDIDATE]


@pytest.mark.parametrize("name", [r'"\u0061ddress"', r'"addr\u0065ss"', r'"\u0069p"'])
def test_an_escaped_name_is_the_same_name(name: str) -> None:
    """JSON can write a letter as an escape."""
    body = verbatim(CANDIDATE | {"@": SECRET}).replace(b'"@"', name.encode())
    cleaned = scrub(body)
    assert cleaned is not None
    assert SECRET.encode() not in cleaned


def test_certificates_go_whole() -> None:
    """The object, not only its members."""
    cleaned = scrub(verbatim(CANDIDATE, {"type": "certificate", "id": "C", "fingerprint": "AA"}))
    assert cleaned is not None
    assert json.loads(cleaned)["samples"][0]["stats"] == [CANDIDATE]


@pytest.mark.parametrize("address", [SECRET, "2001:db8::7", "[2001:db8::7]"])
def test_an_address_as_an_events_value_is_emptied(address: str) -> None:
    """Alone or in a flat object; other values stay."""
    events = [
        {"t": T0, "name": "custom_one", "value": {"from": address, "n": 1}},
        {"t": T0, "name": "x", "value": address},
    ]
    cleaned = scrub(packed(a_batch(events=events)))
    assert cleaned is not None
    assert [event["value"] for event in json.loads(cleaned)["events"]] == [{"from": "", "n": 1}, ""]


@pytest.mark.parametrize(
    "body",
    [
        verbatim(CANDIDATE),
        packed(a_batch(events=[{"t": T0, "name": "rating", "value": {"stars": 3.5, "text": "the port was closed"}}])),
        packed(a_batch(circumstances={"room": "sdp", "participant": "1.2.3"})),
    ],
)
def test_a_clean_body_keeps_its_bytes(body: bytes) -> None:
    """Nothing is rewritten that need not be."""
    assert scrub(body) is None
