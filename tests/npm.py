"""Fetches what a package-lock.json names into the user's cache, once for each lock."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.cache import ROOT, cached, making

RUN_S: Final = 120


def run(folder: Path, *command: str) -> str:
    """Run a program in a folder and return what it printed.

    Raises:
        AssertionError: it failed; the message is what it said.
    """
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=RUN_S)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def modules(name: str, package: Path) -> Path:
    """Return the node_modules of a package that has a lock.

    Args:
        name: of the part in the cache.
        package: the folder with package.json and package-lock.json.

    Raises:
        AssertionError: npm is missing and cannot be installed, or did not get what the lock names.
    """
    if shutil.which("npm") is None:
        run(ROOT, str(ROOT / "tools" / "install-debian"), "nodejs", "npm")
    lock = (package / "package-lock.json").read_bytes()
    folder = cached(f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}")
    if not folder.exists():
        with making(folder) as made:
            for part in ("package.json", "package-lock.json"):
                shutil.copy(package / part, made / part)
            run(made, "npm", "ci", "--silent", "--no-audit", "--no-fund")
    return folder / "node_modules"
