"""Where real parts are kept once they were fetched or built: the user's cache, a folder for each part and version."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent


def cached(part: str) -> Path:
    """Return the folder of a part such as kafka-4.1.0, there or not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "rtcpulse-tests" / part


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside a part's own; it takes that one's place when the block ends without an error.

    So a part is there whole or not at all, also where two processes make it at once.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True) as beside:
        made = Path(beside) / "made"
        made.mkdir()
        yield made
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
