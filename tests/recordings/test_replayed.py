"""What a client tells over a WebSocket is what an import of the same trace stores."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.importing import written
from tests.recordings.replayed import replayed_as_imported
from tests.running import Running

DUMPS = Path(__file__).parent.parent / "fixtures" / "dumps"


def _own(form: str) -> list[Any]:
    if form == "jitsi":
        return [json.loads(line) for line in written.jitsi(written.readings()).splitlines()]
    (path,) = DUMPS.glob("chromium-*-rtcstats.jsonl.gz")
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()[2:]]


@pytest.mark.parametrize("form", ["rtcstats", "jitsi"])
@pytest.mark.timeout(120)
async def test_a_trace_that_is_told_is_the_trace_that_is_imported(pipeline: Running, tmp_path: Path, form: str) -> None:
    """Row by row: of streams and of transports, with the differences from reading to reading."""
    assert await replayed_as_imported(pipeline, tmp_path, _own(form), form=form) > 50
