"""The bench runs, at a size of seconds: every ratio of both forms comes out, and the document is written."""

import math
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from analytics.queries import Queries
from dashboard.app import PAGES
from tests.bench.pages import UNASKED
from tests.bench.ratio import Ratio
from tests.bench.report import Run, verdict, write
from tests.bench.sizes import TINY

ROOT = Path(__file__).parent.parent.parent
_TINY = """
import asyncio, sys
from pathlib import Path
import msgspec
from runtime import migrate
from runtime.chdbstore import ChdbStore
from tests.bench.run import run
from tests.bench.sizes import TINY

folder = Path(sys.argv[1])
store = ChdbStore(folder / "store")
migrate.apply(store, {"raw_days": 10_000, "rollup_days": 10_000})
ratios = asyncio.run(run(store, folder, TINY, lambda what: print(what, flush=True)))
store.close()
(folder / "ratios").write_bytes(msgspec.json.encode(ratios))
"""


@pytest.fixture(scope="module")
def ratios(tmp_path_factory: pytest.TempPathFactory) -> list[Ratio]:
    """The ratios of a tiny run, in a process of its own: it stops merges and needs a store without others' rows."""
    folder = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-c", _TINY, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return msgspec.json.decode((folder / "ratios").read_bytes(), type=list[Ratio])


@pytest.mark.timeout(300)
def test_every_ratio_of_both_forms_is_a_positive_number(ratios: list[Ratio]) -> None:
    """No goal is asserted: that is for people to read."""
    assert all(math.isfinite(ratio.value) and ratio.value > 0 for ratio in ratios)
    of_form = {(ratio.key, ratio.form) for ratio in ratios}
    assert {(key, form) for key in ("R1", "R2", "R4", "R9") for form in ("series", "samples")} <= of_form
    assert {("R8", "both"), ("cycle", "both")} <= of_form
    assert {ratio.state for ratio in ratios if ratio.key == "R8"} == {"merged", "2 fresh parts"}


@pytest.mark.timeout(300)
def test_every_query_of_the_dashboard_is_timed(ratios: list[Ratio]) -> None:
    """Merged and with fresh parts; a query that is added to the dashboard is missed here."""
    asked = {name for name in dir(Queries) if not name.startswith("_")}
    for state in ("merged", "2 fresh parts"):
        said = {ratio.what.removesuffix(": p95").split()[-1] for ratio in ratios if ratio.state == state}
        assert asked <= said


@pytest.mark.timeout(300)
def test_every_page_of_the_dashboard_is_timed(ratios: list[Ratio]) -> None:
    """As a whole, where it asks the store at all; a page that is added is missed here."""
    wanted = {name or "fleet" for name in PAGES} - UNASKED
    for state in ("merged", "2 fresh parts"):
        whole = [ratio.what for ratio in ratios if ratio.state == state and ratio.what.startswith("whole ")]
        assert {what.removeprefix("whole ").removesuffix(": p95") for what in whole} == wanted


@pytest.mark.timeout(300)
def test_the_document_has_a_line_for_every_ratio(ratios: list[Ratio], tmp_path: Path) -> None:
    """And says where it stands."""
    path = tmp_path / "benchmarks.md"
    write(path, Run("make bench", TINY, 1.0, ratios))
    text = path.read_text()
    assert sum(line.startswith("|") for line in text.splitlines()) == len(ratios) + 2
    assert verdict(ratios) in text


def test_a_goal_that_is_missed_is_named() -> None:
    """With the figure and the goal."""
    floor = Ratio("R1", "ingest", "series", "", 0.5, 0.85, "")
    ceiling = Ratio("R9", "disk", "series", "merged", 20, 25, "", at_most=True, unit="bytes")
    assert verdict([ceiling]) == "All 1 goals stand."
    assert verdict([floor, ceiling]) == "1 of 2 goals stand. Short: R1 ingest, series has 0.50 x, goal ≥ 0.85 x."
