"""A real Janus that pushes its events: an impaired call is as its peer says, and a client that is killed is dropped."""

import asyncio
import json
import statistics
import sys
from pathlib import Path
from typing import Final

import pytest

from rtcpulse.demo.impairment import Impairment
from tests.e2e.janus import SESSION_TIMEOUT_S, janus
from tests.e2e.januspeer import Json, Peer, echo
from tests.running import Running

CALL_S: Final = 20
KILLED_AFTER_S: Final = 5
BESIDE_MS: Final = 2500
"""Janus tells every second, reports come about as often each way, and a reading of the peer's is half a second old."""
AFTER_MS: Final = 1000
"""After a reading of Janus's the peer must have been asked for so long: its reports come with the reading."""
AUDIO_CLOCK: Final = 48
SAMPLES: Final = """
SELECT toUnixTimestamp64Milli(t) AS at, direction, kind, packets, packets_lost, jitter_ms, rtt_ms FROM stream_samples
WHERE session = {s:String} ORDER BY t
"""
ENDED: Final = "SELECT any(ending IN ('left', 'dropped')) AS n FROM sessions FINAL WHERE session = {s:String}"
SESSION: Final = """
SELECT *, toUnixTimestamp64Milli(left) AS left_ms FROM sessions FINAL WHERE session = {s:String}
"""
MINUTES: Final = """
SELECT toUnixTimestamp(minute) * 1000 AS at, known FROM session_minutes FINAL WHERE session = {s:String} ORDER BY at
"""


@pytest.mark.timeout(150)
async def test_a_call_is_as_its_peer_says_and_a_killed_client_is_dropped(pipeline: Running, tmp_path: Path) -> None:
    """With a tenth of the packets lost each way; counters of who was killed stand still, which is no good minute."""
    async with janus(tmp_path, pipeline.collector, emitter="sfu1", key="any") as url:
        call = echo(url, "call-42/alice", CALL_S, Impairment(loss=0.1, delay_ms=20, jitter_ms=20))
        (session, peer), (other, killed_ms) = await asyncio.gather(call, killed(url))
        name, other_name = f"janus:sfu1/{session}", f"janus:sfu1/{other}"
        await pipeline.until(ENDED, {"s": name}, within_s=30)
        await pipeline.until(ENDED, {"s": other_name}, within_s=SESSION_TIMEOUT_S + 30)
    check_as_the_peer_says(await asyncio.to_thread(pipeline.query, SAMPLES, {"s": name}), peer)
    (left,) = await asyncio.to_thread(pipeline.query, SESSION, {"s": name})
    assert (left["ending"], left["left_reason"], left["relayed"]) == ("left", "destroyed", 0)
    (dropped,) = await asyncio.to_thread(pipeline.query, SESSION, {"s": other_name})
    expected = {"ending": "dropped", "left_reason": "timeout", "room": "4711", "participant": "bob", "node": "sfu1"}
    assert expected.items() <= dropped.items()
    assert abs(dropped["left_ms"] - killed_ms) < 3000
    minutes = await asyncio.to_thread(pipeline.query, MINUTES, {"s": other_name})
    assert [one["known"] for one in minutes if one["at"] > killed_ms] in ([], [0])
    assert any(one["known"] for one in minutes)


async def killed(url: str) -> tuple[int, float]:
    """Publish from a process of its own and kill it after a while; return its session and when that was (epoch ms)."""
    module = ("-m", "tests.e2e.januspeer", url, "call-42/bob", "4711", "bob")
    process = await asyncio.create_subprocess_exec(sys.executable, *module, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        async with asyncio.timeout(40):
            said: Json = json.loads(await process.stdout.readline())
        await asyncio.sleep(KILLED_AFTER_S)
    finally:
        process.kill()
        await process.wait()
    return said["session"], said["connected"] + KILLED_AFTER_S * 1000


def check_as_the_peer_says(rows: list[Json], peer: Peer) -> None:
    """Hold each reading of Janus's to those of the peer around it; what is lost must have been lost."""
    audio = [row for row in rows if row["kind"] == "audio"]
    up = [row for row in audio if row["direction"] == "inbound"]
    down = [row for row in audio if row["direction"] == "outbound" and row["packets_lost"] is not None]
    assert len(up) >= CALL_S - 5
    assert len(down) >= CALL_S - 8
    assert up[-1]["packets_lost"] > 20
    assert down[-1]["packets_lost"] > 20
    told = [
        (up, "packets_lost", "remote-inbound-rtp", "packetsLost", 1.0),
        (up, "jitter_ms", "remote-inbound-rtp", "jitter", 1 / AUDIO_CLOCK),
        (down, "packets_lost", "inbound-rtp", "packetsLost", 1.0),
        (down, "jitter_ms", "inbound-rtp", "jitter", 1 / AUDIO_CLOCK),
    ]
    for ours, column, kind, member, factor in told:
        apart = beyond(ours, column, of_peer(peer, kind, member, factor))
        print(f"{column} beside {kind} {member}: at most {apart:.1f} beyond what the peer says")
        assert apart <= 2
    both = [{**row, "sent": row["packets"] + row["packets_lost"]} for row in up]
    assert beyond(both, "sent", of_peer(peer, "outbound-rtp", "packetsSent")) <= 2
    trips = statistics.median(row["rtt_ms"] for row in down if row["rtt_ms"] is not None)
    theirs = statistics.median(value for _, value in of_peer(peer, "remote-inbound-rtp", "roundTripTime", 1000))
    print(f"round trip {trips:.0f} ms, by the peer {theirs:.0f} ms")
    assert trips == pytest.approx(theirs, rel=0.35, abs=15)  # Janus's is the last, aiortc's is smoothed


def beyond(rows: list[Json], column: str, told: list[tuple[float, float]]) -> float:
    """Return by how much a column lies outside of what the peer said around that time, at most.

    Of what changes from packet to packet (jitter) the readings have not all: a quarter more or less is within them.
    """
    slack = 0.25 if column == "jitter_ms" else 0.0
    apart: list[float] = []
    for row in rows[2:]:
        around = [value for at, value in told if abs(at - row["at"]) <= BESIDE_MS]
        if around and row["at"] + AFTER_MS <= told[-1][0]:
            low, high = min(around) * (1 - slack), max(around) * (1 + slack)
            apart.append(max(low - row[column], row[column] - high, 0.0))
    assert len(apart) > len(rows) / 2
    return max(apart)


def of_peer(peer: Peer, kind: str, member: str, factor: float = 1) -> list[tuple[float, float]]:
    """Return (epoch ms, value) of a member of the peer's audio along time."""
    return [
        (at, one[member] * factor)
        for at, stats in peer.stats
        for one in stats
        if (one["type"], one.get("kind")) == (kind, "audio") and one[member] is not None
    ]
