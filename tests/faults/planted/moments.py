"""Moments at which a process is killed: in the middle of its work, at a line that the harness has chosen."""

import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.planted.planting import KILLS, MARKS


def kill_at(moment: str) -> None:
    """SIGKILL this process if the harness wants that at this moment and it has not been done yet."""
    if moment not in os.environ[KILLS].split(","):
        return
    try:
        (Path(os.environ[MARKS]) / moment).touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: type, name: str, moment: str) -> None:
    """Make the beginning of a method such a moment."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def watched(*arguments: Any, **named: Any) -> Any:
        kill_at(moment)
        return original(*arguments, **named)

    setattr(owner, name, watched)


def after_awaited(owner: type, name: str, moment: str) -> None:
    """Make the end of an asynchronous method such a moment."""
    original = getattr(owner, name)

    @functools.wraps(original)
    async def watched(*arguments: Any, **named: Any) -> Any:
        answer = await original(*arguments, **named)
        kill_at(moment)
        return answer

    setattr(owner, name, watched)


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put what `make` returns for the original in its place."""
    setattr(owner, name, make(getattr(owner, name)))
