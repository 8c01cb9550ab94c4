"""The recordings of others, pushed to the running collector: `make recordings CASES=DIR`."""

import asyncio
import gzip
import json
import secrets
from pathlib import Path

import httpx
import pytest

from tests.recordings.batches import batches
from tests.recordings.check import check
from tests.recordings.readers import Reader, recordings
from tests.running import Running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each recording; a folder without any is a mistake of who named it."""
    if "recorded" in metafunc.fixturenames:
        folder: Path = metafunc.config.getoption("--cases")
        found = recordings(folder)
        if not found:
            raise pytest.UsageError(f"no recording that a reader knows in {folder.resolve()}")
        metafunc.parametrize("recorded", found, ids=[path.name for path, _ in found])


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
