"""The browser SDK: `src/` is its source, `dist/` what `npm run build` made of it and a page may load.

dist/ is committed, so that nobody needs node to run a collector; tests/sdk/test_package.py builds it again and compares
the bytes. The folder is an npm package too.
"""

from pathlib import Path
from typing import Final

PUBLIC: Final = ("configure", "event", "identify", "track", "watch", "watchAll")

FOLDER: Final = Path(__file__).parent
_CONTENT_TYPE: Final = "text/javascript; charset=utf-8"


def files() -> dict[str, tuple[bytes, str]]:
    """Return what is served under /sdk/: file name -> (content, content type). Reads the files: keep it."""
    return {path.name: (path.read_bytes(), _CONTENT_TYPE) for path in sorted((FOLDER / "dist").iterdir())}
