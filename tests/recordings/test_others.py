"""The recordings of others, pushed to the running collector and imported: `make recordings CASES=DIR`."""

import asyncio
import gzip
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.recordings import raw, rawinternals
from tests.recordings.batches import batches
from tests.recordings.check import check
from tests.recordings.imported import imported_as_summarised
from tests.recordings.readers import Reader, recordings
from tests.recordings.replayed import replayed_as_imported
from tests.rtcpulse.test_commands import typed
from tests.running import Running

SUMMARISED: Final[dict[str, Callable[[Path], list[raw.Call]]]] = {
    "webrtc-internals/*.json": rawinternals.internals,
    "rtcstats/*.jsonl": raw.rtcstats,
    "rtcstats-jitsi/*-*-*.jsonl": raw.jitsi,
    "janus-*/*.getstats.jsonl": raw.getstats,
    "livekit-*/getstats-*dualpc.jsonl": raw.getstats,
}
REPLAYED: Final = {"rtcstats/*.jsonl": "rtcstats", "rtcstats-jitsi/*-*-*.jsonl": "jitsi"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each recording; a folder without any is a mistake of who named it."""
    if "recorded" in metafunc.fixturenames:
        folder: Path = metafunc.config.getoption("--cases")
        found = recordings(folder)
        if not found:
            raise pytest.UsageError(f"no recording that a reader knows in {folder.resolve()}")
        metafunc.parametrize("recorded", found, ids=[path.name for path, _ in found])
    if "replayed" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--cases")
        told = [(path, form) for pattern, form in REPLAYED.items() for path in sorted(folder.glob(pattern))]
        metafunc.parametrize("replayed", told, ids=[path.name for path, _ in told])
    if "summarised" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--cases")
        pairs = [(path, read) for pattern, read in SUMMARISED.items() for path in sorted(folder.glob(pattern))]
        metafunc.parametrize("summarised", pairs, ids=[path.name for path, _ in pairs])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("verbatim", [True, False])
async def test_a_recording_is_accepted_and_adds_up(
    pipeline: Running, recorded: tuple[Path, Reader], *, verbatim: bool
) -> None:
    """At its own times; nothing is refused, nothing dead, every sum is last minus first."""
    path, reader = recorded
    recording = reader(path)
    session = secrets.token_hex(8)
    bodies = batches(recording, session, verbatim=verbatim)
    async with httpx.AsyncClient(base_url=pipeline.collector, trust_env=False) as client:
        for batch in bodies:
            body = gzip.compress(json.dumps(batch).encode())
            answer = await client.post("/v1/imports", content=body)
            assert answer.status_code == 202, answer.text
    done = f"SELECT count() = {len(bodies)} FROM batches WHERE session = '{session}' AND outcome = 'stored'"
    await pipeline.until(done)
    compared = await asyncio.to_thread(check, recording, session, pipeline.query)
    print(f"{path.name}: {len(bodies)} batches, {compared} sums")
    assert compared > 0


@pytest.mark.timeout(120)
async def test_rows_are_as_summarised(
    archive: Running, tmp_path: Path, summarised: tuple[Path, Callable[[Path], list[raw.Call]]]
) -> None:
    """Of what the command imports as it is, of the others as batches."""
    path, read = summarised
    file = path
    if read is raw.getstats:
        file = tmp_path / "batches.jsonl"
        own = next(reader for known, reader in recordings(path.parent.parent) if known == path)
        made = batches(own(path), secrets.token_hex(8), verbatim=True)
        file.write_text("".join(json.dumps(one) + "\n" for one in made))
    compared = await imported_as_summarised(archive, file, read(path))
    print(f"{path.name}: {compared} numbers of the rows are those of the summary")
    assert compared >= 7


@pytest.mark.timeout(120)
async def test_a_dump_that_is_told_is_the_dump_that_is_imported(
    pipeline: Running, tmp_path: Path, replayed: tuple[Path, str]
) -> None:
    """Over a WebSocket as its client would have told it, moved to today."""
    path, form = replayed
    lines = [json.loads(line) for line in path.read_text().splitlines()[2 if form == "rtcstats" else 0 :] if line]
    compared = await replayed_as_imported(pipeline, tmp_path, lines, form=form)
    print(f"{path.name}: {compared} rows")
    assert compared > 0


@pytest.mark.timeout(60)
async def test_a_videobridges_own_statistics_are_refused(archive: Running, pytestconfig: pytest.Config) -> None:
    """They are no getStats; the command says so and stores nothing."""
    for path in pytestconfig.getoption("--cases").glob("rtcstats-jitsi/jvb-*.jsonl"):
        told = await asyncio.to_thread(typed, archive.data, "import", str(path), "--collector", archive.collector)
        assert told.returncode == 1
        assert "a media server's own statistics are no getStats" in " ".join(told.stderr.split())
