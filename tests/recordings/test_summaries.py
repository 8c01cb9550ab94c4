"""Every format that is imported, from recordings of this project's own: rows are what a summary beside them says."""

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.importing import written
from tests.recordings import raw, rawinternals, reports, summary
from tests.recordings.batches import batches
from tests.recordings.imported import imported_as_summarised
from tests.recordings.raw import Call
from tests.recordings.readers import read_own
from tests.running import Running

FIXTURES: Final = Path(__file__).parent.parent / "fixtures"
FOLDER: Final = "tests.recordings."
FILES: Final[dict[str, tuple[Callable[[Path], list[Call]], Callable[[], bytes]]]] = {
    "internals-156": (rawinternals.internals, lambda: _dump("internals")),
    "internals-86": (rawinternals.internals, lambda: written.internals_86(written.readings())),
    "rtcstats-3": (raw.rtcstats, lambda: _dump("rtcstats")),
    "rtcstats-4": (raw.rtcstats, lambda: written.rtcstats_4(written.readings())),
    "jitsi": (raw.jitsi, lambda: written.jitsi(written.readings())),
}


def _dump(kind: str) -> bytes:
    (path,) = (FIXTURES / "dumps").glob(f"chromium-*-{kind}*")
    return path.read_bytes()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.timeout(120)
async def test_rows_of_an_import_are_as_summarised(archive: Running, tmp_path: Path, name: str) -> None:
    """Streams, minutes, session; the file that is imported is the file that is summarised."""
    read, make = FILES[name]
    path = tmp_path / name
    path.write_bytes(make())
    assert await imported_as_summarised(archive, path, read(path)) > 50


@pytest.mark.parametrize("verbatim", [True, False])
@pytest.mark.parametrize("path", sorted((FIXTURES / "getstats").glob("*.jsonl")), ids=lambda path: path.stem)
@pytest.mark.timeout(120)
async def test_rows_of_batches_are_as_summarised(
    archive: Running, tmp_path: Path, path: Path, *, verbatim: bool
) -> None:
    """Summarised is what getStats said, not the batches that were made of it."""
    file = tmp_path / "batches.jsonl"
    session = f"{path.stem}-{verbatim}"
    file.write_text("".join(json.dumps(one) + "\n" for one in batches(read_own(path), session, verbatim=verbatim)))
    assert await imported_as_summarised(archive, file, raw.getstats(path)) > 50


@pytest.mark.parametrize("module", [raw, rawinternals, reports, summary], ids=lambda module: module.__name__)
def test_the_summary_knows_nothing_of_the_code_under_test(module: object) -> None:
    """It and what it is made of import the standard library and each other."""
    own = {name.__name__ for name in (raw, rawinternals, reports, summary)}
    file = Path(str(sys.modules[str(getattr(module, "__name__", ""))].__file__))
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names} <= own, file
