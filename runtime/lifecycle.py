"""Starting and stopping a process: SIGTERM and SIGINT ask it to finish, and it has a bounded time to do so."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

import structlog

_journal = structlog.get_logger(__name__)


async def run_until_signal(
    main: Callable[[asyncio.Event], Awaitable[int]], *, drain_s: float, supervised: bool = False
) -> int:
    """Run `main` with an event that the first SIGTERM or SIGINT sets; return its exit code.

    `main` has `drain_s` seconds to end after the signal; then it is cancelled and the code is 1. A `supervised` process
    is also asked to finish when its standard input ends: its supervisor holds the other end and is gone, however it
    died.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if supervised:
        loop.add_reader(sys.stdin.fileno(), _at_end_of_input, loop, stop)
    work = asyncio.ensure_future(main(stop))
    told = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    try:
        return await asyncio.wait_for(work, drain_s if stop.is_set() else None)
    except TimeoutError:
        _journal.error("drain_given_up", after_s=drain_s)
        return 1


def _at_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        _journal.warning("supervisor_gone")
        stop.set()
