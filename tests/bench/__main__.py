"""`python -m tests.bench [--large]`: run, print the table, write docs/benchmarks.md.

`--large` compares analytics cycles at 10 M and 100 M stored rows instead of 1 M and 10 M; it takes an hour and 10 GB.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from rich.console import Console

from runtime import migrate
from runtime.chdbstore import ChdbStore
from tests.bench.report import Run, show, verdict, write
from tests.bench.run import run
from tests.bench.sizes import LARGE, Sizes

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Run the bench; what it says of goals is for people to read: it asserts nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--large", action="store_true", help="analytics cycles at 10 M and 100 M rows")
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="the document")
    asked = parser.parse_args()
    sizes = LARGE if asked.large else Sizes()
    console = Console(stderr=True)
    began = time.monotonic()

    def say(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.0f} s[/dim]  {what}")

    with tempfile.TemporaryDirectory(prefix="rtcpulse-bench-") as name:
        folder = Path(name)
        store = ChdbStore(folder / "store", memory_bytes=8 << 30, query_s=600)
        migrate.apply(store, {"raw_days": 10_000, "rollup_days": 10_000})
        try:
            ratios = asyncio.run(run(store, folder, sizes, say))
        finally:
            store.close()
    command = "python -m tests.bench --large" if asked.large else "make bench"
    write(asked.out, Run(command, sizes, time.monotonic() - began, ratios))
    show(ratios)
    console.print(verdict(ratios))


if __name__ == "__main__":
    main()
