"""Keeps the roles of one machine running: each is a process of its own, started again when it dies.

A role that dies young is started again later and later, up to `BACK_OFF_MAX_S`; one that lived long, at once. On stop
every role gets SIGTERM and `drain_s` seconds to finish, then SIGKILL. A role that ends with `EXIT_CONFIGURATION` is not
started again: the next start would fail in the same way, so the supervisor stops and returns that code. A role finishes
when its standard input ends, so none outlives a supervisor that was killed.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

EXIT_CONFIGURATION = 2
BACK_OFF_MIN_S = 0.2
BACK_OFF_MAX_S = 5.0
YOUNG_S = 5.0
KILLED_S = 5.0
"""Seconds that a supervisor has after its roles' `drain_s`, to see the end of those that it had to kill."""

_journal = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Role:
    """A process of the service: its name and the arguments after `python -m rtcpulse`."""

    name: str
    arguments: tuple[str, ...]


class Supervisor:
    """Runs roles until told to stop."""

    def __init__(self, roles: Sequence[Role], *, drain_s: float) -> None:
        self._roles = roles
        self._drain_s = drain_s
        self._failure = 0

    async def run(self, stop: asyncio.Event) -> int:
        """Run every role until `stop` is set or one has a wrong configuration; return the exit code."""
        await asyncio.gather(*(self._keep(role, stop) for role in self._roles))
        return self._failure

    async def _keep(self, role: Role, stop: asyncio.Event) -> None:
        pause_s = BACK_OFF_MIN_S
        while not stop.is_set():
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "rtcpulse", *role.arguments, "--supervised", stdin=asyncio.subprocess.PIPE
            )
            _journal.info("role_started", role=role.name, pid=process.pid)
            code = await self._until_end(process, stop)
            if stop.is_set():
                return
            if code == EXIT_CONFIGURATION:
                self._failure = code
                stop.set()
                return
            lived_s = time.monotonic() - began
            pause_s = BACK_OFF_MIN_S if lived_s > YOUNG_S else min(pause_s * 2, BACK_OFF_MAX_S)
            _journal.warning("role_died", role=role.name, code=code, lived_s=round(lived_s, 1), again_in_s=pause_s)
            await _sleep(pause_s, stop)

    async def _until_end(self, process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
        ended = asyncio.ensure_future(process.wait())
        told = asyncio.ensure_future(stop.wait())
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not ended.done():
            process.terminate()
            try:
                await asyncio.wait_for(asyncio.shield(ended), self._drain_s)
            except TimeoutError:
                process.kill()
        return await ended


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, but no longer than until `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
