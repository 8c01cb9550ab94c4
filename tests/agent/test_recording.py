"""What aiortc itself says in a recorded call: the traps that the agent is there for."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

RECORDING = Path(__file__).parent.parent / "fixtures" / "getstats" / "aiortc-1.16-call.jsonl"


@pytest.fixture(scope="module")
def stats() -> list[dict[str, Any]]:
    """Return every recorded stats object."""
    lines = [json.loads(line) for line in RECORDING.read_text().splitlines()[1:]]
    return [one | {"peer": line["peer"]} for line in lines for one in line["stats"].values()]


def test_aiortc_hides_a_second_ssrc_under_one_inbound_id(stats: list[dict[str, Any]]) -> None:
    """Retransmissions overwrite the video under the same id: ids of aiortc do not name a stream."""
    ssrcs: dict[str, set[int]] = defaultdict(set)
    for one in stats:
        if one["type"] == "inbound-rtp":
            ssrcs[one["id"]].add(one["ssrc"])
    assert max(len(found) for found in ssrcs.values()) == 2


def test_aiortcs_units_are_not_w3cs(stats: list[dict[str, Any]]) -> None:
    """Jitter is whole ticks and the lost fraction a byte; there are no inbound bytes."""
    reports = [one for one in stats if one["type"] == "remote-inbound-rtp"]
    assert max(one["jitter"] for one in reports) > 100
    assert max(one["fractionLost"] for one in reports) > 1
    assert not any("bytesReceived" in one for one in stats if one["type"] == "inbound-rtp")


def test_a_remote_report_carries_the_reporters_ssrc(stats: list[dict[str, Any]]) -> None:
    """Aiortc's remote-inbound SSRC is not that of the stream it is about: it must be replaced."""
    sent = {one["ssrc"] for one in stats if one["type"] == "outbound-rtp" and one["peer"] == "a"}
    reported = {one["ssrc"] for one in stats if one["type"] == "remote-inbound-rtp" and one["peer"] == "a"}
    assert reported
    assert not sent & reported
