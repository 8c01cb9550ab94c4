"""This project's own capture of a real call, with its keys and what aiortc said of it, imported as people type it."""

import asyncio
import json
from pathlib import Path

import pytest

from collector.sources.traces.recorded import Skips
from rtcpulse.importing.formats import format_of, sessions
from rtcpulse.importing.hints import hints
from rtcpulse.importing.recording import Recording
from tests.rtcpulse.test_import import imported
from tests.running import Running

FOLDER = Path(__file__).parent.parent / "fixtures" / "captures"
CALL, KEYS = FOLDER / "aiortc-call.pcap.gz", FOLDER / "aiortc-call.keys"
TRUTH = json.loads((FOLDER / "aiortc-call.json").read_text())
STORED = "SELECT count() >= {n:UInt32} FROM batches WHERE session = {s:String} AND outcome = 'stored'"


def test_it_says_what_aiortc_said() -> None:
    """Packets to the packet, jitter and round trips to some ms."""
    recording, skips = Recording(CALL, hints("192.0.2.1:5004", TRUTH["codecs"], KEYS, None)), Skips()
    (session,) = sessions(recording, format_of(recording), skips)
    objects = {(one["type"], one.get("ssrc")): one for one in session.pcs["pc0"][-1].objects}
    for ssrc, said in TRUTH["received"].items():
        own = objects["inbound-rtp", int(ssrc)]
        assert (own["packetsReceived"], own["packetsLost"]) == (said["packets"], said["lost"])
        assert own["jitter"] == pytest.approx(said["jitter_s"], abs=0.002)
    for ssrc, said in TRUTH["sent"].items():
        own, remote = (objects[kind, int(ssrc)] for kind in ("outbound-rtp", "remote-inbound-rtp"))
        assert (own["packetsSent"], remote["packetsLost"]) == (said["packets"], said["lost"])
        assert remote["jitter"] == pytest.approx(said["jitter_s"], abs=1e-6)
        assert remote["totalRoundTripTime"] >= sum(said["trips_s"]) - 0.05
        assert remote["roundTripTimeMeasurements"] >= len(said["trips_s"])
    assert [(one.reason, one.what) for one in skips.all()] == [("RTCP that is not read", "SDES")]


async def test_the_command(pipeline: Running) -> None:
    """Imported with keys, codecs and near end: loss and jitter stand in the rows, and only who spoke was left out."""
    codecs = [word for codec in TRUTH["codecs"] for word in ("--codec", codec)]
    code, (told,), said = await imported(
        pipeline, str(CALL), "--local", "192.0.2.1", "--srtp-keys", str(KEYS), "--room", "own-capture", *codecs
    )
    assert (code, told["format"], told["refused"]) == (0, "pcap", 0), said
    assert [one["what"] for one in told["skipped"]] == ["SDES"]
    (session,) = told["sessions"]
    await pipeline.until(STORED, {"n": told["batches"], "s": session})
    rows = await asyncio.to_thread(
        pipeline.query,
        "SELECT ssrc, sum(d_packets) AS packets, sum(d_packets_lost) AS lost, max(jitter_ms) > 0 AS has_jitter, "
        f"any(codec) AS codec FROM stream_samples WHERE session = '{session}' GROUP BY ssrc ORDER BY ssrc",
    )
    expected = {**TRUTH["sent"], **TRUTH["received"]}
    assert rows == [
        {"ssrc": ssrc, "packets": one["packets"], "lost": one["lost"], "has_jitter": 1, "codec": "opus"}
        for ssrc, one in sorted((int(ssrc), one) for ssrc, one in expected.items())
    ]


async def test_what_is_wrong_on_the_command_line_is_said(pipeline: Running) -> None:
    """Before anything is read; a key is never printed."""
    code, _, said = await imported(pipeline, str(CALL), "--srtp-keys", str(KEYS), "--codec", "96=opus")
    assert code != 0
    assert "'opus' is no format such as audio/opus/48000/2" in said
    assert "Traceback" not in said
    assert KEYS.read_text().split()[1] not in said
