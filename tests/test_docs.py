"""The documents tell the truth: what comes from code is as the code, and what the README says can be done."""

import inspect
import re
import subprocess
from pathlib import Path

import pytest

from rtcpulse import agent, reference
from runtime.chdbstore import ChdbStore
from runtime.settings import PREFIX, Settings
from schemas.tables import TABLES, Table

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("path", reference.documents(), ids=lambda path: path.name)
def test_generated_documents_are_as_the_code(path: Path) -> None:
    """`make docs` writes them."""
    assert path.read_text() == reference.documents()[path], f"run `make docs`: {path.name} is old"


def documents() -> list[Path]:
    """Return every document of the repository."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    """Files and pictures of the repository exist."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_settings_and_targets_that_are_named_exist(path: Path) -> None:
    """No document speaks of a setting or a make target that is not there."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {"RTCPULSE_CONFIG"}
    assert set(re.findall(r"RTCPULSE_[A-Z_]+[A-Z]", path.read_text())) <= known
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", path.read_text())) <= targets


def test_the_sdks_whole_api_is_described() -> None:
    """What a page or an application may call stands in docs/sdk.md under its own name."""
    described = (ROOT / "docs" / "sdk.md").read_text()
    exported = re.findall(
        r"^export const (\w+)", (ROOT / "collector" / "sdk" / "src" / "rtcpulse.js").read_text(), re.MULTILINE
    )
    assert sorted(exported) == ["configure", "event", "identify", "track", "watch", "watchAll"]
    assert all(f"| `{name}(" in described for name in exported)
    for public in (agent.watch, agent.Agent, agent.Who):
        for name in inspect.signature(public).parameters:
            assert re.search(rf"`{public.__name__}\([^`]*\b{name}\b", described), f"{public.__name__}: {name}"


@pytest.mark.parametrize("name", ["README.md", "docs/sdk.md"])
def test_the_page_is_told_to_say_join_started(name: str) -> None:
    """The SDK does not say it, and join success needs it."""
    assert 'rtcpulse.event("join_started")' in (ROOT / name).read_text()


def test_make_help_lists_the_targets() -> None:
    """What one types first."""
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(f"make {target}" in shown for target in ("demo", "test", "check", "bench", "format", "help"))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_are_as_they_are_described(store: ChdbStore, table: Table) -> None:
    """Names, types and order of the columns, against the store's own answer."""
    described = store.query(f"DESCRIBE TABLE {table.name}").to_pylist()
    stored = [(row["name"], row["type"]) for row in described if row["default_type"] != "ALIAS"]
    assert stored == [(column.name, column.type) for column in table.columns]
