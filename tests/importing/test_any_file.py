"""Dumps in which something is anything: each is read as far as it goes, and every batch of it is one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.sources.traces.recorded import Skips
from rtcpulse.importing.formats import batches_of, format_of
from rtcpulse.importing.recording import Recording
from schemas.batch import decode
from schemas.errors import UnreadableRecording
from tests.importing import written

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=300)
    | st.sampled_from(["\ud800", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
CALLS = {peer: reports[:4] for peer, reports in written.readings().items()}


def replaced(value: Any, path: list[int], by: Any) -> Any:
    """Return a JSON value in which what a path of places leads to is something else."""
    if not path or not isinstance(value, dict | list) or not value:
        return by
    if isinstance(value, list):
        place = path[0] % len(value)
        return [*value[:place], replaced(value[place], path[1:], by), *value[place + 1 :]]
    key = list(value)[path[0] % len(value)]
    inner = value[key]
    if key == "values" and isinstance(inner, str) and len(path) > 1:
        return value | {key: json.dumps(replaced(json.loads(inner), path[1:], by))}
    return value | {key: replaced(inner, path[1:], by)}


@pytest.mark.parametrize("write", [written.internals_86, written.jitsi, written.rtcstats_4])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(st.integers(0, 999), max_size=5), by=ANYTHING, line=st.integers(0, 99))
def test_a_file_with_anything_in_it(tmp_path: Path, write: Any, path: list[int], by: Any, line: int) -> None:
    """Nothing is raised but a sentence, and what is made of it is what the collector takes."""
    lines = write(CALLS).splitlines()
    place = line % len(lines)
    if lines[place][:1] in (b"{", b"["):
        lines[place] = json.dumps(replaced(json.loads(lines[place]), path, by)).encode()
    file = tmp_path / "dump"
    file.write_bytes(b"\n".join(lines) + b"\n")
    try:
        recording = Recording(file)
        made = list(batches_of(recording, format_of(recording), Skips(), {}))
    except UnreadableRecording:
        return  # a sentence; `test_oddities` reads them
    for one in made:
        decode(one.body)
