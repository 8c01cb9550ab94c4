"""strace on a role: writes down its system calls, holds each back for a moment, or kills it as it begins the first.

A call that is held back has not begun: who kills the process meanwhile kills it between two calls.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

ATTACH_S: Final = 20.0
KILL: Final = "signal=KILL:when=1"
HELD_S: Final = 0.1
HOLD: Final = f"delay_enter={int(HELD_S * 1e6)}"
_CALL: Final = re.compile(r"^\d+ +(\w+)\((.*)$")
_ENDED: Final = re.compile(r"\) += -?\d+(?: \w+ \(.*\))?(?: \(\w+\))?$")
_PATH: Final = re.compile(r'[<"]([^<>"]*/[^<>"]*)[>"]')
_NUMBERS: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d+")


@asynccontextmanager
async def traced(pid: int, calls: Sequence[str], record: Path, inject: str = "") -> AsyncIterator[None]:
    """Trace a process and its threads while the block runs.

    Args:
        pid: the process.
        calls: the system calls.
        record: the file in which they are written down.
        inject: what is done to each call: `KILL` or `HOLD`; "": nothing.

    Raises:
        AssertionError: strace cannot attach.
    """
    names = ",".join(calls)
    injected = ["-e", f"inject={names}:{inject}"] if inject else []
    arguments = ["-f", "-y", "-s", "300", "-o", str(record), "-e", f"trace={names}", *injected, "-p", str(pid)]
    strace = await asyncio.create_subprocess_exec("strace", *arguments, stderr=asyncio.subprocess.PIPE)
    try:
        assert strace.stderr
        said = await asyncio.wait_for(strace.stderr.readline(), ATTACH_S)
        assert b"attached" in said, said
        yield
    finally:
        if strace.returncode is None:
            strace.terminate()
        await strace.communicate()


def calls_in(record: Path) -> list[str]:
    """Return the calls that a record holds, in order, each with the paths it names; numbers in them are left out."""
    begun = (match for match in map(_CALL.match, _lines(record)) if match)
    return [" ".join((one[1], *(_NUMBERS.sub("N", path) for path in _PATH.findall(one[2])))) for one in begun]


def ended_in(record: Path, under: str = "") -> int:
    """Return how many calls of a record have ended; with `under` only those on a file whose path has that in it."""
    ended = 0
    begun: set[str] = set()
    for line in _lines(record):
        thread = line.partition(" ")[0]
        if _CALL.match(line):
            if under in line.partition(", ")[0]:
                begun.add(thread)
            else:
                begun.discard(thread)
        if _ENDED.search(line) and thread in begun:
            begun.discard(thread)
            ended += 1
    return ended


def _lines(record: Path) -> list[str]:
    return record.read_text(errors="replace").splitlines() if record.exists() else []
