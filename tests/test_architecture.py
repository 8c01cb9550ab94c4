"""What the house promises of itself: sizes, where drivers are, what the wheel holds, what the repository names."""

import ast
import itertools
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "runtime", "collector", "ingest", "analytics", "dashboard", "rtcpulse")
LINES_MAX = 400
DRIVERS = {"aiokafka", "clickhouse_driver", "chdb", "sqlite3"}
SUFFIXES = {".py", ".js", ".css", ".sql", ".md", ".toml", ".yml", ".txt"}


def tracked() -> list[Path]:
    """Return the files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def modules(*packages: str) -> Iterator[Path]:
    """Return the Python files of packages."""
    return itertools.chain.from_iterable((ROOT / package).rglob("*.py") for package in packages)


def test_no_file_is_over_400_lines() -> None:
    """Code, styles, statements and documents; the lock is a machine's."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix in SUFFIXES and (count := len(path.read_text().splitlines())) > LINES_MAX
    }
    assert long == {}


def test_no_module_is_named_after_nothing() -> None:
    """A name says what is inside."""
    empty = re.compile(r"(utils?|helpers?|common|manager|misc)(\.|_|$)")
    assert [path for path in tracked() if empty.match(path.name)] == []


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != "runtime"])
def test_drivers_stay_in_runtime(package: str) -> None:
    """Also inside functions, where import-linter looks too; sqlite's errors are the doctor's to name."""
    allowed = {ROOT / "rtcpulse" / "doctor.py"}
    found = {path for path in modules(package) if imports(path) & DRIVERS}
    assert found <= allowed


def imports(path: Path) -> set[str]:
    """Return the top packages that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def test_most_functions_are_small() -> None:
    """90 % under 30 lines."""
    sizes = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in modules(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(size < 30 for size in sizes) / len(sizes) >= 0.9


def test_sql_of_pages_and_jobs_is_in_sql_files() -> None:
    """The dashboard has none at all."""
    assert not [
        path for path in modules("dashboard") if re.search(r"\bSELECT\b.*\bFROM\b", path.read_text(), re.DOTALL)
    ]


def test_nothing_names_a_registry_or_a_machine() -> None:
    """The lock has hashes and no addresses; no document has a path of somebody's home."""
    banned = re.compile(r"--(extra-)?index-url|registry\.npmjs|/home/\w+/|/root/")
    texts = [path for path in tracked() if path.suffix in SUFFIXES | {".lock", ""} and path != Path(__file__)]
    assert [path for path in texts if banned.search(path.read_text(errors="ignore"))] == []


@pytest.mark.timeout(120)
def test_the_wheel_has_every_package_and_its_data(tmp_path: Path) -> None:
    """Statements, styles and the SDK's modules are inside; tests are not."""
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("rtcpulse-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.relative_to(ROOT).parts[0] in PACKAGES and path.suffix in SUFFIXES
    }
    assert wanted <= names
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)
