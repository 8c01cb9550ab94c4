"""`rtcpulse import` as people type it, against a running service: what it prints, stores, and refuses."""

import asyncio
import json
import re
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from collector.sources.traces.recorded import Skips
from rtcpulse.importing.formats import batches_of
from rtcpulse.importing.recording import Recording
from tests.importing import written
from tests.importing.written import Calls
from tests.recordings.check import check
from tests.recordings.readers import read_own
from tests.rtcpulse.test_commands import typed
from tests.running import Running, free_port, running

DUMPS = Path(__file__).parent.parent / "fixtures" / "dumps"
ENDED = "SELECT count() >= {n:UInt32} FROM batches WHERE session = {s:String} AND outcome = {o:String}"


async def imported(service: Running, *arguments: str) -> tuple[int, list[Any], str]:
    """Import; return the exit code, the objects that were printed, and what was said beside them."""
    told = await asyncio.to_thread(
        typed, service.data, "import", *arguments, "--collector", service.collector, "--json"
    )
    return told.returncode, [json.loads(line) for line in told.stdout.splitlines()], " ".join(told.stderr.split())


@pytest.fixture
def old_call(tmp_path: Path) -> Path:
    """Return a Jitsi dump of our call that says it was in 2020, and is this test's own."""
    shift = time.time() * 1000 - 1_604_610_000_000
    own: Calls = {
        peer: [
            (t - shift, {key: one | {"timestamp": one["timestamp"] - shift} for key, one in report.items()})
            for t, report in reports
        ]
        for peer, reports in written.readings().items()
    }
    path = tmp_path / "call.jsonl"
    path.write_bytes(written.jitsi(own))
    return path


async def test_a_recording_of_years_ago_is_stored_at_its_own_times_and_once(pipeline: Running, old_call: Path) -> None:
    """Rows add up to what getStats said; imported again, every batch is a duplicate."""
    code, (first,), _ = await imported(pipeline, str(old_call), "--app", "acme/1.0")
    (session,) = first["sessions"]
    assert (code, first["format"], first["refused"]) == (0, "jitsi", 0)
    await pipeline.until(ENDED, {"n": first["batches"], "s": session, "o": "stored"})
    code, (second,), _ = await imported(pipeline, str(old_call), "--app", "acme/1.0")
    assert (code, second) == (0, first)
    await pipeline.until(ENDED, {"n": first["batches"], "s": session, "o": "duplicate"})
    truth = read_own(written.CALL)
    for pc, peer in (("PC_0", "a"), ("PC_1", "b")):
        truth.pcs[pc] = truth.pcs.pop(peer)
    assert await asyncio.to_thread(check, truth, session, pipeline.query) >= 30
    (row,) = await asyncio.to_thread(
        pipeline.query,
        "SELECT toYear(min(t)) AS began, toYear(max(t)) AS ended, max(clock_shift_ms) AS shift, any(room) AS room "
        f"FROM stream_samples WHERE session = '{session}'",
    )
    assert row == {"began": 2020, "ended": 2020, "shift": 0, "room": "standup"}
    events = await asyncio.to_thread(
        pipeline.query, f"SELECT countIf(name = 'ice_connected') AS n FROM events WHERE session = '{session}'"
    )
    assert events == [{"n": 2}]


async def test_several_files_and_what_was_left_out(pipeline: Running, tmp_path: Path) -> None:
    """One that cannot be read costs only itself, and the exit code says that there was one."""
    (dump,) = DUMPS.glob("*internals*")
    (tmp_path / "rubbish").write_text("hello")
    (tmp_path / "bridge").write_text('{"statsSessionId": "x", "type": "stats-entry", "data": "{}"}')
    code, (told,), said = await imported(pipeline, str(tmp_path / "rubbish"), str(dump), str(tmp_path / "bridge"))
    assert (code, told["format"], told["file"]) == (1, "webrtc-internals", str(dump))
    assert "rubbish, line 1: of no format that is imported" in said
    assert "nothing in this jitsi file can be imported: a media server's own statistics are no getStats" in said
    assert "Traceback" not in said
    reasons = {(one["reason"], one["what"]): one for one in told["skipped"]}
    assert reasons["the stats type is not kept", "peer-connection"]["count"] > 10
    assert reasons["the stats type is not kept", "peer-connection"]["first"].startswith("PeerConnections.")
    for_people = await asyncio.to_thread(typed, pipeline.data, "import", str(dump), "--collector", pipeline.collector)
    assert for_people.returncode == 0
    assert "left out, because" in for_people.stdout
    assert re.search(r"the stats type is not kept .* peer-connection", for_people.stdout), for_people.stdout


async def test_batches_of_our_own_and_what_the_collector_refuses(pipeline: Running, tmp_path: Path) -> None:
    """Line by line, each with the collector's own sentence."""
    (dump,) = DUMPS.glob("*rtcstats*")
    good, other, *_ = (one.body for one in batches_of(Recording(dump), "rtcstats", Skips(), {}))
    late = json.loads(other) | {"seq": 99, "events": [], "series": [{"pc": "p", "t": [9e13], "objects": []}]}
    path = tmp_path / "batches.jsonl"
    path.write_bytes(good + b"\n" + json.dumps(late).encode() + b"\n")
    code, (told,), _ = await imported(pipeline, str(path))
    assert (code, told["format"], told["batches"], told["refused"]) == (1, "batches", 1, 1)
    (refusal,) = [one for one in told["skipped"] if one["reason"] == "the collector refused the batch"]
    assert refusal["first"] == "line 2"
    assert "in the future" in refusal["what"]


async def test_beside_the_collector_its_own_settings_say_where_and_with_which_key(tmp_path: Path) -> None:
    """A key that may not import ends with 2 and the collector's sentence."""
    (dump,) = DUMPS.glob("*rtcstats*")
    keys = "page:one,history:one:import"
    async with running(tmp_path, keys=keys) as service:
        settings = {"RTCPULSE_KEYS": keys, "RTCPULSE_COLLECTOR_LISTEN": service.collector.removeprefix("http://")}
        code, _, said = await imported(service, str(dump), "--key", "page")
        assert code == 2
        assert "this key may not import" in said
        told = await asyncio.to_thread(partial(typed, service.data, "import", str(dump), "--json", **settings))
        assert told.returncode == 0, told.stderr
        first = json.loads(told.stdout)
        session = first["sessions"][0]
        found = {"n": first["batches"], "s": session, "o": "stored"}
        await service.until(f"{ENDED} AND project = 'one' AND source = 'import'", found)


def test_a_wrong_address_ends_with_2_and_a_sentence(tmp_path: Path) -> None:
    """Nothing is pushed."""
    (dump,) = DUMPS.glob("*internals*")
    ended = typed(tmp_path, "import", str(dump), "--collector", "ftp://nowhere")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "must be http://host:port" in " ".join(ended.stderr.split())


def test_a_collector_that_is_not_there_ends_with_1_and_its_address(tmp_path: Path) -> None:
    """After some patience."""
    nobody = f"http://127.0.0.1:{free_port()}"
    (dump,) = DUMPS.glob("*internals*")
    ended = typed(tmp_path, "import", str(dump), "--collector", nobody)
    assert ended.returncode == 1
    assert f"no collector answers at {nobody}" in " ".join(ended.stderr.split())
