"""Addresses, ufrags and certificates never reach the log; everything else does, to the byte."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from collector.scrub import scrub
from collector.unpack import unpack
from ingest.decode import decode
from schemas.stats import FORBIDDEN_MEMBERS
from tests.builders import T0, a_batch, a_series, an_object, packed
from tests.collector.conftest import Collector

CHROMIUM = Path(__file__).parent.parent / "fixtures" / "getstats" / "chromium-156-call.jsonl"
FINGERPRINT = re.compile(rb"CF[0-9A-F]{2}:|(?:[0-9A-F]{2}:){3}")
SECRET = "198.51.100.44"
SECRETS = (SECRET, f"{SECRET}:5000", "2001:db8::18", "[2001:db8::18]:443", f"connect to {SECRET} failed")
PARTS = re.compile(rb"198\.51|2001:db8|db8::|ufrag|candidate:|[: ]5000|:443")
CANDIDATE_LINE = f"candidate:1 1 udp 2122260223 {SECRET} 5000 typ host ufrag Abcd"
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


async def published(collector: Collector, body: bytes) -> bytes:
    """Push a body; return the plain bytes that are in the log."""
    async with collector.client() as client:
        answer = await client.post("/v1/batches", content=body)
    assert answer.status_code == 202
    (entry,) = await collector.published()
    kept = unpack(entry.message.value, 1 << 20)
    decode(kept)
    return kept


async def test_what_chromium_says_verbatim_has_no_fingerprint(collector: Collector) -> None:
    """A transport's certificate ids are made of it."""
    lines = [json.loads(line) for line in CHROMIUM.read_text().splitlines()[1:4]]
    samples = [{"t": T0 + n, "pc": "pc0", "stats": list(line["stats"].values())} for n, line in enumerate(lines)]
    body = packed(a_batch(samples=samples))
    assert FINGERPRINT.search(body)
    assert not FINGERPRINT.search(await published(collector, body))


@pytest.mark.parametrize("secret", [*SECRETS, CANDIDATE_LINE])
@pytest.mark.parametrize("place", ["event", "flat event", "tags", "tag name", "refs", "top", "session", "stats"])
async def test_no_place_that_anything_may_be_written_to_keeps_an_address(
    collector: Collector, place: str, secret: str
) -> None:
    """With a port, in brackets, within a sentence, or as a candidate."""
    batch = {
        "event": a_batch(events=[{"t": T0, "name": "x", "value": secret}]),
        "flat event": a_batch(events=[{"t": T0, "name": "x", "value": {"hostCandidate": secret, "to": secret}}]),
        "tags": a_batch(circumstances={"tags": {"host": secret}}),
        "tag name": a_batch(circumstances={"tags": {secret: "x"}}),
        "refs": a_batch(circumstances={"refs": {"livekit": {"host": secret}}}),
        "top": a_batch(Address=secret),
        "session": a_batch(circumstances={"host": {"deep": [secret]}}),
        "stats": a_batch(samples=[{"t": T0, "pc": "pc0", "stats": [CANDIDATE | {"sdpCandidate": secret}]}]),
    }[place]
    assert not PARTS.search(await published(collector, packed(batch)))


@pytest.mark.parametrize(
    "member", ["remoteAddress", "localIp", "local_address", "googLocalAddress", "Address", "localUfrag"]
)
async def test_a_member_that_no_contract_names_keeps_its_name_only(collector: Collector, member: str) -> None:
    """Ingest counts it as before; an array is as long as it was."""
    item = an_object("transport", "T1", {member: SECRET}, **{f"{member}es": [SECRET, None]})
    kept = json.loads(await published(collector, packed(a_batch(series=[a_series([T0, T0 + 1000], item)]))))
    (found,) = kept["series"][0]["objects"]
    assert (found["s"], found["f"]) == ({member: None}, {f"{member}es": [None, None]})


async def test_an_object_id_that_is_a_candidate_is_hashed_wherever_it_stands(collector: Collector) -> None:
    """References go on pointing at it, in both forms; other ids stay."""
    pair = {"type": "candidate-pair", "id": "P1", "localCandidateId": CANDIDATE_LINE, "remoteCandidateId": "R1"}
    samples = [{"t": T0, "pc": "pc0", "stats": [CANDIDATE | {"id": CANDIDATE_LINE}, pair]}]
    series = [a_series([T0], an_object("transport", "T1", {}, selectedCandidatePairId=[CANDIDATE_LINE]), pc="pc1")]
    plain = await published(collector, packed(a_batch(samples=samples, series=series)))
    assert not PARTS.search(plain)
    kept = json.loads(plain)
    local, paired = kept["samples"][0]["stats"]
    selected = kept["series"][0]["objects"][0]["f"]["selectedCandidatePairId"]
    assert local["id"] == paired["localCandidateId"] == selected[0]
    assert (paired["id"], paired["remoteCandidateId"]) == ("P1", "R1")


@pytest.mark.parametrize("text", ["198.51.100.4\\u0034", "2001\\u003adb8::18", "198\\u002e51.100.44"])
def test_an_escaped_address_is_the_same_address(text: str) -> None:
    """JSON can write any of it as an escape."""
    cleaned = scrub(packed(a_batch(circumstances={"tags": {"a": "@"}})).replace(b"@", text.encode()))
    assert cleaned is not None
    assert json.loads(cleaned)["session"]["tags"] == {"a": ""}


async def test_versions_and_times_of_day_stay_byte_for_byte(collector: Collector) -> None:
    """They have the shape of addresses, and what nobody knows beside them is no address either."""
    client = {"browserVersion": "146.0.7680.31"}
    said = {"app": "1.2.3.4", "sdk": "1.2.3.4", "client": client, "tags": {"at": "12:30:45", "v": "146.0.7680.31"}}
    events = [{"t": T0, "name": "x", "value": {"at": "12:30:45", "café": "a\nb"}}]
    body = packed(a_batch(circumstances=said, events=events))
    assert await published(collector, body) == body


async def test_what_nobody_knows_stays_in_a_clean_batch(collector: Collector) -> None:
    """A newer writer's members come through, whatever the escapes of its text."""
    body = packed(a_batch(tomorrow={"a": [1, "é"]}, circumstances={"room": "café"}))
    assert await published(collector, body) == body
